package sandbox

import "time"

// stopwatch measures a guest's own running. It stands still while the guest waits for the host, and calls expired
// once when the limit is used up. Only the guest's goroutine starts and stops it.
type stopwatch struct {
	limit, spent time.Duration
	since        time.Time
	timer        *time.Timer
	expired      func()
}

func (w *stopwatch) start() {
	w.since = time.Now()
	left := w.limit - w.spent
	if w.timer == nil {
		w.timer = time.AfterFunc(left, w.expired)
	} else {
		w.timer.Reset(left)
	}
}

func (w *stopwatch) stop() {
	w.timer.Stop()
	w.spent += time.Since(w.since)
}
