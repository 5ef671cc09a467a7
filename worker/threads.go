package worker

import (
	"fmt"
	"time"
)

// mostThreads is how many threads a worker may have: many times what it needs for as many calls as there may be. Go's
// runtime begins one whenever all that it has are held up, and ends the process where it cannot, so no filter can refuse
// them; and the system counts them for a person, not for a process.
const mostThreads = 512

// watchThreads ends a worker that has too many, until it has exited. What runs no call is looked at less often.
func (w *process) watchThreads(pid int, exited <-chan struct{}) {
	const often, seldom = 100 * time.Millisecond, time.Second
	look := time.NewTimer(often)
	defer look.Stop()
	for {
		select {
		case <-exited:
			return
		case <-look.C:
		}
		if n, known := threadsOf(pid); known && n > mostThreads {
			w.kill(fmt.Sprintf("it had %d threads", n))
			return
		}
		look.Reset(often)
		if w.isReady() && w.crowd.Load() == 0 {
			look.Reset(seldom)
		}
	}
}

func (w *process) isReady() bool {
	select {
	case <-w.ready:
		return true
	default:
		return false
	}
}
