package worker

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/containerd/ttrpc"

	"gatehouse/powers"
	"gatehouse/sandbox"
	"gatehouse/worker/wire"
)

// Serve is a worker: it gives up the rights that this process can do without, and does what the host says over conn
// until the host closes it. The process must end when Serve returns, for a guest may still be running. Serve is
// called once, first thing, by the program that Options.Program names; Inherited has the conn.
func Serve(ctx context.Context, conn net.Conn) error {
	if err := giveUpRights(); err != nil {
		return fmt.Errorf("giving up rights: %w", err)
	}
	server, err := ttrpc.NewServer()
	if err != nil {
		return fmt.Errorf("serving the host: %w", err)
	}
	wire.RegisterWorkerService(server, &child{})
	err = server.Serve(ctx, &oneConn{conn: conn, ended: make(chan struct{})})
	if !errors.Is(err, io.EOF) {
		return fmt.Errorf("serving the host: %w", err)
	}
	return nil
}

// child is the worker's end of the protocol. It believes the host.
type child struct {
	mu     sync.Mutex
	loaded bool
	module *sandbox.Module
}

// Load takes the code and compiles it.
func (c *child) Load(ctx context.Context, stream wire.Worker_LoadServer) (*wire.Loaded, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.loaded {
		return nil, errors.New("code is loaded once")
	}
	c.loaded = true
	first, err := stream.Recv()
	if err != nil {
		return nil, err
	}
	start := first.GetStart()
	if err := limitRoom(start.GetRoom()); err != nil {
		return nil, fmt.Errorf("limiting the worker's memory: %w", err)
	}
	r, err := sandbox.New(ctx, sandbox.Options{Cache: start.GetCache()})
	if err != nil {
		return nil, err
	}
	if err := fence(start.GetCache()); err != nil {
		return nil, fmt.Errorf("fencing the worker in: %w", err)
	}
	code, err := receive(start.GetSize(), func() ([]byte, error) {
		m, err := stream.Recv()
		return m.GetCode(), err
	})
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(code); !bytes.Equal(sum[:], start.GetDigest()) {
		return &wire.Loaded{Invalid: fmt.Sprintf("its digest is sha256:%x, not the one that it was called by", sum)}, nil
	}
	return c.compile(ctx, r, code)
}

func (c *child) compile(ctx context.Context, r *sandbox.Runtime, code []byte) (*wire.Loaded, error) {
	module, err := r.Compile(ctx, code)
	var invalid *sandbox.InvalidError
	if errors.As(err, &invalid) {
		return &wire.Loaded{Invalid: text(invalid.Reason), Unsupported: invalid.Unsupported}, nil
	}
	if err != nil {
		return nil, err
	}
	if err := seal(); err != nil {
		return nil, fmt.Errorf("sealing the worker: %w", err)
	}
	c.module = module
	return &wire.Loaded{Interpreted: text(module.Interpreted())}, nil
}

// receive puts size bytes together from the pieces that next returns.
func receive(size uint64, next func() ([]byte, error)) ([]byte, error) {
	whole := make([]byte, 0, size)
	for uint64(len(whole)) < size {
		p, err := next()
		if err != nil {
			return nil, err
		}
		whole = append(whole, p...)
	}
	return whole, nil
}

// Call runs the guest once.
func (c *child) Call(ctx context.Context, stream wire.Worker_CallServer) error {
	c.mu.Lock()
	module := c.module
	c.mu.Unlock()
	if module == nil {
		return errors.New("no code is loaded")
	}
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	start := first.GetStart()
	input, err := receive(start.GetInput(), func() ([]byte, error) {
		m, err := stream.Recv()
		return m.GetInput(), err
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &remote{stream: stream, answers: make(chan *wire.Answer)}
	go r.listen(ctx, cancel, module.Share)

	result, err := module.Run(ctx, sandbox.Call{
		Stdin: input, Args: []string{"skill"}, Env: start.GetEnvironment(),
		Powers: powers.Set{Files: r, HTTP: remoteHTTP{r}},
		Limits: sandbox.Limits{Memory: start.GetMemory(), Time: time.Duration(start.GetTime()),
			Fuel: start.GetFuel(), Stack: start.GetStack(), Output: start.GetOutput(), CPU: start.GetCpu()},
	})
	if err := sendOutput(stream, result); err != nil {
		return err
	}
	return stream.Send(&wire.FromWorker{Body: &wire.FromWorker_End{End: end(result, err)}})
}

func sendOutput(stream wire.Worker_CallServer, result sandbox.Result) error {
	stdout, stderr := result.Stdout, result.Stderr
	for len(stdout)+len(stderr) > 0 {
		o := &wire.Output{Stdout: stdout[:min(piece, len(stdout))]}
		o.Stderr = stderr[:min(piece-len(o.Stdout), len(stderr))]
		stdout, stderr = stdout[len(o.Stdout):], stderr[len(o.Stderr):]
		if err := stream.Send(&wire.FromWorker{Body: &wire.FromWorker_Output{Output: o}}); err != nil {
			return err
		}
	}
	return nil
}

// outcomes is what a limit is called on the wire.
var outcomes = map[sandbox.Resource]wire.End_Outcome{
	sandbox.Memory: wire.End_MEMORY, sandbox.Time: wire.End_TIME, sandbox.Output: wire.End_OUTPUT,
	sandbox.Fuel: wire.End_FUEL, sandbox.Stack: wire.End_STACK,
}

// end says how a run ended.
func end(result sandbox.Result, err error) *wire.End {
	e := &wire.End{Outcome: wire.End_FINE, Memory: result.Usage.Memory, Running: int64(result.Usage.Running),
		Fuel: result.Usage.Fuel, Throttled: int64(result.Usage.Throttled)}
	var limit *sandbox.LimitError
	var exit *sandbox.ExitError
	var trap *sandbox.TrapError
	var invalid *sandbox.InvalidError
	switch {
	case err == nil:
	case errors.As(err, &limit):
		e.Outcome, e.Used = outcomes[limit.Resource], limit.Used
	case errors.As(err, &exit):
		e.Outcome, e.Exit = wire.End_EXIT, exit.Code
	case errors.As(err, &trap):
		e.Outcome, e.Reason = wire.End_TRAP, text(trap.Reason)
	case errors.As(err, &invalid):
		e.Outcome, e.Reason = wire.End_INVALID, text(invalid.Reason)
	case errors.Is(err, errCancelled):
		e.Outcome = wire.End_CANCELLED
	default:
		e.Outcome, e.Reason = wire.End_FAULT, text(err.Error())
	}
	return e
}

// text makes s fit for a message: a sentence that quotes code may hold anything.
func text(s string) string { return strings.ToValidUTF8(short(s), "\uFFFD") }

// oneConn is a listener for the one connection that there is. It ends with it.
type oneConn struct {
	conn   net.Conn
	taken  bool
	ended  chan struct{}
	ending sync.Once
}

func (l *oneConn) Accept() (net.Conn, error) {
	if !l.taken {
		l.taken = true
		return &endingConn{Conn: l.conn, ended: func() { l.ending.Do(func() { close(l.ended) }) }}, nil
	}
	<-l.ended
	return nil, io.EOF
}

func (l *oneConn) Close() error   { return nil }
func (l *oneConn) Addr() net.Addr { return l.conn.LocalAddr() }

type endingConn struct {
	net.Conn
	ended func()
}

func (c *endingConn) Close() error {
	defer c.ended()
	return c.Conn.Close()
}
