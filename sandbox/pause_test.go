package sandbox_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"gatehouse/internal/guesttest"
	"gatehouse/powers"
	"gatehouse/sandbox"
)

func TestTimeStandsStillWhileAPowerWaits(t *testing.T) {
	guest := compile(t, guesttest.Go(t))
	const pause = 4 * time.Second
	limits := generous
	limits.Time = 3 * time.Second
	files := guesttest.NewFiles(map[string]string{"/workspace/a": "the real content"})
	files.Before = func(context.Context, powers.Open) error { time.Sleep(pause); return nil }

	began := time.Now()
	result, err := guest.Run(t.Context(), call(guesttest.Order{Do: "read", Path: "a"}, files, limits))
	if err != nil || string(result.Stdout) != "the real content" {
		t.Errorf("Run() = %q, %v; want the content although the person took %v of %v", result.Stdout, err, pause, limits.Time)
	}
	took := time.Since(began)
	if took < pause {
		t.Errorf("the call took %v; want at least the pause of %v", took, pause)
	}
	if result.Usage.Running > took-pause+10*time.Millisecond || result.Usage.Requests == 0 {
		t.Errorf("usage = %+v in %v; want only the first 10 ms of the pause counted, and some requests", result.Usage, took)
	}
}

func TestTheClockGoesOnAfterAPower(t *testing.T) {
	limits := generous
	limits.Time = 2 * time.Second
	files := guesttest.NewFiles(map[string]string{"/workspace/a": "x"})
	_, err := compile(t, guesttest.Go(t)).Run(t.Context(), call(guesttest.Order{Do: "pieces", Path: "a", N: 1 << 30}, files, limits))
	if !same(err, &sandbox.LimitError{Resource: sandbox.Time}) {
		t.Errorf("Run() = %v; want the time limit", err)
	}
	if held := files.Held(); held != 1 { // closing would save what a guest wrote that did not end well
		t.Errorf("%d objects are open; want the one that the guest left", held)
	}
}

var errPerson = errors.New("the person closed the window")

func TestCancel(t *testing.T) {
	guest := compile(t, guesttest.Go(t))
	t.Run("while a power waits", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		files := guesttest.NewFiles(nil)
		files.Before = func(ctx context.Context, _ powers.Open) error {
			cancel(errPerson)
			<-ctx.Done()
			return ctx.Err()
		}
		_, err := guest.Run(ctx, call(guesttest.Order{Do: "read", Path: "a"}, files, generous))
		if !errors.Is(err, errPerson) {
			t.Errorf("Run() = %v; want %v", err, errPerson)
		}
	})
	t.Run("while the guest loops", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		files := guesttest.NewFiles(map[string]string{"/workspace/a": "x"})
		read := 0
		files.Before = func(context.Context, powers.Open) error {
			if read++; read == 1 {
				time.AfterFunc(50*time.Millisecond, func() { cancel(errPerson) })
			}
			return nil
		}
		_, err := guest.Run(ctx, call(guesttest.Order{Do: "pieces", Path: "a", N: 1 << 30}, files, generous))
		if !errors.Is(err, errPerson) {
			t.Errorf("Run() = %v; want %v", err, errPerson)
		}
	})
	t.Run("while the guest sleeps", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		_, err := guest.Run(ctx, call(guesttest.Order{Do: "sleep", N: 60_000}, nil, generous))
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Run() = %v; want %v", err, context.DeadlineExceeded)
		}
	})
}

func TestATightLoopStopsNearItsDeadline(t *testing.T) {
	limits := generous
	limits.Time = 200 * time.Millisecond
	began := time.Now()
	_, err := compile(t, guesttest.Spinning()).Run(t.Context(), sandbox.Call{Limits: limits})
	if took := time.Since(began); !same(err, &sandbox.LimitError{Resource: sandbox.Time}) || took > 10*limits.Time {
		t.Errorf("Run() = %v after %v; want the time limit near %v", err, took, limits.Time)
	}
}

func TestAPanicOfAPowerIsContained(t *testing.T) {
	guest := compile(t, guesttest.Go(t))
	files := guesttest.NewFiles(map[string]string{"/workspace/a": "x"})
	files.Before = func(context.Context, powers.Open) error { panic("a bug of ours") }
	_, err := guest.Run(t.Context(), call(guesttest.Order{Do: "read", Path: "a"}, files, generous))
	if !errors.Is(err, sandbox.ErrPower) {
		t.Errorf("Run() = %v; want %v", err, sandbox.ErrPower)
	}
	result, err := guest.Run(t.Context(), call(guesttest.Order{Do: "echo", Text: "still here"}, files, generous))
	if err != nil || string(result.Stdout) != "still here" {
		t.Errorf("the next call = %q, %v; want it to work", result.Stdout, err)
	}
}
