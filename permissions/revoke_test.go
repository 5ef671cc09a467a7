package permissions_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/permissions"
)

const day = 24 * time.Hour

// kept is a decision of the subject as an answer would leave it.
func (h *house) kept(id string, change func(*permissions.Decision)) permissions.Decision {
	d := permissions.Decision{
		ID: id, Key: subject().Key(), Grants: []permissions.Grant{parse(h.t, payroll)},
		Verdict: permissions.Allow, Lifetime: permissions.Always, Made: h.clock,
	}
	if change != nil {
		change(&d)
	}
	h.keep(d)
	return d
}

func TestWhatLapses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*permissions.Decision)
		after  time.Duration // of making it or, where it was used, of its last use
		used   bool
		holds  bool
	}{
		{"always holds for 60 days", nil, 60*day - 1, false, true},
		{"and no longer where nothing uses it", nil, 60 * day, false, false},
		{"a use makes it hold 60 days more", nil, 60*day - 1, true, true},
		{"and no longer", nil, 60 * day, true, false},
		{"until a date lapses too", func(d *permissions.Decision) { d.Lifetime, d.Until = permissions.UntilDate, d.Made.Add(300*day) }, 60 * day, false, false},
		{"a denial never lapses", func(d *permissions.Decision) { d.Verdict = permissions.Deny }, 1000 * day, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := furnish(t)
			d := h.kept("one", c.change)
			if c.used {
				h.clock = h.clock.Add(50 * day)
				h.store.Used("one", h.clock)
			}
			h.clock = h.clock.Add(c.after)
			h.person.answer = deny
			g := h.begin()
			h.keep(permissions.Decision{ID: "workspace claude-code", Key: subject().WorkspaceKey(), Verdict: permissions.Allow, Lifetime: permissions.Always})
			err := g.Granted(context.Background(), h.need(payroll))
			if d.Verdict == permissions.Allow {
				if got := err == nil; got != c.holds {
					t.Errorf("it holds: %v, want %v", got, c.holds)
				}
			} else if _ = h.check(g, payroll); len(h.person.prompts()) != 0 {
				t.Error("a denial that is old was asked about")
			}
			all, _ := h.store.Find(d.Key)
			if err := h.broker.Lapse(all); err != nil {
				t.Fatal(err)
			}
			all, _ = h.store.Find(d.Key)
			is := func(d permissions.Decision) bool { return d.ID == "one" }
			if got := slices.ContainsFunc(all, is); got != c.holds {
				t.Errorf("after Lapse it is there: %v, want %v", got, c.holds)
			}
			lapsed := slices.ContainsFunc(h.record.events, func(e permissions.Event) bool { return e.Kind == "lapse" && e.Rule == "one" })
			if lapsed == c.holds {
				t.Errorf("recorded as lapsed: %v, want %v", lapsed, !c.holds)
			}
		})
	}
}

func TestWhatCountsAsUse(t *testing.T) {
	used := map[string]int{}
	h := furnish(t, func(o *permissions.Options) { o.Used = func(id string, _ time.Time) { used[id]++ } })
	h.kept("one", nil)
	h.kept("other", func(d *permissions.Decision) { d.Grants = []permissions.Grant{parse(t, "env:LANG")} })
	g := h.begin()
	if err := g.Granted(context.Background(), h.need(payroll)); err != nil || len(used) != 0 {
		t.Errorf("Granted() = %v, used %v; want nil and no use", err, used)
	}
	wantCode(t, h.check(g, payroll), "")
	if want := map[string]int{"one": 1, "workspace claude-code": 1}; !reflect.DeepEqual(used, want) {
		t.Errorf("a check used %v, want %v", used, want)
	}
	clear(used)
	h.person.answer = deny
	wantCode(t, h.check(g, "fs:read:${workspace}/other.txt"), permissions.CodeDenied)
	if len(used) != 0 {
		t.Errorf("a refusal used %v", used)
	}
	if err := g.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	if want := map[string]int{"required claude-code files": 1, "workspace claude-code": 1}; !reflect.DeepEqual(used, want) {
		t.Errorf("a start used %v, want %v", used, want)
	}
}

