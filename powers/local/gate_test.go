package local_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// person answers prompts with the same choice: the plain button, or the rung whose grant is rung for the call.
type person struct {
	no       bool
	rung     string
	lifetime permissions.Lifetime // for rung; Always where it is empty
	// meanwhile happens while the n-th question is open, counted from 1.
	meanwhile func(n int)
	shown     []string // the real paths that prompts were about
	prompts   []permissions.Prompt
}

func (p *person) Ask(_ context.Context, q permissions.Prompt, _ func() int) (permissions.Answer, error) {
	p.shown, p.prompts = append(p.shown, q.Object.Path), append(p.prompts, q)
	if p.meanwhile != nil {
		p.meanwhile(len(p.shown))
	}
	a := permissions.Answer{Nonce: q.Nonce, Shown: q.Hash(), Verdict: permissions.Allow, Rung: q.Quick.Rung, Lifetime: q.Quick.Lifetime}
	if p.no {
		a.Verdict, a.Lifetime = permissions.Deny, permissions.Once
	}
	if i := slices.IndexFunc(q.Rungs, func(r permissions.Rung) bool { return r.Grant == p.rung }); i >= 0 {
		a.Rung, a.Lifetime = i, cmp.Or(p.lifetime, permissions.Always)
	}
	return a, nil
}

// calls begins calls of one skill that may read, list and write the workspace if the person agrees.
func calls(t *testing.T, h house, p *person) func() *permissions.Guard {
	t.Helper()
	subject := permissions.Subject{
		Skill: "files", Signer: "built in", Digest: "sha256:1", Capabilities: "1", Client: "terminal", Session: "1", Workspace: h.workspace,
	}
	var capabilities permissions.Capabilities
	for _, s := range []string{"fs:read:${workspace}/**", "fs:list:${workspace}/**", "fs:write:${workspace}/**"} {
		g, err := permissions.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		capabilities.Optional = append(capabilities.Optional, permissions.Line{Grant: g})
	}
	kept := &permissions.Map{}
	b := permissions.NewBroker(permissions.Options{Store: kept, Prompter: p})
	confirmed := permissions.Decision{ID: "1", Key: subject.WorkspaceKey(), Verdict: permissions.Allow, Lifetime: permissions.Always, Made: time.Now()}
	if err := kept.Keep(confirmed); err != nil {
		t.Fatal(err)
	}
	return func() *permissions.Guard {
		g := b.Begin(subject, capabilities, permissions.CallInfo{ID: "1", Tool: "read", Arguments: "{}"})
		t.Cleanup(g.End)
		return g
	}
}

func TestTheGateAsksAPerson(t *testing.T) {
	h := newHouse(t)
	p := &person{}
	begin := calls(t, h, p)
	for range 2 { // allowed once, and so asked in each call
		if got, err := read(t, h.files(t, begin()), "/workspace/docs/back"); got != "the notes" || err != nil {
			t.Errorf("reading = %q, %v; want the notes", got, err)
		}
	}
	if want := []string{h.ws("notes.md"), h.ws("notes.md")}; !slices.Equal(p.shown, want) {
		t.Errorf("the prompts were about %q; want %q", p.shown, want)
	}
}

func TestTheGateRemembersAFolder(t *testing.T) {
	h := newHouse(t)
	p := &person{rung: "fs:read:${workspace}/docs/**"}
	begin := calls(t, h, p)
	for _, name := range []string{"a.txt", "b.txt", "deep/c.txt"} {
		if _, err := read(t, h.files(t, begin()), "/workspace/docs/"+name); err != nil {
			t.Errorf("reading %s: %v", name, err)
		}
	}
	if len(p.shown) != 1 {
		t.Errorf("the prompts were about %q; want one", p.shown)
	}
	// What a link in the folder leads to is not in the folder.
	p.no = true
	if got, err := read(t, h.files(t, begin()), "/workspace/docs/folder/x.txt"); !errors.Is(err, permissions.ErrDenied) {
		t.Errorf("reading through a link = %q, %v; want %v", got, err, permissions.ErrDenied)
	}
}

func TestTheGateRefuses(t *testing.T) {
	h := newHouse(t)
	write(t, h.ws(".git/config"), "[core]")
	p := &person{}
	f := h.files(t, calls(t, h, p)())
	for path, code := range map[string]permissions.Code{
		h.outside + "/private.txt": permissions.CodeUndeclared, "/workspace/docs/out": permissions.CodeUndeclared,
		"/workspace/.env": permissions.CodeUndeclared, "/workspace/docs/env": permissions.CodeUndeclared,
		"/workspace/.git/config": permissions.CodeDenied, "/proc/self/environ": permissions.CodeDenied,
	} {
		var refusal *permissions.DeniedError
		if _, err := f.Open(t.Context(), powers.Open{Path: path, Write: true}); !errors.As(err, &refusal) || refusal.Code != code {
			t.Errorf("writing %s = %v; want %s", path, err, code)
		}
	}
	if len(p.shown) != 0 {
		t.Errorf("the prompts were about %q; want none", p.shown)
	}
	p.no = true
	if got, err := read(t, f, "/workspace/notes.md"); !errors.Is(err, permissions.ErrDenied) || len(p.shown) != 1 {
		t.Errorf("reading = %q, %v after %q; want one prompt and a refusal", got, err, p.shown)
	}
}
