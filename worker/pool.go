// Package worker is the boundary between the host and the code of strangers: a guest is compiled and run in a
// process of its own digest, which has no file, no network, no key and no environment, and may be killed.
//
// Pool is the host's end: it starts and ends workers, counts and bounds what they may run, and answers what a guest
// asks of its powers. Serve is the child's end, and only its files import sandbox. The host's end trusts nothing that
// a worker says: every length is bounded, every number looked up, and a worker that breaks the protocol is killed.
// Neither end asks a person or knows what is granted; that is in the powers.Set of a call.
//
// It keeps containerd/ttrpc, gRPC's shape without HTTP/2 for processes on one machine: streams of messages over one
// inherited connection, 10 bytes of framing each. And it keeps go-landlock, which gives up the rights to files and
// sockets for every thread of a Go program and knows what each kernel can do.
package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	"gatehouse/powers"
	"gatehouse/skill"
)

// Options says how a Pool works. A zero field means the default.
type Options struct {
	// Program is the command of a worker, its arguments included; by default this program with the verb "worker".
	Program []string
	// Cache is the folder for compiled code; empty, or where it cannot be used, code is compiled for every worker.
	Cache string
	// CacheKey is the file with the key under which compiled code is believed, made where it is missing; by default a
	// file in Cache.
	CacheKey string
	// CacheSize is how many bytes of compiled code are kept; 1 GiB by default.
	CacheSize uint64
	// Idle is how long a worker without a call is kept; 5 minutes by default.
	Idle time.Duration
	// Workers is how many processes there may be at once; 16 by default.
	Workers int
	// Compile is how long compiling may take; 60 seconds by default. Compilers is how many workers may compile at once,
	// 2 by default or fewer where there are fewer processors; others wait for their turn.
	Compile   time.Duration
	Compilers int
	// Grace is how long a call may go on after it was told to stop, until its worker is killed; 2 seconds by default.
	Grace time.Duration
}

// Pool keeps one worker a digest. It may be used by many goroutines at once.
type Pool struct {
	options Options
	cache   *cache
	// compiling has a place for each worker that may compile at once.
	compiling chan struct{}

	mu      sync.Mutex
	workers map[key]*process
	// skills are those with calls under way, whatever version of them is called.
	skills map[string]*versions
	closed bool
	// running counts the goroutines of the pool, which Close waits for.
	running sync.WaitGroup
}

// key is what calls must share to share a worker. The memory is part of it because a process is limited once.
type key struct {
	digest skill.Digest
	memory skill.Size
}

// NewPool makes a Pool without any worker. Close ends it.
func NewPool(o Options) *Pool {
	silenceTTRPC()
	o.Idle = cmp.Or(o.Idle, 5*time.Minute)
	o.Workers = cmp.Or(o.Workers, 16)
	o.Compile = cmp.Or(o.Compile, time.Minute)
	o.Compilers = cmp.Or(o.Compilers, min(2, runtime.NumCPU()))
	o.CacheSize = cmp.Or(o.CacheSize, 1<<30)
	o.Grace = cmp.Or(o.Grace, 2*time.Second)
	if len(o.Program) == 0 {
		// Where the program cannot be found, starting it says so.
		self, _ := os.Executable()
		o.Program = []string{self, "worker"}
	}
	return &Pool{
		options: o, workers: map[key]*process{}, skills: map[string]*versions{},
		cache: openCache(o.Cache, o.CacheKey, o.CacheSize), compiling: make(chan struct{}, o.Compilers),
	}
}

// Task is one call of a guest.
type Task struct {
	// Skill is the name under which calls are counted; by default Digest.
	Skill string
	// Digest names Wasm; the worker checks that it does.
	Digest skill.Digest
	Wasm   []byte
	// Limits bounds the call; an absent limit means its default.
	Limits skill.Limits
	// Input is the guest's standard input.
	Input []byte
	// Env holds the environment variables that were granted.
	Env map[string]string
}

// Usage is what a call needed, by the worker's word.
type Usage struct {
	// Memory is the largest size of the guest's memory in bytes.
	Memory uint64
	// Running is the guest's own running, with the beginning of each wait for a power.
	Running time.Duration
	// Fuel is how much the guest did, as package meter counts; the same for the same input.
	Fuel uint64
	// Requests is how often a power was asked.
	Requests uint64
	// Throttled is how long it rested to keep to its share of the processor.
	Throttled time.Duration
	// Output is what it wrote to standard output and standard error in bytes, Files how many files it had open at once.
	Output uint64
	Files  int
	// Interpreted says why its code was not compiled; empty where it was.
	Interpreted string
}

