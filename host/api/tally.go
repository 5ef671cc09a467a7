package api

import (
	"cmp"
	"regexp"
	"slices"

	"gatehouse/audit"
	"gatehouse/permissions"
)

// mostPairs, mostWaits and mostNewest bound the lists of a week.
const mostPairs, mostWaits, mostNewest = 40, 5, 20

// tally counts a week together.
type tally struct {
	week Week
	// by is keyed by skill and client alone.
	by map[WeekCalls]*WeekCalls
}

// within says whether a moment is in the week, and remembers whether there was one before it.
func (t *tally) within(time int64) bool {
	t.week.Earlier = t.week.Earlier || time < t.week.From
	return time >= t.week.From && time < t.week.To
}

func (t *tally) of(skill, client string) *WeekCalls {
	key := WeekCalls{Skill: skill, Client: client}
	if t.by[key] == nil {
		t.by[key] = &key
	}
	return t.by[key]
}

func (t *tally) refused(skill, client string, n int) {
	t.week.Refusals += n
	t.of(skill, client).Refusals += n
}

func (t *tally) call(c begun) {
	w := &t.week
	if c.Dry {
		w.Tried++
		return
	}
	by := t.of(c.Skill, c.Client)
	w.Calls, by.Calls = w.Calls+1, by.Calls+1
	if c.Refusals > 0 {
		t.refused(c.Skill, c.Client, c.Refusals)
	}
	switch c.outcome() {
	case "limit":
		w.Limited, by.Limited = w.Limited+1, by.Limited+1
	case "failed":
		w.Failed++
	}
	u := c.Usage
	w.ReadBytes, w.WrittenBytes, w.Changes = w.ReadBytes+u.ReadBytes, w.WrittenBytes+u.WrittenBytes, w.Changes+c.changes
	if u.ReadBytes > 0 {
		w.Readers++
	}
	w.SentBytes, w.ReceivedBytes, w.Requests = w.SentBytes+u.SentBytes, w.ReceivedBytes+u.ReceivedBytes, w.Requests+u.Requests
	if c.changes > 0 {
		w.Writers++
	}
	if u.Requests > 0 {
		w.Senders++
	}
	if u.WaitingMs > 0 {
		w.Asked, w.AskedMs = w.Asked+1, w.AskedMs+u.WaitingMs
		w.Waits = append(w.Waits, WeekWait{Call: c.ID, Time: c.Time, Skill: c.Skill, Tool: c.Tool, Client: c.Client, WaitingMs: u.WaitingMs})
	}
}

// deeds takes in the week's, the oldest first.
func (t *tally) deeds(lines []audit.Record) {
	w := &t.week
	// A change that could not be taken back has a second line, with its outcome.
	var undone []audit.Record
	for _, line := range lines {
		switch line.Kind {
		case audit.KindDecision:
			t.answer(line)
		case audit.KindRevoke:
			w.Revoked.add(line)
		case audit.KindLapse:
			w.Lapsed.add(line)
		case audit.KindRestore:
			w.Restored.add(line)
		case audit.KindRule:
			w.Rules.add(line)
		case audit.KindPause:
			if line.Verdict == permissions.Deny {
				w.Paused++
			}
		case audit.KindUndo:
			if line.Outcome == "" {
				undone = append(undone, line)
			} else if n := len(undone) - 1; n >= 0 && undone[n].Call == line.Call && undone[n].Grant == line.Grant {
				undone = undone[:n]
			}
		}
	}
	for _, line := range undone {
		w.Undone.add(line)
	}
}

func (t *tally) answer(line audit.Record) {
	w := &t.week
	switch {
	case line.Rule != permissions.RuleAsked:
	case line.Verdict == permissions.Allow:
		w.Yes++
	default:
		w.No++
	}
	switch {
	case line.Lifetime != permissions.UntilDate && line.Lifetime != permissions.Always:
	case line.Verdict == permissions.Allow:
		w.Standing.add(line)
	default:
		w.Denied.add(line)
	}
}

func (d *Deeds) add(line audit.Record) {
	d.Count++
	deed := Deed{
		Time: millis(line.Time), Skill: line.Subject.Skill, Client: line.Subject.Client, Workspace: line.Subject.Workspace,
		Grant: line.Grant, Verdict: line.Verdict, Lifetime: line.Lifetime,
	}
	if line.Kind == audit.KindRule {
		deed.Change = line.Outcome
	}
	// A path may have spaces and look like a second grant: then nothing is said in our words.
	if g, err := permissions.Parse(line.Grant); err == nil && !several.MatchString(line.Grant) {
		deed.Sentence = permissions.Sentence(g)
	}
	d.Newest = append(d.Newest, deed)
}

var several = regexp.MustCompile(` (fs|net|env|secret|call|values)\b`)

// done puts what was counted in its order.
func (t *tally) done() Week {
	w := t.week
	for _, pair := range t.by {
		w.By = append(w.By, *pair)
	}
	slices.SortFunc(w.By, func(a, b WeekCalls) int {
		return cmp.Or(cmp.Compare(b.Calls, a.Calls), cmp.Compare(b.Refusals, a.Refusals), cmp.Compare(a.Skill, b.Skill), cmp.Compare(a.Client, b.Client))
	})
	w.ByLeft = max(0, len(w.By)-mostPairs)
	w.By = atMost(mostPairs, w.By)
	slices.SortStableFunc(w.Waits, func(a, b WeekWait) int { return cmp.Compare(b.WaitingMs, a.WaitingMs) })
	w.Waits = atMost(mostWaits, w.Waits)
	for _, d := range []*Deeds{&w.Standing, &w.Denied, &w.Revoked, &w.Lapsed, &w.Restored, &w.Rules, &w.Undone} {
		slices.Reverse(d.Newest)
		d.Newest = atMost(mostNewest, d.Newest)
	}
	return w
}

// atMost is the first n of a list, never nil.
func atMost[E any](n int, list []E) []E { return append([]E{}, list[:min(n, len(list))]...) }
