package permissions_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"gatehouse/permissions"
)

// screen is a model of ask: it shows one prompt at a time, and a person who is slow presses what they saw.
type screen struct {
	mu      sync.Mutex
	shown   *permissions.Prompt
	answers chan permissions.Answer
	// seen are all prompts that were ever on it, by their nonce.
	seen map[string]permissions.Prompt
}

func newScreen() *screen { return &screen{seen: map[string]permissions.Prompt{}} }

func (s *screen) Ask(ctx context.Context, p permissions.Prompt, waiting func() int) (permissions.Answer, error) {
	s.mu.Lock()
	if s.shown != nil {
		panic("two prompts at a time")
	}
	s.shown, s.answers, s.seen[p.Nonce] = &p, make(chan permissions.Answer, 1), p
	answers := s.answers
	s.mu.Unlock()
	_ = waiting()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.shown = nil
	}()
	select {
	case a := <-answers:
		return a, nil
	case <-ctx.Done():
		return permissions.Answer{}, ctx.Err()
	}
}

// look returns what is on the screen.
func (s *screen) look() (permissions.Prompt, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shown == nil {
		return permissions.Prompt{}, false
	}
	return *s.shown, true
}

// press gives an answer to whatever is on the screen now, as a slow click does that was meant for another prompt.
func (s *screen) press(a permissions.Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shown == nil {
		return
	}
	select {
	case s.answers <- a:
	default:
	}
}

// interleave lets prompts arrive, be looked at, replaced, withdrawn, paused and answered late, in a random order of one
// seed, and returns how many calls were allowed.
func interleave(t *testing.T, seed uint64) (allowed int) {
	random := rand.New(rand.NewPCG(seed, 1))
	s := newScreen()
	h := furnish(t, func(o *permissions.Options) { o.Prompter = s })
	var (
		mu      sync.Mutex
		granted = map[string]bool{} // needs that were allowed
		meant   = map[string]bool{} // needs that the person said yes to while they saw them
		all     sync.WaitGroup
		cancels []context.CancelFunc
		looked  []permissions.Prompt
	)
	for step := range 12 {
		switch random.IntN(6) {
		case 0, 1:
			ctx, cancel := context.WithCancel(context.Background())
			cancels = append(cancels, cancel)
			need := h.need(fmt.Sprintf("fs:read:${workspace}/%d", step))
			g := h.asking(fmt.Sprint("skill ", random.IntN(3)), fmt.Sprint("client ", random.IntN(2)))
			all.Go(func() {
				if g.Check(ctx, need) == nil {
					mu.Lock()
					defer mu.Unlock()
					granted[need.Grant.String()] = true
				}
			})
		case 2:
			if p, on := s.look(); on {
				looked = append(looked, p)
			}
		case 3:
			if len(looked) > 0 { // often too late, and then for another prompt
				p := looked[random.IntN(len(looked))]
				if now, on := s.look(); on && now.Nonce == p.Nonce {
					meant[p.Need] = true
				}
				s.press(quick(p))
			}
		case 4:
			if len(cancels) > 0 {
				cancels[random.IntN(len(cancels))]()
			}
		case 5:
			if w := h.broker.Waiting(); len(w) > 0 {
				_ = h.broker.Deny(w[random.IntN(len(w))].ID)
			}
		}
		synctest.Wait()
	}
	for _, cancel := range cancels {
		cancel()
	}
	all.Wait()
	synctest.Wait() // a prompt that was withdrawn before it was seen may be on its way to the screen
	for need := range granted {
		if !meant[need] {
			t.Errorf("seed %d: %s was allowed by an answer to another prompt", seed, need)
		}
	}
	for nonce := range s.seen {
		if nonce == "" {
			t.Errorf("seed %d: a prompt without a nonce", seed)
		}
	}
	return len(granted)
}

// TestNoAnswerLandsOnAPromptThatWasNotOnScreen plays ten thousand random interleavings.
func TestNoAnswerLandsOnAPromptThatWasNotOnScreen(t *testing.T) {
	allowed, times := 0, rounds(10_000)
	synctest.Test(t, func(t *testing.T) {
		for seed := range uint64(times) {
			allowed += interleave(t, seed)
		}
	})
	if allowed < times/10 {
		t.Errorf("%d answers counted: the interleavings do not reach what they are for", allowed)
	}
}

