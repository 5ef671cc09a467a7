package home

import "sync"

// Badge is the number on Gatehouse's icon in a dock, where the desktop draws one: how many questions wait, and nothing
// of them.
type Badge struct {
	// Desktop returns the environment of the person's desktop, Count the number.
	Desktop func() []string
	Count   func() int

	mu          sync.Mutex
	busy, again bool
	shown       int
	bus         bus
}

// Recount has the number of now shown soon. It does not block, and may be called from any goroutine.
func (b *Badge) Recount() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.again = true
	if !b.busy {
		b.busy = true
		go b.follow()
	}
}

// follow shows the number until it is the one of now.
func (b *Badge) follow() {
	for b.more() {
		if n := b.Count(); n != b.shown {
			b.shown = n
			b.show(n)
		}
	}
}

func (b *Badge) more() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.busy, b.again = b.again, false
	return b.busy
}
