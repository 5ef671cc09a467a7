package permissions_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"gatehouse/permissions"
)

// checkAsync checks in a goroutine of its own.
func (h *house) checkAsync(ctx context.Context, g *permissions.Guard, grant string) <-chan error {
	need := h.need(grant)
	done := make(chan error, 1)
	go func() { done <- g.Check(ctx, need) }()
	return done
}

func TestQuestionsComeOneAtATimeInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var changes atomic.Int32
		h := furnish(t, func(o *permissions.Options) { o.Changed = func() { changes.Add(1) } })
		h.person.shown = make(chan permissions.Prompt, 10)
		answers := make(chan permissions.Answer)
		h.person.answer = func(permissions.Prompt) permissions.Answer { return <-answers }
		var done []<-chan error
		for i := range 3 {
			done = append(done, h.checkAsync(context.Background(), h.begin(), fmt.Sprintf("fs:read:${workspace}/%d", i)))
			synctest.Wait()
		}
		for i := range 3 {
			p := <-h.person.shown
			if want := fmt.Sprintf("fs:read:${workspace}/%d", i); p.Need != want {
				t.Errorf("question %d is for %s, want %s", i, p.Need, want)
			}
			waiting := h.broker.Waiting()
			if len(waiting) != 3-i || waiting[0].ID != p.ID || waiting[0].Prompt.Hash() != p.Hash() {
				t.Errorf("waiting: %+v; want the shown question first of %d", waiting, 3-i)
			}
			for position, q := range waiting {
				if q.Position != position || q.Call != "call-1" || q.Asked.IsZero() {
					t.Errorf("waiting at %d: %+v", position, q)
				}
			}
			answers <- quick(p)
			wantCode(t, <-done[i], "")
		}
		synctest.Wait()
		if len(h.broker.Waiting()) != 0 || changes.Load() != 9 {
			t.Errorf("%d wait after %d changes, want 0 after 9", len(h.broker.Waiting()), changes.Load())
		}
	})
}

func TestAnAnswerCoversTheNextQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := furnish(t)
		h.person.shown = make(chan permissions.Prompt, 10)
		answers := make(chan func(permissions.Prompt) permissions.Answer)
		h.person.answer = func(p permissions.Prompt) permissions.Answer { return (<-answers)(p) }
		var done []<-chan error
		for i := range 3 {
			done = append(done, h.checkAsync(context.Background(), h.begin(), fmt.Sprintf("fs:read:${workspace}/%d", i)))
		}
		synctest.Wait()
		answers <- choose("fs:read:${workspace}/**", permissions.Session)
		for _, d := range done {
			wantCode(t, <-d, "")
		}
		if n := len(h.person.prompts()); n != 1 {
			t.Errorf("%d questions, want 1", n)
		}
	})
}

func TestDenyFromTheInbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := furnish(t)
		shown := h.checkAsync(context.Background(), h.begin(), "fs:read:${workspace}/1")
		synctest.Wait()
		behind := h.checkAsync(context.Background(), h.begin(), "fs:read:${workspace}/2")
		synctest.Wait()
		waiting := h.broker.Waiting()
		for i, done := range []<-chan error{behind, shown} {
			q := waiting[1-i]
			if err := h.broker.Deny(q.ID); err != nil {
				t.Fatal(err)
			}
			if err := h.broker.Deny(q.ID); !errors.Is(err, permissions.ErrNotFound) {
				t.Errorf("denying twice: %v, want ErrNotFound", err)
			}
			wantCode(t, <-done, permissions.CodeDenied)
		}
		if n := len(h.person.prompts()); n != 1 {
			t.Errorf("%d prompts were shown, want 1", n)
		}
		if got := h.record.kinds(); got != "decision:deny:asked request:deny:asked decision:deny:asked request:deny:asked " {
			t.Errorf("recorded %s", got)
		}
	})
}

