package permissions

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// A question that its client takes back so soon after it was shown was a glimpse: nobody read it. From the third in so
// long a time the client's next questions stand back, and the turn goes to others meanwhile: as long as a glimpse is at
// first, which a person at a terminal who changes their mind hardly notices, and four times as long with each more.
const (
	glimpse      = 10 * time.Second
	mostGlimpses = 3
	glimpsesFor  = 15 * time.Minute
)

// backFor is how long the questions of a client stand back after the last of n glimpses.
func backFor(n int) time.Duration {
	if n < mostGlimpses {
		return 0
	}
	back := glimpse
	for range n - mostGlimpses {
		back = min(4*back, glimpsesFor)
	}
	return back
}

// ErrEnded is the cause (context.Cause) of the end of a call that the person or the host ended and not its client, whose
// questions do not stand back for it.
var ErrEnded = fmt.Errorf("the call was ended for the person: %w", context.Canceled)

// glimpsed counts s where its client took it back after it had been shown for that long. The caller holds mu.
func (b *Broker) glimpsed(s *showing, shown time.Duration) {
	if shown >= glimpse || !slices.ContainsFunc(s.questions, (*question).takenBack) {
		return
	}
	client, now := s.question.subject.Client, time.Now()
	b.glimpses[client] = append(slices.DeleteFunc(b.glimpses[client], func(t time.Time) bool { return now.Sub(t) >= glimpsesFor }), now)
	if n := len(b.glimpses[client]); n >= mostGlimpses {
		time.AfterFunc(backFor(n), func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.next()
		})
	}
}

// takenBack says whether q's call went away, and by its client's own doing.
func (q *question) takenBack() bool {
	return q.outcome != nil && q.outcome.err != nil && context.Cause(q.ctx) != ErrEnded
}

// standsBack says whether q has to wait for what its client took back before. What the person opened does not. The caller
// holds mu.
func (b *Broker) standsBack(q *question) bool {
	all := b.glimpses[q.subject.Client]
	if _, opened := q.matter.(*late); opened || len(all) < mostGlimpses {
		return false
	}
	now := time.Now()
	n := 0
	for _, t := range all {
		if now.Sub(t) < glimpsesFor {
			n++
		}
	}
	return now.Sub(all[len(all)-1]) < backFor(n)
}
