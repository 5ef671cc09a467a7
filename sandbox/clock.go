package sandbox

import (
	"context"
	"time"

	"gatehouse/sandbox/wasip1"
)

// machine is the clock of this machine.
type machine struct{ since time.Time }

func (machine) Wall() time.Time            { return time.Now() }
func (m machine) Monotonic() time.Duration { return time.Since(m.since) }

func (machine) Sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// callClock is a clock for one call. Sleeping counts as running, and ends with the call.
type callClock struct {
	run *run
	wasip1.Clock
}

func (c *callClock) Sleep(_ context.Context, d time.Duration) {
	began := time.Now()
	c.Clock.Sleep(c.run.ctx, d)
	c.run.paid += time.Since(began) // it used no processor
	if c.run.ctx.Err() != nil {
		panic(errStopped)
	}
}
