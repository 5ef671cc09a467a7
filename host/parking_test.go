package host_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/host"
)

// lot is a Parking whose calls end when the test says so.
type lot struct {
	*host.Parking
	t    *testing.T
	ran  atomic.Int64
	ends chan struct{}
}

func newLot(t *testing.T) *lot {
	l := &lot{t: t, ends: make(chan struct{})}
	l.Parking = host.NewParking(func(ctx context.Context, c host.Call) (host.Result, error) {
		n := l.ran.Add(1)
		select {
		case <-l.ends:
			return host.Result{Call: fmt.Sprint(n), Output: c.Input}, nil
		case <-ctx.Done():
			return host.Result{}, &host.Error{Code: host.CodeCancelled, Message: "cancelled"}
		}
	})
	t.Cleanup(l.Wait)
	return l
}

func (l *lot) begin(owner host.Owner, connection, input string) *host.Parked {
	l.t.Helper()
	p, err := l.Begin(owner, connection, read(input))
	if err != nil {
		l.t.Fatal(err)
	}
	return p
}

func read(input string) host.Call {
	return host.Call{Skill: "files", Tool: "read", Input: json.RawMessage(input)}
}

func ended(p *host.Parked) bool {
	stage, _ := p.Stage()
	return stage == host.StageEnded
}

func TestParkedCallIsCollectedByItsOwnerAlone(t *testing.T) {
	l := newLot(t)
	ticket := l.begin("a", "1", `{}`).HandOut()
	for _, other := range []host.Owner{"b", "", "A"} {
		if _, ok := l.Find(other, ticket); ok {
			t.Errorf("Find(%q) found a call of %q", other, "a")
		}
	}
	p, ok := l.Find("a", ticket)
	if !ok {
		t.Fatal("the owner did not find it")
	}
	close(l.ends)
	if result, err := p.Collect(); err != nil || result.Call != "1" {
		t.Errorf("Collect() = %v, %v; want the outcome of the first run", result, err)
	}
	if l.ran.Load() != 1 {
		t.Errorf("it ran %d times", l.ran.Load())
	}
}

func TestTicketThatWasNotGivenOutOpensNothing(t *testing.T) {
	l := newLot(t)
	defer close(l.ends)
	p := l.begin("a", "1", `{}`)
	ticket, _ := p.Seal()
	q := l.begin("a", "1", `{"n":1}`)
	defer q.Cancel()
	if _, ok := l.Find("a", ticket+"x"); ok {
		t.Error("a ticket that nobody was given found something")
	}
	if _, ok := l.Find("a", ""); ok {
		t.Error("no ticket found something")
	}
}

func TestOutcomeIsReadableForTenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLot(t)
		close(l.ends)
		ticket := l.begin("a", "1", `{}`).HandOut()
		time.Sleep(23 * time.Hour)
		collect(t, l, ticket)
		time.Sleep(9*time.Minute + 59*time.Second)
		collect(t, l, ticket)
		time.Sleep(2 * time.Second)
		if _, ok := l.Find("a", ticket); ok {
			t.Error("it can still be collected ten minutes after it was first")
		}

		never := l.begin("a", "1", `{}`).HandOut()
		time.Sleep(24*time.Hour + time.Second)
		if _, ok := l.Find("a", never); ok {
			t.Error("what nobody collected is kept for more than a day")
		}
	})
}

func collect(t *testing.T, l *lot, ticket string) {
	t.Helper()
	p, ok := l.Find("a", ticket)
	if !ok {
		t.Fatal("the outcome is gone")
	}
	if _, err := p.Collect(); err != nil {
		t.Fatal(err)
	}
}

func TestEqualCallIsAnotherUnlessTheFirstWasGivenUp(t *testing.T) {
	l := newLot(t)
	first := l.begin("a", "1", `{"path":"x","n":1}`)
	if _, ok := l.Again("a", "1", read(`{"path":"x","n":1}`)); ok {
		t.Fatal("a call that somebody waits for was taken for another")
	}
	first.HandOut()
	for name, c := range map[string]struct {
		owner      host.Owner
		connection string
		input      string
	}{
		"of another client":        {"b", "1", `{"path":"x","n":1}`},
		"on another connection":    {"a", "2", `{"path":"x","n":1}`},
		"with another input":       {"a", "1", `{"path":"y","n":1}`},
		"with a number further on": {"a", "1", `{"path":"x","n":1.0000000000000000001}`},
	} {
		if _, ok := l.Again(c.owner, c.connection, read(c.input)); ok {
			t.Errorf("a call %s was taken for it", name)
		}
	}
	again, ok := l.Again("a", "1", read(`{"n":1, "path":"x"}`))
	if !ok {
		t.Fatal("the second try was not taken for the first")
	}
	if _, ok := l.Again("a", "1", read(`{"path":"x","n":1}`)); ok {
		t.Error("a third was taken for it while the second waits")
	}
	close(l.ends)
	if _, err := again.Collect(); err != nil {
		t.Fatal(err)
	}
	if _, ok := l.Again("a", "1", read(`{"path":"x","n":1}`)); ok {
		t.Error("a call that was collected was taken for a new one")
	}
}