func TestNobodyAnswers(t *testing.T) {
	t.Run("after ten minutes it is a timeout, and the turn goes on", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := furnish(t, func(o *permissions.Options) { o.Now = time.Now })
			g := h.begin()
			began := time.Now()
			first := h.checkAsync(context.Background(), g, "fs:read:${workspace}/1")
			synctest.Wait()
			time.Sleep(4 * time.Minute)
			if g.Waited() != 4*time.Minute {
				t.Errorf("Waited() = %v, want 4m", g.Waited())
			}
			second := h.checkAsync(context.Background(), g, "fs:read:${workspace}/2")
			wantCode(t, <-first, permissions.CodeTimeout)
			if took := time.Since(began); took != 10*time.Minute {
				t.Errorf("the first waited %v, want 10m", took)
			}
			wantCode(t, <-second, permissions.CodeTimeout)
			if g.Waited() != 14*time.Minute {
				t.Errorf("Waited() = %v, want 14m: the two overlap", g.Waited())
			}
			wantCode(t, h.check(g, "fs:read:${workspace}/1"), permissions.CodeTimeout)
			if n := len(h.person.prompts()); n != 2 {
				t.Errorf("%d prompts, want 2: the guest cannot nag", n)
			}
		})
	})
	t.Run("a cancelled call withdraws its question", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := furnish(t)
			ctx, cancel := context.WithCancel(context.Background())
			first := h.checkAsync(ctx, h.begin(), "fs:read:${workspace}/1")
			synctest.Wait()
			behind := h.checkAsync(ctx, h.begin(), "fs:read:${workspace}/2")
			synctest.Wait()
			cancel()
			for _, done := range []<-chan error{first, behind} {
				if err := <-done; !errors.Is(err, context.Canceled) {
					t.Errorf("Check() = %v, want context.Canceled", err)
				}
			}
			if w := h.broker.Waiting(); len(w) != 0 {
				t.Errorf("still waiting: %+v", w)
			}
		})
	})
	t.Run("a cancelled call is never allowed by a late yes", func(t *testing.T) {
		h := furnish(t)
		ctx, cancel := context.WithCancel(context.Background())
		h.person.answer = func(p permissions.Prompt) permissions.Answer {
			cancel()
			return choose(payroll, permissions.Always)(p)
		}
		if err := h.begin().Check(ctx, h.need(payroll)); !errors.Is(err, context.Canceled) {
			t.Errorf("Check() = %v, want context.Canceled", err)
		}
		if found, _ := h.store.Find(subject().Key()); len(found) != 1 {
			t.Errorf("it was kept: %v", found)
		}
	})
	t.Run("a yes lifts nothing that came while the person thought", func(t *testing.T) {
		for name, meanwhile := range map[string]func(*house, *permissions.Guard){
			"a denial": func(h *house, _ *permissions.Guard) {
				h.keep(permissions.Decision{ID: "no", Key: subject().Key(), Verdict: permissions.Deny, Lifetime: permissions.Always})
			},
			"a revoked workspace": func(h *house, _ *permissions.Guard) { _ = h.broker.Revoke("workspace claude-code") },
			"the end of the call": func(_ *house, g *permissions.Guard) { g.End() },
		} {
			h := furnish(t)
			g := h.begin()
			h.person.answer = func(p permissions.Prompt) permissions.Answer {
				meanwhile(h, g)
				return quick(p)
			}
			if err := h.check(g, payroll); !errors.Is(err, permissions.ErrDenied) {
				t.Errorf("%s: Check() = %v, want a refusal", name, err)
			}
		}
	})
	t.Run("where nobody can be asked it fails at once", func(t *testing.T) {
		h := furnish(t)
		h.person.err = permissions.ErrUnavailable
		wantCode(t, h.check(h.begin(), payroll), permissions.CodeUnavailable)
		h.person.err = errors.New("the window is gone")
		wantCode(t, h.check(h.begin(), payroll), permissions.CodeUnavailable)
		b := permissions.NewBroker(permissions.Options{})
		s := subject()
		wantCode(t, b.Begin(s, capabilities(t), permissions.CallInfo{}).Start(context.Background()), permissions.CodeUnavailable)
	})
}

