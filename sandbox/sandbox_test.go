package sandbox_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gatehouse/internal/guesttest"
	"gatehouse/powers"
	"gatehouse/sandbox"
)

// cache spares compiling the guest for every test.
var cache string

func TestMain(m *testing.M) {
	cache, _ = os.MkdirTemp("", "sandbox")
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.RemoveAll(cache)
		os.Exit(code)
	}))
}

// generous are limits that no test meant to end well comes near, also on a busy machine.
var generous = sandbox.Limits{Memory: 64 << 20, Time: time.Minute, Fuel: 10_000_000_000, Stack: 1 << 20, Output: 1 << 20}

func compile(t testing.TB, wasm []byte) *sandbox.Module {
	t.Helper()
	r, err := sandbox.New(t.Context(), sandbox.Options{Cache: cache})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(context.Background()) })
	m, err := r.Compile(t.Context(), wasm)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func call(o guesttest.Order, files powers.Files, limits sandbox.Limits) sandbox.Call {
	return sandbox.Call{Stdin: o.Stdin(), Args: []string{"guest"}, Powers: powers.Set{Files: files}, Limits: limits}
}

func TestRun(t *testing.T) {
	guest := compile(t, guesttest.Go(t))
	small := func(change func(*sandbox.Limits)) sandbox.Limits {
		l := generous
		change(&l)
		return l
	}
	for _, test := range []struct {
		name   string
		order  guesttest.Order
		limits sandbox.Limits
		stdout string
		err    error
	}{
		{"a guest's answer comes back", guesttest.Order{Do: "echo", Text: "hello"}, generous, "hello", nil},
		{"garbage is an answer too", guesttest.Order{Do: "echo", Text: "\x00\x1b[2J"}, generous, "\x00\x1b[2J", nil},
		{"exit 0 is a good end", guesttest.Order{Do: "exit"}, generous, "", nil},
		{"exit 3 is the guest's own failure", guesttest.Order{Do: "exit", N: 3}, generous, "", &sandbox.ExitError{Code: 3}},
		{"the library's own exit codes are a guest's too", guesttest.Order{Do: "exit", N: 0xefffffff}, generous, "", &sandbox.ExitError{Code: 0xefffffff}},
		{"a Go panic is exit 2", guesttest.Order{Do: "bug", N: 5}, generous, "", &sandbox.ExitError{Code: 2}},
		{"a guest that wants too much memory is told apart", guesttest.Order{Do: "grow", N: 500}, generous, "", &sandbox.LimitError{Resource: sandbox.Memory}},
		{"a loop ends with its time", guesttest.Order{Do: "spin"}, small(func(l *sandbox.Limits) { l.Time = 300 * time.Millisecond }), "", &sandbox.LimitError{Resource: sandbox.Time}},
		{"sleeping is running", guesttest.Order{Do: "sleep", N: 60_000}, small(func(l *sandbox.Limits) { l.Time = 300 * time.Millisecond }), "", &sandbox.LimitError{Resource: sandbox.Time}},
		{"a flood of output is cut", guesttest.Order{Do: "flood"}, small(func(l *sandbox.Limits) { l.Output = 5000 }), strings.Repeat(strings.Repeat("x", 1000)+"\n", 5)[:5000], &sandbox.LimitError{Resource: sandbox.Output}},
		{"a flood of errors is cut", guesttest.Order{Do: "flood", Text: "stderr"}, generous, "", &sandbox.LimitError{Resource: sandbox.Output}},
		{"the environment is ours alone", guesttest.Order{Do: "environment"}, generous, "/workspace HOME=/ PWD=/workspace guest\n", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			result, err := guest.Run(t.Context(), call(test.order, nil, test.limits))
			if !same(err, test.err) {
				t.Errorf("Run() = %v; want %v; stderr %.200q", err, test.err, result.Stderr)
			}
			if got := string(result.Stdout); got != test.stdout {
				t.Errorf("stdout = %.200q; want %.200q", got, test.stdout)
			}
			if result.Usage.Memory == 0 || result.Usage.Memory > test.limits.Memory || result.Usage.Running <= 0 {
				t.Errorf("usage = %+v; want some memory within %d and some time", result.Usage, test.limits.Memory)
			}
		})
	}
}

