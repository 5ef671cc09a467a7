package worker

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"gatehouse/powers"
	"gatehouse/skill"
	"gatehouse/worker/wire"
)

// call is the host's end of one call.
type call struct {
	worker *process
	stream wire.Worker_CallClient
	limits skill.Limits
	ctx    context.Context
	cancel context.CancelCauseFunc
	powers *answerer
	result Result
	// part is what it has of the skill's share of the processor.
	part *part
	// overdue is what ends a worker that does not stop by itself.
	overdue backstop
}

// errOverdue is the cause of a call whose worker was killed for not stopping in time.
var errOverdue = errors.New("the guest's time is used up, and its worker did not stop it")

// call runs one task on a worker that has loaded its code.
func (w *process) call(ctx context.Context, t Task, set powers.Set) (Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// The stream lives as long as the worker: a call that is cancelled still waits for the worker's last word.
	stream, err := wire.NewWorkerClient(w.client).Call(context.Background())
	if err != nil {
		return Result{}, w.lost(err)
	}
	c := &call{worker: w, stream: stream, limits: t.Limits, ctx: ctx, cancel: cancel, powers: newAnswerer(ctx, set)}

	part, leave := w.pool.join(w, t.Skill)
	defer leave()
	c.part = part
	c.result.Usage.Interpreted = w.interpreted
	running := t.Limits.Time.Duration()
	c.overdue = backstop{left: running + w.pool.options.Grace, slack: running, passed: c.killOverdue, more: c.rest}
	c.overdue.start()
	defer c.overdue.stop()
	defer c.endWithWorker()()

	if err := c.start(t); err != nil {
		return c.result, c.lost(err)
	}
	defer c.tellShare()()
	defer c.tellCancel()()
	return c.follow()
}

// killOverdue makes this call a time limit and takes the worker away from under it.
func (c *call) killOverdue() {
	c.cancel(errOverdue)
	c.worker.kill("a call was past its time and did not stop")
}

// rest is how much longer than its time and grace a call may take because the worker makes calls rest that use more than
// their share of the processor: all that ran at once, each of them on a core, got so much less.
func (c *call) rest() time.Duration {
	wanted, given := 100*c.worker.crowd.Load(), percentOf(c.limits.CPU, c.part.most.Load())
	if wanted <= given {
		return 0
	}
	return time.Duration(float64(c.limits.Time) * (float64(wanted)/float64(given) - 1))
}

// endWithWorker ends the call's context when its worker ends, so that a question which the guest waits for is
// withdrawn. The function that it returns waits until nothing of that is under way.
func (c *call) endWithWorker() (done func()) {
	over := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case <-c.worker.gone:
			c.cancel(c.worker.cause)
		case <-over:
		}
	})
	return func() {
		close(over)
		watch.Wait()
	}
}

// tellCancel tells the worker when the call's context ends, and kills it where it does not end the call soon. The
// function that it returns waits until nothing of that is under way.
func (c *call) tellCancel() (done func()) {
	told := make(chan struct{})
	var late *time.Timer
	stop := context.AfterFunc(c.ctx, func() {
		defer close(told)
		late = time.AfterFunc(c.worker.pool.options.Grace, func() {
			c.worker.kill("a call was cancelled and did not stop")
		})
		_ = c.stream.Send(&wire.FromHost{Body: &wire.FromHost_Cancel{Cancel: &wire.Cancel{}}})
	})
	return func() {
		if !stop() {
			<-told
			late.Stop()
		}
	}
}

func (c *call) start(t Task) error {
	begin := &wire.Start{
		Memory: uint64(t.Limits.Memory), Time: int64(t.Limits.Time), Output: uint64(t.Limits.Output),
		Fuel: t.Limits.Fuel, Stack: uint64(t.Limits.Stack), Cpu: percentOf(t.Limits.CPU, <-c.part.of),
		Environment: t.Env, Input: uint64(len(t.Input)),
	}
	if err := c.stream.Send(&wire.FromHost{Body: &wire.FromHost_Start{Start: begin}}); err != nil {
		return err
	}
	for input := t.Input; len(input) > 0; input = input[min(hostPiece, len(input)):] {
		next := input[:min(hostPiece, len(input))]
		if err := c.stream.Send(&wire.FromHost{Body: &wire.FromHost_Input{Input: next}}); err != nil {
			return err
		}
	}
	return nil
}

// follow answers what the worker asks, one thing after another, until it says how the call ended.
func (c *call) follow() (Result, error) {
	for {
		m, err := c.stream.Recv()
		if err != nil {
			return c.result, c.lost(err)
		}
		switch body := m.GetBody().(type) {
		case *wire.FromWorker_Ask:
			err = c.answer(body.Ask)
		case *wire.FromWorker_Output:
			err = c.keep(body.Output)
		case *wire.FromWorker_End:
			return c.end(body.End)
		default:
			err = errProtocol("a message of no kind")
		}
		if err != nil {
			return c.result, c.lost(err)
		}
	}
}

type errProtocol string

func (e errProtocol) Error() string { return string(e) }

// answer does one thing for the guest.
func (c *call) answer(ask *wire.Ask) error {
	c.overdue.stop()
	c.result.Usage.Requests++
	answers, fault := c.powers.answer(ask)
	c.result.Usage.Files = c.powers.most
	if fault != nil {
		c.cancel(fault)
	}
	c.overdue.goOn()
	if c.ctx.Err() != nil {
		// The guest must not take an answer that only the cancel made for the power's own.
		return nil
	}
	for _, a := range answers {
		if err := c.stream.Send(&wire.FromHost{Body: &wire.FromHost_Answer{Answer: a}}); err != nil {
			return err
		}
	}
	return nil
}

