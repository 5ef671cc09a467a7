package worker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/guesttest"
	"gatehouse/powers"
	"gatehouse/skill"
	"gatehouse/worker"
)

func TestRun(t *testing.T) {
	p, guest := pool(t, nil), guest(t)
	short := skill.Time(300 * time.Millisecond)
	for _, test := range []struct {
		name           string
		order          guesttest.Order
		limits         skill.Limits
		output, stderr string
		want           string
	}{
		{"an answer comes back", guesttest.Order{Do: "echo", Text: "hello"}, skill.Limits{}, "hello", "", "<nil>"},
		{"garbage comes back as it is", guesttest.Order{Do: "echo", Text: "\x00\x1b[2J"}, skill.Limits{}, "\x00\x1b[2J", "", "<nil>"},
		{"much comes back whole", guesttest.Order{Do: "echo", Text: strings.Repeat("much ", 200_000)}, skill.Limits{}, strings.Repeat("much ", 200_000), "", "<nil>"},
		{"a failure has its words", guesttest.Order{Do: "exit", N: 3, Text: "no such page"}, skill.Limits{}, "", "no such page", "the guest exited with code 3"},
		{"too much memory", guesttest.Order{Do: "grow", N: 500}, skill.Limits{}, "", "*", "limit_memory: the limit is 64MiB, and it came to *"},
		{"too much time", guesttest.Order{Do: "spin"}, skill.Limits{Time: short}, "", "", "limit_time: the limit is 300ms, and it came to *"},
		{"too much output", guesttest.Order{Do: "flood"}, skill.Limits{Output: 2 * skill.KiB}, "*", "", "limit_output: the limit is 2KiB, and it came to *"},
		{"an environment of ours alone", guesttest.Order{Do: "environment"}, skill.Limits{}, "/workspace HOME=/ LANG=de_DE PWD=/workspace skill\n", "", "<nil>"},
	} {
		t.Run(test.name, func(t *testing.T) {
			job := task(guest, test.order)
			job.Env = map[string]string{"LANG": "de_DE"}
			job.Limits.Output = test.limits.Output
			if test.limits.Time != 0 {
				job.Limits.Time = test.limits.Time
			}
			result, err := p.Run(t.Context(), job, powers.Set{})
			if got := fmt.Sprint(err); !matches(got, test.want) {
				t.Errorf("Run() = %s; want %s", got, test.want)
			}
			if got := string(result.Output); !matches(got, test.output) {
				t.Errorf("output = %.100q of %d; want %.100q of %d", got, len(got), test.output, len(test.output))
			}
			if got := string(result.Stderr); !matches(got, test.stderr) {
				t.Errorf("stderr = %.100q; want %q", got, test.stderr)
			}
			if result.Usage.Memory == 0 || result.Usage.Running == 0 {
				t.Errorf("usage = %+v; want some memory and time", result.Usage)
			}
		})
	}
}

// matches compares; a star at the end of want stands for anything.
func matches(got, want string) bool {
	if begin, open := strings.CutSuffix(want, "*"); open {
		return strings.HasPrefix(got, begin)
	}
	return got == want
}

func TestATrapIsTold(t *testing.T) {
	wasm := guesttest.Module{Body: []byte{guesttest.Unreachable}}.Bytes()
	_, err := pool(t, nil).Run(t.Context(), task(wasm, guesttest.Order{}), powers.Set{})
	var trap *worker.TrapError
	if !errors.As(err, &trap) || trap.Reason != "unreachable" {
		t.Errorf("Run() = %v; want the trap unreachable", err)
	}
}

func TestInvalidCode(t *testing.T) {
	p := pool(t, nil)
	guest := guest(t)
	memory, table := []byte{5, 3, 1, 0, 1}, []byte{4, 7, 1, 0x70, 0, 0x80, 0x80, 0x80, 0x40}
	bomb := bytes.Replace(guesttest.Module{}.Bytes(), memory, append(table, memory...), 1)
	wrong := task(guest, guesttest.Order{})
	wrong.Digest = skill.DigestOf([]byte("something else"))
	for _, test := range []struct {
		name, want string
		task       worker.Task
	}{
		{"a text", "it is not WebAssembly", task([]byte("#!/bin/sh"), guesttest.Order{})},
		{"nothing", "it is not WebAssembly", task(nil, guesttest.Order{})},
		{"half a module", "cut off", task(guest[:len(guest)/2], guesttest.Order{})},
		{"an unknown import", `imports "run" from "env"`, task(guesttest.Module{Import: [2]string{"env", "run"}}.Bytes(), guesttest.Order{})},
		{"a table of a GiB", "its tables have more than 1048576 elements", task(bomb, guesttest.Order{})},
		{"another digest's code", "its digest is sha256:", wrong},
	} {
		t.Run(test.name, func(t *testing.T) {
			for range 2 { // the refusal leaves nothing behind that the next call would trip over
				_, err := p.Run(t.Context(), test.task, powers.Set{})
				var invalid *worker.InvalidError
				if !errors.As(err, &invalid) || !strings.Contains(invalid.Reason, test.want) {
					t.Errorf("Run() = %v; want an InvalidError with %q", err, test.want)
				}
			}
		})
	}
}

