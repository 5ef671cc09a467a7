package permissions_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/permissions"
)

// kept remembers whether everything is paused, for a later broker.
type kept struct {
	paused bool
	err    error
}

func (k *kept) keep(paused bool) error {
	if k.err == nil {
		k.paused = paused
	}
	return k.err
}

// onlyResumes is somebody who lets everything go on and answers nothing else.
type onlyResumes struct{}

func (onlyResumes) Ask(ctx context.Context, p permissions.Prompt, _ func() int) (permissions.Answer, error) {
	if len(p.Rungs) == 0 {
		return quick(p), nil
	}
	<-ctx.Done()
	return permissions.Answer{}, ctx.Err()
}

func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &kept{}
		h := furnish(t, func(o *permissions.Options) { o.KeepPaused, o.Now = k.keep, time.Now })
		h.clock = time.Now()
		h.person.shown = make(chan permissions.Prompt, 10)
		g := h.begin()
		shown := h.checkAsync(context.Background(), g, "fs:read:${workspace}/1")
		synctest.Wait()
		behind := h.checkAsync(context.Background(), h.begin(), "fs:read:${workspace}/2")
		synctest.Wait()
		first := <-h.person.shown
		time.Sleep(4 * time.Minute)

		if err := h.broker.Pause(); err != nil || !k.paused || !h.broker.Paused() {
			t.Fatalf("Pause() = %v, kept %v", err, k.paused)
		}
		granted := h.checkAsync(context.Background(), h.begin(), "fs:list:${workspace}/a")
		started := make(chan error, 1)
		fresh := h.begin()
		go func() { started <- fresh.Start(context.Background()) }()
		ctx, cancel := context.WithCancel(context.Background())
		gone := h.checkAsync(ctx, h.begin(), payroll)
		synctest.Wait()
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("Check() = %v, want context.Canceled", err)
		}
		time.Sleep(time.Hour) // far longer than a question waits
		synctest.Wait()
		for name, c := range map[string]<-chan error{"shown": shown, "behind": behind, "granted": granted, "started": started} {
			select {
			case err := <-c:
				t.Errorf("%s ended while everything was paused: %v", name, err)
			default:
			}
		}
		if fresh.Waited() != time.Hour {
			t.Errorf("Waited() = %v, want the pause", fresh.Waited())
		}

		h.person.answer = deny
		wantCode(t, h.broker.Resume(context.Background(), "terminal"), permissions.CodeDenied)
		if p := <-h.person.shown; p.Verb != "Let everything go on" || !h.broker.Paused() || !k.paused {
			t.Errorf("after a no to %q: paused %v, kept %v", p.Verb, h.broker.Paused(), k.paused)
		}
		h.person.answer = quick
		if err := h.broker.Resume(context.Background(), "terminal"); err != nil || h.broker.Paused() || k.paused {
			t.Errorf("Resume() = %v; paused %v, kept %v", err, h.broker.Paused(), k.paused)
		}
		<-h.person.shown
		for _, c := range []<-chan error{shown, behind, granted, started} {
			wantCode(t, <-c, "")
		}
		if again := <-h.person.shown; again.ID != first.ID || again.Need != first.Need || again.Nonce == first.Nonce {
			t.Errorf("%s came back as %s", first.Need, again.Need)
		}
		want := "pause:deny:paused decision:deny:proposed decision:allow:proposed pause:allow:resumed "
		if got := h.record.kinds(); got[:min(len(got), len(want))] != want {
			t.Errorf("recorded %s; want it to begin with %s", got, want)
		}
	})
}

func TestAQuestionWaitsItsFullTimeDespiteAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := furnish(t, func(o *permissions.Options) { o.Now, o.Prompter = time.Now, onlyResumes{} })
		h.clock = time.Now()
		began := time.Now()
		done := h.checkAsync(context.Background(), h.begin(), payroll)
		synctest.Wait()
		time.Sleep(7 * time.Minute)
		_ = h.broker.Pause()
		time.Sleep(time.Hour)
		synctest.Wait()
		if err := h.broker.Resume(context.Background(), "playground"); err != nil {
			t.Fatal(err)
		}
		wantCode(t, <-done, permissions.CodeTimeout)
		if took := time.Since(began); took != time.Hour+10*time.Minute {
			t.Errorf("it waited %v, want 1h10m", took)
		}
	})
}

func TestAPauseHolds(t *testing.T) {
	t.Run("in the next host", func(t *testing.T) {
		h := furnish(t, func(o *permissions.Options) { o.Paused = true })
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := h.begin().Check(ctx, h.need("fs:list:${workspace}/a")); !errors.Is(err, context.Canceled) || !h.broker.Paused() {
			t.Errorf("Check() = %v, want it to wait until its context ended", err)
		}
	})
	t.Run("although it cannot be kept", func(t *testing.T) {
		full := errors.New("the disk is full")
		k := &kept{err: full}
		h := furnish(t, func(o *permissions.Options) { o.KeepPaused = k.keep })
		if err := h.broker.Pause(); !errors.Is(err, full) || !h.broker.Paused() {
			t.Errorf("Pause() = %v, paused %v", err, h.broker.Paused())
		}
		h.person.answer = quick
		if err := h.broker.Resume(context.Background(), "playground"); !errors.Is(err, full) || !h.broker.Paused() {
			t.Errorf("Resume() = %v, paused %v; it must stay so", err, h.broker.Paused())
		}
	})
	t.Run("although it cannot be recorded that it ends", func(t *testing.T) {
		h := furnish(t)
		_ = h.broker.Pause()
		h.record.err = errors.New("the disk is full")
		h.person.answer = quick
		if err := h.broker.Resume(context.Background(), "playground"); err == nil || !h.broker.Paused() {
			t.Errorf("Resume() = %v, paused %v; it must stay so", err, h.broker.Paused())
		}
	})
	t.Run("against every other proposal, and against a flood of the one", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := furnish(t)
			h.person.shown = make(chan permissions.Prompt, 10)
			_ = h.broker.Pause()
			applied := 0
			ctx, cancel := context.WithCancel(context.Background())
			for range 3 {
				go func() { _ = h.broker.Propose(ctx, proposal(&applied, nil)) }()
			}
			synctest.Wait()
			go func() { _ = h.broker.Resume(ctx, "terminal") }()
			synctest.Wait()
			if p := <-h.person.shown; p.Verb != "Let everything go on" {
				t.Errorf("%q is asked while everything is paused", p.Verb)
			}
			wantCode(t, h.broker.Resume(ctx, "terminal"), permissions.CodeTooMany)
			cancel()
			synctest.Wait()
			if len(h.person.shown) != 0 || applied != 0 {
				t.Errorf("%d more were asked, %d applied", len(h.person.shown), applied)
			}
		})
	})
}
