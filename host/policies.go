package host

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"gatehouse/audit"
	"gatehouse/permissions"
	"gatehouse/store"
)

// PoliciesOptions are what Policies work with.
type PoliciesOptions struct {
	// Managed is the path of the managed policy, and Trusted returns nil only if it is the system's own; home has both.
	Managed string
	Trusted func(path string) error
	// Kept remembers the files that were seen and Rules are the person's own rules; both are nil where nothing outlives
	// this process.
	Kept  *store.Policies
	Rules *store.Rules
	// Profiles returns the profiles that hold for a client that named one; nil returns none.
	Profiles func(client, named string) ([]store.Profile, error)
	// Audit gets a line for every rule that changes.
	Audit *audit.Log
	// Changed is called when what holds has changed, not always by whom. It must not block.
	Changed func()
}

// Policies are the policies that hold: the managed one, each workspace's, and the person's own rules. A file that changes
// is seen by the next decision, one that breaks or disappears holds on as it was (docs/policies.md). Its methods may be
// called from any goroutine.
type Policies struct {
	options PoliciesOptions
	managed *policyFile
	// news gets a value when a file has changed, for Watch.
	news chan struct{}

	mu         sync.Mutex
	workspaces map[string]*policyFile
}

const (
	// mostFiles is of how many workspaces the files are remembered in memory.
	mostFiles = 200
	// lookEvery is how often the files are looked at while calls run.
	lookEvery = time.Second
)

// NewPolicies returns Policies that have read nothing yet.
func NewPolicies(o PoliciesOptions) *Policies {
	if o.Changed == nil {
		o.Changed = func() {}
	}
	p := &Policies{options: o, workspaces: map[string]*policyFile{}, news: make(chan struct{}, 1)}
	p.managed = p.file(permissions.LayerManaged, o.Managed, "", o.Trusted)
	return p
}

func (p *Policies) file(layer permissions.Layer, path, workspace string, trusted func(string) error) *policyFile {
	return &policyFile{layer: layer, path: path, workspace: workspace, trusted: trusted, keeper: p.options.Kept, changed: p.tell}
}

// tell says that a file has changed. It never blocks.
func (p *Policies) tell() {
	select {
	case p.news <- struct{}{}:
	default: // Watch has not come to the change before it, and sees both at once
	}
	p.options.Changed()
}

// Watch has b's calls lose what they hold open and a changed file denies, until ctx ends. Whatever a call asks for sees a
// change by itself, and brings it here for all; for a call that only reads on, the files are looked at every second.
func (p *Policies) Watch(ctx context.Context, b *permissions.Broker) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.news:
			b.Reconsider("")
		case <-tick.C:
			for _, folder := range b.Workspaces() {
				_, _ = p.files(folder) // what cannot be told is a no for whatever is asked
			}
		}
	}
}

// files returns the policies of the files that hold in a workspace, or where there is none.
func (p *Policies) files(workspace string) ([]permissions.Policy, error) {
	all, err := p.managed.now()
	if err != nil || workspace == "" {
		return slices.Clip(all), err
	}
	own, err := p.workspace(workspace).now()
	return append(slices.Clip(all), own...), err
}

// For returns the policies that hold for s; an error means no. It is permissions.Options.Policies.
func (p *Policies) For(s permissions.Subject) ([]permissions.Policy, error) {
	all, err := p.files(s.Workspace)
	if err != nil {
		return nil, err
	}
	if p.options.Profiles != nil {
		hold, err := p.options.Profiles(s.Client, s.Profile)
		if err != nil {
			return nil, err
		}
		for _, profile := range hold {
			all = append(all, profile.For(s.Skill))
		}
	}
	if p.options.Rules == nil {
		return all, nil
	}
	rules, err := p.options.Rules.Policy()
	return append(slices.Clip(all), rules), err
}

// policyPath is where a workspace has its policy.
func policyPath(workspace string) string {
	return filepath.Join(workspace, ".gatehouse", "policy.json")
}

func (p *Policies) workspace(folder string) *policyFile {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.workspaces[folder]
	if f == nil {
		if len(p.workspaces) >= mostFiles && p.options.Kept != nil {
			clear(p.workspaces)
		}
		f = p.file(permissions.LayerWorkspace, policyPath(folder), folder, func(string) error { return nil })
		p.workspaces[folder] = f
	}
	return f
}

// Own returns the person's own rules.
func (p *Policies) Own() (permissions.Policy, error) { return p.options.Rules.Policy() }

// Managed returns the forms of the managed policy that hold.
func (p *Policies) Managed() ([]Form, error) { return p.managed.look() }

// Workspace returns the forms of a workspace's policy that hold; folder is a real path.
func (p *Policies) Workspace(folder string) ([]Form, error) { return p.workspace(folder).look() }

// Workspaces lists the folders of which a policy was seen, also one that was broken from the start, of which nothing is
// kept: that one while this host runs.
func (p *Policies) Workspaces() (folders []string, err error) {
	p.mu.Lock()
	seen := maps.Clone(p.workspaces)
	p.mu.Unlock()
	for folder, f := range seen {
		if forms, err := f.look(); err != nil || len(forms) > 0 {
			folders = append(folders, folder)
		}
	}
	if p.options.Kept == nil {
		return folders, nil
	}
	paths, err := p.options.Kept.List()
	for _, path := range paths {
		if folder := filepath.Dir(filepath.Dir(path)); path != p.options.Managed && !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	return folders, err
}
