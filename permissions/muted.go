package permissions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// A question that was dismissed so often rests for so long. As many dismissals are counted, and for so long.
const (
	mostDismissals = 3
	mutedFor       = 7 * 24 * time.Hour
	mostTired      = 500
)

// Under what the dismissals of an agent's own wishes are counted, instead of under a grant.
const (
	askedAhead = "asked ahead"
	proposed   = "proposed by an agent"
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
		return Dismissal{Key: m.guard.subject.Key(), Grant: askedAhead}, true
	case *change:
		if m.FromAgent {
			return Dismissal{Key: Key{Client: m.Client}, Grant: proposed}, true
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
		return d.Key == nag.Key && d.Grant == nag.Grant && d.rests(b.options.Now())
	})
}

// rests says whether so many dismissals that nobody is asked were of an agent's wishes.
func (d Dismissal) rests(now time.Time) bool {
	return (d.Grant == askedAhead || d.Grant == proposed) && d.Times >= mostDismissals && now.Sub(d.Last) < mutedFor
}

// Rest is an agent that is not heard for a week: it wished so often for what the person dismissed.
type Rest struct {
	// ID is what Broker.Revoke takes to have it heard again.
	ID string
	// Key says whom it is about; without a skill, the agent's proposals.
	Key Key
	// Sentence says what the agent cannot do.
	Sentence    string
	Made, Until time.Time
}

func (d Dismissal) rest() Rest {
	r := Rest{ID: "rest-" + digest(spelled(d.Key) + d.Grant)[:26], Key: d.Key, Sentence: "ask for permissions before the skill needs them", Made: d.Last, Until: d.Last.Add(mutedFor)}
	if d.Grant == proposed {
		r.Sentence = "propose skills"
	}
	return r
}

// Resting returns the agents that are not heard now. Broker.Revoke ends a rest early.
func (b *Broker) Resting() []Rest {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []Rest
	for _, d := range b.inbox.Dismissed {
		if d.rests(b.options.Now()) {
			all = append(all, d.rest())
		}
	}
	return all
}

// wake ends a rest, so that the agent may ask again and its dismissals count anew. It is recorded as what is revoked is;
// ErrNotFound where there is no such rest.
func (b *Broker) wake(id string) error {
	var woken []Dismissal
	b.changeInbox(func(in *Inbox) bool {
		in.Dismissed = slices.DeleteFunc(slices.Clone(in.Dismissed), func(d Dismissal) bool {
			ends := d.rests(b.options.Now()) && d.rest().ID == id
			if ends {
				woken = append(woken, d)
			}
			return ends
		})
		return len(woken) > 0
	})
	if len(woken) == 0 {
		return ErrNotFound
	}
	var failed error
	for _, d := range woken {
		e := Event{Kind: "revoke", Subject: Decision{Key: d.Key}.subject(), Grant: d.Grant, Verdict: Deny, Rule: id, Lifetime: UntilDate}
		if err := b.options.Recorder.Record(context.Background(), e); err != nil {
			failed = errors.Join(failed, fmt.Errorf("recording that the rest %q ended: %w", id, err))
		}
	}
	return failed
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