// asking is a subject that asks for nothing but what the person is asked about.
func (h *house) asking(skill, client string) *permissions.Guard {
	s := subject()
	s.Skill, s.Client = skill, client
	h.keep(permissions.Decision{ID: "workspace " + client, Key: s.WorkspaceKey(), Verdict: permissions.Allow, Lifetime: permissions.Always})
	return h.broker.Begin(s, permissions.Capabilities{Optional: capabilities(h.t).Optional}, permissions.CallInfo{ID: client + " " + skill})
}

func TestClientsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := furnish(t)
		h.person.shown = make(chan permissions.Prompt, 10)
		answers := make(chan permissions.Answer)
		h.person.answer = func(permissions.Prompt) permissions.Answer { return <-answers }
		ask := func(calls ...string) {
			for _, call := range calls {
				h.checkAsync(context.Background(), h.asking(call[1:], call[:1]), payroll)
				synctest.Wait()
			}
		}
		ask("a1", "a2", "a3", "a4", "b1", "b2", "c1")
		want := []string{"a1", "b1", "c1", "a2", "b2", "d1", "a3", "b3", "a4"}
		for i, call := range want {
			if call == "a2" { // two more, while it is shown
				ask("d1", "b3")
			}
			p := <-h.person.shown
			if got := p.Subject.Client + p.Subject.Skill; got != call {
				t.Errorf("question %d is of %s, want %s", i, got, call)
			}
			answers <- quick(p)
			synctest.Wait()
		}
		if w := h.broker.Waiting(); len(w) != 0 {
			t.Errorf("%d questions are left", len(w))
		}
	})
}

func TestTooManyQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := furnish(t)
		ctx, cancel := context.WithCancel(context.Background())
		defer synctest.Wait()
		defer cancel()
		ask := func(skill, client string) (*permissions.Guard, <-chan error) {
			g := h.asking(skill, client)
			done := h.checkAsync(ctx, g, payroll)
			synctest.Wait()
			return g, done
		}
		wantWaiting := func(want int) {
			t.Helper()
			if n := len(h.broker.Waiting()); n != want {
				t.Errorf("%d questions are open, want %d", n, want)
			}
		}
		for range 4 {
			ask("flood", "one")
		}
		wantWaiting(4)
		refused, done := ask("flood", "one")
		wantCode(t, <-done, permissions.CodeTooMany)
		if r := refused.Refusals(); len(r) != 1 || r[0].Code != permissions.CodeTooMany {
			t.Errorf("Refusals() = %v", r)
		}
		ask("flood", "two") // nobody's flood takes a skill from others
		wantWaiting(5)
		if q := h.broker.Waiting()[1]; q.Prompt.Subject.Client != "two" {
			t.Errorf("the next question is %s's, want that of the client that has asked one", q.Prompt.Subject.Client)
		}
		for range 3 {
			ask("flood", "two")
		}
		_, done = ask("flood", "two") // of this client none was shown, and three wait
		wantCode(t, <-done, permissions.CodeTooMany)
		wantWaiting(7)
		for _, q := range h.broker.Waiting() {
			if q.Prompt.Subject.Client == "two" {
				if err := h.broker.Deny(q.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		synctest.Wait()
		wantWaiting(4)

		if err := h.broker.Deny(h.broker.Waiting()[1].ID); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		again := h.checkAsync(ctx, refused, payroll) // it was not refused for good
		synctest.Wait()
		wantWaiting(4)
		for i := range 16 {
			ask(fmt.Sprint("skill ", i/3), "one")
		}
		wantWaiting(20)
		_, done = ask("honest", "one")
		wantCode(t, <-done, permissions.CodeTooMany)
		ask("honest", "two")
		wantWaiting(21)
		cancel()
		if err := <-again; !errors.Is(err, context.Canceled) {
			t.Errorf("Check() = %v, want context.Canceled", err)
		}
	})
}

