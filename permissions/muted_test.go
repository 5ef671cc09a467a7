package permissions_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/permissions"
)

func TestAQuestionThatWasDismissedThreeTimesRestsForAWeek(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &drawer{}
		h := ticking(t, func(o *permissions.Options) { o.KeepInbox = s.keep })
		for i := range 3 {
			if i == 2 { // a host that was started anew goes on counting
				store := h.store
				h = ticking(t, func(o *permissions.Options) { o.Inbox, o.KeepInbox, o.Store = s.load(t), s.keep, store })
				h.store = store
			}
			h.person.answer = deny
			wantCode(t, h.check(h.begin(), payroll), permissions.CodeDenied)
			time.Sleep(time.Hour)
		}
		h.person.answer = quick
		asked := len(h.person.prompts())
		g := h.begin()
		wantCode(t, h.check(g, payroll), permissions.CodeDenied)
		if r := g.Refusals(); len(h.person.prompts()) != asked || r[0].Rule != permissions.RuleMuted {
			t.Errorf("it was asked, or refused by %+v", r)
		}
		wantCode(t, h.check(h.begin(), "fs:read:${workspace}/other"), "")

		found, _ := h.store.Find(subject().Key())
		muted := found[slices.IndexFunc(found, func(d permissions.Decision) bool { return d.Muted })]
		if muted.Verdict != permissions.Deny || muted.Grants[0].String() != payroll || muted.Until.Sub(muted.Made).Round(time.Second) != 7*24*time.Hour {
			t.Errorf("kept %+v", muted)
		}
		if e := h.broker.Explain(subject(), capabilities(t), parse(t, payroll)); e.Rule != permissions.RuleMuted || !strings.Contains(e.Reason, "dismissed") {
			t.Errorf("Explain() = %+v", e)
		}
		if err := h.broker.Revoke(muted.ID); err != nil {
			t.Fatal(err)
		}
		h.person.answer = deny
		for range 2 {
			wantCode(t, h.check(h.begin(), payroll), permissions.CodeDenied)
		}
		h.person.answer = quick
		wantCode(t, h.check(h.begin(), payroll), "") // it counts anew
	})
}

func TestWhatDismissesAQuestion(t *testing.T) {
	times := func(h *house, n int, answer func(permissions.Prompt) permissions.Answer) {
		for range n {
			h.person.answer = answer
			_ = h.check(h.begin(), payroll)
		}
	}
	for _, c := range []struct {
		name  string
		do    func(*house)
		muted bool
	}{
		{"three times no", func(h *house) { times(h, 3, deny) }, true},
		{"twice no", func(h *house) { times(h, 2, deny) }, false},
		{"twice no, a yes, twice no", func(h *house) { times(h, 2, deny); times(h, 1, quick); times(h, 2, deny) }, false},
		{"three times within more than a week", func(h *house) {
			times(h, 2, deny)
			h.clock = h.clock.Add(7 * 24 * time.Hour)
			times(h, 1, deny)
		}, false},
		{"three times nobody there", func(h *house) {
			h.person.err = permissions.ErrUnavailable
			times(h, 3, deny)
			h.person.err = nil
		}, false},
		{"a no for the session is more than a dismissal", func(h *house) {
			times(h, 1, func(p permissions.Prompt) permissions.Answer {
				return answer(p, permissions.Deny, 0, permissions.Session)
			})
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := furnish(t)
			c.do(h)
			found, _ := h.store.Find(subject().Key())
			muted := false
			for _, d := range found {
				muted = muted || d.Muted
			}
			if muted != c.muted {
				t.Errorf("muted: %v, want %v", muted, c.muted)
			}
		})
	}
	t.Run("closing a start three times rests the start", func(t *testing.T) {
		h := furnish(t)
		h.person.answer = deny
		for range 4 {
			_, err := h.start(subject(), capabilities(t))
			wantCode(t, err, permissions.CodeDenied)
		}
		if n := len(h.person.prompts()); n != 3 {
			t.Errorf("%d prompts, want 3", n)
		}
	})
	t.Run("a proposal is never muted", func(t *testing.T) {
		h, applied := furnish(t), 0
		h.person.answer = deny
		for range 5 {
			wantCode(t, h.broker.Propose(t.Context(), proposal(&applied, nil)), permissions.CodeDenied)
		}
		if n := len(h.person.prompts()); n != 5 {
			t.Errorf("%d prompts, want 5", n)
		}
	})
}
