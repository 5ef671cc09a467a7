package worker_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gatehouse/internal/guesttest"
	"gatehouse/powers"
	"gatehouse/skill"
	"gatehouse/worker"
)

// cache spares compiling the guest for every test.
var cache string

// TestMain makes this program the workers of its own tests: with the argument "worker" an honest one, with "hostile"
// and a name one that hostile_test.go knows.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "worker" {
		be(serve)
	}
	if len(os.Args) > 2 && os.Args[1] == "hostile" {
		be(hostiles[os.Args[2]])
	}
	cache, _ = os.MkdirTemp("", "worker")
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.RemoveAll(cache)
		guesttest.Cleanup()
		os.Exit(code)
	}))
}

func be(main func() error) {
	if err := main(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func serve() error {
	conn, err := worker.Inherited()
	if err != nil {
		return err
	}
	return worker.Serve(context.Background(), conn)
}

// pool makes a pool whose workers are this program with arguments.
func pool(t testing.TB, change func(*worker.Options), arguments ...string) *worker.Pool {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if len(arguments) == 0 {
		arguments = []string{"worker"}
	}
	o := worker.Options{Program: append([]string{self}, arguments...), Cache: cache}
	if change != nil {
		change(&o)
	}
	p := worker.NewPool(o)
	t.Cleanup(func() { p.Close() })
	return p
}

// guest is the guest of most tests, compiled already: with the race detector, which the workers of these tests have in
// them, compiling it takes ten times as long, and on a busy machine longer than compiling may.
func guest(t testing.TB) []byte {
	t.Helper()
	wasm := guesttest.Go(t)
	compiled.Do(func() {
		p := worker.NewPool(worker.Options{Program: guesttest.Worker(t), Cache: cache})
		defer p.Close()
		_, compiled.err = p.Run(t.Context(), task(wasm, guesttest.Order{Do: "echo"}), powers.Set{})
	})
	if compiled.err != nil {
		t.Fatalf("compiling the guest: %v", compiled.err)
	}
	return wasm
}

var compiled struct {
	sync.Once
	err error
}

// task is a call of wasm with limits that no test meant to end well comes near, also on a busy machine.
func task(wasm []byte, o guesttest.Order) worker.Task {
	return worker.Task{
		Digest: skill.DigestOf(wasm), Wasm: wasm, Input: o.Stdin(),
		Limits: skill.Limits{Memory: 64 * skill.MiB, Time: skill.Time(time.Minute), Concurrency: 64},
	}
}

func with(files powers.Files) powers.Set { return powers.Set{Files: files} }