func TestRevokingReachesTheCallsThatRestOnIt(t *testing.T) {
	for _, c := range []struct {
		name   string
		rest   func(*house, *permissions.Guard)
		revoke string
		told   int
	}{
		{"a check rests on it", func(h *house, g *permissions.Guard) { wantCode(t, h.check(g, payroll), "") }, "one", 1},
		{"a look rests on it too", func(h *house, g *permissions.Guard) { _ = g.Granted(context.Background(), h.need(payroll)) }, "one", 1},
		{"a call that did not come to it goes on", func(*house, *permissions.Guard) {}, "one", 0},
		{"a check rests on the workspace", func(h *house, g *permissions.Guard) { wantCode(t, h.check(g, payroll), "") }, "workspace claude-code", 1},
		{"a start rests on the workspace", func(_ *house, g *permissions.Guard) { _ = g.Start(context.Background()) }, "workspace claude-code", 1},
		{"a start rests on the required lines", func(_ *house, g *permissions.Guard) { _ = g.Start(context.Background()) }, "required claude-code files", 1},
		{"an ended call is told nothing", func(h *house, g *permissions.Guard) { _ = h.check(g, payroll); g.End() }, "one", 0},
		{"an answer of this call that was kept is one", func(h *house, g *permissions.Guard) {
			h.person.answer = choose("fs:read:${workspace}/new.txt", permissions.Always)
			wantCode(h.t, h.check(g, "fs:read:${workspace}/new.txt"), "")
		}, "", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := furnish(t)
			h.kept("one", nil)
			g, told := h.begin(), 0
			g.OnRevoke(func() { told++ })
			c.rest(h, g)
			id := c.revoke
			if id == "" {
				all, _ := h.store.Find(subject().Key())
				id = all[len(all)-1].ID
			}
			if err := h.broker.Revoke(id); err != nil {
				t.Fatal(err)
			}
			if told != c.told {
				t.Errorf("told %d times, want %d", told, c.told)
			}
			late := 0
			g.OnRevoke(func() { late++ })
			if late != c.told {
				t.Errorf("who comes late is told %d times, want %d", late, c.told)
			}
		})
	}
}

// TestARevokeIsNeverMissed lets a decision be taken back at every moment of a check: either the check finds it gone, or
// the call is told.
func TestARevokeIsNeverMissed(t *testing.T) {
	for range 300 {
		h := furnish(t)
		h.person.answer = deny
		h.kept("one", nil)
		g := h.begin()
		told := make(chan bool, 1)
		g.OnRevoke(func() { told <- true })
		revoked := make(chan error)
		go func() { revoked <- h.broker.Revoke("one") }()
		allowed := h.check(g, payroll) == nil
		if err := <-revoked; err != nil {
			t.Fatal(err)
		}
		if allowed && len(told) == 0 {
			t.Fatal("allowed by a decision that was taken back, and the call does not know")
		}
	}
}

// What a rule takes away, a call that holds it open is told.
func TestAChangedRuleReachesWhatIsOpen(t *testing.T) {
	const allow = `{"policyVersion":1,"allow":[{"grant":"fs:read:${workspace}/finance/**"}]}`
	deny := func(grant, more string) string {
		return `{"policyVersion":1,"deny":[{"grant":"` + grant + `"` + more + `}]}`
	}
	for _, c := range []struct {
		name, before, after string
		need                permissions.Need
		removed             string
		told                bool
	}{
		{"a deny of what was allowed", "", deny(payroll, ""), permissions.Need{}, "", true},
		{"a deny of a pattern with it", "", deny("fs:read:${workspace}/**", ""), permissions.Need{}, "", true},
		{"a deny of the file by its other name", "", deny("fs:read:/srv/**", ""), permissions.Need{Object: permissions.Object{Path: "/srv/payroll.csv"}}, "", true},
		{"a deny of something else", "", deny("fs:read:${workspace}/other/**", ""), permissions.Need{}, "", false},
		{"a deny for another skill", "", deny(payroll, `,"skill":"other"`), permissions.Need{}, "", false},
		{"an allow that is gone", allow, "", permissions.Need{}, policyName + "#/allow/0", true},
		{"another allow that is gone", allow, allow, permissions.Need{}, "other", false},
		{"a ceiling below what was allowed", "", `{"policyVersion":1,"only":["fs:list:${workspace}/**"]}`, permissions.Need{}, "", true},
		{"a ceiling that leaves it", "", `{"policyVersion":1,"only":["fs:read:${workspace}/**"]}`, permissions.Need{Object: permissions.Object{Path: "/srv/payroll.csv"}}, "", false},
		{"a rule that asks from now on", "", `{"policyVersion":1,"ask":[{"grant":"` + payroll + `"}]}`, permissions.Need{}, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var policies []permissions.Policy
			set := func(text string) {
				policies = nil
				if text != "" {
					policies = append(policies, policy(t, permissions.LayerUser, text))
				}
			}
			set(c.before)
			h := furnish(t, func(o *permissions.Options) {
				o.Policies = func(permissions.Subject) ([]permissions.Policy, error) { return policies, nil }
			})
			h.confirm(subject(), capabilities(t))
			if c.before == "" {
				h.kept("one", nil)
			}
			g, told := h.begin(), 0
			g.OnRevoke(func() { told++ })
			c.need.Grant = parse(t, payroll)
			if err := g.Check(context.Background(), c.need); err != nil {
				t.Fatal(err)
			}
			set(c.after)
			h.broker.Reconsider(c.removed)
			if got := told == 1; got != c.told || told > 1 {
				t.Errorf("told %d times, want %v", told, c.told)
			}
			was := told
			if h.broker.Reconsider(""); told != was {
				t.Error("told once more, with nothing open any more")
			}
		})
	}
}

