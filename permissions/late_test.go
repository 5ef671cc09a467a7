package permissions_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/permissions"
)

// drawer keeps an inbox as a host does: as JSON.
type drawer struct{ text []byte }

func (s *drawer) keep(in permissions.Inbox) (err error) {
	s.text, err = json.Marshal(in)
	return err
}

func (s *drawer) load(t *testing.T) (in permissions.Inbox) {
	if err := json.Unmarshal(s.text, &in); err != nil {
		t.Fatal(err)
	}
	return in
}

var payrollObject = permissions.Object{Identity: "7", Path: workspace + "/finance/payroll.csv", Size: 12}

// parks lets a call ask for need until nobody answers, and returns its question.
func (h *house) parks(t *testing.T, need permissions.Need) permissions.Parked {
	t.Helper()
	h.person.answer = nil
	wantCode(t, h.begin().Check(context.Background(), need), permissions.CodeTimeout)
	parked := h.broker.Parked()
	if len(parked) == 0 {
		t.Fatal("nothing is parked")
	}
	return parked[len(parked)-1]
}

// opens opens a parked question and answers it.
func (h *house) opens(t *testing.T, id string, answer func(permissions.Prompt) permissions.Answer) permissions.Prompt {
	t.Helper()
	h.person.answer = answer
	before := len(h.person.prompts())
	if err := h.broker.Open(id); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	asked := h.person.prompts()
	if len(asked) != before+1 {
		t.Fatalf("%d prompts, want one more than %d", len(asked), before)
	}
	return asked[before]
}

// ticking is a house whose clock is the bubble's.
func ticking(t *testing.T, change ...func(*permissions.Options)) *house {
	h := furnish(t, append([]func(*permissions.Options){func(o *permissions.Options) { o.Now = time.Now }}, change...)...)
	h.clock = time.Now()
	t.Cleanup(h.broker.Close)
	return h
}

func TestAQuestionThatNobodyAnsweredRestsForADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &drawer{}
		h := ticking(t, func(o *permissions.Options) { o.KeepInbox = s.keep })
		need := permissions.Need{Grant: parse(t, payroll), Object: payrollObject}
		p := h.parks(t, need)
		if p.State != permissions.StateParked || p.Prompt.Name != "payroll.csv" || p.Prompt.Nonce != "" || !p.Until.Equal(time.Now().Add(24*time.Hour)) {
			t.Errorf("it rests as %+v", p)
		}
		if again := h.parks(t, need); len(h.broker.Parked()) != 1 || again.ID == p.ID {
			t.Errorf("%d rest, want the newer of two equal ones", len(h.broker.Parked()))
		}
		h.parks(t, h.need("fs:read:${workspace}/other"))
		time.Sleep(24*time.Hour - time.Minute)
		if n := len(h.broker.Parked()); n != 1 {
			t.Errorf("%d rest after a day, want the later one", n)
		}
		if err := h.broker.Open(p.ID); !errors.Is(err, permissions.ErrNotFound) {
			t.Errorf("Open() of a forgotten one: %v, want ErrNotFound", err)
		}
	})
}

