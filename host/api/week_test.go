package api_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/audit"
	"gatehouse/host/api"
	"gatehouse/permissions"
)

// at sleeps until a day and hour of January 2000, whose first is a Saturday.
func at(day, hour int) { time.Sleep(time.Until(time.Date(2000, 1, day, hour, 0, 0, 0, time.Local))) }

func (r *recorded) week(back int) (w api.Week) {
	r.Helper()
	r.get(fmt.Sprint("/api/week?back=", back), &w)
	return w
}

// decided is a line about a decision of files for claude.
func decided(kind, grant string, verdict permissions.Verdict, lifetime permissions.Lifetime) audit.Record {
	line := audit.Record{Kind: kind, Grant: grant, Verdict: verdict, Rule: "d-1", Lifetime: lifetime, Subject: permissions.Subject{Skill: "files", Client: "claude"}}
	if kind == audit.KindDecision {
		line.Rule = permissions.RuleAsked
	}
	return line
}

func TestAWeekIsFromMondayToSunday(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecorded(t)
		at(2, 23)
		r.call("sunday", "files", "claude", audit.Record{})
		at(3, 0)
		r.call("monday", "files", "claude", audit.Record{})
		r.call("monday-2", "files", "claude", audit.Record{})
		at(9, 23)
		now, before, long := r.week(0), r.week(1), r.week(2)
		if now.Calls != 2 || before.Calls != 1 || long.Calls != 0 {
			t.Errorf("this week, the one before and the one before that have %d, %d and %d calls; want 2, 1, 0", now.Calls, before.Calls, long.Calls)
		}
		if !now.Earlier || before.Earlier || before.To != now.From || now.Short || before.Short {
			t.Errorf("the weeks are %+v and %+v; want them to touch, and only the first to have something before it", now, before)
		}
		if from := time.UnixMilli(now.From); from.Weekday() != time.Monday || from.Hour() != 0 {
			t.Errorf("the week begins at %v; want a Monday's midnight", from)
		}
	})
}

func TestAWeekTellsWhatCallsDid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecorded(t)
		write := audit.Record{Kind: audit.KindWrite, Grant: "fs:write:${workspace}/a.txt", WrittenBytes: 7}
		r.call("c-1", "files", "claude", audit.Record{WaitingMs: 900, ReadBytes: 40, WrittenBytes: 14}, write, write)
		r.call("c-2", "files", "claude", audit.Record{WaitingMs: 5000, ReadBytes: 2}, refusedRead)
		r.call("c-3", "web", "vs-code", audit.Record{Outcome: "limit_time"})
		r.call("c-4", "web", "claude", audit.Record{Outcome: "guest_error", SentBytes: 90, ReceivedBytes: 400, Requests: 3})
		r.append(
			audit.Record{Kind: audit.KindCall, Call: "c-5", Dry: true, Subject: permissions.Subject{Skill: "web", Client: "terminal"}},
			audit.Record{Kind: audit.KindResult, Call: "c-5", Dry: true, ReadBytes: 99})
		w := r.week(0)
		got := []int{w.Calls, w.Tried, w.Limited, w.Failed, w.Refusals, int(w.ReadBytes), int(w.WrittenBytes), w.Readers, w.Writers, w.Changes, w.Asked}
		if want := []int{4, 1, 1, 1, 1, 42, 14, 2, 1, 2, 2}; !slices.Equal(got, want) {
			t.Errorf("calls, tried, limited, failed, refusals, bytes read and written, readers, writers, changes, asked are %v; want %v", got, want)
		}
		if got, want := []int{w.Senders, w.Requests, int(w.SentBytes), int(w.ReceivedBytes)}, []int{1, 3, 90, 400}; !slices.Equal(got, want) {
			t.Errorf("senders, requests, bytes sent and received are %v; want %v", got, want)
		}
		if want := []api.WeekCalls{
			{Skill: "files", Client: "claude", Calls: 2, Refusals: 1},
			{Skill: "web", Client: "claude", Calls: 1},
			{Skill: "web", Client: "vs-code", Calls: 1, Limited: 1},
		}; !slices.Equal(w.By, want) {
			t.Errorf("by skill and client it is %+v; want %+v", w.By, want)
		}
		if len(w.Waits) != 2 || w.Waits[0].Call != "c-2" || w.AskedMs != 5900 {
			t.Errorf("the waits are %+v, together %v ms; want c-2 first, 5900", w.Waits, w.AskedMs)
		}
	})
}

