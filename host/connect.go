package host

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"

	"gatehouse/audit"
	"gatehouse/clients"
	"gatehouse/permissions"
	"gatehouse/store"
)

// ConnectionsOptions are the parts of Connections. All are needed but Stop.
type ConnectionsOptions struct {
	Clients   *store.Clients
	Profiles  *store.Profiles
	Decisions *store.Decisions
	Broker    *permissions.Broker
	Rules     *Rulebook
	Audit     *audit.Log
	Changes   *Changes
	// Home is the person's home folder, Own the folders of Gatehouse itself.
	Home string
	Own  []string
	// Program is the console program's path, and State the folder that it is told to use; empty for the system's custom.
	Program, State string
	// Stop ends every running call of a client and does not wait for that; nil ends nothing.
	Stop func(client string)
}

// Connections are the programs that the person connected. Connecting one is put to the person; taking one away is done
// at once, for whoever asks. A token leaves this process in the program's own configuration file and nowhere else.
type Connections struct{ options ConnectionsOptions }

// NewConnections returns Connections over their parts.
func NewConnections(o ConnectionsOptions) *Connections {
	if o.Stop == nil {
		o.Stop = func(string) {}
	}
	c := &Connections{o}
	c.conceal("")
	return c
}

// conceal hides the files in which clients' tokens stand from skills, wherever they are, and another one. Where it cannot be
// said which they are, those that were hidden stay so.
func (c *Connections) conceal(another string) {
	kept, err := c.options.Clients.List()
	if err != nil {
		return
	}
	var files []string
	for _, client := range kept {
		if client.Config.File != "" {
			files = append(files, client.Config.File)
		}
	}
	if another != "" {
		files = append(files, another)
	}
	c.options.Broker.Conceal(files)
}

// Wanted is a client that somebody proposes to connect.
type Wanted struct {
	// Kind is the ID of a clients.Kind. Name is the client's; empty is the kind. Config is the full path of its
	// configuration; empty is where programs of this kind have it.
	Kind, Name, Config string
	// Workspace is the folder that it may work in, which the same question confirms; empty asks at its first call.
	Workspace string
	// Profile is the profile it begins with; empty is none.
	Profile string
}

// Plan is what connecting would do.
type Plan struct {
	Kind clients.Kind
	// Name, Workspace and Profile are as they would be kept; File is the real path of what would be written.
	Name, Workspace, Profile, File string
	// Exists says whether there is a file, and Again that the client is connected already: its token would be replaced.
	Exists, Again bool
	// Warnings are sentences of ours.
	Warnings []string

	file *clients.File
}

// Plan says what connecting would do, without doing anything; an *Error where it cannot be done.
func (c *Connections) Plan(w Wanted) (Plan, error) {
	kind, known := clients.Find(w.Kind)
	if !known {
		var ids []string
		for _, k := range clients.Kinds() {
			ids = append(ids, k.ID)
		}
		return Plan{}, input(fmt.Sprintf("no kind of client is called %q", w.Kind), fmt.Sprintf("there are %v", ids))
	}
	p := Plan{Kind: kind, Name: w.Name, Profile: w.Profile}
	if p.Name == "" {
		p.Name = kind.ID
	}
	if err := store.CheckClientName(p.Name); err != nil {
		return p, unkeptClient(err)
	}
	if p.Profile != "" {
		if _, err := c.options.Profiles.Find(p.Profile); err != nil {
			return p, noProfile(err)
		}
	}
	if w.Workspace != "" {
		real, err := ResolveWorkspace(w.Workspace, c.options.Home, c.options.Own, filepath.Dir(c.options.Program))
		if err != nil {
			return p, err
		}
		p.Workspace = real
	}
	path := w.Config
	if path == "" {
		path = kind.Place(c.options.Home, runtime.GOOS)
	}
	return c.planFile(p, path)
}