func TestALateAnswer(t *testing.T) {
	need := permissions.Need{Grant: parse(t, payroll), Object: payrollObject}
	call := permissions.CallInfo{ID: "call-2", Tool: "read", Arguments: `{"path":"a"}`}
	for _, c := range []struct {
		name   string
		after  time.Duration
		change func(*permissions.Subject, *permissions.Need, *permissions.CallInfo)
		want   permissions.Code
	}{
		{"counts once for the same again", 14 * time.Minute, nil, ""},
		{"not after a quarter of an hour", 15 * time.Minute, nil, permissions.CodeTimeout},
		{"not for another client", 0, func(s *permissions.Subject, _ *permissions.Need, _ *permissions.CallInfo) { s.Client = "vs-code" }, permissions.CodeTimeout},
		{"not for another skill", 0, func(s *permissions.Subject, _ *permissions.Need, _ *permissions.CallInfo) { s.Skill = "other" }, permissions.CodeTimeout},
		{"not for another version", 0, func(s *permissions.Subject, _ *permissions.Need, _ *permissions.CallInfo) { s.Digest = "sha256:cc" }, permissions.CodeTimeout},
		{"not for a skill that calls it", 0, func(s *permissions.Subject, _ *permissions.Need, _ *permissions.CallInfo) {
			s.Chain = []string{"outer"}
		}, permissions.CodeTimeout},
		{"not for another tool", 0, func(_ *permissions.Subject, _ *permissions.Need, c *permissions.CallInfo) { c.Tool = "write" }, permissions.CodeTimeout},
		{"not for other arguments", 0, func(_ *permissions.Subject, _ *permissions.Need, c *permissions.CallInfo) {
			c.Arguments = `{"path":"b"}`
		}, permissions.CodeTimeout},
		{"not for arguments that begin alike", 0, func(_ *permissions.Subject, _ *permissions.Need, c *permissions.CallInfo) {
			c.Arguments += strings.Repeat(" ", 5000)
		}, permissions.CodeTimeout},
		{"not for another object", 0, func(_ *permissions.Subject, n *permissions.Need, _ *permissions.CallInfo) { n.Object.Identity = "8" }, permissions.CodeTimeout},
		{"not for another name", 0, func(_ *permissions.Subject, n *permissions.Need, _ *permissions.CallInfo) {
			n.Grant = parse(t, "fs:read:${workspace}/finance/other.csv")
		}, permissions.CodeTimeout},
		{"not for another session where it was for this one", 0, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := ticking(t)
				p := h.parks(t, need)
				prompt := h.opens(t, p.ID, quick)
				if !strings.HasPrefix(prompt.Warnings[0], "The call that asked is gone.") || prompt.Arguments == "" {
					t.Errorf("the late prompt is %+v", prompt)
				}
				for _, r := range prompt.Rungs {
					if got := spellChoices(r.Lifetimes); got != "session hour date always" {
						t.Errorf("%s may last %q", r.Label, got)
					}
				}
				if n := len(h.broker.Parked()); n != 0 {
					t.Errorf("%d still rest", n)
				}
				time.Sleep(c.after)
				s, n, info := subject(), need, call
				if c.change != nil {
					c.change(&s, &n, &info)
				}
				h.person.answer = nil
				h.confirm(s, capabilities(t))
				wantCode(t, h.broker.Begin(s, capabilities(t), info).Check(context.Background(), n), c.want)
				if c.want == "" { // and no more than once
					wantCode(t, h.broker.Begin(s, capabilities(t), info).Check(context.Background(), n), permissions.CodeTimeout)
				}
			})
		})
	}
	t.Run("counts no more once where the clock was set back", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var set time.Duration
			h := ticking(t, func(o *permissions.Options) { o.Now = func() time.Time { return time.Now().Add(set) } })
			p := h.parks(t, need)
			h.opens(t, p.ID, quick)
			set = -time.Hour
			h.person.answer = nil
			wantCode(t, h.broker.Begin(subject(), capabilities(t), call).Check(context.Background(), need), permissions.CodeTimeout)
		})
	})
	t.Run("is kept where it is for longer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := ticking(t)
			p := h.parks(t, need)
			h.opens(t, p.ID, choose(payroll, permissions.OneHour))
			wantCode(t, h.begin().Check(context.Background(), need), "")
		})
	})
	t.Run("that is no settles it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := ticking(t)
			p := h.parks(t, need)
			h.opens(t, p.ID, deny)
			if n := len(h.broker.Parked()); n != 0 {
				t.Errorf("%d still rest", n)
			}
			h.person.answer = quick
			wantCode(t, h.begin().Check(context.Background(), need), "")
		})
	})
	t.Run("of a start is kept, and for no call that is gone", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := ticking(t)
			_, err := h.start(subject(), capabilities(t))
			wantCode(t, err, permissions.CodeTimeout)
			p := h.opens(t, h.broker.Parked()[0].ID, quick)
			if got := spellChoices(p.Rungs[0].Lifetimes); strings.Contains(got, "call") || p.Quick.Lifetime != permissions.Always {
				t.Errorf("it may last %q", got)
			}
			_, err = h.start(subject(), capabilities(t))
			wantCode(t, err, "")
		})
	})
}