// Proposals that name no skill are of one skill in the line.
func TestWhatAnAgentProposesTakesNoPlaceFromThePerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := furnish(t)
		ctx, cancel := context.WithCancel(context.Background())
		defer synctest.Wait()
		defer cancel()
		propose := func(p permissions.Proposal) <-chan error {
			done := make(chan error, 1)
			go func() { done <- h.broker.Propose(ctx, p) }()
			synctest.Wait()
			return done
		}
		applied := 0
		for range 4 {
			propose(permissions.Proposal{Client: "claude-code", Verb: "Install", Name: "a skill", FromAgent: true, Apply: func() error { return nil }})
		}
		wantCode(t, <-propose(permissions.Proposal{Client: "claude-code", Verb: "Install", Name: "one more", FromAgent: true}), permissions.CodeTooMany)
		done := propose(proposal(&applied, nil))
		h.person.answer = quick
		if err := h.broker.Deny(h.broker.Waiting()[0].ID); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil || applied != 1 {
			t.Errorf("the person's own proposal: %v, applied %d times; want once", err, applied)
		}
	})
}

// paused is ten thousand calls of many skills and clients that wait for a person.
type paused struct {
	*house
	calls   int
	release chan struct{}
	all     sync.WaitGroup
}

const manyCalls = 10_000

// pauseMany returns when all of them wait.
func pauseMany(t testing.TB) *paused {
	var entered atomic.Int32
	parked := make(chan struct{})
	m := &paused{calls: rounds(manyCalls), release: make(chan struct{})}
	m.house = furnish(t, func(o *permissions.Options) {
		o.Changed = func() {
			if entered.Add(1) == int32(m.calls)+1 { // each came, and the first was shown
				close(parked)
			}
		}
	})
	m.person.answer = func(p permissions.Prompt) permissions.Answer {
		<-m.release
		return quick(p)
	}
	for i := range m.calls {
		need := m.need(fmt.Sprintf("fs:read:${workspace}/%d", i))
		g := m.asking(fmt.Sprint("skill ", i/3), fmt.Sprint("client ", i/20))
		m.all.Go(func() { wantCode(t, g.Check(context.Background(), need), "") })
	}
	<-parked
	return m
}

// resume gives them one yes after another and returns when all went on.
func (m *paused) resume() {
	close(m.release)
	m.all.Wait()
}

func TestManyPausedCallsResume(t *testing.T) {
	defer goleak.VerifyNone(t)
	m := pauseMany(t)
	if m.calls == manyCalls { // which is as many as there may be
		wantCode(t, m.check(m.asking("skill", "a new client"), payroll), permissions.CodeTooMany)
	}
	m.resume()
	if n := len(m.person.prompts()); n != m.calls {
		t.Errorf("%d questions, want %d", n, m.calls)
	}
}

func TestManyCallsThatWereStoppedGoOn(t *testing.T) {
	defer goleak.VerifyNone(t)
	h := furnish(t)
	h.person.answer = quick
	done := stopMany(t, h)
	if err := h.broker.Resume(context.Background(), "playground"); err != nil {
		t.Fatal(err)
	}
	done.Wait()
}

// stopMany pauses everything and lets ten thousand calls check what they were given.
func stopMany(t testing.TB, h *house) *sync.WaitGroup {
	if err := h.broker.Pause(); err != nil {
		t.Fatal(err)
	}
	var stopped, done sync.WaitGroup
	need := h.need("fs:list:${workspace}/a")
	g := h.begin()
	for range rounds(manyCalls) {
		stopped.Add(1)
		done.Go(func() {
			stopped.Done()
			wantCode(t, g.Check(context.Background(), need), "")
		})
	}
	stopped.Wait()
	return &done
}
