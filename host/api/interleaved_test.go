package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/host/api"
	"gatehouse/permissions"
)

// page is ask's page as far as answers go: it answers what it last saw, and sometimes what it saw long before.
type page struct {
	door http.Handler
	seen []api.PromptState
}

func (p *page) get(path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	p.door.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func (p *page) look(t *testing.T) {
	var s api.PromptState
	if err := json.NewDecoder(p.get("/api/prompt?after=0").Body).Decode(&s); err != nil {
		t.Fatal(err)
	}
	if s.Prompt != nil {
		p.seen = append(p.seen, s)
	}
}

func (p *page) post(path string, v any) int {
	text, _ := json.Marshal(v)
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(string(text)))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	p.door.ServeHTTP(w, r)
	return w.Code
}

// Prompts arrive, are withdrawn and replaced, are brought to the front and counted anew, and answered in time and late,
// in 10,000 random orders. Whatever is answered, only the prompt that was on the screen, with the very picture that was
// there, gets it.
func TestNoAnswerLandsOnAPromptThatWasNotOnTheScreen(t *testing.T) {
	taken, late := 0, 0
	for seed := range uint64(100) {
		synctest.Test(t, func(t *testing.T) {
			o := newOrders(t, seed)
			for range 100 {
				o.run()
			}
			taken, late = taken+o.taken, late+o.late
		})
		if t.Failed() {
			t.Fatalf("with seed %d", seed)
		}
	}
	if taken < 1_000 || late < 1_000 {
		t.Errorf("%d answers were taken and %d came late: that tries too little", taken, late)
	}
}

// orders are random orders of what can happen to one Asker.
type orders struct {
	t     *testing.T
	roll  *rand.Rand
	asker *api.Asker
	page  *page

	n        int                // prompts so far
	open     string             // the nonce of the one that is on the screen
	withdraw context.CancelFunc // takes it back
	got      map[string]permissions.Answer

	taken, late int
}

func newOrders(t *testing.T, seed uint64) *orders {
	asker := api.NewAsker(api.AskerOptions{
		Start: func() (<-chan struct{}, error) { return make(chan struct{}), nil },
		Mark:  func() api.Mark { return api.Mark{} },
	})
	return &orders{t: t, roll: rand.New(rand.NewPCG(seed, 3)), asker: asker, page: &page{door: asker.Handler()},
		got: map[string]permissions.Answer{}}
}

// run does fourteen things in a random order and ends with nothing on the screen.
func (o *orders) run() {
	for range 14 {
		switch o.roll.IntN(10) {
		case 0, 1:
			if o.open == "" {
				o.ask()
			}
		case 2:
			o.end()
		case 3:
			o.asker.Raise()
		case 4:
			o.asker.Recount()
		case 5:
			time.Sleep(time.Duration(o.roll.IntN(1000)) * time.Millisecond) // of the test's own clock
		case 6:
			o.page.look(o.t)
		default:
			if seen := o.page.seen; len(seen) > 0 {
				o.answer(seen[max(0, len(seen)-1-o.roll.IntN(3))])
			}
		}
	}
	o.end()
	time.Sleep(time.Minute) // what still runs ends
}

func (o *orders) ask() {
	o.n++
	p := prompt(fmt.Sprint(o.n))
	p.Name = fmt.Sprint("file", o.roll.IntN(3))
	ctx, cancel := context.WithCancel(context.Background())
	o.open, o.withdraw = p.Nonce, cancel
	go func() {
		answer, err := o.asker.Ask(ctx, p, func() int { return o.n % 3 })
		if err == nil {
			o.got[p.Nonce] = answer
		}
		if err == nil && (answer.Nonce != p.Nonce || answer.Shown != p.Hash()) {
			o.t.Errorf("prompt %s got the answer %+v", p.Nonce, answer)
		}
		o.asker.Settled(p.Nonce, answer.Verdict)
		o.open = ""
	}()
	synctest.Wait()
}

func (o *orders) end() {
	if o.open != "" {
		o.withdraw()
		synctest.Wait()
	}
}

// answer presses a button on what the page saw some time ago.
func (o *orders) answer(s api.PromptState) {
	nonce, open := s.Prompt.Nonce, o.open == s.Prompt.Nonce
	verdict := []permissions.Verdict{permissions.Allow, permissions.Deny}[o.roll.IntN(2)]
	before, had := o.got[nonce]
	status := o.page.post("/api/answer", permissions.Answer{Nonce: nonce, Shown: s.Hash, Verdict: verdict, Lifetime: permissions.Once})
	synctest.Wait()
	after, landed := o.got[nonce]
	if open {
		o.taken++
	} else {
		o.late++
	}
	switch {
	case open != (status == http.StatusNoContent):
		o.t.Errorf("answering %s: status %d, and it was on the screen: %v", nonce, status, open)
	case open && (!landed || after.Verdict != verdict):
		o.t.Errorf("answering %s with %s gave %+v", nonce, verdict, after)
	case !open && (landed != had || after != before):
		o.t.Errorf("answering %s late changed %+v to %+v", nonce, before, after)
	}
}
