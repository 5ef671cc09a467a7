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
	program, err = filepath.Abs(program) // a worker starts in another folder
	if err != nil {
		return err
	}
	l := lab{program: program, folder: folder}
	if l.usual, err = l.harmless(ctx); err != nil {
		return err
	}
	fmt.Println("\n| hostile guest | ends with | after its deadline, median | most | memory over its limit | pauses of the collector, median | longest |")
	fmt.Println("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
	idle := collecting(func() { time.Sleep(deadline) })
	fmt.Printf("| none at all | | | | | %s | %s |\n", shown(idle.usual), shown(idle.longest))
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
		fmt.Printf("| %s | %s | %s | %s | %s | %s | %s |\n", g.Name, f.end, shown(median(f.late)), shown(f.latest()), mib(f.over),
			shown(f.pause.usual), shown(f.pause.longest))
		worst.late, worst.over = append(worst.late, median(f.late)), max(worst.over, f.over)
		worst.pause.usual, worst.pause.longest = max(worst.pause.usual, f.pause.usual), max(worst.pause.longest, f.pause.longest)
	}
	late := worst.latest()
	fmt.Printf("\nOf all: a median of at most %s after the deadline (goal %s: %s), %s over the limit (goal %s: %s), pauses of a median of at most %s (goal %s: %s), the longest of them %s.\n",
		shown(late), shown(mostLate), met(late <= mostLate), mib(worst.over), mib(mostOver), met(worst.over <= mostOver),
		shown(worst.pause.usual), shown(mostPause), met(worst.pause.usual <= mostPause), shown(worst.pause.longest))
	return nil
}

// figures are what one guest came to.
type figures struct {
	end   string
	late  []time.Duration // negative where it ended before
	over  int64
	pause pause
}

// pause is for how long all of Go stood still, collecting garbage beside a guest in one process.
type pause struct{ usual, longest time.Duration }

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
func beside(ctx context.Context, wasm []byte) (pause, error) {
	r, err := sandbox.New(ctx, sandbox.Options{})
	if err != nil {
		return pause{}, err
	}
	defer r.Close(ctx)
	module, err := r.Compile(ctx, wasm)
	if err != nil {
		return pause{}, err
	}
	return collecting(func() {
		_, _ = module.Run(ctx, sandbox.Call{Stdin: []byte(hostile.Harm), Limits: sandbox.Limits{
			Memory: memory, Time: deadline, Fuel: 1 << 50, Stack: 1 << 20, Output: 1 << 20,
		}})
	}), nil
}

// collecting collects garbage while do runs.
func collecting(do func()) pause {
	before, ended := pauses(), make(chan bool)
	go func() {
		defer close(ended)
		do()
	}()
	for {
		select {
		case <-ended:
			return between(before, pauses())
		default:
			runtime.GC()
		}
	}
}

// pauses is the runtime's record of how long all of Go stood still for collections.
func pauses() *metrics.Float64Histogram {
	sample := []metrics.Sample{{Name: "/sched/pauses/total/gc:seconds"}}
	metrics.Read(sample)
	return sample[0].Value.Float64Histogram()
}

// between reads the pauses between two records, each as the upper end of its bucket.
func between(before, after *metrics.Float64Histogram) (p pause) {
	var all, half uint64
	for i := range after.Counts {
		all += after.Counts[i] - before.Counts[i]
	}
	for i := range after.Counts {
		n := after.Counts[i] - before.Counts[i]
		if n == 0 {
			continue
		}
		bound := after.Buckets[i+1]
		if math.IsInf(bound, 1) {
			bound = after.Buckets[i]
		}
		p.longest = time.Duration(bound * float64(time.Second))
		if half <= all/2 {
			p.usual = p.longest
		}
		half += n
	}
	return p
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
