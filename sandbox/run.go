package sandbox

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/sys"

	"gatehouse/powers"
	"gatehouse/sandbox/gatehouse"
	"gatehouse/sandbox/meter"
	"gatehouse/sandbox/wasip1"
)

// Limits bounds one call. All but CPU must be set.
type Limits struct {
	// Memory is the guest's linear memory in bytes.
	Memory uint64
	// Time is the guest's own running; of the time inside a power only the beginning counts.
	Time time.Duration
	// Fuel is how much it may do and Stack, in bytes, how deep its calls may be, both as package meter counts.
	Fuel, Stack uint64
	// Output is what it may write to standard output, and again to standard error, in bytes.
	Output uint64
	// CPU is the percentage of one core that all calls of the module may use together, as the last one that began, or
	// Share, said; 0 is no limit for this one.
	CPU uint64
}

// Call is one run of a guest.
type Call struct {
	Stdin []byte
	// Args are the guest's arguments, its own name first.
	Args []string
	// Env is added to what every guest finds, PWD and HOME.
	Env    map[string]string
	Powers powers.Set
	Limits Limits
	// Clock is the time that the guest sees; nil is the machine's. Random is where its randomness comes from; nil is the
	// system's.
	Clock  wasip1.Clock
	Random io.Reader
}

// Usage is what a call needed.
type Usage struct {
	// Memory is the largest size of its linear memory in bytes.
	Memory uint64
	// Running is the guest's own running, with the beginning of each wait for a power.
	Running time.Duration
	// Fuel is how much it did. Where it was stopped in the middle, what it did since its last call may be missing; where it
	// never got past the start section of its module, it is rounded up to what it was given.
	Fuel uint64
	// Requests is how often it asked a power.
	Requests uint64
	// Throttled is how long it rested to keep to its share of the processor.
	Throttled time.Duration
}

// Result is what a call left behind, also where it failed.
type Result struct {
	Stdout, Stderr []byte
	Usage          Usage
}

// Run runs the guest once, in an instance of its own, and blocks until it ends. The error is nil for a guest that
// ended well; else *LimitError, *ExitError, *TrapError, *InvalidError for code that cannot be started, ErrPower, or
// the cause of ctx. Once ctx ends the guest is stopped within a slice of fuel; while a power is under way, as soon as the
// power returns.
func (m *Module) Run(ctx context.Context, c Call) (Result, error) {
	if l := c.Limits; l.Memory == 0 || l.Time <= 0 || l.Fuel == 0 || l.Fuel > math.MaxInt64 || l.Stack == 0 || l.Output == 0 {
		return Result{}, errors.New("running a guest: memory, time, fuel, stack and output must be limited")
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &run{
		ctx:    ctx,
		memory: memory{limit: c.Limits.Memory, rooms: &m.runtime.rooms},
		tank:   tank{limit: c.Limits.Fuel, stack: c.Limits.Stack},
		stdout: output{limit: c.Limits.Output},
		stderr: output{limit: c.Limits.Output},
		share:  &m.share, shared: c.Limits.CPU > 0,
	}
	if r.shared {
		r.share.set(c.Limits.CPU)
	}
	r.clock = callClock{run: r, Clock: c.Clock}
	if c.Clock == nil {
		r.clock.Clock = m.runtime.clock
	}
	r.watch = stopwatch{limit: c.Limits.Time, expired: func() { cancel(errTime) }}
	err := r.guest(m, c)
	r.memory.Free() // also where the instance never came to be
	usage := Usage{Memory: r.memory.peak, Running: r.watch.spent, Fuel: r.fuel, Requests: r.requests, Throttled: r.rested}
	return Result{Stdout: r.stdout.Bytes(), Stderr: r.stderr.Bytes(), Usage: usage}, r.explain(err)
}

// errTime is the cause of a context that ended because the guest's time was used up.
var errTime = errors.New("the guest's time is used up")

// errStopped unwinds a guest that must not go on. It never leaves this package.
var errStopped = errors.New("the guest was stopped")

// run is one call under way. Everything but the context belongs to the guest's goroutine.
type run struct {
	ctx    context.Context
	watch  stopwatch
	memory memory
	tank   tank
	fuel   uint64
	// fuelLeft is the global of fuelOf in which its fuel is.
	fuelOf         api.Module
	fuelLeft       api.MutableGlobal
	stdout, stderr output
	clock          callClock
	requests       uint64

	// share is what the calls of the module may use together, shared whether this one keeps to it; paid is what it ran and
	// paid for, rested how long it waited for credit.
	share        *share
	shared       bool
	paid, rested time.Duration

	// inGuest is true while guest code is on the stack, so that a panic unwinds it.
	inGuest bool
	// instance is nil until it exists.
	instance api.Module
	// fault is what a power panicked with.
	fault any
}

// unnamed is how every guest is instantiated: a runtime knows a name only once, and _start is called here, once. No guest
// reaches the source of randomness, but making the one that stands in for none takes as long as all the rest.
var unnamed = wazero.NewModuleConfig().WithName("").WithStartFunctions().WithRandSource(rand.Reader)

// guest instantiates, runs and closes. A panic that reaches it is one that no guest code was there to catch.
func (r *run) guest(m *Module, c Call) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("stopped: %v", p)
		}
	}()
	r.watch.start()
	defer func() {
		r.watch.stop()
		if r.shared { // the next call waits for what this one owes
			r.share.pay(time.Now(), r.watch.spent-r.paid)
		}
	}()
	if !r.settle() {
		return errStopped
	}

	ctx := context.WithValue(experimental.WithMemoryAllocator(r.ctx, &r.memory), runKey{}, r)
	ctx = gatehouse.With(r.process(c).In(ctx), r.waitingHTTP(c.Powers.HTTP), r.pay)
	instance, err := m.engine.wazero.InstantiateModule(ctx, m.code, unnamed)
	if err != nil { // it may have run: a module can have a start of its own
		r.fuel = max(r.tank.used, r.tank.given)
		return err
	}
	r.instance = instance
	defer func() {
		r.inGuest = false
		r.fuel = r.tank.spent(instance)
		_ = instance.Close(r.ctx)
	}()
	r.inGuest = true
	r.fuelOf = instance
	r.fuelLeft = instance.ExportedGlobal(meter.Fuel).(api.MutableGlobal)
	_, err = instance.ExportedFunction("_start").Call(ctx)
	return err
}