// planFile looks at the configuration at path, and at whose it is.
func (c *Connections) planFile(p Plan, path string) (Plan, error) {
	if !filepath.IsAbs(path) || len(path) > 1024 {
		return p, input(fmt.Sprintf("%q is not the full path of a file", path), "give it from the root of the file system")
	}
	file, err := p.Kind.Open(path, c.options.Home)
	if err != nil {
		return p, unusableFile(err)
	}
	p.file, p.File, p.Exists = file, file.Path, file.Exists
	for _, own := range c.options.Own {
		if within(file.Path, realOr(own)) {
			return p, input(fmt.Sprintf("%q is a file of Gatehouse itself", file.Path), "")
		}
	}
	was, err := c.options.Clients.Find(p.Name)
	switch {
	case errors.Is(err, permissions.ErrNotFound):
	case err != nil:
		return p, err
	case was.Config.File != file.Path || was.Kind != p.Kind.ID:
		return p, input(fmt.Sprintf("a client called %s is connected already, through %q", was.Name, was.Config.File),
			"give this one another name: --name NAME")
	default:
		p.Again, p.Name = true, was.Name
		p.Warnings = append(p.Warnings, "It is connected already: the token that it has now will be worth nothing.")
	}
	if owner := c.options.Clients.Owner(file.Token); file.Connected && owner != "" && owner != p.Name {
		return p, input(fmt.Sprintf("%q connects the client %s already", file.Path, owner), "gatehouse mcp disconnect '"+owner+"'")
	}
	if file.Connected && file.Token == "" {
		return p, input(fmt.Sprintf("%q has an entry %q that Gatehouse did not write", file.Path, clients.Name), "remove it, then try again")
	}
	if clients.InRepository(c.options.Home) {
		p.Warnings = append(p.Warnings, "Your home folder is a repository: the file and the token in it may go where that goes.")
	}
	return p, nil
}

// Preview is the entry that p would put into its file, in that file's form, with dots in the place of the token.
func (c *Connections) Preview(p Plan) string {
	return p.Kind.Preview(c.entry("••••"))
}

func (c *Connections) entry(token string) clients.Entry {
	env := map[string]string{clients.TokenVariable: token}
	if c.options.State != "" {
		env["GATEHOUSE_HOME"] = c.options.State
	}
	return clients.Entry{Command: c.options.Program, Args: []string{"mcp"}, Env: env}
}

// Connect proposes, for client, to connect what is wanted, and returns the client once its configuration was written. It
// blocks while the person is asked, and is a *permissions.DeniedError where they do not agree.
func (c *Connections) Connect(ctx context.Context, client string, w Wanted) (made store.Client, err error) {
	p, err := c.Plan(w)
	if err != nil {
		return made, err
	}
	lines := []permissions.PromptLine{
		{Sentence: "see the skills that you turned on, and call them; each asks you as it always does"},
		{Sentence: fmt.Sprintf("find Gatehouse through an entry in %s, with a token of its own", p.File)},
	}
	if p.Workspace != "" {
		lines = append(lines, permissions.PromptLine{Sentence: "let skills work in this folder, until you revoke that"})
	}
	err = c.options.Broker.Propose(ctx, permissions.Proposal{
		Client: client, Subject: permissions.Subject{Client: p.Name, Workspace: p.Workspace},
		Verb: "Connect " + p.Kind.Title + " as", Name: p.Name, Lines: lines, Warnings: p.Warnings, NewWorkspace: p.Workspace != "",
		Apply: func() error {
			made, err = c.apply(p)
			return err
		},
	})
	return made, err
}

// apply does what the person agreed to, if it is still the same.
func (c *Connections) apply(p Plan) (made store.Client, err error) {
	now, err := c.planFile(Plan{Kind: p.Kind, Name: p.Name, Workspace: p.Workspace, Profile: p.Profile}, p.File)
	if err != nil {
		return made, err
	}
	if now.File != p.File || now.Again != p.Again {
		return made, input("what is connected changed in the meantime, so nothing was written", "try again")
	}
	if err := c.record(p.Name, p.Kind.ID, p.Workspace, "connected"); err != nil {
		return made, err
	}
	defer c.conceal("")
	c.conceal(now.File) // before the token stands in it
	token := store.NewToken()
	written, err := now.file.Connect(c.entry(token))
	if err != nil {
		return made, unusableFile(err)
	}
	made, err = c.options.Clients.Keep(store.Client{
		Name: p.Name, Kind: p.Kind.ID, Workspace: p.Workspace, Profile: p.Profile,
		Config: store.ClientConfig{File: written.File, Backup: written.Backup, Written: written.Digest},
	}, token)
	if err != nil {
		_, failed := p.Kind.Disconnect(written, c.options.Home, func(t string) bool { return t == token })
		return made, errors.Join(unkeptClient(err), failed)
	}
	c.options.Broker.Reconsider("") // it may have another profile now
	c.options.Changes.Touch(TopicClients, TopicDecisions)
	return made, nil
}