func TestADigestThatIsNone(t *testing.T) {
	job := task(guesttest.Module{}.Bytes(), guesttest.Order{})
	job.Digest = "../../etc"
	if _, err := pool(t, nil).Run(t.Context(), job, powers.Set{}); err == nil || !strings.Contains(err.Error(), "is not a digest") {
		t.Errorf("Run() = %v; want a refusal of the digest", err)
	}
}

func TestAProgramThatIsNotThere(t *testing.T) {
	p := pool(t, func(o *worker.Options) { o.Program = []string{"/no/such/program"} })
	if _, err := p.Run(t.Context(), task(guesttest.Module{}.Bytes(), guesttest.Order{}), powers.Set{}); err == nil {
		t.Error("Run() = nil; want that no worker could be started")
	}
}

func TestFiftyCallsAtOnce(t *testing.T) {
	p, guest := pool(t, nil), guest(t)
	files := guesttest.NewFiles(map[string]string{"/workspace/a": "shared"})
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			o, want := guesttest.Order{Do: "echo", Text: fmt.Sprint("call ", i)}, fmt.Sprint("call ", i)
			if i%2 == 0 {
				o, want = guesttest.Order{Do: "read", Path: "a"}, "shared"
			}
			result, err := p.Run(t.Context(), task(guest, o), with(files))
			if err != nil || string(result.Output) != want {
				t.Errorf("call %d = %q, %v; want %q", i, result.Output, err, want)
			}
		})
	}
	all.Wait()
	if held := files.Held(); held != 0 {
		t.Errorf("%d files are still open; want 0", held)
	}
}

func TestOneCallTooMany(t *testing.T) {
	p, guest := pool(t, nil), guest(t)
	files := guesttest.NewFiles(map[string]string{"/workspace/a": "x"})
	inside, free := make(chan bool), make(chan bool)
	files.Before = func(context.Context, powers.Open) error { inside <- true; <-free; return nil }
	job := task(guest, guesttest.Order{Do: "read", Path: "a"})
	job.Limits.Concurrency = 1
	var first sync.WaitGroup
	first.Go(func() {
		if _, err := p.Run(t.Context(), job, with(files)); err != nil {
			t.Errorf("the first call = %v; want it to go on", err)
		}
	})
	<-inside
	_, err := p.Run(t.Context(), job, with(files))
	var limit *worker.LimitError
	if !errors.As(err, &limit) || limit.Code != worker.CodeTooMany {
		t.Errorf("the second call = %v; want %s", err, worker.CodeTooMany)
	}
	close(free)
	first.Wait()
}

func TestSkillsBeyondTheNumberOfWorkers(t *testing.T) {
	p := pool(t, func(o *worker.Options) { o.Workers = 1 })
	guest, other := guest(t), guesttest.Module{}.Bytes()
	files := guesttest.NewFiles(map[string]string{"/workspace/a": "x"})
	files.Before = func(ctx context.Context, _ powers.Open) error {
		_, err := p.Run(ctx, task(other, guesttest.Order{}), powers.Set{})
		var limit *worker.LimitError
		if !errors.As(err, &limit) || limit.Code != worker.CodeTooMany {
			t.Errorf("a second skill beside a busy one = %v; want %s", err, worker.CodeTooMany)
		}
		return nil
	}
	if _, err := p.Run(t.Context(), task(guest, guesttest.Order{Do: "read", Path: "a"}), with(files)); err != nil {
		t.Error(err)
	}
	if _, err := p.Run(t.Context(), task(other, guesttest.Order{}), powers.Set{}); err != nil {
		t.Errorf("a second skill beside an idle one = %v; want it to take its place", err)
	}
}

func TestAfterClose(t *testing.T) {
	p := pool(t, nil)
	p.Close()
	if _, err := p.Run(t.Context(), task(guesttest.Module{}.Bytes(), guesttest.Order{}), powers.Set{}); err == nil {
		t.Error("Run() after Close = nil; want an error")
	}
}
