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

// weary counts a dismissal of q and returns the answer as it counts: the third time in a week it is a denial that is
// kept for a week. Every other answer begins the count anew.
func (b *Broker) weary(q *question, a Answer) Answer {
	if len(q.Prompt.Rungs) == 0 {
		return a
	}
	now := b.options.Now()
	this := Dismissal{Key: q.subject.Key(), Grant: q.Prompt.asked(), Times: 1, Last: now}
	dismissed := a.Verdict == Deny && a.Lifetime == Once
	b.changeInbox(func(in *Inbox) bool {
		others := slices.Clone(in.Dismissed)
		others = slices.DeleteFunc(others, func(d Dismissal) bool {
			same := d.Key == this.Key && d.Grant == this.Grant
			if same && now.Sub(d.Last) < mutedFor {
				this.Times += d.Times
			}
			return same || now.Sub(d.Last) >= mutedFor
		})
		if dismissed && this.Times < mostDismissals {
			others = append(others, this)
		}
		others = others[max(0, len(others)-mostTired):]
		same := slices.Equal(others, in.Dismissed)
		in.Dismissed = others
		return !same
	})
	if dismissed && this.Times >= mostDismissals {
		a.Lifetime, a.Until, a.muted = UntilDate, now.Add(mutedFor).Unix(), true
	}
	return a
}

// asked spells what p asks for: the grant of the plain allow button.
func (p Prompt) asked() string { return p.Rungs[p.Quick.Rung].Grant }
