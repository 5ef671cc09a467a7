package hostile_test

import (
	_ "embed"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/guesttest"
	"gatehouse/powers"
	"gatehouse/sandbox/hostile"
)

//go:embed testdata/hostile.c
var hostileSource string

// program is a program as people write them, with its language's library in it, that does harm on demand.
type program struct {
	language string
	wasm     []byte
	polite   string // its input for the answer of hostile.Answer
	harm     []harm
}

type harm struct {
	name, input string
	ends        []string
}

func programs(t *testing.T) []program {
	t.Helper()
	order := func(do string, change func(*guesttest.Order)) string {
		o := guesttest.Order{Do: do, Path: "/workspace/a"}
		if change != nil {
			change(&o)
		}
		return string(o.Stdin())
	}
	number := func(n int) func(*guesttest.Order) { return func(o *guesttest.Order) { o.N = n } }
	text := func(s string) func(*guesttest.Order) { return func(o *guesttest.Order) { o.Text = s } }
	limit := func(names ...string) []string { return append([]string{"limit_time", "limit_fuel"}, names...) }

	return []program{
		{"C", guesttest.C(t, hostileSource), hostile.Polite, []harm{
			{"a loop", "loop", limit()},
			{"recursion", "recursion", []string{"limit_stack", "trap"}}, // its own stack ends earlier
			{"memory by the MiB", "allocation", limit("limit_memory")},
			{"memory by the crumb", "small allocations", limit("limit_memory")},
			{"memory that moves while it grows", "reallocation", limit("limit_memory")},
			{"copying", "copying", limit()},
			{"sorting by no order", "sorting", limit()},
			{"output", "output", []string{"limit_output"}},
			{"a log", "log", []string{"limit_output", "limit_time"}},
			{"sleep", "sleep", limit()},
			{"the clock", "clock", limit()},
			{"randomness", "randomness", limit()},
			{"files without end", "files", limit()},
			{"folders without end", "folders", limit("limit_memory")},
			{"names of a MiB", "file names", limit()},
			{"a file that grows", "a file that grows", limit("trap")},
			{"an abort", "abort", []string{"trap"}},
			{"reading where nothing is", "nothing", []string{"trap"}},
		}},
		{"Go", guesttest.Go(t), order("echo", text(hostile.Answer)), []harm{
			{"a loop", order("spin", nil), limit()},
			{"recursion", order("recurse", nil), limit("exit", "limit_memory", "limit_stack")}, // Go bounds its stacks
			{"memory by the MiB", order("grow", number(1000)), limit("limit_memory")},
			{"goroutines without end", order("goroutines", nil), limit("limit_memory")},
			{"a deadlock", order("deadlock", nil), limit("exit")},
			{"work for the collector", order("garbage", nil), limit()},
			{"output", order("flood", nil), []string{"limit_output"}},
			{"a log", order("flood", text("stderr")), []string{"limit_output"}},
			{"an hour's sleep", order("sleep", number(3_600_000)), limit()},
			{"a file read without end", order("pieces", number(1<<30)), limit()},
			{"files opened without end", order("open", number(1<<30)), limit("exit")},
			{"a file of a GiB", order("fill", number(1<<30)), limit("limit_memory")},
			{"a panic", order("bug", number(3)), []string{"exit"}},
		}},
	}
}

// What a program does with its language's own means ends as what was written by hand does.
func TestHostileProgramsEndAndLeaveNothing(t *testing.T) {
	t.Parallel()
	for _, p := range programs(t) {
		c := newCell(t, nil)
		answer := func(t *testing.T) {
			t.Helper()
			result, err := c.Run(t.Context(), patient(p.wasm, p.polite), powers.Set{})
			if err != nil || string(result.Output) != hostile.Answer {
				t.Errorf("the next call = %q, %v; want %q", result.Output, err, hostile.Answer)
			}
		}
		answer(t)
		usual := c.peak(t) // with what compiling it took
		for _, h := range p.harm {
			t.Run(p.language+"/"+h.name, func(t *testing.T) {
				files := guesttest.NewFiles(map[string]string{"/workspace/a": "x"})
				began := time.Now()
				_, err := c.Run(t.Context(), task(p.wasm, h.input), powers.Set{Files: files})
				took := time.Since(began)
				if end := endOf(err); !slices.Contains(h.ends, end) {
					t.Errorf("it ended with %v; want one of %q", err, h.ends)
				}
				if took > deadline+tolerance {
					t.Errorf("it ended after %v; want at most %v after its %v", took, tolerance, deadline)
				}
				if peak := c.peak(t); peak > usual+most+spare {
					t.Errorf("its worker took %d MiB, %d of which it always takes; want at most %d more", peak>>20, usual>>20, (most+spare)>>20)
				}
				answer(t)
				if n := c.started(t); n != 1 {
					t.Errorf("%d workers were started; want that the one that was harmed went on", n)
				}
			})
		}
	}
}