// Result is what a call left behind, also where it failed. Output and Stderr are the guest's, and hostile.
type Result struct {
	Output, Stderr []byte
	Usage          Usage
}

// Run runs t's guest once with what set gives it, and blocks until it ended; while a power waits for a person, so
// does Run. What the guest left open is still open when Run returns.
//
// The error is nil for a guest that ended well; else *LimitError, *GuestError, *TrapError, *InvalidError, ErrCrashed,
// the cause of ctx, or that a worker could not be started. When ctx ends the guest is told to stop; a worker that
// goes on for longer than Options.Grace is killed, and with it every other call of its digest.
func (p *Pool) Run(ctx context.Context, t Task, set powers.Set) (Result, error) {
	t.Limits = t.Limits.Filled()
	t.Skill = cmp.Or(t.Skill, string(t.Digest))
	w, err := p.acquire(t)
	if err != nil {
		return Result{}, err
	}
	defer p.release(w, t.Skill)
	if err := w.loaded(ctx); err != nil {
		return Result{}, err
	}
	return w.call(ctx, t, set)
}

// errClosed is returned for a call after Close.
var errClosed = errors.New("the workers have ended")

// acquire returns the worker for t, started where there is none, with one more call on it.
func (p *Pool) acquire(t Task) (*process, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errClosed
	}
	v := p.skills[t.Skill]
	if v == nil {
		v = newVersions()
	}
	if v.calls >= t.Limits.Concurrency {
		return nil, tooMany("calls at once", t.Limits.Concurrency)
	}
	k := key{t.Digest, t.Limits.Memory}
	w := p.workers[k]
	if w == nil {
		if err := p.makeRoom(); err != nil {
			return nil, err
		}
		w = newProcess(p, k)
		w.room = room(t)
		p.workers[k] = w
		p.running.Go(func() { w.live(t) })
	}
	p.skills[t.Skill] = v
	v.calls++
	w.calls++
	w.crowd.Store(max(w.crowd.Load(), w.calls))
	if w.idle != nil {
		w.idle.Stop()
	}
	return w, nil
}

// makeRoom ends the worker that was idle for longest where there are too many.
func (p *Pool) makeRoom() error {
	if len(p.workers) < p.options.Workers {
		return nil
	}
	var oldest *process
	for _, w := range p.workers {
		if w.calls == 0 && (oldest == nil || w.idleSince.Before(oldest.idleSince)) {
			oldest = w
		}
	}
	if oldest == nil {
		return tooMany("skills at once", uint64(p.options.Workers))
	}
	p.end(oldest, "it was idle")
	return nil
}

func tooMany(what string, limit uint64) *LimitError {
	return &LimitError{Code: CodeTooMany, Limit: fmt.Sprintf("%d %s", limit, what), Used: fmt.Sprint(limit + 1)}
}

// Cache says what is kept of compiled code, and what was found there and not believed.
func (p *Pool) Cache() CacheState { return p.cache.now() }

// release takes a call off w, and ends w once it was idle for long enough.
func (p *Pool) release(w *process, skill string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	v := p.skills[skill]
	if v.calls--; v.calls == 0 {
		delete(p.skills, skill)
	}
	if w.calls--; w.calls == 0 {
		w.crowd.Store(0)
	}
	if w.calls > 0 || p.workers[w.key] != w {
		return
	}
	select {
	case <-w.ready:
	default: // it waits for its turn to compile, or compiles: others want that too
		p.end(w, "nobody waited for it any more")
		return
	}
	w.idleSince = time.Now()
	w.idle = time.AfterFunc(p.options.Idle, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if w.calls == 0 {
			p.end(w, "it was idle")
		}
	})
}

// end kills w, and makes the next call start another. The caller holds the lock.
func (p *Pool) end(w *process, why string) {
	p.forget(w)
	w.kill(why)
}

// forget makes the next call of w's key start another worker. The caller holds the lock.
func (p *Pool) forget(w *process) {
	if w.idle != nil {
		w.idle.Stop()
	}
	if p.workers[w.key] == w {
		delete(p.workers, w.key)
	}
}

// Close kills every worker, which ends the calls under way with ErrCrashed, and returns once all are gone.
func (p *Pool) Close() error {
	p.mu.Lock()
	p.closed = true
	for _, w := range p.workers {
		p.end(w, "the host is ending")
	}
	p.mu.Unlock()
	p.running.Wait()
	p.cache.close()
	return nil
}
