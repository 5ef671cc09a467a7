package worker_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/guesttest"
	"gatehouse/powers"
	"gatehouse/worker"
	"gatehouse/worker/wire"
)

func init() { hostiles["begins threads"] = calls(beginThreads) }

// beginThreads stands for a guest that has taken over its worker, and begins threads until it has them all.
func beginThreads(s wire.Worker_CallServer) error {
	for {
		go func() {
			runtime.LockOSThread()
			select {}
		}()
		time.Sleep(100 * time.Microsecond)
	}
}

// A worker that begins threads is ended long before its time is up, and one that runs many calls is not.
func TestAWorkerThatBeginsThreads(t *testing.T) {
	p := pool(t, nil, "hostile", "begins threads")
	began := time.Now()
	_, err := p.Run(t.Context(), task(guesttest.Module{}.Bytes(), guesttest.Order{}), powers.Set{})
	if !errors.Is(err, worker.ErrCrashed) || !strings.Contains(err.Error(), "threads") {
		t.Errorf("Run() = %v after %v; want that its worker is ended for its threads", err, time.Since(began))
	}
}

// The threads of a worker that gave up its rights can be counted.
func TestThreadsOfAWorker(t *testing.T) {
	p := pool(t, nil)
	if _, err := p.Run(t.Context(), task(guesttest.Module{}.Bytes(), guesttest.Order{}), powers.Set{}); err != nil {
		t.Fatal(err)
	}
	for _, pid := range children(t) {
		if n, known := worker.ThreadsOf(pid); !known || n < 2 || n > 100 {
			t.Errorf("a worker has %d threads, known %v; want some", n, known)
		}
	}
}
