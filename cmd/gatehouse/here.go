package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"

	"gatehouse/audit"
	builtinskills "gatehouse/builtin-skills"
	"gatehouse/home"
	"gatehouse/host"
	"gatehouse/host/api"
	"gatehouse/permissions"
	"gatehouse/powers/local"
	"gatehouse/skill"
	"gatehouse/worker"
)

// runHere makes the call in a host of this process: a map remembers, the terminal asks, the record is discarded, and
// nothing of it outlives the call.
func (c *console) runHere(ctx context.Context, call host.Call, o runOptions) (api.CallResult, error) {
	prompter, err := newCommandLine(newTerminal(), o.allow)
	if err != nil {
		return api.CallResult{}, err
	}
	load := skill.Load
	if call.Dry {
		load = skill.LoadDraft
	}
	library, name, err := here(call.Skill, load)
	if err != nil {
		return api.CallResult{}, err
	}
	call.Skill, call.Client, call.Session = name, "terminal", "here"

	scratch, err := os.MkdirTemp("", "gatehouse-here-")
	if err != nil {
		return api.CallResult{}, fmt.Errorf("making a folder for this call: %w", err)
	}
	defer os.RemoveAll(scratch)
	own := []string{scratch}
	if paths, err := c.paths(); err == nil {
		own = append(own, paths.Root)
	}
	program, _, _, err := home.Program()
	if err != nil {
		return api.CallResult{}, err
	}
	programs := filepath.Dir(program)
	record := &audit.Log{}
	policies := host.NewPolicies(host.PoliciesOptions{Managed: home.ManagedPolicy(), Trusted: home.CheckSystem})
	var h *host.Host
	h = host.New(host.Options{
		Library: library, Audit: record, Changes: host.NewChanges(), Policies: policies, Home: homeFolder(), Own: own, Programs: programs, Drafts: scratch,
		Pool: worker.NewPool(worker.Options{Cache: filepath.Join(scratch, "cache")}),
		Broker: permissions.NewBroker(permissions.Options{
			Prompter: prompter, Passing: true, Recorder: record, Wait: o.wait,
			Never: permissions.Never{Home: homeFolder(), Own: append(own, programs)}, Count: local.CountFiles,
			Stopped:  func(skill string) { h.Stop(skill) },
			Policies: policies.For,
		}),
	})
	defer h.Close()
	result, err := h.Call(ctx, call)
	return api.ShowResult(result), hereHint(err)
}

// hereHint says what to do about a refusal where nothing is kept and no window asks.
func hereHint(err error) error {
	var e *host.Error
	var denied *permissions.DeniedError
	if !errors.As(err, &e) || !errors.As(err, &denied) {
		return err
	}
	said := *e
	switch {
	case denied.Code == permissions.CodeUnavailable:
		said.Hint = "there is no terminal to ask in; answer on the command line: --allow '" + e.Grant + "'"
	case denied.Code == permissions.CodeTimeout:
		said.Hint = "run it again and answer in this terminal"
	case denied.Code == permissions.CodeDenied && denied.Rule == permissions.RuleAsked:
		said.Hint = "nothing of your answer is kept: run it again to be asked again"
	case denied.Rule == permissions.RuleNever:
		said.Hint = "nobody can allow that"
	}
	return &said
}

// homeFolder is the person's home by the user database, whatever HOME says.
func homeFolder() string {
	if u, err := user.Current(); err == nil {
		return u.HomeDir
	}
	return ""
}

// commandLine is the Prompter of a call whose command line has answered some questions already: it confirms the
// workspace and what the skill requires, and everything that an --allow covers, once each. It never sees what is
// refused before a question: `never` and `undeclared` stay what they are.
type commandLine struct {
	next  permissions.Prompter
	allow []permissions.Grant
}

func newCommandLine(next permissions.Prompter, allow []string) (*commandLine, error) {
	c := &commandLine{next: next}
	for _, text := range allow {
		g, err := permissions.Parse(text)
		if err != nil {
			return nil, &host.Error{Code: host.CodeInput, Message: fmt.Sprintf("--allow %q: %v", text, err), Hint: shellHint(text)}
		}
		c.allow = append(c.allow, g)
	}
	return c, nil
}

// Ask implements permissions.Prompter.
func (c *commandLine) Ask(ctx context.Context, p permissions.Prompt, waiting func() int) (permissions.Answer, error) {
	yes := permissions.Answer{Nonce: p.Nonce, Shown: p.Hash(), Verdict: permissions.Allow, Rung: p.Quick.Rung, Lifetime: p.Quick.Lifetime}
	switch {
	case len(p.Rungs) == 0: // a proposal
		return c.next.Ask(ctx, p, waiting)
	case p.Need == "": // a start
		return yes, nil
	}
	need, err := permissions.Parse(p.Need)
	if err != nil {
		return permissions.Answer{}, err
	}
	for _, g := range c.allow {
		if g.Covers(need, p.Subject.Workspace) {
			// The first rung is what is needed and no more, whatever else the question is about.
			yes.Rung, yes.Lifetime = 0, permissions.ThisCall
			return yes, nil
		}
	}
	return c.next.Ask(ctx, p, waiting)
}

// shellHint is the help for a grant that cannot be meant.
func shellHint(grant string) string {
	if lostWorkspace(grant) {
		return `the shell may have replaced ${workspace} by nothing: put the grant in single quotes, 'fs:read:${workspace}/**'`
	}
	return "docs/permissions.md says how a grant is written"
}

// lostWorkspace says whether grant may have had ${workspace} in it before a shell put nothing in its place.
func lostWorkspace(grant string) bool {
	return strings.HasPrefix(grant, "fs:") && strings.Contains(grant, ":/") && !strings.Contains(grant, "${workspace}")
}

// single is a library of one skill.
type single struct{ pkg *skill.Package }

func (s single) Names() ([]string, error) { return []string{s.pkg.Manifest.Name}, nil }

func (s single) Load(name string) (*skill.Package, error) {
	if name != s.pkg.Manifest.Name {
		return nil, fmt.Errorf("%q: %w", name, skill.ErrNotFound)
	}
	return s.pkg, nil
}

// here finds the skill that the command line names: a folder that load reads, a .wasm file, or a built-in skill's name.
func here(arg string, load func(string) (*skill.Package, error)) (host.Library, string, error) {
	pkg, err := builtinskills.Package(arg)
	if errors.Is(err, skill.ErrNotFound) {
		pkg, err = loadAny(arg, load)
	}
	if err != nil {
		return nil, "", err
	}
	return single{pkg}, pkg.Manifest.Name, nil
}

// loadAny loads a skill from a folder, which load reads, or a .wasm file. Where it came from is its full path, so that
// no folder's name passes for anything else.
func loadAny(path string, load func(string) (*skill.Package, error)) (*skill.Package, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, &host.Error{Code: host.CodeNotFound, Message: fmt.Sprintf("there is no skill, folder or file %q", path),
			Hint: "gatehouse skill list"}
	case info.IsDir():
		return load(path)
	}
	return skill.LoadWasm(path)
}
