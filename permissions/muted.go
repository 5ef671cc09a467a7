package permissions

import (
	"slices"
	"time"
)

// A question that was dismissed so often rests for so long. As many dismissals are counted, and for so long.
const (
	mostDismissals = 3
	mutedFor       = 7 * 24 * time.Hour
	mostTired      = 500
)

// Dismissal counts how often one question was dismissed: closed, or denied for this once.
type Dismissal struct {
	Key   Key       `json:"key"`
	Grant string    `json:"grant"`
	Times int       `json:"times"`
	Last  time.Time `json:"last"`
}

// nagOf is under what the dismissals of an agent's own wishes are counted, whatever they name: it can always name something
// else. It is false for every other matter.
func nagOf(m matter) (Dismissal, bool) {
	if l, late := m.(*late); late {
		m = l.matter
	}
	switch m := m.(type) {
	case *ahead:
		return Dismissal{Key: m.guard.subject.Key(), Grant: "asked ahead"}, true
	case *change:
		if m.FromAgent {
			return Dismissal{Key: Key{Client: m.Client}, Grant: "proposed by an agent"}, true
		}
	}
	return Dismissal{}, false
}

// worn says whether an agent's wishes of this kind were dismissed so often that nobody is asked for a week. What the skill
// itself wants is asked as before.
func (b *Broker) worn(m matter) bool {
	nag, _ := nagOf(m)
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(b.inbox.Dismissed, func(d Dismissal) bool {
		return d.Key == nag.Key && d.Grant == nag.Grant && d.Times >= mostDismissals && b.options.Now().Sub(d.Last) < mutedFor
	})
}

// weary counts a dismissal of q and returns the answer as it counts: the third time in a week it is a denial that is
// kept for a week, or for an agent's wish the end of such questions for a week. Every other answer begins the count anew,
// but for an agent's wish a longer no, which ends nothing: the agent names something else.
func (b *Broker) weary(q *question, a Answer) Answer {
	this, nags := nagOf(q.matter)
	switch {
	case nags:
	case len(q.Prompt.Rungs) == 0:
		return a
	default:
		this = Dismissal{Key: q.subject.Key(), Grant: q.Prompt.asked()}
	}
	now := b.options.Now()
	this.Times, this.Last = 1, now
	dismissed := a.Verdict == Deny && (a.Lifetime == Once || nags)
	b.changeInbox(func(in *Inbox) bool {
		others := slices.Clone(in.Dismissed)
		others = slices.DeleteFunc(others, func(d Dismissal) bool {
			same := d.Key == this.Key && d.Grant == this.Grant
			if same && now.Sub(d.Last) < mutedFor {
				this.Times += d.Times
			}
			return same || now.Sub(d.Last) >= mutedFor
		})
		if dismissed && (nags || this.Times < mostDismissals) {
			others = append(others, this)
		}
		others = others[max(0, len(others)-mostTired):]
		same := slices.Equal(others, in.Dismissed)
		in.Dismissed = others
		return !same
	})
	if dismissed && !nags && this.Times >= mostDismissals {
		a.Lifetime, a.Until, a.muted = UntilDate, now.Add(mutedFor).Unix(), true
	}
	return a
}

// asked spells what p asks for: the grant of the plain allow button.
func (p Prompt) asked() string { return p.Rungs[p.Quick.Rung].Grant }
