package permissions

import (
	"fmt"
	"slices"
)

// A prompt says so much of what was decided before.
const (
	mostHistory = 3
	day         = "2 January 2006"
)

// history says what the person decided before about what they are asked now, for whoever it was: the newest first.
func (w *wish) history(f *facts) []string {
	b := w.guard.broker
	said := b.dismissals(f.subject.Key(), w.scope.text)
	all, _ := b.options.Kept() // it informs and decides nothing
	all = slices.DeleteFunc(slices.Clone(all), func(d Decision) bool {
		return d.Muted || d.Key.Skill != f.subject.Skill || d.Key.Signer != f.subject.Signer || w.relation(d) == ""
	})
	slices.SortStableFunc(all, func(a, b Decision) int { return b.Made.Compare(a.Made) })
	for _, d := range all[:min(len(all), mostHistory-len(said))] {
		said = append(said, w.recall(f, d))
	}
	return said
}

// relation says how d's grants stand to what is asked now; empty for no relation.
func (w *wish) relation(d Decision) string {
	need, found := w.need.Grant, ""
	for _, g := range d.Grants {
		switch {
		case g == need:
			return "this"
		case g.Covers(need, d.Key.Workspace):
			found = "more than this"
		case found == "" && need.kind == Files && g.right == need.right && folderOf(g.path) == folderOf(need.path):
			found = "something in the same folder"
		}
	}
	return found
}

// recall is d as a sentence: "You denied this on 3 May 2026, for good."
func (w *wish) recall(f *facts, d Decision) string {
	verb, held := "allowed", "always"
	if d.Verdict == Deny {
		verb = "denied"
	}
	switch d.Lifetime {
	case Session:
		held = "for that session"
	case OneHour:
		held = "for an hour"
	case UntilDate:
		held = "until " + d.Until.Format(day)
	}
	sentence := fmt.Sprintf("You %s %s on %s, %s", verb, w.relation(d), d.Made.Format(day), held)
	switch {
	case d.Key.Client != f.subject.Client:
		sentence += ", for " + plainly(d.Key.Client, "another client")
	case d.Key.Workspace != f.subject.Workspace:
		sentence += ", in another folder"
	case d.Key.Digest != f.subject.Digest:
		sentence += ", to another version"
	}
	return sentence + "."
}

// dismissals says how often the question was dismissed lately.
func (b *Broker) dismissals(k Key, grant string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, d := range b.inbox.Dismissed {
		if d.Key == k && d.Grant == grant && b.options.Now().Sub(d.Last) < mutedFor {
			times := "once"
			if d.Times > 1 {
				times = fmt.Sprintf("%d times", d.Times)
			}
			return []string{fmt.Sprintf("You said no to this %s, the last time on %s; after %d times it rests for a week.",
				times, d.Last.Format(day), mostDismissals)}
		}
	}
	return nil
}
