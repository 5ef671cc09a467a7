package permissions_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"testing/synctest"

	"gatehouse/permissions"
)

// proposal is a change whose uses are counted.
func proposal(applied *int, err error) permissions.Proposal {
	return permissions.Proposal{
		Client: "playground", Verb: "Give a permission back to", Name: "files",
		Lines: []permissions.PromptLine{{Grant: "env:LANG", Sentence: "use the variable LANG"}},
		Apply: func() error { *applied++; return err },
	}
}

func TestPropose(t *testing.T) {
	broken := errors.New("the disk is full")
	for _, c := range []struct {
		name    string
		answer  func(permissions.Prompt) permissions.Answer
		fails   error // what Apply returns
		applied int
		code    permissions.Code
		want    error
		record  string
	}{
		{"a yes applies it", quick, nil, 1, "", nil, "decision:allow:proposed "},
		{"a no does not", deny, nil, 0, permissions.CodeDenied, nil, "decision:deny:proposed "},
		{"what cannot be applied is the error", quick, broken, 1, "", broken, "decision:allow:proposed "},
		{"no longer lifetime may be chosen", func(p permissions.Prompt) permissions.Answer {
			return answer(p, permissions.Allow, 0, permissions.Always)
		}, nil, 0, permissions.CodeDenied, nil, "decision:deny:proposed "},
		{"nor a lasting denial", func(p permissions.Prompt) permissions.Answer {
			return answer(p, permissions.Deny, 0, permissions.Always)
		}, nil, 0, permissions.CodeDenied, nil, "decision:deny:proposed "},
		{"an answer to another prompt is a no", func(p permissions.Prompt) permissions.Answer {
			a := quick(p)
			a.Shown = p.Hash()[1:] + "0"
			return a
		}, nil, 0, permissions.CodeDenied, nil, "decision:deny:proposed "},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, applied := furnish(t), 0
			h.person.answer = c.answer
			err := h.broker.Propose(context.Background(), proposal(&applied, c.fails))
			if c.want == nil {
				wantCode(t, err, c.code)
			} else if !errors.Is(err, c.want) {
				t.Errorf("Propose() = %v, want %v", err, c.want)
			}
			if applied != c.applied {
				t.Errorf("applied %d times, want %d", applied, c.applied)
			}
			if got := h.record.kinds(); got != c.record {
				t.Errorf("recorded %s, want %s", got, c.record)
			}
		})
	}
}

func TestAProposalIsShownWhole(t *testing.T) {
	h, applied := furnish(t), 0
	h.person.answer = deny
	p := proposal(&applied, nil)
	p.Warnings = []string{"It can write."}
	_ = h.broker.Propose(context.Background(), p)
	p.Client, p.Subject = "terminal", subject()
	_ = h.broker.Propose(context.Background(), p)
	window, terminal := h.person.prompts()[0], h.person.prompts()[1]
	if window.Verb != p.Verb || window.Name != p.Name || window.Subject.Client != "playground" || !reflect.DeepEqual(window.Lines, p.Lines) {
		t.Errorf("the question is %+v", window)
	}
	if len(window.Rungs) != 0 || window.Quick.Lifetime != permissions.Once || len(window.Denials) != 1 || !reflect.DeepEqual(window.Warnings, p.Warnings) {
		t.Errorf("it offers %+v, %+v, %+v and warns %q", window.Rungs, window.Quick, window.Denials, window.Warnings)
	}
	if !reflect.DeepEqual(terminal.Subject, subject()) || len(terminal.Warnings) != 2 {
		t.Errorf("a terminal's is for %+v and warns %q; want whom it would serve, and where it comes from", terminal.Subject, terminal.Warnings)
	}
	if got := h.record.events[1]; got.Subject.Client != "terminal" || got.Subject.Skill != "files" || got.Grant != "env:LANG" {
		t.Errorf("recorded %+v, want who proposed it", got)
	}
}

