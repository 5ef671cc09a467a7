package worker_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/guesttest"
	"gatehouse/permissions"
	"gatehouse/powers"
	"gatehouse/skill"
	"gatehouse/worker"
)

func TestFilesCrossTheBoundary(t *testing.T) {
	p, guest := pool(t, nil), guest(t)
	const mebibyte = 1 << 20
	many, listing := map[string]string{}, strings.Builder{}
	for i := range 3000 {
		name := fmt.Sprintf("%s-%04d", strings.Repeat("n", 200), i)
		many["/workspace/many/"+name] = ""
		fmt.Fprintf(&listing, "%s false\n", name)
	}
	for _, test := range []struct {
		name    string
		order   guesttest.Order
		content map[string]string
		output  string
		after   map[string]string
	}{
		{"a file is read", guesttest.Order{Do: "read", Path: "a"}, map[string]string{"/workspace/a": "real"}, "real", nil},
		{"9 MiB are read whole", guesttest.Order{Do: "read", Path: "a"}, map[string]string{"/workspace/a": strings.Repeat("r", 9*mebibyte)}, strings.Repeat("r", 9*mebibyte), nil},
		{"10 MiB are written whole", guesttest.Order{Do: "fill", Path: "b", N: 10 * mebibyte}, nil, "", map[string]string{"/workspace/b": strings.Repeat("\x00", 10*mebibyte)}},
		{"3000 long names are listed", guesttest.Order{Do: "list", Path: "many"}, many, listing.String(), nil},
		{"an append appends", guesttest.Order{Do: "append", Path: "a", Text: "+"}, map[string]string{"/workspace/a": "real"}, "", map[string]string{"/workspace/a": "real+"}},
		{"a rename renames", guesttest.Order{Do: "rename", Path: "a", To: "b"}, map[string]string{"/workspace/a": "real"}, "", map[string]string{"/workspace/b": "real"}},
		{"a link is made and read", guesttest.Order{Do: "link", Path: "l", To: "sub/é"}, nil, "sub/é", nil},
		{"a description describes", guesttest.Order{Do: "stat", Path: "a"}, map[string]string{"/workspace/a": "real"}, "a 4 false\n", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := guesttest.NewFiles(test.content)
			job := task(guest, test.order)
			job.Limits.Output = 16 * skill.MiB
			result, err := p.Run(t.Context(), job, with(files))
			if err != nil || string(result.Output) != test.output {
				t.Errorf("Run() = %.80q of %d bytes, %v, %q; want %.80q", result.Output, len(result.Output), err, result.Stderr, test.output)
			}
			for path, want := range test.after {
				if got, _ := files.Content(path); got != want {
					t.Errorf("%s holds %.20q of %d bytes; want %.20q of %d", path, got, len(got), want, len(want))
				}
			}
			if result.Usage.Requests == 0 || files.Held() != 0 {
				t.Errorf("%d requests, %d files still open; want some, and none", result.Usage.Requests, files.Held())
			}
		})
	}
}

func TestErrorsCrossTheBoundary(t *testing.T) {
	p, guest := pool(t, nil), guest(t)
	for _, test := range []struct {
		err  error
		want string
	}{
		{guesttest.Refuse("fs:read:/etc/shadow"), "Permission denied"},
		{fmt.Errorf("%w, and more", guesttest.Refuse("fs:read:/x")), "Permission denied"},
		{fmt.Errorf("/home/person/a: %w", powers.ErrNotExist), "No such file or directory"},
		{powers.ErrExist, "File exists"},
		{powers.ErrFolder, "Is a directory"},
		{powers.ErrNotFolder, "Not a directory"},
		{powers.ErrLink, "Too many symbolic links"},
		{powers.ErrName, "Invalid argument"},
		{errors.New("/home/person/secret is odd"), "I/O error"},
	} {
		files := guesttest.NewFiles(nil)
		files.Before = func(context.Context, powers.Open) error { return test.err }
		result, err := p.Run(t.Context(), task(guest, guesttest.Order{Do: "read", Path: "a"}), with(files))
		var failed *worker.GuestError
		if !errors.As(err, &failed) || failed.Stderr != "open a: "+test.want {
			t.Errorf("%v arrived as %v, %q; want %q", test.err, err, result.Stderr, test.want)
		}
	}
}

