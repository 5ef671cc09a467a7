package hostile_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gatehouse/internal/guesttest"
	"gatehouse/powers"
	"gatehouse/sandbox/hostile"
	"gatehouse/skill"
	"gatehouse/worker"
)

// cache spares compiling the same guest for every test.
var cache string

func TestMain(m *testing.M) {
	cache, _ = os.MkdirTemp("", "hostile")
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		guesttest.Cleanup()
		os.RemoveAll(cache)
		os.Exit(code)
	}))
}

const (
	// deadline is a guest's running time, tolerance what a busy machine may add to it.
	deadline  = 200 * time.Millisecond
	tolerance = 2 * time.Second
	// most is a guest's memory, spare what its worker may need besides that and what every worker needs.
	most  = 64 << 20
	spare = 64 << 20
)

// cell is a pool with workers of the real program, of which a test can tell how much memory they took.
type cell struct {
	*worker.Pool
	pids string // the file with the process numbers of its workers
}

func newCell(t *testing.T, change func(*worker.Options)) cell {
	t.Helper()
	c := cell{pids: filepath.Join(t.TempDir(), "pids")}
	o := worker.Options{Program: recorded(c.pids, guesttest.Worker(t)), Cache: cache, Compile: 30 * time.Second}
	if change != nil {
		change(&o)
	}
	c.Pool = worker.NewPool(o)
	t.Cleanup(func() { c.Close() })
	return c
}

func task(wasm []byte, input string) worker.Task {
	return worker.Task{
		Digest: skill.DigestOf(wasm), Wasm: wasm, Input: []byte(input),
		Limits: skill.Limits{Memory: most, Time: skill.Time(deadline)},
	}
}

// patient is task for a call that is meant to end well, also on a busy machine.
func patient(wasm []byte, input string) worker.Task {
	job := task(wasm, input)
	job.Limits.Time = skill.Time(time.Minute)
	return job
}

// endOf is how a call ended, in the words of Guest.Ends.
func endOf(err error) string {
	var limit *worker.LimitError
	var exit *worker.GuestError
	var trap *worker.TrapError
	var invalid *worker.InvalidError
	switch {
	case err == nil:
		return "fine"
	case errors.As(err, &limit):
		return limit.Code
	case errors.As(err, &exit):
		return "exit"
	case errors.As(err, &trap):
		return "trap"
	case errors.As(err, &invalid):
		return "refused"
	}
	return err.Error()
}

// unharmed makes a polite call of wasm, and one of another guest, in the cell where harm was done.
func (c cell) unharmed(t *testing.T, wasm []byte) {
	t.Helper()
	c.politely(t, wasm)
	c.politely(t, good(t))
}

func (c cell) politely(t *testing.T, wasm []byte) {
	t.Helper()
	result, err := c.Run(t.Context(), patient(wasm, hostile.Polite), powers.Set{})
	if err != nil || string(result.Output) != hostile.Answer {
		t.Errorf("the next call = %q, %v; want %q", result.Output, err, hostile.Answer)
	}
}

// good is a guest that only ever is polite.
func good(t *testing.T) []byte {
	t.Helper()
	return guesttest.Wat(t, hostile.Harmless().Wat())
}