func TestSealServesOnce(t *testing.T) {
	l := newLot(t)
	defer close(l.ends)
	ticket, round := l.begin("a", "1", `{}`).Seal()
	for _, wrong := range []int{0, round - 1, round + 1} {
		if _, ok := l.Unseal("a", ticket, wrong); ok {
			t.Errorf("round %d was taken for %d", wrong, round)
		}
	}
	if _, ok := l.Unseal("b", ticket, round); ok {
		t.Error("another's was taken")
	}
	p, ok := l.Unseal("a", ticket, round)
	if !ok {
		t.Fatal("it did not serve")
	}
	if _, ok := l.Unseal("a", ticket, round); ok {
		t.Error("it served twice while the first waits")
	}
	_, second := p.Seal()
	if _, ok := l.Unseal("a", ticket, round); ok {
		t.Error("it served twice once the first had left")
	}
	if p, ok = l.Unseal("a", ticket, second); !ok {
		t.Fatal("the next did not serve")
	}
	p.Cancel()
}

func TestWhoLeavesAndWhoCancels(t *testing.T) {
	l := newLot(t)
	left := l.begin("a", "1", `{}`)
	left.Detach()
	taken := l.begin("a", "1", `{"n":1}`)
	taken.Cancel()
	<-done(taken)
	if ended(left) {
		t.Error("a call ended whose connection was lost")
	}
	both := l.begin("a", "1", `{"n":2}`)
	ticket := both.HandOut()
	one, _ := l.Find("a", ticket)
	other, _ := l.Find("a", ticket)
	one.Cancel()
	if ended(both) {
		t.Error("a call ended that another request waits for")
	}
	other.Cancel()
	<-done(both)
	close(l.ends)
}

// done is closed once p has ended.
func done(p *host.Parked) <-chan struct{} {
	c := make(chan struct{})
	go func() {
		defer close(c)
		for {
			stage, changed := p.Stage()
			if stage == host.StageEnded {
				return
			}
			<-changed
		}
	}()
	return c
}

func TestTooManyCallsOfOneOwner(t *testing.T) {
	l := newLot(t)
	for i := range 256 {
		l.begin("a", "1", fmt.Sprint(i))
	}
	if _, err := l.Begin("a", "1", read("{}")); host.Explain(err).Code != "too_many_requests" {
		t.Errorf("the 257th: %v; want too_many_requests", err)
	}
	l.begin("b", "1", "{}")
	close(l.ends)
	l.Wait()
	if l.ran.Load() != 257 {
		t.Errorf("%d ran; want 257", l.ran.Load())
	}
	l.begin("a", "1", "{}") // there is room again
}

// TestParkingInAnyOrder does what clients do in every order at once: each call runs once, whatever becomes of the requests.
func TestParkingInAnyOrder(t *testing.T) {
	var begun, ran atomic.Int64
	p := host.NewParking(func(ctx context.Context, c host.Call) (host.Result, error) {
		ran.Add(1)
		c.Waiting(true)
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(rand.IntN(300)) * time.Microsecond):
		}
		c.Waiting(false)
		return host.Result{}, ctx.Err()
	})
	var clients sync.WaitGroup
	for client := range 10 {
		owner := host.Owner(fmt.Sprint(client))
		clients.Go(func() {
			for i := range 300 {
				c := read(fmt.Sprint(i % 3))
				parked, again := p.Again(owner, "1", c)
				if !again {
					var err error
					if parked, err = p.Begin(owner, "1", c); err != nil {
						t.Error(err)
						return
					}
					begun.Add(1)
				}
				request(p, owner, parked)
			}
		})
	}
	clients.Wait()
	p.Wait()
	if begun.Load() != ran.Load() {
		t.Errorf("%d were begun and %d ran", begun.Load(), ran.Load())
	}
}

func request(p *host.Parking, owner host.Owner, parked *host.Parked) {
	for {
		switch rand.IntN(5) {
		case 0:
			parked.Detach()
			return
		case 1:
			parked.Cancel()
			return
		case 2:
			parked.HandOut()
			return
		case 3:
			ticket, round := parked.Seal()
			next, ok := p.Unseal(owner, ticket, round)
			if !ok {
				return
			}
			parked = next
		case 4:
			<-done(parked)
			parked.Collect()
			return
		}
	}
}
