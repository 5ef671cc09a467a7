package permissions_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"gatehouse/permissions"
)

func TestAnAnswerUntilADate(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		name  string
		in    time.Duration // from now; 0 names no date
		of    permissions.Lifetime
		holds bool
	}{
		{"a week", 7 * day, permissions.UntilDate, true},
		{"an hour", time.Hour, permissions.UntilDate, true},
		{"a year", 366 * day, permissions.UntilDate, true},
		{"less than an hour", time.Hour - time.Second, permissions.UntilDate, false},
		{"more than a year", 366*day + time.Second, permissions.UntilDate, false},
		{"a date that has been", -day, permissions.UntilDate, false},
		{"no date", 0, permissions.UntilDate, false},
		{"a date where none belongs", 7 * day, permissions.OneHour, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := furnish(t)
			h.person.answer = func(p permissions.Prompt) permissions.Answer {
				a := choose(payroll, c.of)(p)
				if c.in != 0 {
					a.Until = h.clock.Add(c.in).Unix()
				}
				return a
			}
			if err := h.check(h.begin(), payroll); (err == nil) != c.holds {
				t.Fatalf("Check() = %v, want an allow: %v", err, c.holds)
			}
			if !c.holds {
				return
			}
			found, _ := h.store.Find(subject().Key())
			if kept := found[len(found)-1]; !kept.Until.Equal(h.clock.Add(c.in)) {
				t.Errorf("it is kept until %v", kept.Until)
			}
			if c.in > 50*day { // it would lapse before, unused
				return
			}
			h.person.answer = deny
			h.clock = h.clock.Add(c.in - time.Second)
			wantCode(t, h.check(h.begin(), payroll), "")
			h.clock = h.clock.Add(time.Second)
			wantCode(t, h.check(h.begin(), payroll), permissions.CodeDenied)
		})
	}
}

func TestStoppingASkill(t *testing.T) {
	var stopped []string
	h := furnish(t, func(o *permissions.Options) { o.Stopped = func(skill string) { stopped = append(stopped, skill) } })
	h.person.answer = func(p permissions.Prompt) permissions.Answer {
		a := deny(p)
		a.Stop = true
		return a
	}
	wantCode(t, h.check(h.begin(), payroll), permissions.CodeDenied)
	h.person.answer = quick // its turn comes when the skill was stopped
	wantCode(t, h.check(h.begin(), "fs:read:${workspace}/other"), "")
	if !reflect.DeepEqual(stopped, []string{"files"}) || !strings.HasPrefix(h.record.kinds(), "decision:deny:asked ") || !strings.Contains(h.record.kinds(), "decision:deny:stopped ") {
		t.Errorf("stopped %q, recorded %s", stopped, h.record.kinds())
	}
	h.person.answer = func(p permissions.Prompt) permissions.Answer {
		a := quick(p)
		a.Stop = true
		return a
	}
	wantCode(t, h.check(h.begin(), payroll), permissions.CodeDenied) // nobody says yes and stop
	if len(stopped) != 1 {
		t.Errorf("stopped %q", stopped)
	}
}

func TestAPromptShowsWhatAPatternMatchesNow(t *testing.T) {
	h := furnish(t, func(o *permissions.Options) {
		o.Count = func(_ context.Context, folder string, g permissions.Grant) (int, []string) {
			if strings.HasSuffix(g.Path(), "*.csv") {
				return 2, []string{workspace + "/finance/a.csv", "/elsewhere/b\u202e.csv"}
			}
			return 900, []string{"1", "2", "3", "4", "5", "6"}
		}
	})
	p := promptFor(t, h, subject(), capabilities(t), permissions.Need{Grant: parse(t, payroll)})
	if p.Rungs[0].Count != 0 || p.Rungs[0].Matches != nil {
		t.Errorf("one file matches %+v", p.Rungs[0])
	}
	if got := p.Rungs[1]; got.Count != 2 || !reflect.DeepEqual(got.Matches, []string{"finance/a.csv", "/elsewhere/b\u202e.csv"}) {
		t.Errorf("a kind of file matches %+v", got)
	}
	if got := p.Rungs[2]; got.Count != 900 || len(got.Matches) != 5 {
		t.Errorf("a folder matches %+v", got)
	}
}

func TestAPromptSaysWhatWasDecidedBefore(t *testing.T) {
	h := furnish(t)
	other := subject()
	other.Client = "vs-code"
	foreign := subject()
	foreign.Skill = "other"
	for i, d := range []permissions.Decision{
		{Key: other.Key(), Grants: []permissions.Grant{parse(t, payroll)}, Verdict: permissions.Allow, Lifetime: permissions.OneHour},
		{Key: other.Key(), Grants: []permissions.Grant{parse(t, "fs:read:${workspace}/finance/**")}, Verdict: permissions.Deny, Lifetime: permissions.Always},
		{Key: subject().Key(), Grants: []permissions.Grant{parse(t, "fs:read:${workspace}/finance/b.csv")}, Verdict: permissions.Allow, Lifetime: permissions.UntilDate, Until: h.clock.Add(48 * time.Hour)},
		{Key: foreign.Key(), Grants: []permissions.Grant{parse(t, payroll)}, Verdict: permissions.Allow, Lifetime: permissions.Always},
		{Key: other.Key(), Grants: []permissions.Grant{parse(t, "fs:write:${workspace}/finance/**")}, Verdict: permissions.Allow, Lifetime: permissions.Always},
	} {
		d.ID, d.Made = string(rune('a'+i)), h.clock.Add(time.Duration(i-9)*24*time.Hour)
		h.keep(d)
		h.all = append(h.all, d)
	}
	p := promptFor(t, h, subject(), capabilities(t), permissions.Need{Grant: parse(t, payroll)})
	want := []string{
		"You allowed something in the same folder on 26 April 2026, until 5 May 2026.",
		"You denied more than this on 25 April 2026, always, for vs-code.",
		"You allowed this on 24 April 2026, for an hour, for vs-code.",
	}
	if !reflect.DeepEqual(p.History, want) {
		t.Errorf("History = %q, want %q", p.History, want)
	}
	p = promptFor(t, h, subject(), capabilities(t), permissions.Need{Grant: parse(t, payroll)})
	if len(p.History) != 3 || p.History[0] != "You said no to this once, the last time on 3 May 2026; after 3 times it rests for a week." {
		t.Errorf("History after a dismissal = %q", p.History)
	}
}
