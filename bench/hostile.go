package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"time"

	"gatehouse/powers"
	"gatehouse/sandbox"
	"gatehouse/sandbox/hostile"
	"gatehouse/skill"
	"gatehouse/worker"
)

// What a hostile guest is given, and what it may come to besides.
const (
	memory   = 64 << 20
	deadline = 200 * time.Millisecond

	mostLate  = 50 * time.Millisecond
	mostOver  = 32 << 20
	mostPause = 5 * time.Millisecond
)

// attack prints for every hostile guest how long after its deadline its call was over, what its worker took beyond its
// memory and what every worker takes, and how long the collector of a process stood still beside it.
func attack(ctx context.Context, program string, rounds int) error {
	folder, err := os.MkdirTemp("", "gatehouse-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	l := lab{program: program, folder: folder}
	if l.usual, err = l.harmless(ctx); err != nil {
		return err
	}
	fmt.Printf("\n| hostile guest | ends with | after its deadline, median | most | memory over its limit | longest pause of the collector |\n")
	fmt.Println("| --- | --- | ---: | ---: | ---: | ---: |")
	var worst figures
	for _, g := range hostile.Guests() {
		wasm, err := compileWat(folder, g.Wat())
		if err != nil {
			return fmt.Errorf("%s: %w", g.Name, err)
		}
		f, err := l.measure(ctx, wasm, rounds)
		if err != nil {
			return fmt.Errorf("%s: %w", g.Name, err)
		}
		fmt.Printf("| %s | %s | %s | %s | %s | %s |\n", g.Name, f.end, shown(median(f.late)), shown(f.latest()), mib(f.over), shown(f.pause))
		worst.late = append(worst.late, f.latest())
		worst.over, worst.pause = max(worst.over, f.over), max(worst.pause, f.pause)
	}
	late := worst.latest()
	fmt.Printf("\nOf all: at most %s after the deadline (goal %s: %s), %s over the limit (goal %s: %s), a pause of %s (goal %s: %s).\n",
		shown(late), shown(mostLate), met(late <= mostLate), mib(worst.over), mib(mostOver), met(worst.over <= mostOver),
		shown(worst.pause), shown(mostPause), met(worst.pause <= mostPause))
	return nil
}

// figures are what one guest came to.
type figures struct {
	end  string
	late []time.Duration // negative where it ended before
	over int64
	// pause is the longest time for which all of Go stood still in a process beside the guest.
	pause time.Duration
}

func (f figures) latest() time.Duration {
	latest := time.Duration(math.MinInt64)
	for _, d := range f.late {
		latest = max(latest, d)
	}
	return latest
}

// lab runs guests in workers of the real program.
type lab struct {
	program, folder string
	// usual is what a worker takes that did no harm.
	usual int64
}

func (l lab) pool(pids string) *worker.Pool {
	return worker.NewPool(worker.Options{
		Program: []string{"/bin/sh", "-c", `echo $$ >"$0"; exec "$@"`, pids, l.program, "worker"},
		Cache:   filepath.Join(l.folder, "cache"),
	})
}

func task(wasm []byte, input string) worker.Task {
	return worker.Task{
		Digest: skill.DigestOf(wasm), Wasm: wasm, Input: []byte(input),
		Limits: skill.Limits{Memory: memory, Time: skill.Time(deadline), Fuel: 1 << 50},
	}
}

func (l lab) harmless(ctx context.Context) (int64, error) {
	wasm, err := compileWat(l.folder, hostile.Harmless().Wat())
	if err != nil {
		return 0, err
	}
	pids := filepath.Join(l.folder, "pids")
	pool := l.pool(pids)
	defer pool.Close()
	if _, err := pool.Run(ctx, task(wasm, hostile.Polite), powers.Set{}); err != nil {
		return 0, err
	}
	return peak(pids)
}

// measure runs one guest in a worker of its own, and then beside the collector of this process.
func (l lab) measure(ctx context.Context, wasm []byte, rounds int) (figures, error) {
	pids := filepath.Join(l.folder, "pids")
	pool := l.pool(pids)
	defer pool.Close()
	if _, err := pool.Run(ctx, task(wasm, hostile.Polite), powers.Set{}); err != nil {
		return figures{}, err
	}
	var f figures
	for range rounds {
		began := time.Now()
		_, err := pool.Run(ctx, task(wasm, hostile.Harm), powers.Set{})
		f.late = append(f.late, time.Since(began)-deadline)
		f.end, _, _ = strings.Cut(fmt.Sprint(err), ":")
	}
	took, err := peak(pids)
	if err != nil {
		return f, err
	}
	f.over = max(took-l.usual-memory, 0)
	f.pause, err = beside(ctx, wasm)
	return f, err
}

// beside runs a guest in this process and collects garbage meanwhile.
func beside(ctx context.Context, wasm []byte) (time.Duration, error) {
	r, err := sandbox.New(ctx, sandbox.Options{})
	if err != nil {
		return 0, err
	}
	defer r.Close(ctx)
	module, err := r.Compile(ctx, wasm)
	if err != nil {
		return 0, err
	}
	before, ended := pauses(), make(chan bool)
	go func() {
		defer close(ended)
		_, _ = module.Run(ctx, sandbox.Call{Stdin: []byte(hostile.Harm), Limits: sandbox.Limits{
			Memory: memory, Time: deadline, Fuel: 1 << 50, Stack: 1 << 20, Output: 1 << 20,
		}})
	}()
	for {
		select {
		case <-ended:
			return longest(before, pauses()), nil
		default:
			runtime.GC()
		}
	}
}

// pauses is the system's record of how long all of Go stood still for a collection.
func pauses() *metrics.Float64Histogram {
	sample := []metrics.Sample{{Name: "/sched/pauses/total/gc:seconds"}}
	metrics.Read(sample)
	return sample[0].Value.Float64Histogram()
}

// longest is the upper end of the highest bucket that grew.
func longest(before, after *metrics.Float64Histogram) time.Duration {
	for i := len(after.Counts) - 1; i >= 0; i-- {
		if after.Counts[i] > before.Counts[i] {
			bound := after.Buckets[i+1]
			if math.IsInf(bound, 1) {
				bound = after.Buckets[i]
			}
			return time.Duration(bound * float64(time.Second))
		}
	}
	return 0
}

func compileWat(folder, text string) ([]byte, error) {
	in, out := filepath.Join(folder, "guest.wat"), filepath.Join(folder, "guest.wasm")
	if err := os.WriteFile(in, []byte(text), 0o600); err != nil {
		return nil, err
	}
	if said, err := exec.Command("wat2wasm", "-o", out, in).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compiling with wat2wasm: %w: %s", err, said)
	}
	return os.ReadFile(out)
}

// peak is the most memory that a worker had in use at once, by the system's word.
func peak(pids string) (int64, error) {
	pid, err := os.ReadFile(pids)
	if err != nil {
		return 0, err
	}
	status, err := os.ReadFile("/proc/" + strings.TrimSpace(string(pid)) + "/status")
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	kib, err := strconv.ParseInt(strings.Fields(after + " ?")[0], 10, 64)
	return kib << 10, err
}

func shown(d time.Duration) string {
	if d < 0 {
		return "before"
	}
	return d.Round(10 * time.Microsecond).String()
}

func mib(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