// Every guest of the corpus ends as it should, soon after its time, within its memory, and the next call of the same
// worker is what it always was. Each has a worker of its own.
func TestEveryGuestEndsAloneAndLeavesNothing(t *testing.T) {
	t.Parallel()
	usual := usualPeak(t)
	for _, g := range hostile.Guests() {
		t.Run(g.Name, func(t *testing.T) {
			wasm := guesttest.Wat(t, g.Wat())
			c := newCell(t, nil)
			c.unharmed(t, wasm) // which also compiles it: what follows is the guest alone
			files := guesttest.NewFiles(map[string]string{"/workspace/a": "x"})

			began := time.Now()
			result, err := c.Run(t.Context(), task(wasm, hostile.Harm), powers.Set{Files: files})
			took := time.Since(began)
			if end := endOf(err); !slices.Contains(g.Ends, end) {
				t.Errorf("it ended with %v; want one of %q", err, g.Ends)
			}
			if took > deadline+tolerance {
				t.Errorf("it ended after %v; want at most %v after its %v", took, tolerance, deadline)
			}
			if result.Usage.Memory > most {
				t.Errorf("it used %d bytes of memory; want at most %d", result.Usage.Memory, uint64(most))
			}
			if peak := c.peak(t); peak > usual+most+spare {
				t.Errorf("its worker took %d MiB, %d of which every worker takes; want at most %d more", peak>>20, usual>>20, (most+spare)>>20)
			}
			c.unharmed(t, wasm)
			if n := c.started(t); n != 2 { // it and the good one
				t.Errorf("%d workers were started; want that the one that was harmed went on", n)
			}
		})
	}
}

// What would end with its time ends with its fuel where it has little of that, whatever the clock says.
func TestEndlessGuestsEndWithTheirFuel(t *testing.T) {
	t.Parallel()
	c := newCell(t, nil)
	for _, g := range hostile.Guests() {
		if !slices.Contains(g.Ends, "limit_fuel") {
			continue
		}
		t.Run(g.Name, func(t *testing.T) {
			job := patient(guesttest.Wat(t, g.Wat()), hostile.Harm)
			job.Limits.Fuel = 3_000_000
			_, err := c.Run(t.Context(), job, powers.Set{})
			if end := endOf(err); end == "limit_time" || !slices.Contains(g.Ends, end) {
				t.Errorf("Run() = %v; want the limit of its fuel", err)
			}
		})
	}
}

// A person who stops a call, or an agent that goes away, ends it as its time would. One guest in six shows it: what stops
// them is the same.
func TestACancelledGuestEnds(t *testing.T) {
	t.Parallel()
	c := newCell(t, nil)
	for i, g := range hostile.Guests() {
		if i%6 != 0 || !slices.Contains(g.Ends, "limit_time") {
			continue
		}
		t.Run(g.Name, func(t *testing.T) {
			wasm := guesttest.Wat(t, g.Wat())
			if _, err := c.Run(t.Context(), patient(wasm, hostile.Polite), powers.Set{}); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			job := patient(wasm, hostile.Harm)
			job.Limits.Fuel = 1 << 40
			began := time.Now()
			_, err := c.Run(ctx, job, powers.Set{})
			if end := endOf(err); !errors.Is(err, context.DeadlineExceeded) && !slices.Contains(g.Ends, end) {
				t.Errorf("Run() = %v; want %v", err, context.DeadlineExceeded)
			}
			if took := time.Since(began); took > tolerance {
				t.Errorf("it ended %v after it began; want at most %v", took, tolerance)
			}
		})
	}
}

// A hundred guests that trap, exit or run into a limit, one after the other and four at once, use nothing up.
func TestAStormOfFailuresUsesNothingUp(t *testing.T) {
	t.Parallel()
	ends := map[string]bool{}
	for _, g := range hostile.Guests() {
		end := g.Ends[0]
		if ends[end] || end != "trap" && end != "exit" && end != "limit_stack" && end != "limit_output" {
			continue
		}
		ends[end] = true
		c := newCell(t, nil)
		wasm := guesttest.Wat(t, g.Wat())
		c.unharmed(t, wasm)
		before := c.peak(t)
		errs := make(chan error)
		for range 4 {
			go func() {
				for range 25 {
					if _, err := c.Run(context.Background(), patient(wasm, hostile.Harm), powers.Set{}); !slices.Contains(g.Ends, endOf(err)) {
						errs <- fmt.Errorf("%s: %w", g.Name, err)
						return
					}
				}
				errs <- nil
			}()
		}
		for range 4 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		c.unharmed(t, wasm)
		if grown := int64(c.peak(t)) - int64(before); grown > spare {
			t.Errorf("%s: the worker grew by %d MiB over a hundred calls; want at most %d", g.Name, grown>>20, spare>>20)
		}
	}
}
