package permissions_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"gatehouse/permissions"
)

// moody answers each prompt as its plan says; what the plan leaves open it looks at until somebody withdraws it.
type moody struct {
	plan chan string
	busy sync.Mutex
}

func (m *moody) Ask(ctx context.Context, p permissions.Prompt, waiting func() int) (permissions.Answer, error) {
	if !m.busy.TryLock() {
		panic("two prompts at a time")
	}
	defer m.busy.Unlock()
	_ = waiting()
	mood := "crash"
	select {
	case mood = <-m.plan:
	default:
	}
	switch mood {
	case "yes":
		return quick(p), nil
	case "no":
		return deny(p), nil
	case "always":
		last := len(p.Rungs) - 1
		return answer(p, permissions.Allow, last, permissions.Always), nil
	case "never again":
		return answer(p, permissions.Deny, 0, permissions.Always), nil
	case "wrong":
		return permissions.Answer{Nonce: "x", Verdict: permissions.Allow}, nil
	case "crash":
		return permissions.Answer{}, errors.New("the window is gone")
	default:
		<-ctx.Done()
		return quick(p), nil // too late to count
	}
}

// TestAnyScheduleEnds lets calls, answers, cancels, denials from the inbox and revokes meet in any order. Every check
// must return, nobody may be asked twice at a time, no skill may fill a client's line, nothing is allowed without a yes, and
// nothing is left behind.
func TestAnyScheduleEnds(t *testing.T) {
	defer goleak.VerifyNone(t)
	moods := rapid.SampledFrom([]string{"yes", "no", "always", "never again", "wrong", "crash", "silent"})
	rapid.Check(t, func(r *rapid.T) {
		plan := rapid.SliceOfN(moods, 0, 12).Draw(r, "plan")
		someYes := slices.Contains(plan, "yes") || slices.Contains(plan, "always")
		m := &moody{plan: make(chan string, len(plan))}
		for _, mood := range plan {
			m.plan <- mood
		}
		h := furnish(t, func(o *permissions.Options) { o.Prompter = m })

		var checks, others sync.WaitGroup
		stop := make(chan struct{})
		others.Go(func() { denyAll(t, h.broker, stop) })
		for i := range rapid.IntRange(1, 4).Draw(r, "calls") {
			s := subject()
			s.Skill = rapid.SampledFrom([]string{"files", "other"}).Draw(r, "skill")
			s.Client = rapid.SampledFrom([]string{"claude-code", "vs-code"}).Draw(r, "client")
			g := h.beginAs(s, capabilities(t))
			for range rapid.IntRange(1, 6).Draw(r, "checks") {
				ctx, cancel := context.WithCancel(context.Background())
				disconnect := rapid.Bool().Draw(r, "disconnect")
				grant := fmt.Sprintf("fs:read:${workspace}/%d/%d", i%2, rapid.IntRange(0, 5).Draw(r, "file"))
				checks.Go(func() {
					defer cancel()
					err := g.Check(ctx, h.need(grant))
					if err == nil && !someYes {
						t.Errorf("%s was allowed and nobody said yes", grant)
					}
					wantEnd(t, ctx, err)
				})
				if disconnect {
					checks.Go(cancel)
				}
			}
		}
		others.Go(func() { revokeAll(h) })
		checks.Wait()
		close(stop)
		others.Wait()
		if w := h.broker.Waiting(); len(w) != 0 {
			r.Fatalf("still waiting: %+v", w)
		}
	})
}

// denyAll is somebody who clears the inbox again and again, and looks at who fills it.
func denyAll(t *testing.T, b *permissions.Broker, stop <-chan struct{}) {
	for {
		open := map[string]int{}
		for _, q := range b.Waiting() {
			of := q.Prompt.Subject.Skill + " for " + q.Prompt.Subject.Client
			if open[of]++; open[of] > 4 {
				t.Errorf("more than four questions of %s are open", of)
			}
			_ = b.Deny(q.ID) // it may have been answered meanwhile
		}
		select {
		case <-stop:
			return
		default:
		}
	}
}

func revokeAll(h *house) {
	found, _ := h.store.Find(subject().Key())
	for _, d := range found {
		_ = h.broker.Revoke(d.ID) // another may have been quicker
	}
}

// wantEnd accepts an allow, a refusal and, after a cancel alone, the context's error.
func wantEnd(t *testing.T, ctx context.Context, err error) {
	t.Helper()
	if err != nil && !errors.Is(err, permissions.ErrDenied) && !(ctx.Err() != nil && errors.Is(err, ctx.Err())) {
		t.Errorf("Check() = %v", err)
	}
}