func TestRefusalsThatAreOnlyCountedAreCounted(t *testing.T) {
	r := newRecorded(t)
	counted, flood := refusedRead, refusedRead
	counted.Count, flood.Count = 40, 500
	flood.Subject = permissions.Subject{Skill: "web", Client: "claude"}
	r.call("c-1", "files", "claude", audit.Record{}, refusedRead, counted)
	r.append(flood)
	w := r.week(0)
	if want := []api.WeekCalls{{Skill: "files", Client: "claude", Calls: 1, Refusals: 41}, {Skill: "web", Client: "claude", Refusals: 500}}; w.Refusals != 541 || !slices.Equal(w.By, want) {
		t.Errorf("%d refusals, by skill %+v; want 541 and %+v", w.Refusals, w.By, want)
	}
	var page callsPage
	if r.get("/api/calls", &page); page.Calls[0].Refusals != 41 {
		t.Errorf("the call was refused %d times; want 41", page.Calls[0].Refusals)
	}
	late := counted
	late.Call, late.Count = "c-1", 7
	r.append(late)
	r.get("/api/calls", &page)
	if c := page.Calls[0]; c.Refusals != 48 || c.Steps[2].Count != 7 || c.Steps[3].Kind != audit.KindResult {
		t.Errorf("with a count that comes after its end the call is %+v; want 48 refusals, the count before the result", c)
	}
}

func TestAWeekTellsWhatWasDecided(t *testing.T) {
	r := newRecorded(t)
	const docs, pay = "fs:read:${workspace}/docs/**", "fs:read:${workspace}/pay.csv"
	undo := audit.Record{Kind: audit.KindUndo, Call: "c-1", Grant: "fs:write:${workspace}/a.txt"}
	missed := audit.Record{Kind: audit.KindUndo, Call: "c-2", Grant: "fs:write:${workspace}/b.txt"}
	gone := missed
	gone.Outcome = "changed"
	proposed := decided(audit.KindDecision, docs, permissions.Allow, permissions.Once)
	proposed.Rule = permissions.RuleProposed
	r.append(
		decided(audit.KindDecision, pay, permissions.Allow, permissions.Once),
		decided(audit.KindDecision, pay, permissions.Allow, permissions.Session),
		decided(audit.KindDecision, docs, permissions.Allow, permissions.Always),
		decided(audit.KindDecision, pay, permissions.Deny, permissions.UntilDate),
		proposed,
		decided(audit.KindRevoke, docs, permissions.Allow, permissions.Always),
		decided(audit.KindLapse, docs, permissions.Allow, permissions.Always),
		decided(audit.KindRestore, docs+" "+pay, permissions.Allow, permissions.Always),
		audit.Record{Kind: audit.KindRule, Grant: pay, Verdict: permissions.Deny, Outcome: "added"},
		audit.Record{Kind: audit.KindPause, Verdict: permissions.Deny},
		audit.Record{Kind: audit.KindPause, Verdict: permissions.Allow},
		undo, missed, gone,
	)
	w := r.week(0)
	got := []int{w.Yes, w.No, w.Paused, w.Standing.Count, w.Denied.Count, w.Revoked.Count, w.Lapsed.Count, w.Restored.Count, w.Rules.Count, w.Undone.Count}
	if want := []int{3, 1, 1, 1, 1, 1, 1, 1, 1, 1}; !slices.Equal(got, want) {
		t.Errorf("yes, no, paused, standing, denied, revoked, lapsed, restored, rules, undone are %v; want %v", got, want)
	}
	if d := w.Standing.Newest[0]; d.Verdict != permissions.Allow || d.Lifetime != permissions.Always || d.Sentence != "read “docs/**” in the workspace" {
		t.Errorf("what stands is %+v; want docs in words, always", d)
	}
	if d := w.Restored.Newest[0]; d.Grant != docs+" "+pay || d.Sentence != "" {
		t.Errorf("two grants at once are %+v; want them as the record has them, with no sentence", d)
	}
	if w.Rules.Newest[0].Change != "added" || w.Undone.Newest[0].Grant != undo.Grant {
		t.Errorf("the rule is %+v, what was undone %+v; want added, and the change that was taken back", w.Rules.Newest, w.Undone.Newest)
	}
}

func TestAWeekIsShortWhereMoreHappenedThanIsKept(t *testing.T) {
	r := newRecorded(t)
	if w := r.week(0); w.Short || w.Calls != 0 || w.Standing.Newest == nil || w.By == nil {
		t.Errorf("a week of an empty record is %+v; want nothing in it, and that to be all", w)
	}
	for range 5100 {
		r.append(refusedRead)
	}
	if w := r.week(0); !w.Short || w.Refusals != 5000 {
		t.Errorf("of 5100 refusals of no call %d count, short is %v; want 5000, true", w.Refusals, w.Short)
	}
}
