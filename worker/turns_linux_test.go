package worker_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/guesttest"
	"gatehouse/powers"
	"gatehouse/worker"
)

// Compiling takes turns; whoever waits for a turn in vain leaves the queue with its call.
func TestCompilingTakesTurns(t *testing.T) {
	p := pool(t, func(o *worker.Options) {
		o.Cache, o.Compilers, o.Compile, o.Grace = "", 1, 30*time.Second, 100*time.Millisecond
	}, "hostile", "silent")
	ctx, cancel := context.WithCancel(t.Context())
	var calls sync.WaitGroup
	ended := make([]error, 3)
	for i := range ended {
		calls.Go(func() {
			_, ended[i] = p.Run(ctx, task(guesttest.Module{Pages: byte(i + 1)}.Bytes(), guesttest.Order{}), powers.Set{})
		})
	}
	// One worker has started; the others wait for it.
	for began := time.Now(); len(children(t)) == 0; time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatal("no worker has started")
		}
	}
	time.Sleep(50 * time.Millisecond)
	if n := len(children(t)); n != 1 {
		t.Errorf("%d workers compile; want 1", n)
	}
	cancel()
	calls.Wait()
	for _, err := range ended {
		if err == nil || !strings.Contains(fmt.Sprint(err), "canceled") {
			t.Errorf("Run() = %v; want that it was cancelled", err)
		}
	}
	for began := time.Now(); len(children(t)) != 0; time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatal("a worker that nobody waits for still compiles")
		}
	}
}

// hardFunctions is a module of functions that are each just within the bounds.
func hardFunctions(n int) []byte {
	hard := bombs[6]
	body := slices.Concat([]byte{1, hard.locals, 0x7e}, hard.body(hard.within), []byte{0x0b})
	code := leb(n)
	for range n {
		code = slices.Concat(code, leb(len(body)), body)
	}
	section := func(id byte, content []byte) []byte { return slices.Concat([]byte{id}, leb(len(content)), content) }
	return slices.Concat([]byte("\x00asm\x01\x00\x00\x00"), section(1, []byte{1, 0x60, 0, 0}),
		section(3, append(leb(n), make([]byte, n)...)), section(10, code))
}

// What takes long to compile is ended when its time is up. The calls of other skills go on meanwhile, and a skill that
// waited for its turn to compile has it then, with all of its own time.
func TestALongCompilationAndItsNeighbours(t *testing.T) {
	p := pool(t, func(o *worker.Options) {
		o.Program, o.Cache, o.Compilers, o.Compile = guesttest.Worker(t), "", 1, 3*time.Second
	})
	warm := task(guesttest.Module{}.Bytes(), guesttest.Order{})
	if _, err := p.Run(t.Context(), warm, powers.Set{}); err != nil {
		t.Fatal(err)
	}
	var long, waiting sync.WaitGroup
	ended := make(chan bool)
	long.Go(func() {
		defer close(ended)
		var limit *worker.LimitError
		_, err := p.Run(t.Context(), task(hardFunctions(8), guesttest.Order{}), powers.Set{})
		if !errors.As(err, &limit) || limit.Code != worker.CodeTime || !strings.Contains(limit.Limit, "for compiling") {
			t.Errorf("the long compilation = %v; want that its time is up", err)
		}
	})
	for began := time.Now(); len(children(t)) < 2; time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatal("it has not begun")
		}
	}
	waiting.Go(func() {
		if _, err := p.Run(t.Context(), task(guesttest.Module{Pages: 2}.Bytes(), guesttest.Order{}), powers.Set{}); err != nil {
			t.Errorf("the skill that waited for its turn = %v; want it to run", err)
		}
	})
	during := 0
	for going := true; going; {
		if _, err := p.Run(t.Context(), warm, powers.Set{}); err != nil {
			t.Errorf("a call of another skill = %v; want it to go on", err)
		}
		select {
		case <-ended:
			going = false
		default:
			during++
		}
	}
	if during < 5 {
		t.Errorf("%d calls of another skill ended meanwhile; want many", during)
	}
	long.Wait()
	waiting.Wait()
}
