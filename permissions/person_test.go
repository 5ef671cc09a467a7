package permissions_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"gatehouse/permissions"
)

// house is a broker with everything around it: a person who answers, a clock and a record.
type house struct {
	t      testing.TB
	broker *permissions.Broker
	store  *permissions.Map
	person *person
	record *record
	clock  time.Time
	// all is what Options.Kept returns.
	all []permissions.Decision
	// answers are what the person of busy gives, one after another.
	answers chan<- func(permissions.Prompt) permissions.Answer
}

const workspace = "/home/u/work/acme"

// furnish builds a house; change may alter its options.
func furnish(t testing.TB, change ...func(*permissions.Options)) *house {
	h := &house{t: t, store: permissions.NewMap(), person: &person{}, record: &record{}, clock: time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)}
	o := permissions.Options{
		Store: h.store, Prompter: h.person, Recorder: h.record,
		Never: permissions.Never{Home: "/home/u", Own: []string{"/home/u/.local/share/gatehouse", "/usr/local/bin/gatehouse"}},
		Now:   func() time.Time { return h.clock },
		Kept:  func() ([]permissions.Decision, error) { return h.all, nil },
	}
	for _, c := range change {
		c(&o)
	}
	h.broker = permissions.NewBroker(o)
	return h
}

func subject() permissions.Subject {
	return permissions.Subject{
		Skill: "files", Version: "1.0.0", Signer: "built in", Digest: "sha256:aa", Capabilities: "sha256:bb",
		Client: "claude-code", Session: "s-1", Workspace: workspace,
	}
}

// capabilities are those of the built-in skill files.
func capabilities(t testing.TB) permissions.Capabilities {
	return permissions.Capabilities{
		Requires: lines(t, "fs:list:${workspace}/**"),
		Optional: lines(t, "fs:read:${workspace}/**", "fs:write:${workspace}/**"),
	}
}

// begin starts a call of files whose workspace and required lines are confirmed.
func (h *house) begin() *permissions.Guard { return h.beginAs(subject(), capabilities(h.t)) }

func (h *house) beginAs(s permissions.Subject, c permissions.Capabilities) *permissions.Guard {
	h.t.Helper()
	h.confirm(s, c)
	return h.broker.Begin(s, c, permissions.CallInfo{ID: "call-1", Tool: "read", Arguments: `{"path":"a"}`})
}

func (h *house) confirm(s permissions.Subject, c permissions.Capabilities) {
	h.keep(permissions.Decision{ID: "workspace " + s.Client, Key: s.WorkspaceKey(), Verdict: permissions.Allow, Lifetime: permissions.Always})
	var required []permissions.Grant
	for _, l := range c.Requires {
		required = append(required, l.Grant)
	}
	if len(required) > 0 {
		h.keep(permissions.Decision{ID: "required " + s.Client + " " + s.Skill, Key: s.Key(), Grants: required, Verdict: permissions.Allow, Lifetime: permissions.Always})
	}
}

func (h *house) keep(d permissions.Decision) {
	h.t.Helper()
	if d.Made.IsZero() {
		d.Made = h.clock
	}
	if err := h.store.Keep(d); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) check(g *permissions.Guard, grant string) error {
	h.t.Helper()
	return g.Check(context.Background(), h.need(grant))
}

func (h *house) need(grant string) permissions.Need {
	h.t.Helper()
	return permissions.Need{Grant: parse(h.t, grant)}
}

// wantCode fails unless err is a refusal with the code; an empty code wants no error.
func wantCode(t testing.TB, err error, code permissions.Code) {
	t.Helper()
	var denied *permissions.DeniedError
	switch {
	case code == "" && err != nil:
		t.Errorf("refused with %v, want an allow", err)
	case code != "" && !errors.As(err, &denied):
		t.Errorf("got %v, want a refusal %q", err, code)
	case code != "" && (denied.Code != code || !errors.Is(err, permissions.ErrDenied)):
		t.Errorf("refused with %q, want %q", denied.Code, code)
	}
}

// person is a Prompter. Without an answer it looks at the question until that is withdrawn.
type person struct {
	answer func(permissions.Prompt) permissions.Answer
	err    error
	// shown gets every prompt, if it is not nil.
	shown chan permissions.Prompt

	mu    sync.Mutex
	asked []permissions.Prompt
	busy  bool
}

func (p *person) Ask(ctx context.Context, prompt permissions.Prompt, _ func() int) (permissions.Answer, error) {
	p.mu.Lock()
	p.asked = append(p.asked, prompt)
	if p.busy {
		panic("two prompts at a time")
	}
	p.busy = true
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		p.busy = false
		p.mu.Unlock()
	}()
	if p.shown != nil {
		p.shown <- prompt
	}
	if p.err != nil {
		return permissions.Answer{}, p.err
	}
	if p.answer == nil {
		<-ctx.Done()
		return permissions.Answer{}, ctx.Err()
	}
	return p.answer(prompt), nil
}

// prompts returns what was asked so far.
func (p *person) prompts() []permissions.Prompt {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

// quick presses the plain allow button.
func quick(p permissions.Prompt) permissions.Answer {
	return answer(p, permissions.Allow, p.Quick.Rung, p.Quick.Lifetime)
}

func deny(p permissions.Prompt) permissions.Answer {
	return answer(p, permissions.Deny, 0, permissions.Once)
}

// choose presses "allow more" for a rung and a lifetime.
func choose(grant string, l permissions.Lifetime) func(permissions.Prompt) permissions.Answer {
	return func(p permissions.Prompt) permissions.Answer {
		for i, r := range p.Rungs {
			if r.Grant == grant {
				return answer(p, permissions.Allow, i, l)
			}
		}
		panic("no rung for " + grant)
	}
}

func answer(p permissions.Prompt, v permissions.Verdict, rung int, l permissions.Lifetime) permissions.Answer {
	return permissions.Answer{Nonce: p.Nonce, Shown: p.Hash(), Verdict: v, Rung: rung, Lifetime: l}
}

// record is a Recorder that remembers, or fails.
type record struct {
	mu     sync.Mutex
	events []permissions.Event
	err    error
}

func (r *record) Record(_ context.Context, e permissions.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return r.err
	}
	r.events = append(r.events, e)
	return nil
}

func (r *record) kinds() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := ""
	for _, e := range r.events {
		text += e.Kind + ":" + string(e.Verdict) + ":" + e.Rule + " "
	}
	return text
}