func TestAnOpenedQuestion(t *testing.T) {
	need := permissions.Need{Grant: parse(t, payroll), Object: payrollObject}
	t.Run("stands in the line and not in the inbox, and rests again when nobody answers", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := ticking(t)
			p := h.parks(t, need)
			h.opens(t, p.ID, nil)
			if len(h.broker.Parked()) != 0 || len(h.broker.Waiting()) != 1 {
				t.Errorf("%d rest and %d wait", len(h.broker.Parked()), len(h.broker.Waiting()))
			}
			if err := h.broker.Open(p.ID); !errors.Is(err, permissions.ErrNotFound) {
				t.Errorf("Open() twice: %v, want ErrNotFound", err)
			}
			time.Sleep(11 * time.Minute)
			if got := h.broker.Parked(); len(got) != 1 || !got[0].Until.Equal(p.Until) {
				t.Errorf("it rests as %+v, want it as before", got)
			}
		})
	})
	t.Run("that was decided meanwhile is gone without a question", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := ticking(t)
			p := h.parks(t, need)
			h.keep(permissions.Decision{ID: "yes", Key: subject().Key(), Grants: []permissions.Grant{need.Grant}, Verdict: permissions.Allow, Lifetime: permissions.Always})
			if err := h.broker.Open(p.ID); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if len(h.broker.Parked()) != 0 || len(h.person.prompts()) != 1 {
				t.Errorf("%d rest after %d prompts", len(h.broker.Parked()), len(h.person.prompts()))
			}
		})
	})
	t.Run("is asked after a restart too, without contents that were not kept", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := &drawer{}
			h := ticking(t, func(o *permissions.Options) { o.KeepInbox = s.keep })
			secret := "what it was called with"
			h.person.answer = nil
			h.confirm(subject(), capabilities(t))
			first := permissions.CallInfo{ID: "call-1", Tool: "read", Arguments: secret}
			wantCode(t, h.broker.Begin(subject(), capabilities(t), first).Check(context.Background(), need), permissions.CodeTimeout)
			if strings.Contains(string(s.text), secret) {
				t.Errorf("the arguments were kept: %s", s.text)
			}

			h = ticking(t, func(o *permissions.Options) { o.Inbox = s.load(t) })
			h.confirm(subject(), capabilities(t))
			p := h.opens(t, h.broker.Parked()[0].ID, quick)
			if p.Arguments != "" || !slices.ContainsFunc(p.Warnings, func(w string) bool { return strings.Contains(w, "no longer known") }) {
				t.Errorf("the prompt is %+v", p)
			}
			wantCode(t, h.broker.Begin(subject(), capabilities(t), first).Check(context.Background(), need), "")
		})
	})
	t.Run("may be dismissed instead", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := ticking(t)
			p := h.parks(t, need)
			for _, want := range []error{nil, permissions.ErrNotFound} {
				if err := h.broker.Dismiss(p.ID); !errors.Is(err, want) {
					t.Errorf("Dismiss() = %v, want %v", err, want)
				}
			}
		})
	})
}

// A client's name may be another's next, so nothing of it stays: no question, no answer, no count.
func TestNothingIsLeftOfAClientThatIsForgotten(t *testing.T) {
	need := permissions.Need{Grant: parse(t, payroll), Object: payrollObject}
	always := choose(payroll, permissions.Always)
	for _, c := range []struct {
		name   string
		before func(t *testing.T, h *house)
	}{
		{"a question that rests", func(t *testing.T, h *house) { h.parks(t, need) }},
		{"a question that was opened", func(t *testing.T, h *house) { h.opens(t, h.parks(t, need).ID, nil) }},
		{"a question that waits", func(t *testing.T, h *house) {
			h.person.answer = nil
			g := h.begin()
			go g.Check(context.Background(), need)
			synctest.Wait()
		}},
		{"an answer for once", func(t *testing.T, h *house) { h.opens(t, h.parks(t, need).ID, quick) }},
		{"a call that goes on", func(t *testing.T, h *house) {
			g := h.begin()
			t.Cleanup(func() {
				h.person.answer = always
				wantCode(t, g.Check(context.Background(), need), permissions.CodeDenied)
			})
		}},
		{"an answer that was on its way", func(t *testing.T, h *house) {
			h.person.answer = func(p permissions.Prompt) permissions.Answer {
				h.broker.Forget("claude-code")
				return always(p)
			}
			_ = h.begin().Check(context.Background(), need)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &drawer{}
				h := ticking(t, func(o *permissions.Options) { o.KeepInbox = s.keep })
				c.before(t, h)
				h.broker.Forget("claude-code")
				synctest.Wait()
				if n := len(h.broker.Waiting()); n != 0 {
					t.Errorf("%d questions wait", n)
				}
				for _, p := range h.broker.Parked() {
					if p.State == permissions.StateParked || h.broker.Open(p.ID) == nil {
						t.Errorf("in the inbox: %+v", p)
					}
				}
				if s.text != nil && strings.Contains(string(s.text), "claude-code") {
					t.Errorf("kept: %s", s.text)
				}
				h.person.answer = nil
				wantCode(t, h.begin().Check(context.Background(), need), permissions.CodeTimeout)
			})
		})
	}
	t.Run("and everything of another", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := ticking(t)
			h.parks(t, need)
			h.broker.Forget("vs-code")
			if n := len(h.broker.Parked()); n != 1 {
				t.Errorf("%d questions rest; want 1", n)
			}
		})
	})
}

