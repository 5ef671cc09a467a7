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
	p, guest := pool(t, nil), guesttest.Go(t)
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

// A tree of calls has no loop where the sandbox could stop it, so the worker goes, and with it the other calls.
func TestAGuestThatCannotBeStopped(t *testing.T) {
	p := pool(t, func(o *worker.Options) { o.Grace = 300 * time.Millisecond })
	job := task(guesttest.CallTree(), guesttest.Order{})
	patient := job
	job.Limits.Time = skill.Time(200 * time.Millisecond)
	var other sync.WaitGroup
	other.Go(func() {
		if _, err := p.Run(t.Context(), patient, powers.Set{}); !errors.Is(err, worker.ErrCrashed) {
			t.Errorf("the other call = %v; want %v", err, worker.ErrCrashed)
		}
	})
	began := time.Now()
	_, err := p.Run(t.Context(), job, powers.Set{})
	var limit *worker.LimitError
	if !errors.As(err, &limit) || limit.Code != worker.CodeTime {
		t.Errorf("Run() = %v; want %s", err, worker.CodeTime)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v; want it near half a second", took)
	}
	other.Wait()

	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := p.Run(ctx, patient, powers.Set{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a cancelled call = %v; want %v", err, context.DeadlineExceeded)
	}
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

// A table of 2^27 entries needs 1 GiB outside the guest's memory, which is there, but not for this worker.
func TestAMemoryBombEndsItsWorkerAlone(t *testing.T) {
	p := pool(t, nil)
	memory, table := []byte{5, 3, 1, 0, 1}, []byte{4, 7, 1, 0x70, 0, 0x80, 0x80, 0x80, 0x40}
	bomb := bytes.Replace(guesttest.Module{}.Bytes(), memory, append(table, memory...), 1)
	job := task(bomb, guesttest.Order{})
	job.Limits.Memory, job.Limits.Concurrency = skill.MiB, 1
	if _, err := p.Run(t.Context(), job, powers.Set{}); !errors.Is(err, worker.ErrCrashed) {
		t.Errorf("Run() = %v; want %v", err, worker.ErrCrashed)
	}
	if _, err := p.Run(t.Context(), task(guesttest.Module{}.Bytes(), guesttest.Order{}), powers.Set{}); err != nil {
		t.Errorf("another skill = %v; want it to work", err)
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