// same compares what callers branch on: the type, the code, the resource.
func same(got, want error) bool {
	var exit *sandbox.ExitError
	var limit *sandbox.LimitError
	switch w := want.(type) {
	case nil:
		return got == nil
	case *sandbox.ExitError:
		return errors.As(got, &exit) && *exit == *w
	case *sandbox.LimitError:
		return errors.As(got, &limit) && limit.Resource == w.Resource && limit.Used >= limit.Limit
	}
	return errors.Is(got, want)
}

func TestGrantedEnvironment(t *testing.T) {
	c := call(guesttest.Order{Do: "environment"}, nil, generous)
	c.Env = map[string]string{"LANG": "de_DE"}
	result, err := compile(t, guesttest.Go(t)).Run(t.Context(), c)
	if want := "LANG=de_DE"; err != nil || !strings.Contains(string(result.Stdout), want) {
		t.Errorf("environment = %q, %v; want %s in it", result.Stdout, err, want)
	}
}

func TestRandomnessAndClockAreReal(t *testing.T) {
	guest := compile(t, guesttest.Go(t))
	seen := map[string]bool{}
	for range 3 {
		result, err := guest.Run(t.Context(), call(guesttest.Order{Do: "random"}, nil, generous))
		if err != nil || len(result.Stdout) != 32 || seen[string(result.Stdout)] {
			t.Errorf("random = %q, %v; want 16 new bytes", result.Stdout, err)
		}
		seen[string(result.Stdout)] = true
	}
	result, err := guest.Run(t.Context(), call(guesttest.Order{Do: "clock"}, nil, generous))
	if now := time.Now().Unix(); err != nil || len(result.Stdout) == 0 || result.Stdout[0] == '-' {
		t.Errorf("clock = %q, %v; want about %d", result.Stdout, err, now)
	}
}

func TestHandMade(t *testing.T) {
	outside := []byte{guesttest.Const, 0x7f, guesttest.Load, 2, 0, guesttest.Drop} // the address is -1
	for _, test := range []struct {
		name   string
		wasm   []byte
		limits sandbox.Limits
		want   string
	}{
		{"unreachable code traps", guesttest.Module{Body: []byte{guesttest.Unreachable}}.Bytes(), generous, "the guest trapped: unreachable"},
		{"reading outside the memory traps", guesttest.Module{Body: outside}.Bytes(), generous, "the guest trapped: out of bounds memory access"},
		{"endless recursion ends at its stack", guesttest.Module{Body: []byte{guesttest.Call, 0}}.Bytes(), generous, "the call went past its stack: 1048576 of 1048576"},
		{"more memory at the start than allowed", guesttest.Module{Pages: 60}.Bytes(), sandbox.Limits{Memory: 1 << 20, Time: time.Minute, Fuel: 10_000_000_000, Stack: 1 << 20, Output: 1}, "the call went past its memory: 3932160 of 1048576"},
		{"a guest that does nothing ends well", guesttest.Module{}.Bytes(), generous, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := compile(t, test.wasm).Run(t.Context(), sandbox.Call{Limits: test.limits})
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("Run() = %q; want %q", got, test.want)
			}
		})
	}
}

func TestNoLimitIsRefused(t *testing.T) {
	if _, err := compile(t, guesttest.Module{}.Bytes()).Run(t.Context(), sandbox.Call{}); err == nil {
		t.Error("Run() without limits = nil; want an error")
	}
}

