package sandbox

import (
	"sync"
	"time"
)

// share keeps the calls of one module together at a percentage of one core: what they run is paid from credit that
// grows with time, and whoever is in debt rests. A call that runs alone at 100 percent never does.
type share struct {
	mu      sync.Mutex
	percent uint64
	credit  time.Duration
	counted time.Time
}

const (
	// burst is the most credit: what calls may run at once after a while in which none did.
	burst = 100 * time.Millisecond
	// settleEvery is how long a call runs between two looks at the share.
	settleEvery = time.Millisecond
)

// Share changes what all calls of the module may use together: the percentage of one core, above 0, that the calls which
// are held to one keep to from now on, and those that begin.
func (m *Module) Share(percent uint64) { m.share.set(percent) }

func (s *share) set(percent uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.percent = max(percent, 1)
}

// pay takes what a call ran, and returns for how long it must rest.
func (s *share) pay(now time.Time, ran time.Duration) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counted.IsZero() {
		s.credit = burst
	} else if grown := now.Sub(s.counted); grown > 0 {
		s.credit = min(s.credit+grown/100*time.Duration(s.percent), burst)
	}
	s.counted = now
	if s.credit -= ran; s.credit >= 0 {
		return 0
	}
	return -s.credit * 100 / time.Duration(s.percent)
}

// settle pays for what the call ran since it last did, and rests where that was more than its share. Its own time
// stands still meanwhile. It returns false where the call ended before it was rested.
func (r *run) settle() bool {
	if !r.shared {
		return true
	}
	now := time.Now()
	ran := r.watch.running(now) - r.paid
	if ran < settleEvery && r.paid > 0 {
		return true
	}
	r.paid += ran
	debt := r.share.pay(now, ran)
	if debt <= 0 {
		return true
	}
	r.watch.stop()
	defer r.watch.start()
	rest := time.NewTimer(debt)
	defer rest.Stop()
	defer func() { r.rested += time.Since(now) }()
	select {
	case <-rest.C:
		return true
	case <-r.ctx.Done():
		return false
	}
}