// process is the guest's world.
func (r *run) process(c Call) *wasip1.Process {
	files := c.Powers.Files
	if files != nil {
		files = &waitingFiles{run: r, files: files}
	}
	random := c.Random
	if random == nil {
		random = rand.Reader
	}
	return wasip1.NewProcess(wasip1.Options{
		Args: c.Args, Env: c.Env, Stdin: c.Stdin, Stdout: &r.stdout, Stderr: &r.stderr,
		Files: files, Clock: &r.clock, Random: random, Charge: r.pay,
	})
}

// explain turns what the library returned into what happened, the surest sign first.
func (r *run) explain(err error) error {
	var exit *sys.ExitError
	exited := errors.As(err, &exit)
	cause := context.Cause(r.ctx)
	switch {
	case r.fault != nil:
		return fmt.Errorf("%w: %v", ErrPower, r.fault)
	case r.stdout.over || r.stderr.over:
		return &LimitError{Resource: Output, Limit: r.stdout.limit, Used: max(r.stdout.wanted, r.stderr.wanted)}
	case err == nil || exited && exit.ExitCode() == 0:
		return nil
	case errors.Is(cause, errTime):
		return &LimitError{Resource: Time, Limit: uint64(r.watch.limit), Used: uint64(r.watch.spent)}
	case cause != nil:
		return cause
	case r.tank.used != 0:
		return &LimitError{Resource: Fuel, Limit: r.tank.limit, Used: r.tank.used}
	case r.tank.over:
		return &LimitError{Resource: Stack, Limit: r.tank.stack, Used: r.tank.stack}
	case r.memory.refused != 0:
		return &LimitError{Resource: Memory, Limit: r.memory.limit, Used: r.memory.refused}
	case exited:
		return &ExitError{Code: exit.ExitCode()}
	case r.instance == nil:
		return invalid("it cannot be started: %s", firstLine(err))
	}
	if reason := firstLine(err); reason != tooDeep {
		return &TrapError{Reason: reason}
	}
	return &LimitError{Resource: Stack, Limit: r.tank.stack, Used: r.tank.stack}
}

// tooDeep is what the library says of calls deeper than it allows, 2000 in the interpreter, whatever the limit is.
const tooDeep = "stack overflow"

// firstLine leaves out the library's stack traces.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return strings.TrimPrefix(line, "wasm error: ")
}

// output keeps what a guest writes to one stream, and stops the guest that writes too much.
type output struct {
	bytes.Buffer
	limit, wanted uint64
	over          bool
}

// Write is called on the guest's stack.
func (o *output) Write(p []byte) (int, error) {
	room := o.limit - uint64(o.Len())
	if uint64(len(p)) > room {
		o.over, o.wanted = true, o.limit+min(uint64(len(p))-room, math.MaxUint64-o.limit)
		o.Buffer.Write(p[:room])
		panic(errStopped)
	}
	return o.Buffer.Write(p)
}