// TestAnHonestSkillIsAskedInTurn has five skills of one client ask as often as they may, while the person answers one
// prompt after another, and a client with an honest skill ask once in a while.
func TestAnHonestSkillIsAskedInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen()
		h := furnish(t, func(o *permissions.Options) { o.Prompter = s })
		ctx, cancel := context.WithCancel(context.Background())
		var flood sync.WaitGroup
		defer flood.Wait()
		defer cancel()
		for flooder := range 5 {
			for range 8 { // each in eight calls at once
				flood.Go(func() {
					for i := 0; ctx.Err() == nil; i++ {
						g := h.asking(fmt.Sprint("flood ", flooder), "flooding")
						err := g.Check(ctx, h.need(fmt.Sprintf("fs:read:${workspace}/%d", i)))
						var denied *permissions.DeniedError
						if errors.As(err, &denied) && denied.Code == permissions.CodeTooMany {
							time.Sleep(time.Millisecond)
						}
					}
				})
			}
		}
		synctest.Wait()
		for round := range 20 {
			honest := h.checkAsync(ctx, h.asking("honest", "another"), fmt.Sprintf("fs:read:${workspace}/%d", round))
			synctest.Wait()
			for turns := 0; ; turns++ {
				p, _ := s.look()
				if p.Subject.Skill == "honest" {
					break
				}
				if turns > 1 { // what is on the screen, and one that had its turn before it came
					t.Fatalf("round %d: the honest skill waits for more than %d prompts", round, turns)
				}
				s.press(deny(p))
				synctest.Wait()
			}
			p, _ := s.look()
			s.press(quick(p))
			wantCode(t, <-honest, "")
			synctest.Wait()
		}
		if len(s.seen) < 40 {
			t.Errorf("%d prompts were shown: that is no flood", len(s.seen))
		}
	})
}

// schedule lets many calls, a person, cancels, disconnects and revokes meet as the scheduler likes. Every check must
// return once, and nothing may wait when all have.
func schedule(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 2))
	m := &moody{plan: make(chan string, 12)}
	moods := []string{"yes", "no", "always", "never again", "wrong", "crash", "silent"}
	for range random.IntN(12) {
		m.plan <- moods[random.IntN(len(moods))]
	}
	changed := make(chan struct{}, 1)
	h := furnish(t, func(o *permissions.Options) {
		o.Prompter = m
		o.Changed = func() {
			select {
			case changed <- struct{}{}:
			default:
			}
		}
	})
	var checks, others sync.WaitGroup
	stop := make(chan struct{})
	others.Go(func() { denyWhatComes(h.broker, changed, stop) })
	for i := range 2 + random.IntN(4) {
		sub := subject()
		sub.Skill, sub.Client = fmt.Sprint("skill ", random.IntN(2)), fmt.Sprint("client ", random.IntN(2))
		g := h.beginAs(sub, capabilities(t))
		ctx, cancel := context.WithCancel(context.Background())
		for range 1 + random.IntN(3) {
			need := h.need(fmt.Sprintf("fs:read:${workspace}/%d", random.IntN(3)))
			checks.Go(func() { wantEnd(t, ctx, g.Check(ctx, need)) })
		}
		switch {
		case random.IntN(2) == 0:
			others.Go(cancel)
		case i == 0:
			others.Go(func() { g.End() })
		}
		defer cancel()
	}
	others.Go(func() { revokeAll(h) })
	checks.Wait()
	close(stop)
	others.Wait()
	for _, p := range h.broker.Parked() {
		_ = h.broker.Open(p.ID)
		_ = h.broker.Dismiss(p.ID)
	}
	h.broker.Close()
	if w := h.broker.Waiting(); len(w) != 0 {
		t.Fatalf("seed %d: still waiting: %+v", seed, w)
	}
}

// denyWhatComes clears the inbox whenever something in it changes.
func denyWhatComes(b *permissions.Broker, changed, stop <-chan struct{}) {
	for {
		select {
		case <-changed:
			for _, q := range b.Waiting() {
				_ = b.Deny(q.ID) // it may have been answered meanwhile
			}
		case <-stop:
			return
		}
	}
}

func schedules(t *testing.T, n uint64) {
	defer goleak.VerifyNone(t)
	for seed := range n {
		schedule(t, seed)
	}
}

// TestNoWakeIsLost plays random schedules; `make soak` plays far more of them.
func TestNoWakeIsLost(t *testing.T) { schedules(t, uint64(rounds(3_000))) }

// rounds is how often something is tried: a tenth of all where the race detector, which makes each take ten times as
// long, is at work beside a whole run (-short).
func rounds(all int) int {
	if testing.Short() {
		return all / 10
	}
	return all
}
