package worker_test

import (
	"context"
	"fmt"
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
