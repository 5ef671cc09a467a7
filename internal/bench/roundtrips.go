package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"gatehouse/internal/guesttest"
	"gatehouse/powers"
	"gatehouse/skill"
	"gatehouse/worker"
)

// roundTrips are what one request of a guest to a power costs, with an answer of some sizes. The power answers from
// memory, so what is left is the way: guest, worker, host, and back.
func roundTrips(m *machine) ([]*row, error) {
	wasm, err := m.guest()
	if err != nil {
		return nil, err
	}
	var rows []*row
	for _, size := range []struct {
		name  string
		bytes int
	}{{"64 B", 64}, {"4 KiB", 4 << 10}, {"64 KiB", 64 << 10}} {
		rows = append(rows, &row{name: "a guest's request to a power, " + size.name + " back", once: m.roundTrip(wasm, size.bytes)})
	}
	return rows, nil
}

// roundTrip has a guest read one file again and again. From one arrival at the power to the next is a round trip.
func (m *machine) roundTrip(wasm []byte, size int) func(context.Context) ([]time.Duration, error) {
	const reads = 200
	order := guesttest.Order{Do: "pieces", Path: "a", N: reads}
	task := worker.Task{Digest: skill.DigestOf(wasm), Wasm: wasm, Input: order.Stdin()}
	return func(ctx context.Context) ([]time.Duration, error) {
		files := &arrivals{Files: guesttest.NewFiles(map[string]string{"/workspace/a": strings.Repeat("x", size)})}
		if _, err := m.pool.Run(ctx, task, powers.Set{Files: files}); err != nil {
			return nil, err
		}
		var took []time.Duration
		for i := 1; i < len(files.at); i++ {
			took = append(took, files.at[i].Sub(files.at[i-1]))
		}
		if len(took) < reads-1 {
			return nil, fmt.Errorf("%d reads arrived; want %d", len(files.at), reads)
		}
		return took, nil
	}
}

// arrivals notes when each read arrives.
type arrivals struct {
	powers.Files
	at []time.Time
}

func (a *arrivals) Open(ctx context.Context, o powers.Open) (powers.File, error) {
	file, err := a.Files.Open(ctx, o)
	return arriving{file, a}, err
}

type arriving struct {
	powers.File
	all *arrivals
}

func (a arriving) ReadAt(ctx context.Context, p []byte, off int64) (int, error) {
	a.all.at = append(a.all.at, time.Now())
	return a.File.ReadAt(ctx, p, off)
}

// guest builds the tests' guest, which does what it is told.
func (m *machine) guest() ([]byte, error) {
	out := filepath.Join(m.scratch, "guest.wasm")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", out, "./internal/guesttest/testdata/guest")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if said, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the tests' guest: %w: %s", err, said)
	}
	return os.ReadFile(out)
}
