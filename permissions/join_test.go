package permissions_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"gatehouse/permissions"
)

// busy opens a question of another client, so that everything else waits behind it, and returns what ends it.
func (h *house) busy() (free func()) {
	answers := make(chan func(permissions.Prompt) permissions.Answer)
	h.person.shown = make(chan permissions.Prompt, 100)
	h.person.answer = func(p permissions.Prompt) permissions.Answer { return (<-answers)(p) }
	h.answers = answers
	h.checkAsync(context.Background(), h.asking("first", "somebody"), payroll)
	synctest.Wait()
	<-h.person.shown
	return func() {
		answers <- deny
		synctest.Wait()
	}
}

func TestEqualQuestionsJoin(t *testing.T) {
	same := func(identity string) permissions.Object {
		return permissions.Object{Identity: identity, Path: workspace + "/a", Size: 3}
	}
	for _, c := range []struct {
		name   string
		change func(*permissions.Subject, *permissions.Need, *permissions.CallInfo)
		times  int
	}{
		{"equal ones join", func(*permissions.Subject, *permissions.Need, *permissions.CallInfo) {}, 3},
		{"another call is no difference", func(_ *permissions.Subject, _ *permissions.Need, c *permissions.CallInfo) { c.ID = "other" }, 3},
		{"another object of the same name is", func(_ *permissions.Subject, n *permissions.Need, _ *permissions.CallInfo) { n.Object = same("2") }, 2},
		{"another size is", func(_ *permissions.Subject, n *permissions.Need, _ *permissions.CallInfo) { n.Object.Size++ }, 2},
		{"other arguments are", func(_ *permissions.Subject, _ *permissions.Need, c *permissions.CallInfo) {
			c.Arguments = `{"path":"b"}`
		}, 2},
		{"another session is", func(s *permissions.Subject, _ *permissions.Need, _ *permissions.CallInfo) { s.Session = "s-2" }, 2},
		{"another digest is", func(s *permissions.Subject, _ *permissions.Need, _ *permissions.CallInfo) { s.Digest = "sha256:cc" }, 2},
		{"another chain is", func(s *permissions.Subject, _ *permissions.Need, _ *permissions.CallInfo) {
			s.Chain = []string{"outer"}
		}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := furnish(t)
				free := h.busy()
				var done []<-chan error
				for i := range 3 {
					s, need := subject(), permissions.Need{Grant: parse(t, "fs:read:${workspace}/a"), Object: same("1")}
					call := permissions.CallInfo{ID: "call", Tool: "read", Arguments: `{"path":"a"}`}
					if i == 2 {
						c.change(&s, &need, &call)
					}
					h.confirm(s, capabilities(t))
					g := h.broker.Begin(s, capabilities(t), call)
					ended := make(chan error, 1)
					go func() { ended <- g.Check(context.Background(), need) }()
					synctest.Wait()
					done = append(done, ended)
				}
				if n := len(h.broker.Waiting()); n != 4 {
					t.Fatalf("%d wait, want 4", n)
				}
				free()
				p := <-h.person.shown
				if p.Times != c.times {
					t.Errorf("Times = %d, want %d", p.Times, c.times)
				}
				if w := h.broker.Waiting(); len(w) != 4-c.times || w[0].Prompt.Hash() != p.Hash() {
					t.Errorf("%d wait, want %d and the shown one first", len(w), 4-c.times)
				}
				h.answers <- quick
				synctest.Wait()
				for i := range c.times {
					wantCode(t, <-done[i], "")
				}
				if c.times == 2 {
					h.answers <- deny
					wantCode(t, <-done[2], permissions.CodeDenied)
				}
			})
		})
	}
}

func TestAJoinedAnswer(t *testing.T) {
	// three starts three equal questions behind another and returns their cancels and ends.
	three := func(t *testing.T, h *house) (cancels []func(), done []<-chan error, p permissions.Prompt) {
		free := h.busy()
		for range 3 {
			ctx, cancel := context.WithCancel(context.Background())
			cancels = append(cancels, cancel)
			done = append(done, h.checkAsync(ctx, h.begin(), payroll))
			synctest.Wait()
		}
		free()
		return cancels, done, <-h.person.shown
	}
	t.Run("is kept once, and each call has its own ruling recorded", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := furnish(t)
			_, done, _ := three(t, h)
			h.record.events = nil
			h.answers <- choose(payroll, permissions.Session)
			for _, d := range done {
				wantCode(t, <-d, "")
			}
			found, _ := h.store.Find(subject().Key())
			if len(found) != 2 { // the required lines, and this
				t.Errorf("kept %+v", found)
			}
			if got := h.record.kinds(); strings.Count(got, "decision:allow") != 1 || strings.Count(got, "request:allow") != 3 {
				t.Errorf("recorded %s", got)
			}
		})
	})
	t.Run("once is once for each of them", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := furnish(t)
			_, done, _ := three(t, h)
			h.answers <- quick
			for _, d := range done {
				wantCode(t, <-d, "")
			}
			if found, _ := h.store.Find(subject().Key()); len(found) != 1 {
				t.Errorf("kept %+v", found)
			}
		})
	})
	t.Run("a call that goes away leaves the rest, and the prompt as it was", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := furnish(t)
			cancels, done, p := three(t, h)
			for i := range 2 { // the one whose turn it was, too
				cancels[i]()
				synctest.Wait()
				if err := <-done[i]; !errors.Is(err, context.Canceled) {
					t.Errorf("Check() = %v, want context.Canceled", err)
				}
			}
			if w := h.broker.Waiting(); len(w) != 1 || w[0].Prompt.Hash() != p.Hash() {
				t.Errorf("waiting: %+v", w)
			}
			h.answers <- quick
			wantCode(t, <-done[2], "")
			if n := len(h.person.prompts()); n != 2 {
				t.Errorf("%d prompts, want 2", n)
			}
		})
	})
	t.Run("the last one that goes away takes the prompt with it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := furnish(t)
			h.busy()()
			h.person.answer = nil
			ctx, cancel := context.WithCancel(context.Background())
			done := h.checkAsync(ctx, h.begin(), payroll)
			synctest.Wait()
			cancel()
			<-done
			synctest.Wait()
			h.person.answer = quick
			wantCode(t, <-h.checkAsync(context.Background(), h.begin(), payroll), "")
		})
	})
	t.Run("a denial from the inbox is for all of them", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := furnish(t)
			_, done, p := three(t, h)
			if err := h.broker.Deny(p.ID); err != nil {
				t.Fatal(err)
			}
			if err := h.broker.Deny(p.ID); !errors.Is(err, permissions.ErrNotFound) {
				t.Errorf("denying twice: %v, want ErrNotFound", err)
			}
			h.answers <- quick // too late to count
			for _, d := range done {
				wantCode(t, <-d, permissions.CodeDenied)
			}
		})
	})
	t.Run("who comes after it is shown waits for a turn of its own", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := furnish(t)
			_, done, p := three(t, h)
			late := h.checkAsync(context.Background(), h.begin(), payroll)
			synctest.Wait()
			if w := h.broker.Waiting(); len(w) != 2 || p.Times != 3 || w[0].Prompt.Times != 3 {
				t.Errorf("%d wait, the shown one is for %d", len(w), w[0].Prompt.Times)
			}
			h.answers <- choose(payroll, permissions.Session)
			for _, d := range append(done, late) {
				wantCode(t, <-d, "")
			}
			if n := len(h.person.prompts()); n != 2 {
				t.Errorf("%d prompts, want 2: the late one is allowed by then", n)
			}
		})
	})
}