func TestWhatRests(t *testing.T) {
	t.Run("a cancelled call's question, which cannot be answered", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := &drawer{}
			h := ticking(t, func(o *permissions.Options) { o.KeepInbox = s.keep })
			ctx, cancel := context.WithCancel(context.Background())
			done := h.checkAsync(ctx, h.begin(), payroll)
			synctest.Wait()
			cancel()
			<-done
			got := h.broker.Parked()
			if len(got) != 1 || got[0].State != permissions.StateCancelled {
				t.Fatalf("in the inbox: %+v", got)
			}
			if err := h.broker.Open(got[0].ID); !errors.Is(err, permissions.ErrNotFound) {
				t.Errorf("Open() = %v, want ErrNotFound", err)
			}
			if rest := s.load(t).Parked; len(rest) != 0 {
				t.Errorf("it is kept for the next host: %+v", rest)
			}
		})
	})
	t.Run("a question that nobody could be asked", func(t *testing.T) {
		h := furnish(t)
		h.person.err = permissions.ErrUnavailable
		wantCode(t, h.check(h.begin(), payroll), permissions.CodeUnavailable)
		if got := h.broker.Parked(); len(got) != 1 || got[0].State != permissions.StateParked {
			t.Errorf("in the inbox: %+v", got)
		}
	})
	t.Run("nothing where nothing outlives a call", func(t *testing.T) {
		h := furnish(t, func(o *permissions.Options) { o.Passing = true })
		h.person.err = permissions.ErrUnavailable
		wantCode(t, h.check(h.begin(), payroll), permissions.CodeUnavailable)
		if got := h.broker.Parked(); len(got) != 0 {
			t.Errorf("in the inbox: %+v", got)
		}
	})
	t.Run("no more than twenty of a client and a hundred of all, the newest of each", func(t *testing.T) {
		h := furnish(t)
		h.person.err = permissions.ErrUnavailable
		for client := range 7 {
			for i := range 22 {
				g := h.asking("files", fmt.Sprint("client ", client))
				_ = g.Check(context.Background(), h.need(fmt.Sprintf("fs:read:${workspace}/%d", i)))
			}
		}
		of := map[string]int{}
		for _, p := range h.broker.Parked() {
			if of[p.Prompt.Subject.Client]++; p.Prompt.Name == "0" || p.Prompt.Name == "1" {
				t.Errorf("the oldest of %s rests", p.Prompt.Subject.Client)
			}
		}
		if len(of) != 5 || of["client 6"] != 20 || of["client 1"] != 0 {
			t.Errorf("they rest as %v", of)
		}
	})
	t.Run("nothing that is very large", func(t *testing.T) {
		h := furnish(t)
		h.person.err = permissions.ErrUnavailable
		g := h.begin()
		_ = g.Check(context.Background(), permissions.Need{Grant: parse(t, payroll), Object: permissions.Object{Path: "/" + strings.Repeat("a/", 30_000)}})
		if got := h.broker.Parked(); len(got) != 0 {
			t.Errorf("%d rest", len(got))
		}
	})
}