// What the person was asked about in the call and refused for good has nothing open, so a rule about something else takes
// nothing from the call; what they allowed is reached.
func TestAChangedRuleLeavesTheRestOpen(t *testing.T) {
	const other = "fs:read:${workspace}/other.txt"
	never := func(p permissions.Prompt) permissions.Answer {
		return answer(p, permissions.Deny, 0, permissions.Always)
	}
	for _, c := range []struct {
		name   string
		answer func(permissions.Prompt) permissions.Answer
		denies string
		told   bool
	}{
		{"a no that is kept, and a rule about something else", never, "fs:read:${workspace}/elsewhere/**", false},
		{"a no that is kept, and a rule about the same", never, other, false},
		{"a no that is kept, and a rule about what is open", never, payroll, true},
		{"a yes for once, and a rule about something else", quick, "fs:read:${workspace}/elsewhere/**", false},
		{"a yes for once, and a rule about it", quick, other, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var policies []permissions.Policy
			h := furnish(t, func(o *permissions.Options) {
				o.Policies = func(permissions.Subject) ([]permissions.Policy, error) { return policies, nil }
			})
			h.kept("one", nil)
			g, told := h.begin(), 0
			g.OnRevoke(func() { told++ })
			wantCode(t, h.check(g, payroll), "")
			h.person.answer = c.answer
			_ = h.check(g, other)
			if told != 0 {
				t.Fatal("the answer itself took something away")
			}
			policies = []permissions.Policy{policy(t, permissions.LayerUser, `{"policyVersion":1,"deny":[{"grant":"`+c.denies+`"}]}`)}
			h.broker.Reconsider("")
			if got := told > 0; got != c.told {
				t.Errorf("told: %v, want %v", got, c.told)
			}
		})
	}
}

// A no that is kept reaches what another call was allowed, and nothing else.
func TestAKeptNoReachesWhatIsOpen(t *testing.T) {
	always := func(p permissions.Prompt) permissions.Answer {
		return answer(p, permissions.Deny, 0, permissions.Always)
	}
	for _, c := range []struct {
		name  string
		about string
		deny  func(*house, string)
		told  bool
	}{
		{"an answer to another call's question", payroll, func(h *house, about string) {
			h.person.answer = always
			wantCode(h.t, h.check(h.begin(), about), permissions.CodeDenied)
		}, true},
		{"an answer about something else", "fs:read:${workspace}/else.csv", func(h *house, about string) {
			h.person.answer = always
			wantCode(h.t, h.check(h.begin(), about), permissions.CodeDenied)
		}, false},
		{"a no that is given back", payroll, func(h *house, about string) {
			d := permissions.Decision{Key: subject().Key(), Grants: []permissions.Grant{parse(h.t, about)}, Verdict: permissions.Deny, Lifetime: permissions.Always}
			if err := h.broker.Restore(context.Background(), "terminal", d); err != nil {
				h.t.Fatal(err)
			}
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := furnish(t)
			h.person.answer = quick
			g, told := h.begin(), false
			g.OnRevoke(func() { told = true })
			wantCode(t, h.check(g, payroll), "")
			c.deny(h, c.about)
			if told != c.told {
				t.Errorf("told: %v, want %v", told, c.told)
			}
		})
	}
}

func TestRestore(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*permissions.Decision)
		later  time.Duration
		want   func(now time.Time, d *permissions.Decision)
		fails  error
	}{
		{"always comes back for good", nil, 10 * day, func(time.Time, *permissions.Decision) {}, nil},
		{"an hour is a new hour", func(d *permissions.Decision) {
			d.Lifetime, d.Until = permissions.OneHour, d.Made.Add(time.Hour)
		}, 10 * day, func(now time.Time, d *permissions.Decision) { d.Until = now.Add(time.Hour) }, nil},
		{"a session is the rest of the same", func(d *permissions.Decision) {
			d.Lifetime, d.Session, d.Until = permissions.Session, "s-1", d.Made.Add(12*time.Hour)
		}, time.Hour, func(time.Time, *permissions.Decision) {}, nil},
		{"a session that is over stays over", func(d *permissions.Decision) {
			d.Lifetime, d.Session, d.Until = permissions.Session, "s-1", d.Made.Add(12*time.Hour)
		}, 12 * time.Hour, nil, permissions.ErrOver},
		{"a date that has passed stays over", func(d *permissions.Decision) {
			d.Lifetime, d.Until = permissions.UntilDate, d.Made.Add(day)
		}, day, nil, permissions.ErrOver},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := furnish(t)
			h.person.answer = quick
			d := h.kept("one", c.change)
			if err := h.broker.Revoke("one"); err != nil {
				t.Fatal(err)
			}
			h.clock = h.clock.Add(c.later)
			err := h.broker.Restore(context.Background(), "playground", d)
			found, _ := h.store.Find(d.Key)
			if c.fails != nil {
				if !errors.Is(err, c.fails) || len(found) != 0 || len(h.person.prompts()) != 0 {
					t.Errorf("Restore() = %v, kept %+v; want %v, and nothing asked", err, found, c.fails)
				}
				return
			}
			if err != nil || len(found) != 1 {
				t.Fatalf("Restore() = %v, kept %+v; want one decision", err, found)
			}
			want := d
			want.ID, want.Made = found[0].ID, h.clock
			c.want(h.clock, &want)
			if !reflect.DeepEqual(found[0], want) || found[0].ID == "one" {
				t.Errorf("kept %+v, want %+v with an ID of its own", found[0], want)
			}
			if got, want := h.record.kinds(), "revoke:allow:one decision:allow:proposed restore:allow:"+want.ID+" "; got != want {
				t.Errorf("recorded %s, want %s", got, want)
			}
		})
	}
}

