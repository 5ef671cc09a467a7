package worker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gatehouse/internal/guesttest"
	"gatehouse/powers"
	"gatehouse/skill"
	"gatehouse/worker"
	"gatehouse/worker/wire"
)

// children returns the processes that this one started and that still run.
func children(t *testing.T) []int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	var found []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		_, after, _ := bytes.Cut(stat, []byte(") "))
		fields := strings.Fields(string(after))
		if len(fields) > 1 && fields[1] == strconv.Itoa(os.Getpid()) && fields[0] != "Z" {
			found = append(found, pid)
		}
	}
	return found
}

func TestAWorkerKilledFromOutside(t *testing.T) {
	p, guest := pool(t, nil), guest(t)
	files := guesttest.NewFiles(map[string]string{"/workspace/a": "x"})
	// What the guest waits for, such as a person's answer, ends with its worker.
	files.Before = func(ctx context.Context, _ powers.Open) error {
		for _, pid := range children(t) {
			syscall.Kill(pid, syscall.SIGKILL)
		}
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Second):
			t.Error("the power is not told that its worker has ended")
		}
		return ctx.Err()
	}
	_, err := p.Run(t.Context(), task(guest, guesttest.Order{Do: "read", Path: "a"}), with(files))
	if !errors.Is(err, worker.ErrCrashed) || !strings.Contains(err.Error(), "signal: killed") {
		t.Errorf("Run() = %v; want that a signal ended the worker", err)
	}
	if held := files.Held(); held != 0 {
		t.Errorf("%d files are still open; want 0", held)
	}
	files.Before = nil
	result, err := p.Run(t.Context(), task(guest, guesttest.Order{Do: "read", Path: "a"}), with(files))
	if err != nil || string(result.Output) != "x" {
		t.Errorf("the next call = %q, %v; want a new worker to answer", result.Output, err)
	}
}

// A tree of calls has no loop, and is stopped all the same, by itself and without its neighbours.
func TestATreeOfCallsIsStoppedAlone(t *testing.T) {
	p := pool(t, nil)
	job := task(guesttest.CallTree(), guesttest.Order{})
	patient := job
	job.Limits.Time = skill.Time(200 * time.Millisecond)
	patient.Limits.Fuel = 1 << 40
	ctx, cancel := context.WithCancel(t.Context())
	var other sync.WaitGroup
	other.Go(func() {
		if _, err := p.Run(ctx, patient, powers.Set{}); !errors.Is(err, context.Canceled) {
			t.Errorf("the other call = %v; want %v", err, context.Canceled)
		}
	})
	began := time.Now()
	_, err := p.Run(t.Context(), job, powers.Set{})
	var limit *worker.LimitError
	if !errors.As(err, &limit) || limit.Code != worker.CodeTime {
		t.Errorf("Run() = %v; want %s", err, worker.CodeTime)
	}
	if took := time.Since(began); took > 2200*time.Millisecond+5*time.Second { // the worker's start included
		t.Errorf("it took %v; want it near its limit", took)
	}
	if n := len(children(t)); n != 1 {
		t.Errorf("%d workers run; want the one, with the other call", n)
	}
	cancel()
	other.Wait()
}

func TestAnIdleWorkerEnds(t *testing.T) {
	p := pool(t, func(o *worker.Options) { o.Idle = 50 * time.Millisecond })
	job := task(guesttest.Module{}.Bytes(), guesttest.Order{})
	for range 2 {
		if _, err := p.Run(t.Context(), job, powers.Set{}); err != nil {
			t.Fatal(err)
		}
		for began := time.Now(); len(children(t)) > 0; time.Sleep(10 * time.Millisecond) {
			if time.Since(began) > 10*time.Second {
				t.Fatalf("the workers %v are still there", children(t))
			}
		}
	}
}

func init() { hostiles["tell"] = tell }

// tell is a worker that gave up its rights, and says what it has left.
func tell() error {
	conn, err := worker.Inherited()
	if err != nil {
		return err
	}
	here, there := net.Pipe()
	there.Close()
	if err := worker.Serve(context.Background(), here); err != nil {
		return err
	}
	return callsOn(conn, func(s wire.Worker_CallServer) error {
		folder, _ := os.Getwd()
		report := fmt.Sprintf("folder %s\nenvironment %q\n", folder, os.Environ())
		fds, _ := os.ReadDir("/proc/self/fd")
		for _, fd := range fds {
			target, _ := os.Readlink("/proc/self/fd/" + fd.Name())
			kind, _, _ := strings.Cut(target, ":")
			report += "descriptor " + kind + "\n"
		}
		for _, file := range []string{"status", "limits"} {
			content, _ := os.ReadFile("/proc/self/" + file)
			report += string(content)
		}
		say(s, &wire.Output{Stdout: []byte(report)})
		return finish(s, &wire.End{Outcome: wire.End_FINE})
	})
}

func TestWhatAWorkerHasLeft(t *testing.T) {
	t.Setenv("GATEHOUSE_TEST_SECRET", "must not be inherited")
	open, err := os.Open("/etc/passwd") // must not be inherited either
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	report := confession(t, "tell", powers.Set{})
	for _, want := range []string{"folder /\n", "environment []\n", "NoNewPrivs:\t1\n"} {
		if !strings.Contains(report, want) {
			t.Errorf("the worker has no %q:\n%s", want, report)
		}
	}
	for _, limit := range []string{"Max core file size 0 0", "Max open files 64 64"} {
		if !strings.Contains(strings.Join(strings.Fields(report), " "), limit) {
			t.Errorf("the worker has no limit %q:\n%s", limit, report)
		}
	}
	for line := range strings.Lines(report) {
		if kind, found := strings.CutPrefix(strings.TrimSpace(line), "descriptor "); found {
			// Go itself opens its processor quota and its poller.
			ours := kind == "socket" || kind == "pipe" || kind == "/dev/null"
			if !ours && kind != "anon_inode" && kind != "" && !strings.HasPrefix(kind, "/sys/fs/cgroup/") {
				t.Errorf("the worker has a descriptor of %q", kind)
			}
		}
	}
}
