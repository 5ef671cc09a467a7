package worker

import "time"

const (
	// mostAhead is how much is read beyond what a guest asked for, at most.
	mostAhead = 64 << 10
	// freshAhead is how long that may be handed out. A decision that is taken back closes the file in the host: what was
	// read before is with the worker already, and is forgotten this soon.
	freshAhead = 100 * time.Millisecond
)

// ahead is what was read of a file beyond what its guest asked for: the next bytes for a guest that reads one small piece
// after the other. Each is handed out once. The zero ahead is that of a file that was just opened.
type ahead struct {
	bytes []byte
	// at is where the guest's next piece begins if it reads on.
	at int64
	// step is how much was asked for last; it doubles while the guest reads on.
	step    int
	changes int
	since   time.Time
}

// take hands out what there is of off, where nothing changed since it was read.
func (a *ahead) take(p []byte, off int64, changes int) int {
	if off != a.at || len(a.bytes) == 0 || changes != a.changes || time.Since(a.since) > freshAhead {
		a.bytes = nil
		return 0
	}
	n := copy(p, a.bytes)
	a.bytes, a.at = a.bytes[n:], a.at+int64(n)
	return n
}

// wanted is how much to ask for, of a guest that wants n bytes at off.
func (a *ahead) wanted(n int, off int64) int {
	if off != a.at || off == 0 {
		a.step = 0
	}
	a.step = max(n, min(2*a.step, mostAhead))
	return a.step
}

// keep keeps what came beyond what the guest wanted; at is where that begins.
func (a *ahead) keep(more []byte, at int64, changes int) {
	a.bytes, a.at, a.changes, a.since = more, at, changes, time.Now()
}
