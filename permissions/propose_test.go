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
