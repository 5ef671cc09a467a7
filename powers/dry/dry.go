// Package dry does the powers of package powers without doing anything: it notes what a guest asks for and answers from
// memory. What is written can be read again in the same call and goes nowhere else; what is read is empty, or one of the
// answers that were given. Nobody is asked and nothing is granted.
//
// It reaches no file, no environment and no network, and does not know of manifests: what is to be made of its notes is
// for others.
package dry

import (
	"context"
	"sync"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// mostNoted is how many different grants are noted of one call; what comes later is only counted.
const mostNoted = 10_000

// Wish is a grant that a guest asked for, and how often.
type Wish struct {
	Grant permissions.Grant
	Times int
}

// Notes are what a guest asked for. The zero Notes are empty, and may be used by many goroutines.
type Notes struct {
	mu     sync.Mutex
	at     map[permissions.Grant]int
	wishes []Wish
	more   int
}

// Wishes returns the different grants in the order in which they were first wanted, and how many times something else
// was wanted after there were too many of them.
func (n *Notes) Wishes() (wishes []Wish, more int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]Wish{}, n.wishes...), n.more
}

// note adds g. A name that no grant can spell is powers.ErrName.
func (n *Notes) note(g permissions.Grant) error {
	if g == (permissions.Grant{}) {
		return powers.ErrName
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.at == nil {
		n.at = map[permissions.Grant]int{}
	}
	i, known := n.at[g]
	switch {
	case known:
		n.wishes[i].Times++
	case len(n.wishes) == mostNoted:
		n.more++
	default:
		n.at[g] = len(n.wishes)
		n.wishes = append(n.wishes, Wish{g, 1})
	}
	return nil
}

// Env notes the variables that are looked up; none has a value. It implements powers.Env.
type Env struct{ Notes *Notes }

// Lookup notes env:name.
func (e Env) Lookup(_ context.Context, name string) (string, bool, error) {
	return "", false, e.Notes.note(permissions.EnvGrant(name))
}
