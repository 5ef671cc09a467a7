package host

import (
	"context"
	"fmt"
	"sync"
	"time"

	"gatehouse/permissions"
	"gatehouse/skill"
)

// turnPatience is how long a call waits for its turn.
const turnPatience = 30 * time.Second

// turns lets as many calls of a skill run at once as its limit says; others wait for a while, in which agents that call
// many things at once lose nothing.
type turns struct {
	mu  sync.Mutex
	all map[skill.Digest]*turn
}

// turn is the places of one skill.
type turn struct {
	places  chan struct{}
	waiting int // calls that have a place or want one
}

// take blocks until there is a place for a call of the skill, and returns what gives it back. It returns an *Error with
// the code too_many_requests where none comes free, and ctx's error if that ends first.
func (t *turns) take(ctx context.Context, pkg *skill.Package) (leave func(), err error) {
	mine := t.enter(pkg)
	late := time.NewTimer(turnPatience)
	defer late.Stop()
	select {
	case mine.places <- struct{}{}:
		return func() { <-mine.places; t.leave(pkg.Digest, mine) }, nil
	case <-late.C:
		err = &Error{Code: Code(permissions.CodeTooMany),
			Message: fmt.Sprintf("%d calls of this skill run at once, and none of them ended in time", cap(mine.places))}
	case <-ctx.Done():
		err = ctx.Err()
	}
	t.leave(pkg.Digest, mine)
	return nil, err
}

func (t *turns) enter(pkg *skill.Package) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	mine := t.all[pkg.Digest]
	if mine == nil {
		if t.all == nil {
			t.all = map[skill.Digest]*turn{}
		}
		mine = &turn{places: make(chan struct{}, pkg.Manifest.Limits.Filled().Concurrency)}
		t.all[pkg.Digest] = mine
	}
	mine.waiting++
	return mine
}

func (t *turns) leave(d skill.Digest, mine *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if mine.waiting--; mine.waiting == 0 {
		delete(t.all, d)
	}
}
