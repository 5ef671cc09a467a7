package worker

import (
	"sync"
	"sync/atomic"

	"gatehouse/worker/wire"
)

// versions is what is under way of one skill. Each version has a worker, and so has each limit on memory; what the skill
// has of the processor is divided among those that run calls.
type versions struct {
	// calls counts also those that wait for their worker.
	calls   uint64
	workers map[*process]uint64
	parts   map[*part]bool
}

// part is what one call's worker has of its skill's share of the processor: one of so many.
type part struct {
	// of has the last number that its worker was not told yet.
	of chan uint64
	// last is the last number, most the largest so far.
	last uint64
	most atomic.Uint64
}

func newVersions() *versions {
	return &versions{workers: map[*process]uint64{}, parts: map[*part]bool{}}
}

// join gives a call its part, which knows already of how many it is one. What it returns ends that.
func (p *Pool) join(w *process, skill string) (mine *part, leave func()) {
	mine = &part{of: make(chan uint64, 1)}
	p.mu.Lock()
	defer p.mu.Unlock()
	v := p.skills[skill]
	v.parts[mine] = true
	v.workers[w]++
	v.tell()
	return mine, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(v.parts, mine)
		if v.workers[w]--; v.workers[w] == 0 {
			delete(v.workers, w)
		}
		v.tell()
	}
}

// tell lets every call know into how many parts the share is divided now. The caller holds the pool's lock.
func (v *versions) tell() {
	for p := range v.parts {
		if n := uint64(len(v.workers)); n != p.last {
			p.set(n)
		}
	}
}

func (p *part) set(n uint64) {
	select {
	case <-p.of: // which nobody has read, and is old
	default:
	}
	p.of <- n
	p.last = n
	p.most.Store(max(p.most.Load(), n))
}

// percentOf is one of so many parts, rounded up: 0 would be no limit.
func percentOf(cpu, parts uint64) uint64 { return (cpu + parts - 1) / max(parts, 1) }

// tellShare tells the worker whenever its part changes. The function that it returns waits until nothing of that is
// under way.
func (c *call) tellShare() (done func()) {
	over := make(chan struct{})
	var telling sync.WaitGroup
	telling.Go(func() {
		for {
			select {
			case n := <-c.part.of:
				_ = c.stream.Send(&wire.FromHost{Body: &wire.FromHost_Cpu{Cpu: percentOf(c.limits.CPU, n)}})
			case <-over:
				return
			}
		}
	})
	return func() {
		close(over)
		telling.Wait()
	}
}
