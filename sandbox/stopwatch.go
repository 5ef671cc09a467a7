package sandbox

import "time"

// stopwatch measures a guest's own running. It stands still while the guest waits for the host, and calls expired
// once when the limit is used up. Only the guest's goroutine uses it.
type stopwatch struct {
	limit, spent time.Duration
	// since is when it last began to run or to stand still.
	since   time.Time
	timer   *time.Timer
	expired func()
}

// beginningOfWait is how much of each wait counts as running. Nobody who is asked answers sooner; and a guest that asks
// the host for one quick thing after the other has no more time than one that loops.
const beginningOfWait = 10 * time.Millisecond

func (w *stopwatch) start() {
	w.since = time.Now()
	w.timer = time.AfterFunc(w.limit-w.spent, w.expired)
}

// wait lets it stand still, goOn lets it run again.
func (w *stopwatch) wait() {
	w.timer.Stop()
	now := time.Now()
	w.spent += now.Sub(w.since)
	w.since = now
}

func (w *stopwatch) goOn() {
	now := time.Now()
	w.spent += min(now.Sub(w.since), beginningOfWait)
	w.since = now
	w.timer.Reset(w.limit - w.spent)
}

// running is how long the guest has run at now. The watch is going.
func (w *stopwatch) running(now time.Time) time.Duration { return w.spent + now.Sub(w.since) }

func (w *stopwatch) stop() {
	w.timer.Stop()
	w.spent += time.Since(w.since)
}
