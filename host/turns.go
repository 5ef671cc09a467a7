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
// many things at once lose nothing. A call that waits for a person keeps its place, so no client has them all.
type turns struct {
	mu  sync.Mutex
	all map[skill.Digest]*turn
}

// turn is the places of one skill.
type turn struct {
	places  chan struct{}
	shares  map[string]*share // by client
	waiting int               // calls that have a place or want one
}

// share is the places of one skill that one client may have.
type share struct {
	places  chan struct{}
	waiting int
}

// shareOf is how many of so many places one client may have: three quarters, so that two clients find the skill taken only
// where they take it together. A skill that runs one call at a time has nothing to share.
func shareOf(places uint64) uint64 { return max(1, places*3/4) }

// take blocks until there is a place for a call of the skill by this client, and returns what gives it back. It returns an
// *Error with the code too_many_requests where none comes free, and ctx's error if that ends first.
func (t *turns) take(ctx context.Context, pkg *skill.Package, client string) (leave func(), err error) {
	mine, part := t.enter(pkg, client)
	late := time.NewTimer(turnPatience)
	defer late.Stop()
	wanted := []chan struct{}{part.places, mine.places}
	for i, places := range wanted {
		select {
		case places <- struct{}{}:
			continue
		case <-late.C:
			err = &Error{Code: Code(permissions.CodeTooMany),
				Message: fmt.Sprintf("%d calls of this skill run at once, and none of them ended in time", cap(places))}
		case <-ctx.Done():
			err = ctx.Err()
		}
		for _, taken := range wanted[:i] {
			<-taken
		}
		t.leave(pkg.Digest, client, mine)
		return nil, err
	}
	return func() { <-mine.places; <-part.places; t.leave(pkg.Digest, client, mine) }, nil
}

func (t *turns) enter(pkg *skill.Package, client string) (*turn, *share) {
	t.mu.Lock()
	defer t.mu.Unlock()
	mine, places := t.all[pkg.Digest], pkg.Manifest.Limits.Filled().Concurrency
	if mine == nil {
		if t.all == nil {
			t.all = map[skill.Digest]*turn{}
		}
		mine = &turn{places: make(chan struct{}, places), shares: map[string]*share{}}
		t.all[pkg.Digest] = mine
	}
	part := mine.shares[client]
	if part == nil {
		part = &share{places: make(chan struct{}, shareOf(places))}
		mine.shares[client] = part
	}
	mine.waiting++
	part.waiting++
	return mine, part
}

func (t *turns) leave(d skill.Digest, client string, mine *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if part := mine.shares[client]; part.waiting == 1 {
		delete(mine.shares, client)
	} else {
		part.waiting--
	}
	if mine.waiting--; mine.waiting == 0 {
		delete(t.all, d)
	}
}