func TestCompileRefuses(t *testing.T) {
	r, err := sandbox.New(t.Context(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close(t.Context())
	whole := guesttest.Go(t)
	for _, test := range []struct {
		name, want string
		wasm       []byte
	}{
		{"nothing", "it is not WebAssembly", nil},
		{"a text", "it is not WebAssembly", []byte("#!/bin/sh\n")},
		{"a header's beginning", "cut off after 5 bytes", []byte("\x00asm\x01")},
		{"garbage behind the header", "cut off", []byte("\x00asm\x01\x00\x00\x00garbage")},
		{"half a module", "cut off", whole[:len(whole)/2]},
		{"a module without its last byte", "cut off", whole[:len(whole)-1]},
		{"a component", "it is a component", []byte("\x00asm\x0d\x00\x01\x00")},
		{"an import of a strange module", `imports "run" from "env"`, guesttest.Module{Import: [2]string{"env", "run"}}.Bytes()},
		{"an import that WASI does not have", `imports "fd_steal" from "wasi_snapshot_preview1"`, guesttest.Module{Import: [2]string{"wasi_snapshot_preview1", "fd_steal"}}.Bytes()},
		{"an import with another signature", "other parameters or results", guesttest.Module{Import: [2]string{"wasi_snapshot_preview1", "fd_write"}}.Bytes()},
		{"a module that is no command", "no function _start", guesttest.Module{Start: "_initialize"}.Bytes()},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := r.Compile(t.Context(), test.wasm)
			var invalid *sandbox.InvalidError
			if !errors.As(err, &invalid) || !strings.Contains(invalid.Reason, test.want) {
				t.Errorf("Compile() = %v; want an InvalidError with %q", err, test.want)
			} else if invalid.Unsupported != (test.name == "a component") {
				t.Errorf("Unsupported = %v for %s", invalid.Unsupported, test.name)
			}
		})
	}
}

func TestCacheIsPrivateAndUsed(t *testing.T) {
	folder := t.TempDir() + "/cache"
	for _, round := range []string{"compiled", "from the cache"} {
		r, err := sandbox.New(t.Context(), sandbox.Options{Cache: folder})
		if err != nil {
			t.Fatal(err)
		}
		m, err := r.Compile(t.Context(), guesttest.Module{}.Bytes())
		if err != nil {
			t.Fatalf("%s: %v", round, err)
		}
		if _, err := m.Run(t.Context(), sandbox.Call{Limits: generous}); err != nil {
			t.Errorf("%s: %v", round, err)
		}
		r.Close(t.Context())
		info, err := os.Stat(folder)
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: the cache is %v, %v; want 0700", round, info.Mode(), err)
		}
	}
}

func TestCallsAtOnceDoNotMeet(t *testing.T) {
	guest := compile(t, guesttest.Go(t))
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			text := strings.Repeat(string(rune('a'+i%26)), i)
			result, err := guest.Run(t.Context(), call(guesttest.Order{Do: "echo", Text: text}, nil, generous))
			if err != nil || string(result.Stdout) != text {
				t.Errorf("call %d = %q, %v; want %q", i, result.Stdout, err, text)
			}
		})
	}
	all.Wait()
}

// frozen is a clock of a test's own.
type frozen struct{ slept time.Duration }

func (*frozen) Wall() time.Time          { return time.Unix(1_000_000_000, 0) }
func (*frozen) Monotonic() time.Duration { return time.Hour }

func (f *frozen) Sleep(_ context.Context, d time.Duration) { f.slept += d }

func TestClockAndRandomnessCanBeHandedIn(t *testing.T) {
	guest := compile(t, guesttest.Go(t))
	run := func(o guesttest.Order) string {
		c := call(o, nil, generous)
		c.Clock, c.Random = &frozen{}, strings.NewReader(strings.Repeat("0123456789abcdef", 10_000))
		result, err := guest.Run(t.Context(), c)
		if err != nil {
			t.Errorf("%s: %v: %s", o.Do, err, result.Stderr)
		}
		return string(result.Stdout)
	}
	if got := run(guesttest.Order{Do: "clock"}); got != "1000000000" {
		t.Errorf("the guest's clock shows %s", got)
	}
	if first, second := run(guesttest.Order{Do: "random"}), run(guesttest.Order{Do: "random"}); first != second || len(first) != 32 {
		t.Errorf("two calls with the same randomness said %q and %q", first, second)
	}
}
