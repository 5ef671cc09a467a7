package worker

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/containerd/log"
	"github.com/containerd/ttrpc"

	"gatehouse/skill"
	"gatehouse/worker/wire"
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
	// system is nil until it is started; killed is why it was killed before or after that.
	system *os.Process
	killed string

	// calls, idle and idleSince belong to the pool's lock.
	calls     uint64
	idle      *time.Timer
	idleSince time.Time
}

func newProcess(p *Pool, k key) *process {
	return &process{pool: p, key: k, ready: make(chan struct{}), gone: make(chan struct{})}
}

// live starts the process, has it load t's code, and returns once it has ended. The system's signal for the death of
// a parent is bound to the thread that started the child, so this goroutine keeps its thread until then.
func (w *process) live(t Task) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(w.gone)

	cache, err := cacheFolder(w.pool.options.Cache, t.Digest)
	if err == nil {
		err = w.run(t, cache)
	}
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

// run returns how the process ended.
func (w *process) run(t Task, cache string) error {
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
	beside.Go(func() { w.load(t, cache) })
	beside.Go(func() { w.outlive(hungUp, exited) })
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
	case strings.Contains(words, "out of memory") || strings.Contains(words, "cannot allocate memory"):
		return fmt.Errorf("%w: it ran out of memory (%s)", ErrCrashed, how)
	}
	if first, _, _ := strings.Cut(words, "\n"); first != "" {
		how += fmt.Sprintf(", saying %q", short(first))
	}
	return fmt.Errorf("%w: %s", ErrCrashed, how)
}

// lost ends the process for an error of its connection, unless that was its end, and returns how it ended.
func (w *process) lost(err error) error {
	w.broken(err)
	<-w.gone
	return w.cause
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

const compilingTooLong = "compiling took too long"

// load sends the code and waits until it is compiled. Where the connection fails it leaves ready to live, which knows
// soon how the process ended.
func (w *process) load(t Task, cache string) {
	late := time.AfterFunc(w.pool.options.Compile, func() { w.kill(compilingTooLong) })
	defer late.Stop()
	answer, err := w.sendCode(t, cache)
	if err != nil {
		w.broken(err)
		return
	}
	if answer.GetInvalid() != "" {
		w.failed = &InvalidError{Reason: short(answer.GetInvalid()), Unsupported: answer.GetUnsupported()}
		w.pool.mu.Lock()
		w.pool.end(w, "its code cannot run")
		w.pool.mu.Unlock()
	}
	close(w.ready)
}

func (w *process) sendCode(t Task, cache string) (*wire.Loaded, error) {
	digest, err := hex.DecodeString(strings.TrimPrefix(string(t.Digest), "sha256:"))
	if err != nil {
		return nil, err
	}
	stream, err := wire.NewWorkerClient(w.client).Load(context.Background())
	if err != nil {
		return nil, err
	}
	begin := &wire.LoadStart{Digest: digest, Size: uint64(len(t.Wasm)), Cache: cache, Room: room(t)}
	if err := stream.Send(&wire.LoadPiece{Body: &wire.LoadPiece_Start{Start: begin}}); err != nil {
		return nil, err
	}
	for code := t.Wasm; len(code) > 0; code = code[min(hostPiece, len(code)):] {
		next := code[:min(hostPiece, len(code))]
		if err := stream.Send(&wire.LoadPiece{Body: &wire.LoadPiece_Code{Code: next}}); err != nil {
			return nil, err
		}
	}
	return stream.CloseAndRecv()
}

// room is how much data a worker may take: every call's memory twice, since growing copies it, and for compiling more
// than honest code was seen to need, 350 MB for 26 MB of it.
func room(t Task) uint64 {
	const compiling = 768 << 20
	return 2*t.Limits.Concurrency*uint64(t.Limits.Memory) + compiling + 32*uint64(len(t.Wasm))
}

// cacheFolder makes the folder of one digest, for nobody else to read or write: native code lies there.
func cacheFolder(root string, d skill.Digest) (string, error) {
	if root == "" {
		return "", errors.New("opening the cache: no folder is given for it")
	}
	if _, err := skill.ParseDigest(string(d)); err != nil {
		return "", fmt.Errorf("opening the cache: %w", err)
	}
	folder, err := filepath.Abs(filepath.Join(root, strings.TrimPrefix(string(d), "sha256:")))
	if err != nil {
		return "", fmt.Errorf("opening the cache: %w", err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("opening the cache: %w", err)
	}
	if err := os.Chmod(folder, 0o700); err != nil {
		return "", fmt.Errorf("opening the cache: %w", err)
	}
	return folder, nil
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