func TestWhatARestoreAsks(t *testing.T) {
	h := furnish(t)
	h.person.answer = deny
	d := h.kept("one", nil)
	w := permissions.Decision{Key: subject().WorkspaceKey(), Verdict: permissions.Allow, Lifetime: permissions.Always}
	_ = h.broker.Revoke("one")
	for _, d := range []permissions.Decision{d, w} {
		wantCode(t, h.broker.Restore(context.Background(), "terminal", d), permissions.CodeDenied)
	}
	p, q := h.person.prompts()[0], h.person.prompts()[1]
	if p.Verb != "Give a permission back to" || p.Name != "files" || p.Subject.Client != "claude-code" || p.Subject.Workspace != workspace ||
		len(p.Lines) != 1 || p.Lines[0].Grant != payroll {
		t.Errorf("it asks %+v", p)
	}
	if want := []string{"This was proposed in a terminal: allow it only if that was you.", "A yes holds always, until you revoke it."}; !slices.Equal(p.Warnings, want) {
		t.Errorf("it warns %q, want %q", p.Warnings, want)
	}
	if q.Verb != "Let skills work again in" || q.Name != "acme" || q.Subject.Client != "claude-code" {
		t.Errorf("for a workspace it asks %+v", q)
	}
	if found, _ := h.store.Find(d.Key); len(found) != 0 {
		t.Errorf("a no gave %+v back", found)
	}
	d.Verdict = permissions.Deny
	if err := h.broker.Restore(context.Background(), "terminal", d); err != nil || len(h.person.prompts()) != 2 {
		t.Errorf("giving a denial back: %v after %d questions; it narrows, and asks nobody", err, len(h.person.prompts()))
	}
	if found, _ := h.store.Find(d.Key); len(found) != 1 {
		t.Errorf("kept %+v, want the denial", found)
	}
}

// TestTheRecordComesFirst lets the store or the record fail when an answer is kept: nothing holds that was not
// recorded, and what is recorded and does not hold is recorded as taken back.
func TestTheRecordComesFirst(t *testing.T) {
	full := errors.New("no space left")
	for _, c := range []struct {
		name    string
		furnish func(*permissions.Options)
		record  string
	}{
		{"the record fails", func(o *permissions.Options) { o.Recorder = &record{err: full} }, ""},
		{"the store fails", func(o *permissions.Options) { o.Store = &fullStore{Store: o.Store, err: full} },
			"decision:allow:asked revoke:allow:ID request:deny:storage "},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := furnish(t, c.furnish)
			h.person.answer = choose(payroll, permissions.Always)
			g := h.begin()
			wantCode(t, h.check(g, payroll), permissions.CodeStorage)
			if err := g.Granted(context.Background(), h.need(payroll)); err == nil {
				t.Error("it holds all the same")
			}
			for i, e := range h.record.events {
				if e.Kind == "revoke" {
					h.record.events[i].Rule = "ID"
				}
			}
			if got := h.record.kinds(); got != c.record {
				t.Errorf("recorded %s, want %s", got, c.record)
			}
		})
	}
}

// fullStore is a Store that keeps nothing more.
type fullStore struct {
	permissions.Store
	err error
}

func (s *fullStore) Keep(permissions.Decision) error { return s.err }

func TestRevokingWhileManyCallsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := furnish(t)
		h.kept("one", nil)
		for range 50 {
			g := h.begin()
			g.OnRevoke(g.End)
			wantCode(t, h.check(g, payroll), "")
			go g.End()
		}
		if err := h.broker.Revoke("one"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
	})
}