func TestNoPowersIsNo(t *testing.T) {
	result, err := pool(t, nil).Run(t.Context(), task(guest(t), guesttest.Order{Do: "read", Path: "a"}), powers.Set{})
	if err == nil || !strings.HasSuffix(string(result.Stderr), "Permission denied") {
		t.Errorf("Run() = %v, %q; want Permission denied", err, result.Stderr)
	}
}

func TestThePersonTakesTheirTime(t *testing.T) {
	p, guest := pool(t, nil), guest(t)
	if _, err := p.Run(t.Context(), task(guest, guesttest.Order{Do: "echo"}), powers.Set{}); err != nil {
		t.Fatal(err) // it is loaded now
	}
	job := task(guest, guesttest.Order{Do: "read", Path: "a"})
	const limit, pause = 3 * time.Second, 4 * time.Second
	job.Limits.Time = skill.Time(limit)
	files := guesttest.NewFiles(map[string]string{"/workspace/a": "the real content"})
	files.Before = func(context.Context, powers.Open) error { time.Sleep(pause); return nil }
	began := time.Now()
	result, err := p.Run(t.Context(), job, with(files))
	if took := time.Since(began); err != nil || string(result.Output) != "the real content" || result.Usage.Running > took-pause+10*time.Millisecond {
		t.Errorf("Run() = %q, %v, running %v in %v; want the content after the pause, and only its first 10 ms counted", result.Output, err, result.Usage.Running, took)
	}
}

func TestAPanicOfAPowerIsContained(t *testing.T) {
	p, guest := pool(t, nil), guest(t)
	files := guesttest.NewFiles(map[string]string{"/workspace/a": "x"})
	files.Before = func(context.Context, powers.Open) error { panic("a bug of ours") }
	if _, err := p.Run(t.Context(), task(guest, guesttest.Order{Do: "read", Path: "a"}), with(files)); !errors.Is(err, worker.ErrPower) {
		t.Errorf("Run() = %v; want %v", err, worker.ErrPower)
	}
	files.Before = nil
	if result, err := p.Run(t.Context(), task(guest, guesttest.Order{Do: "read", Path: "a"}), with(files)); err != nil || string(result.Output) != "x" {
		t.Errorf("the next call = %q, %v; want it to work", result.Output, err)
	}
}

var errPerson = errors.New("the person closed the window")

// No worker is killed in this test within a minute, so a call that ends is one that the cancel reached.
func TestCancel(t *testing.T) {
	p, guest := pool(t, func(o *worker.Options) { o.Grace = time.Minute }), guest(t)
	for _, test := range []struct {
		name  string
		order guesttest.Order
		wait  bool
	}{
		{"while a power waits", guesttest.Order{Do: "read", Path: "a"}, true},
		{"while the guest asks on and on", guesttest.Order{Do: "pieces", Path: "a", N: 1 << 30}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			files := guesttest.NewFiles(map[string]string{"/workspace/a": "x"})
			files.Before = func(ctx context.Context, _ powers.Open) error {
				cancel(errPerson)
				if test.wait {
					<-ctx.Done()
					return ctx.Err()
				}
				return nil
			}
			if _, err := p.Run(ctx, task(guest, test.order), with(files)); !errors.Is(err, errPerson) {
				t.Errorf("Run() = %v; want %v", err, errPerson)
			}
			if _, err := p.Run(t.Context(), task(guest, guesttest.Order{Do: "echo"}), powers.Set{}); err != nil {
				t.Errorf("the next call = %v; want it to work", err)
			}
		})
	}
	t.Run("while the guest loops", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		began := time.Now()
		if _, err := p.Run(ctx, task(guest, guesttest.Order{Do: "spin"}), powers.Set{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Run() = %v; want %v", err, context.DeadlineExceeded)
		}
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("it took %v; want it near 300ms", took)
		}
	})
}

func TestTheRuleOfARefusalStaysWithTheHost(t *testing.T) {
	files := guesttest.NewFiles(nil)
	files.Before = func(context.Context, powers.Open) error { return guesttest.Refuse("fs:read:/x") }
	var denied *permissions.DeniedError
	if err := files.Before(t.Context(), powers.Open{}); !errors.As(err, &denied) || denied.Rule == "" {
		t.Fatalf("the test's refusal is %v; want one with a rule", err)
	}
	saw := confession(t, "ask", with(files))
	if !strings.Contains(saw, "fs:read:/x") || strings.Contains(saw, denied.Rule) {
		t.Errorf("the worker saw %q; want the grant and not the rule %q", saw, denied.Rule)
	}
}
