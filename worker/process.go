package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/containerd/log"
	"github.com/containerd/ttrpc"

	"gatehouse/skill"
)

const (
	// piece is the most data in one message of a worker, hostPiece in one of the host.
	piece     = 64 << 10
	hostPiece = 1 << 20
	// mostFrame is the most that the host makes room for at once: the library keeps up to 64 messages a call.
	mostFrame = piece + 8<<10
	// stderrKept is how much of a worker's own words is kept to say why it ended.
	stderrKept = 16 << 10
)

// process is one worker.
type process struct {
	pool  *Pool
	key   key
	ready chan struct{} // closed once the code is loaded, or failed to
	gone  chan struct{} // closed once the process has ended

	// failed is why nothing is loaded; valid once ready is closed. cause is how it ended; valid once gone is closed.
	failed error
	cause  error
	client *ttrpc.Client
	stderr firstBytes

	mu sync.Mutex
	// system is nil until it is started; killed is why it was killed before or after that, and stopped is closed then.
	system  *os.Process
	killed  string
	stopped chan struct{}

	// returnFolder removes its folder of compiled code, and leaveQueue lets another compile; both may be called again.
	returnFolder, leaveQueue func()
	// queued says that it had its turn to compile.
	queued bool

	// room is how much data it may take.
	room uint64
	// crowd is how many calls ran at once since the last time that none did.
	crowd atomic.Uint64
	// interpreted says why its code is not compiled; valid once ready is closed.
	interpreted string

	// calls, idle and idleSince belong to the pool's lock.
	calls     uint64
	idle      *time.Timer
	idleSince time.Time
}

func newProcess(p *Pool, k key) *process {
	return &process{pool: p, key: k, ready: make(chan struct{}), gone: make(chan struct{}), stopped: make(chan struct{}),
		returnFolder: func() {}, leaveQueue: func() {}}
}

// live starts the process, has it load t's code, and returns once it has ended. The system's signal for the death of
// a parent is bound to the thread that started the child, so this goroutine keeps its thread until then.
func (w *process) live(t Task) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(w.gone)

	err := w.prepareAndRun(t)
	w.cause = err
	w.pool.mu.Lock()
	w.pool.forget(w)
	w.pool.mu.Unlock()
	select {
	case <-w.ready:
	default: // it never started, or ended while it loaded
		w.failed = err
		close(w.ready)
	}
}

// prepareAndRun starts the process and lends it meanwhile what is kept of its code; where that is nothing it waits first
// for its turn to compile. It returns how the process ended, or why there was none.
func (w *process) prepareAndRun(t Task) error {
	if _, err := skill.ParseDigest(string(t.Digest)); err != nil {
		return fmt.Errorf("loading code: %w", err)
	}
	defer func() { w.leaveQueue() }()
	if !w.pool.cache.has(t.Digest) && !w.queue(nil) {
		return fmt.Errorf("%w: %s", ErrCrashed, w.killed)
	}
	folder := w.pool.cache.folder()
	w.returnFolder = sync.OnceFunc(func() {
		if folder != "" {
			_ = os.RemoveAll(folder)
		}
	})
	defer w.returnFolder()
	var lending sync.WaitGroup
	defer lending.Wait()
	lent := make(chan int, 1)
	lending.Go(func() { lent <- w.pool.cache.lend(t.Digest, folder) })
	return w.run(t, folder, lent)
}

// queue waits until w may compile, where it did not already; false means that nobody wants it any more, or that it is
// gone.
func (w *process) queue(gone <-chan struct{}) bool {
	if w.queued {
		return true
	}
	select {
	case w.pool.compiling <- struct{}{}:
	case <-w.stopped:
		return false
	case <-gone:
		return false
	}
	w.queued = true
	w.leaveQueue = sync.OnceFunc(func() { <-w.pool.compiling })
	return true
}

// run returns how the process ended.
func (w *process) run(t Task, cache string, lent <-chan int) error {
	cmd := exec.Command(w.pool.options.Program[0], w.pool.options.Program[1:]...)
	cmd.Dir = string(filepath.Separator)
	cmd.Env = []string{}
	cmd.Stderr = &w.stderr
	cmd.WaitDelay = time.Second
	conn, err := start(cmd)
	if err != nil {
		return fmt.Errorf("starting a worker: %w", err)
	}
	hungUp := make(chan struct{})
	w.client = ttrpc.NewClient(&bounded{Conn: conn, most: mostFrame}, ttrpc.WithOnClose(func() { close(hungUp) }))
	w.started(cmd.Process)

	var beside sync.WaitGroup
	exited := make(chan struct{})
	beside.Go(func() { w.load(t, cache, lent, exited) })
	beside.Go(func() { w.outlive(hungUp, exited) })
	beside.Go(func() { w.watchThreads(cmd.Process.Pid, exited) })
	err = cmd.Wait()
	close(exited)
	_ = w.client.Close()
	beside.Wait()
	return w.explain(cmd, err)
}

