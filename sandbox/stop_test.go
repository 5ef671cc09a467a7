package sandbox_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/guesttest"
	"gatehouse/sandbox"
)

// filling overwrites 60 MiB again and again, in one instruction each time.
func filling() []byte {
	const fill, all = 0x0b, 60 << 20
	body := []byte{guesttest.Loop, guesttest.Block, guesttest.Const, 0, guesttest.Const, 7, guesttest.Const}
	for n := all; ; n >>= 7 {
		if n < 0x40 {
			body = append(body, byte(n))
			break
		}
		body = append(body, byte(n)|0x80)
	}
	return guesttest.Module{Pages: 60, Body: slices.Concat(
		[]byte{guesttest.Const, 0x84, 0x07, 0x40, 0, guesttest.Drop}, // memory.grow by 900 pages
		body, []byte{0xfc, fill, 0, guesttest.Branch, 0, guesttest.End})}.Bytes()
}

// Whatever a guest does instead of ending, it ends soon after its time. The bound is generous, for a busy machine.
func TestEveryGuestIsStopped(t *testing.T) {
	for name, wasm := range map[string][]byte{
		"an endless loop":                   guesttest.Spinning(),
		"a tree of calls without a loop":    guesttest.CallTree(),
		"long operations without an end":    filling(),
		"a loop in a program of many calls": nil,
	} {
		t.Run(name, func(t *testing.T) {
			c := sandbox.Call{Limits: generous}
			if wasm == nil {
				wasm, c = guesttest.Go(t), call(guesttest.Order{Do: "spin"}, nil, generous)
			}
			c.Limits.Time = 200 * time.Millisecond
			guest := compile(t, wasm)
			began := time.Now()
			_, err := guest.Run(t.Context(), c)
			if !same(err, &sandbox.LimitError{Resource: sandbox.Time}) {
				t.Errorf("Run() = %v; want the limit of its time", err)
			}
			if took := time.Since(began); took > c.Limits.Time+2*time.Second {
				t.Errorf("it was stopped after %v with a limit of %v", took, c.Limits.Time)
			}
		})
	}
}

// A guest in a loop does not keep the collector of its process waiting.
func TestTheCollectorRunsBesideALoop(t *testing.T) {
	guest := compile(t, guesttest.Spinning())
	c := sandbox.Call{Limits: generous}
	c.Limits.Fuel = 1 << 50 // so that it would loop for its minute
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error)
	go func() {
		_, err := guest.Run(ctx, c)
		ended <- err
	}()
	for range 10 {
		runtime.GC()
	}
	cancel(errPerson)
	if err := <-ended; !errors.Is(err, errPerson) {
		t.Errorf("Run() = %v; want it to loop until the collector had run ten times", err)
	}
}

func TestFuelIsALimitAndAlwaysTheSame(t *testing.T) {
	c := sandbox.Call{Limits: generous}
	c.Limits.Fuel = 1_000_000
	_, err := compile(t, guesttest.Spinning()).Run(t.Context(), c)
	var limit *sandbox.LimitError
	if !errors.As(err, &limit) || limit.Resource != sandbox.Fuel || limit.Used < 1_000_000 || limit.Used > 1_000_100 {
		t.Errorf("Run() = %v; want the limit of its fuel, hardly passed", err)
	}
	guest := compile(t, guesttest.Module{Body: []byte{guesttest.Const, 12, guesttest.Call, 1}, Second: slices.Concat(
		[]byte{guesttest.LocalGet, 0, guesttest.If, guesttest.Block},
		[]byte{guesttest.LocalGet, 0, guesttest.Const, 1, guesttest.Subtract, guesttest.Call, 1},
		[]byte{guesttest.LocalGet, 0, guesttest.Const, 1, guesttest.Subtract, guesttest.Call, 1, guesttest.End})}.Bytes())
	var used []uint64
	for range 3 {
		result, err := guest.Run(t.Context(), sandbox.Call{Limits: generous})
		if err != nil {
			t.Fatal(err)
		}
		used = append(used, result.Usage.Fuel)
	}
	// 8191 calls, of which 4095 call twice, and the first one.
	if used[0] < 8191*3 || used[0] > 8191*12 || used[1] != used[0] || used[2] != used[0] {
		t.Errorf("three equal runs used %d", used)
	}
}