// keep adds to the output, of which a worker that keeps the protocol sends no more than the limit.
func (c *call) keep(o *wire.Output) error {
	c.result.Output = append(c.result.Output, o.GetStdout()...)
	c.result.Stderr = append(c.result.Stderr, o.GetStderr()...)
	c.result.Usage.Output += uint64(len(o.GetStdout()) + len(o.GetStderr()))
	if max(len(c.result.Output), len(c.result.Stderr)) > int(c.limits.Output) {
		return errProtocol("more output than the limit")
	}
	return nil
}

// lost is the error of a call whose worker is gone, or has to go.
func (c *call) lost(err error) error {
	crashed := c.worker.lost(err)
	switch cause := context.Cause(c.ctx); {
	case errors.Is(cause, errOverdue):
		return c.timeLimit(c.limits.Time.Duration() + c.worker.pool.options.Grace)
	case cause != nil:
		return cause
	}
	return crashed
}

// end reads the worker's word on how the call ended.
func (c *call) end(e *wire.End) (Result, error) {
	// The library forgets a stream when its end is read.
	if _, err := c.stream.Recv(); err == nil {
		return c.result, c.lost(errProtocol("a message after the end"))
	}
	c.result.Usage.Memory, c.result.Usage.Running, c.result.Usage.Fuel = e.GetMemory(), time.Duration(e.GetRunning()), e.GetFuel()
	c.result.Usage.Throttled = time.Duration(e.GetThrottled())
	failed := e.GetOutcome() == wire.End_EXIT || e.GetOutcome() == wire.End_TRAP
	if failed && c.powers.full && uint64(c.powers.most) >= c.limits.Files {
		return c.result, &LimitError{CodeFiles, strconv.FormatUint(c.limits.Files, 10), "more", string(c.result.Stderr)}
	}
	switch e.GetOutcome() {
	case wire.End_FINE:
		return c.result, nil
	case wire.End_EXIT:
		return c.result, &GuestError{Exit: e.GetExit(), Stderr: string(c.result.Stderr)}
	case wire.End_TRAP:
		return c.result, &TrapError{Reason: short(e.GetReason())}
	case wire.End_INVALID:
		return c.result, &InvalidError{Reason: short(e.GetReason())}
	case wire.End_MEMORY:
		return c.result, limitError(CodeMemory, c.limits.Memory.String(), bytesOf(e.GetUsed()))
	case wire.End_OUTPUT:
		return c.result, limitError(CodeOutput, c.limits.Output.String(), bytesOf(e.GetUsed()))
	case wire.End_STACK:
		return c.result, limitError(CodeStack, c.limits.Stack.String(), "more")
	case wire.End_FUEL:
		return c.result, limitError(CodeFuel, strconv.FormatUint(c.limits.Fuel, 10), strconv.FormatUint(e.GetUsed(), 10))
	case wire.End_TIME:
		return c.result, c.timeLimit(time.Duration(e.GetUsed()))
	case wire.End_CANCELLED:
		if cause := context.Cause(c.ctx); cause != nil {
			return c.result, cause
		}
		return c.result, c.lost(errProtocol("cancelled without being told"))
	}
	return c.result, fmt.Errorf("the worker could not run the guest: %q", short(e.GetReason()))
}

// short bounds a worker's words.
func short(reason string) string { return reason[:min(len(reason), 1000)] }

func (c *call) timeLimit(used time.Duration) *LimitError {
	return limitError(CodeTime, c.limits.Time.String(), used.Round(time.Millisecond).String())
}

func limitError(code, limit, used string) *LimitError {
	return &LimitError{Code: code, Limit: limit, Used: used}
}

// bytesOf is a number of bytes for people, to a tenth of its unit.
func bytesOf(n uint64) string {
	for _, unit := range []skill.Size{skill.GiB, skill.MiB, skill.KiB} {
		if n >= uint64(unit) {
			return strings.Replace(fmt.Sprintf("%.1f", float64(n)/float64(unit)), ".0", "", 1) + unit.String()[1:]
		}
	}
	return skill.Size(n).String()
}

// backstop is a timer that stands still while the host does something for the guest, but for the beginning of that. When
// its time is up it asks for how much more there is, which may have grown since it last asked.
type backstop struct {
	more   func() time.Duration
	passed func()

	mu          sync.Mutex
	going       bool
	left, given time.Duration
	// slack is how much it may still gain for the way of messages, which the worker's own clock does not always count.
	slack time.Duration
	// since is when it last began to run or to stand still.
	since time.Time
	timer *time.Timer
}

const (
	// beginningOfWait is how much of each wait counts as running, as in package sandbox: else a worker that asks for one
	// thing after the other would have no end.
	beginningOfWait = 10 * time.Millisecond
	// wayOfMessages is what is gained for each.
	wayOfMessages = time.Millisecond
)

func (b *backstop) start() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.going, b.since = true, time.Now()
	b.timer = time.AfterFunc(b.left+b.given, b.ring)
}

func (b *backstop) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.going {
		return
	}
	if more := b.more(); more > b.given {
		b.timer.Reset(more - b.given)
		b.given = more
		return
	}
	b.passed()
}

func (b *backstop) stop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.going = false
	b.timer.Stop()
	now := time.Now()
	b.left -= now.Sub(b.since)
	b.since = now
}

// goOn lets it run again after a wait.
func (b *backstop) goOn() {
	b.mu.Lock()
	gain := min(wayOfMessages, b.slack)
	b.slack -= gain
	b.left += gain - min(time.Since(b.since), beginningOfWait)
	b.mu.Unlock()
	b.start()
}