// outlive kills the process that goes on without its connection.
func (w *process) outlive(hungUp, exited <-chan struct{}) {
	select {
	case <-exited:
		return
	case <-hungUp:
	}
	late := time.NewTimer(w.pool.options.Grace)
	defer late.Stop()
	select {
	case <-exited:
	case <-late.C:
		w.kill("it closed its connection")
	}
}

// started remembers the process, and kills it where that was asked for before it began.
func (w *process) started(p *os.Process) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.system = p
	if w.killed != "" {
		_ = p.Kill()
	}
}

// kill ends the process; why is for the error of the calls under way. The first reason stands.
func (w *process) kill(why string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.killed == "" {
		w.killed = why
		close(w.stopped)
	}
	if w.system != nil {
		_ = w.system.Kill()
	}
}

// explain says how the process ended: by us, by memory, by a signal or an exit.
func (w *process) explain(cmd *exec.Cmd, err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	how, words := fmt.Sprint(err), w.stderr.String()
	if cmd.ProcessState != nil {
		how = cmd.ProcessState.String()
	}
	switch {
	case w.killed == compilingTooLong:
		return &LimitError{Code: CodeTime, Limit: w.pool.options.Compile.String() + " for compiling", Used: "more"}
	case w.killed != "":
		return fmt.Errorf("%w: killed because %s", ErrCrashed, w.killed)
	case outOfMemory(words):
		return fmt.Errorf("%w: %w", ErrCrashed, &LimitError{
			Code: CodeMemory, Limit: bytesOf(w.room) + " for the process that runs it", Used: "more"})
	case strings.Contains(how, "signal: killed"):
		return fmt.Errorf("%w: the system or another program killed it (%s), as the system does where memory runs out", ErrCrashed, how)
	case strings.Contains(how, "bad system call"):
		return fmt.Errorf("%w: it wanted something of the system that no skill needs (%s)", ErrCrashed, how)
	}
	if said := lastWords(words); said != "" {
		how += fmt.Sprintf(", saying %q", short(said))
	}
	return fmt.Errorf("%w: %s", ErrCrashed, how)
}

// lastWords is what a worker said of its end: Go's line for a fatal error, else its first.
func lastWords(said string) string {
	for line := range strings.Lines(said) {
		if strings.HasPrefix(line, "fatal error: ") || strings.HasPrefix(line, "panic: ") {
			return strings.TrimSpace(line)
		}
	}
	first, _, _ := strings.Cut(said, "\n")
	return first
}

// lost ends the process for an error of its connection, unless that was its end, and returns how it ended.
func (w *process) lost(err error) error {
	w.broken(err)
	<-w.gone
	return w.cause
}

// outOfMemory says whether Go, or the system through it, found no memory: where C begins the threads, none for the stack of
// one is told as a thread that cannot be had.
func outOfMemory(words string) bool {
	return strings.Contains(words, "out of memory") || strings.Contains(words, "cannot allocate memory") ||
		strings.Contains(words, "pthread_create failed: Resource temporarily unavailable")
}

// broken kills the process for everything but the end of its connection: it broke the protocol.
func (w *process) broken(err error) {
	if !errors.Is(err, ttrpc.ErrClosed) && !errors.Is(err, io.EOF) {
		w.kill("it broke the protocol: " + err.Error())
	}
}

// loaded waits until the code is loaded. A call that gives up leaves the loading to others.
func (w *process) loaded(ctx context.Context) error {
	select {
	case <-w.ready:
		return w.failed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// firstBytes keeps the beginning of what a worker says; the rest is read and dropped.
type firstBytes struct {
	mu   sync.Mutex
	kept bytes.Buffer
}

func (f *firstBytes) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kept.Write(p[:min(len(p), stderrKept-f.kept.Len())])
	return len(p), nil
}

func (f *firstBytes) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.kept.String()
}

// silenceTTRPC keeps the library from writing a line into the host's log for every message that a worker sends out
// of turn, which a hostile one can do for ever. Its logger is a variable of its package, which only it uses.
var silenceTTRPC = sync.OnceFunc(func() {
	_ = log.SetLevel("panic")
})