func TestAProposalMayConfirmAWorkspaceWithIt(t *testing.T) {
	propose := func(t *testing.T, say func(permissions.Prompt) permissions.Answer, change func(*permissions.Proposal)) (*house, error) {
		h, applied := furnish(t), 0
		h.person.answer = say
		p := proposal(&applied, nil)
		p.Verb, p.Name, p.NewWorkspace = "Connect", "claude-code", true
		p.Subject = permissions.Subject{Client: "claude-code", Workspace: workspace}
		if change != nil {
			change(&p)
		}
		return h, h.broker.Propose(context.Background(), p)
	}
	kept := func(h *house) []permissions.Decision {
		found, _ := h.store.Find(permissions.Subject{Client: "claude-code", Workspace: workspace}.WorkspaceKey())
		return found
	}
	t.Run("a yes to one question is a yes to both", func(t *testing.T) {
		h, err := propose(t, quick, nil)
		wantCode(t, err, "")
		if d := kept(h); len(d) != 1 || d[0].Kind() != "workspace" || d[0].Lifetime != permissions.Always {
			t.Errorf("kept %+v", d)
		}
		if p := h.person.prompts(); len(p) != 1 || !p[0].NewWorkspace || p[0].Subject.Workspace != workspace {
			t.Errorf("asked %+v", p)
		}
		h.confirmed(subject(), capabilities(t))
	})
	t.Run("a no keeps nothing", func(t *testing.T) {
		h, err := propose(t, deny, nil)
		wantCode(t, err, permissions.CodeDenied)
		if d := kept(h); len(d) != 0 {
			t.Errorf("kept %+v", d)
		}
	})
	t.Run("nor does a change that fails", func(t *testing.T) {
		broken := errors.New("the file is gone")
		h, err := propose(t, quick, func(p *permissions.Proposal) { p.Apply = func() error { return broken } })
		if d := kept(h); !errors.Is(err, broken) || len(d) != 0 {
			t.Errorf("Propose() = %v, kept %+v", err, d)
		}
	})
	t.Run("a whole home is not even asked for", func(t *testing.T) {
		h, err := propose(t, quick, func(p *permissions.Proposal) { p.Subject.Workspace = "/home/u" })
		wantCode(t, err, permissions.CodeDenied)
		if len(h.person.prompts()) != 0 {
			t.Error("it was asked")
		}
	})
}

// confirmed checks that a call for s asks no more about its workspace.
func (h *house) confirmed(s permissions.Subject, c permissions.Capabilities) {
	h.t.Helper()
	before := len(h.person.prompts())
	_, err := h.start(s, c)
	wantCode(h.t, err, "")
	for _, p := range h.person.prompts()[before:] {
		if p.NewWorkspace {
			h.t.Errorf("asked about the workspace again: %+v", p)
		}
	}
}

func TestAProposalThatNobodyAnswers(t *testing.T) {
	t.Run("where nobody can be asked it is no", func(t *testing.T) {
		h, applied := furnish(t), 0
		h.person.err = permissions.ErrUnavailable
		wantCode(t, h.broker.Propose(context.Background(), proposal(&applied, nil)), permissions.CodeUnavailable)
		if applied != 0 {
			t.Errorf("applied %d times", applied)
		}
	})
	t.Run("what cannot be recorded is not applied", func(t *testing.T) {
		h, applied := furnish(t), 0
		h.person.answer, h.record.err = quick, errors.New("full")
		wantCode(t, h.broker.Propose(context.Background(), proposal(&applied, nil)), permissions.CodeStorage)
		if applied != 0 {
			t.Errorf("applied %d times", applied)
		}
	})
	t.Run("one that is withdrawn is not applied by a late yes", func(t *testing.T) {
		h, applied := furnish(t), 0
		ctx, cancel := context.WithCancel(context.Background())
		h.person.answer = func(p permissions.Prompt) permissions.Answer {
			cancel()
			return quick(p)
		}
		if err := h.broker.Propose(ctx, proposal(&applied, nil)); !errors.Is(err, context.Canceled) || applied != 0 {
			t.Errorf("Propose() = %v, applied %d times; want context.Canceled and never", err, applied)
		}
	})
	t.Run("it waits its turn, and equal ones are asked one by one", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h, applied := furnish(t), 0
			h.person.shown = make(chan permissions.Prompt, 10)
			answers := make(chan func(permissions.Prompt) permissions.Answer)
			h.person.answer = func(p permissions.Prompt) permissions.Answer { return (<-answers)(p) }
			first := h.checkAsync(context.Background(), h.begin(), payroll)
			synctest.Wait()
			done := make(chan error, 2)
			for range 2 {
				go func() { done <- h.broker.Propose(context.Background(), proposal(&applied, nil)) }()
			}
			synctest.Wait()
			if w := h.broker.Waiting(); len(w) != 3 || applied != 0 {
				t.Fatalf("%d questions wait, applied %d times; want 3 and never", len(w), applied)
			}
			answers <- quick
			wantCode(t, <-first, "")
			answers <- quick
			wantCode(t, <-done, "")
			answers <- deny
			wantCode(t, <-done, permissions.CodeDenied)
			if applied != 1 {
				t.Errorf("applied %d times, want once", applied)
			}
		})
	})
}