// Disconnected is what became of a client that was taken away.
type Disconnected struct {
	Client store.Client
	// Outcome is what became of its configuration, and Problem a sentence where that could not be mended.
	Outcome clients.Outcome
	Problem string
	// Revoked is how many kept decisions went with it.
	Revoked int
}

// Disconnect takes the client of this name away, for whoever asks: from the moment it returns its token is nobody's, its
// calls end, and no decision is kept for it. Its entry is taken out of its configuration where that can be done; where not, it
// is worth nothing. It returns permissions.ErrNotFound where there is no such client.
func (c *Connections) Disconnect(name string) (Disconnected, error) {
	was, err := c.options.Clients.Find(name)
	if err != nil {
		return Disconnected{}, err
	}
	kind, known := clients.Find(was.Kind)
	mine := map[string]bool{}
	if file, err := kind.Open(was.Config.File, c.options.Home); known && err == nil {
		mine[file.Token] = c.options.Clients.Owner(file.Token) == was.Name
	}
	d := Disconnected{Outcome: clients.NotInThere}
	if d.Client, err = c.options.Clients.Remove(name); err != nil {
		return d, err
	}
	c.options.Stop(was.Name)
	c.options.Broker.Forget(was.Name)
	d.Revoked, err = c.forget(was.Name)
	if recordErr := c.record(was.Name, was.Kind, "", "disconnected"); err == nil {
		err = recordErr
	}
	if known {
		written := clients.Written{File: was.Config.File, Backup: was.Config.Backup, Digest: was.Config.Written}
		var failed error
		d.Outcome, failed = kind.Disconnect(written, c.options.Home, func(token string) bool { return mine[token] })
		if failed != nil {
			d.Problem = failed.Error()
		}
	}
	c.conceal("")
	c.options.Changes.Touch(TopicClients, TopicDecisions, TopicPolicies)
	return d, err
}

// forget takes back what was decided for a client, and the rules that allow it something: whoever has its name next is
// another.
func (c *Connections) forget(name string) (revoked int, failed error) {
	kept, err := c.options.Decisions.List()
	for _, d := range kept {
		if d.Key.Client != name {
			continue
		}
		if err := c.options.Broker.Revoke(d.ID); !errors.Is(err, permissions.ErrNotFound) {
			failed = errors.Join(failed, err)
			revoked++
		}
	}
	own, rulesErr := c.options.Rules.Own()
	for _, r := range own.Allow {
		if r.Client == name {
			failed = errors.Join(failed, c.options.Rules.RemoveRule(context.Background(), name, r.ID))
		}
	}
	return revoked, errors.Join(failed, err, rulesErr)
}

// TakeOut takes an entry that belongs to nobody out of a configuration, such as one whose client was disconnected while
// the file could not be changed.
func (c *Connections) TakeOut(kindID, config string) (clients.Outcome, error) {
	kind, known := clients.Find(kindID)
	if !known {
		return clients.NotInThere, input(fmt.Sprintf("no kind of client is called %q", kindID), "")
	}
	if config == "" {
		config = kind.Place(c.options.Home, runtime.GOOS)
	}
	outcome, err := kind.Disconnect(clients.Written{File: config}, c.options.Home, func(token string) bool {
		return token != "" && c.options.Clients.Owner(token) == ""
	})
	return outcome, unusableFile(err)
}

// Home is the person's home folder.
func (c *Connections) Home() string { return c.options.Home }

// List returns the connected clients, by name.
func (c *Connections) List() ([]store.Client, error) { return c.options.Clients.List() }

func (c *Connections) record(name, kind, workspace, outcome string) error {
	return c.options.Audit.Append(audit.Record{
		Kind: audit.KindClient, Subject: permissions.Subject{Client: name, Workspace: workspace}, Rule: kind, Outcome: outcome,
	})
}

func input(message, hint string) error {
	return &Error{Code: CodeInput, Message: message, Hint: hint}
}

// unusableFile explains why a configuration cannot be used.
func unusableFile(err error) error {
	var refused *clients.FileError
	if errors.As(err, &refused) {
		return &Error{Code: CodeInput, Message: err.Error(), Hint: refused.Hint(), cause: err}
	}
	return err
}

// unkeptClient explains why a client cannot be kept.
func unkeptClient(err error) error {
	var hinted interface{ Hint() string }
	if errors.Is(err, store.ErrClient) && errors.As(err, &hinted) {
		return &Error{Code: CodeInput, Message: err.Error(), Hint: hinted.Hint(), cause: err}
	}
	return err
}