// A guest that does nothing but call the host pays for that too.
func TestCallingTheHostCostsFuel(t *testing.T) {
	guest := compile(t, guesttest.Go(t))
	const more = 10_000
	used := func(o guesttest.Order) uint64 {
		result, err := guest.Run(t.Context(), call(o, guesttest.NewFiles(map[string]string{"/workspace/a": strings.Repeat("x", 64<<10)}), generous))
		if err != nil {
			t.Fatal(err)
		}
		return result.Usage.Fuel
	}
	for name, c := range map[string]struct {
		few, many guesttest.Order
		least     uint64 // for each call
	}{
		"looking at the clock": {guesttest.Order{Do: "clocks", N: 1}, guesttest.Order{Do: "clocks", N: 1 + more}, 250},
		"asking a power":       {guesttest.Order{Do: "pieces", Path: "a", Text: "1", N: 1}, guesttest.Order{Do: "pieces", Path: "a", Text: "1", N: 1 + more}, 2250},
		"reading much":         {guesttest.Order{Do: "pieces", Path: "a", N: 1}, guesttest.Order{Do: "pieces", Path: "a", N: 1 + more}, 2250 + 64<<10/8},
		"randomness":           {guesttest.Order{Do: "randomness", N: 1}, guesttest.Order{Do: "randomness", N: 1 + more}, 250 + 8192/8},
	} {
		if each := (used(c.many) - used(c.few)) / more; each < c.least || each > 3*c.least+5000 {
			t.Errorf("%s costs %d each time; want at least %d", name, each, c.least)
		}
	}
	limited := call(guesttest.Order{Do: "clocks", N: 1 << 40}, nil, generous)
	limited.Limits.Fuel = 100_000_000
	if _, err := guest.Run(t.Context(), limited); !same(err, &sandbox.LimitError{Resource: sandbox.Fuel}) {
		t.Errorf("Run() = %v; want the limit of its fuel", err)
	}
}

// TestWhatRunsBeforeTheStartIsCounted has a module's start section do everything: it is stopped like the rest, and its fuel
// stands in what the call used.
func TestWhatRunsBeforeTheStartIsCounted(t *testing.T) {
	for text, want := range map[string]sandbox.Resource{
		`(loop (br 0))`:  sandbox.Time,
		`(call $before)`: sandbox.Stack,
		`(call $exit)`:   "",
		`(drop (call $poll (i32.const 0) (i32.const 100) (i32.const 1) (i32.const 200)))`:             sandbox.Time,
		`(loop (drop (call $write (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 8))) (br 0))`: sandbox.Output,
	} {
		limits := generous
		limits.Time = 200 * time.Millisecond
		result, err := compile(t, guesttest.Wat(t, `(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 24) "\ff\ff\ff\ff\ff\ff\ff\7f")
  (data (i32.const 64) "\80\00\00\00\ff")
  (func $exit (call $proc_exit (i32.const 3)))
  (func $before `+text+`)
  (start $before)
  (func (export "_start")))`)).Run(t.Context(), sandbox.Call{Limits: limits})
		var limit *sandbox.LimitError
		var exit *sandbox.ExitError
		switch {
		case want == "" && !(errors.As(err, &exit) && exit.Code == 3):
			t.Errorf("%s: %v; want that it exits", text, err)
		case want != "" && !(errors.As(err, &limit) && limit.Resource == want):
			t.Errorf("%s: %v; want the limit of %s", text, err, want)
		}
		if want != "" && want != sandbox.Stack && result.Usage.Fuel == 0 {
			t.Errorf("%s: it used no fuel", text)
		}
	}
}
