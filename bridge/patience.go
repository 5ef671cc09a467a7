package bridge

import (
	"strings"
	"sync"
	"time"
)

const (
	// usualPatience is how long a client waits that nobody knows: sixty seconds are usual, and the answer has a way to go.
	usualPatience = 45 * time.Second
	// longestPatience is how long any request is held, and shortestPatience what a client is left that gives up sooner.
	longestPatience  = 10 * time.Minute
	shortestPatience = time.Second
	mostPatients     = 1000
)

// patience learns how long each client waits for a reply. It tries longer times only where nothing is lost when they are
// too long: with a request that collects a parked call.
type patience struct {
	usual time.Duration

	mu    sync.Mutex
	known map[string]waits
}

// waits are the longest time that a client is known to have waited, and the shortest after which it gave up.
type waits struct{ lasted, broke time.Duration }

func newPatience(usual time.Duration) *patience {
	return &patience{usual: usual, known: map[string]waits{}}
}

// limit is how long a request of client is held that should not be lost.
func (p *patience) limit(client string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.safe(p.known[client])
}

func (p *patience) safe(w waits) time.Duration {
	safe := max(p.usual, w.lasted)
	if w.broke > 0 {
		safe = min(safe, w.broke*3/4)
	}
	return min(max(safe, shortestPatience), longestPatience)
}

// probe is how long a request is held that may be lost.
func (p *patience) probe(client string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.known[client]
	if w.broke > 0 {
		return p.safe(w)
	}
	return min(p.safe(w)*3/2, longestPatience)
}

// lasted says that a client was still there after waiting so long.
func (p *patience) lasted(client string, waited time.Duration) {
	p.learn(client, func(w *waits) { w.lasted = max(w.lasted, waited) })
}

// gaveUp says that a client took its request back after so long, and why in its own words. A person who stops a call
// teaches nothing, and neither does a moment.
func (p *patience) gaveUp(client string, waited time.Duration, why string) {
	why = strings.ToLower(why)
	timeout := strings.Contains(why, "timed out") || strings.Contains(why, "timeout") || strings.Contains(why, "deadline")
	if !timeout || waited < shortestPatience {
		return
	}
	p.learn(client, func(w *waits) {
		if w.broke == 0 || waited < w.broke {
			w.broke = waited
		}
		w.lasted = min(w.lasted, w.broke)
	})
}

func (p *patience) learn(client string, what func(*waits)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w, known := p.known[client]
	if !known && len(p.known) >= mostPatients {
		clear(p.known) // it is learnt again
	}
	what(&w)
	p.known[client] = w
}
