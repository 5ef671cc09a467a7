package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/host"
	"gatehouse/host/api"
	"gatehouse/internal/promptertest"
	"gatehouse/permissions"
)

// clicker looks at ask's page and clicks, over ask's door.
type clicker struct {
	t    *testing.T
	door string
}

func (c clicker) state(after uint64) api.PromptState {
	response, err := http.Get(fmt.Sprintf("%s/api/prompt?after=%d", c.door, after))
	if err != nil {
		c.t.Error(err)
		return api.PromptState{}
	}
	defer response.Body.Close()
	var s api.PromptState
	if err := json.NewDecoder(response.Body).Decode(&s); err != nil {
		c.t.Error(err)
	}
	return s
}

func (c clicker) see(p permissions.Prompt) {
	var s api.PromptState
	for began := time.Now(); time.Since(began) < 10*time.Second; {
		if s = c.state(s.N); s.Prompt != nil && s.Prompt.Nonce == p.Nonce {
			return
		}
	}
	c.t.Errorf("%s %q never appeared", p.Verb, p.Name)
}

func (c clicker) post(path string, v any) int {
	text, err := json.Marshal(v)
	if err != nil {
		c.t.Fatal(err)
	}
	response, err := http.Post(c.door+path, "application/json", bytes.NewReader(text))
	if err != nil {
		c.t.Error(err)
		return 0
	}
	response.Body.Close()
	return response.StatusCode
}

func newAsker(t *testing.T, start func() (<-chan struct{}, error)) (*api.Asker, clicker) {
	asker := api.NewAsker(api.AskerOptions{Start: start, Mark: func() api.Mark { return api.Mark{Color: "teal", Word: "heron"} }})
	server := httptest.NewServer(asker.Handler())
	t.Cleanup(server.Close)
	return asker, clicker{t, server.URL}
}

func TestAskIsAPrompter(t *testing.T) {
	promptertest.Run(t, func(t *testing.T) promptertest.Person {
		var gone atomic.Bool
		asker, c := newAsker(t, func() (<-chan struct{}, error) {
			if gone.Load() {
				return nil, host.ErrNoDisplay
			}
			return make(chan struct{}), nil
		})
		return promptertest.Person{
			Prompter: settling{asker},
			See:      c.see,
			Answer: func(_ permissions.Prompt, a permissions.Answer) {
				if status := c.post("/api/answer", a); status != http.StatusNoContent {
					t.Errorf("answering: status %d", status)
				}
			},
			Leave: func() { gone.Store(true) },
		}
	})
}

// settling is an Asker whose answers hold as soon as they are there.
type settling struct{ *api.Asker }

func (s settling) Ask(ctx context.Context, p permissions.Prompt, waiting func() int) (permissions.Answer, error) {
	a, err := s.Asker.Ask(ctx, p, waiting)
	s.Settled(p.Nonce, a.Verdict)
	return a, err
}

func prompt(nonce string) permissions.Prompt {
	return permissions.Prompt{ID: "q", Nonce: nonce, Verb: "Read", Name: "a.txt",
		Quick: permissions.Quick{Label: "Allow once", Lifetime: permissions.Once}}
}

func none() int { return 0 }

func TestAnswersToWhatIsNotOnTheScreenAreRefused(t *testing.T) {
	asker, c := newAsker(t, func() (<-chan struct{}, error) { return make(chan struct{}), nil })
	yes := permissions.Answer{Nonce: "one", Shown: prompt("one").Hash(), Verdict: permissions.Allow, Lifetime: permissions.Once}
	if status := c.post("/api/answer", yes); status != http.StatusConflict {
		t.Errorf("with nothing on screen: status %d, want %d", status, http.StatusConflict)
	}
	answers := make(chan permissions.Answer, 1)
	go func() {
		a, _ := settling{asker}.Ask(t.Context(), prompt("two"), none)
		answers <- a
	}()
	c.see(prompt("two"))
	if status := c.post("/api/answer", yes); status != http.StatusConflict {
		t.Errorf("with another question on screen: status %d, want %d", status, http.StatusConflict)
	}
	yes.Nonce, yes.Shown = "two", prompt("two").Hash()
	no := yes
	no.Verdict = permissions.Deny
	if status := c.post("/api/answer", no); status != http.StatusNoContent {
		t.Errorf("the first answer: status %d", status)
	}
	if status := c.post("/api/answer", yes); status != http.StatusConflict {
		t.Errorf("the second answer: status %d, want %d", status, http.StatusConflict)
	}
	if a := <-answers; a.Verdict != permissions.Deny {
		t.Errorf("Ask() = %+v, want the first answer", a)
	}
}

func TestAskIsToldThatNothingIsAsked(t *testing.T) {
	_, c := newAsker(t, func() (<-chan struct{}, error) { return make(chan struct{}), nil })
	response, err := http.Get(c.door + "/api/prompt?after=0")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var turn map[string]json.RawMessage
	if err := json.NewDecoder(response.Body).Decode(&turn); err != nil || string(turn["prompt"]) != "null" {
		t.Errorf("the prompt is %q, %v; want null", turn["prompt"], err)
	}
}

func TestClosingTheWindowDeniesOnce(t *testing.T) {
	asker, c := newAsker(t, func() (<-chan struct{}, error) { return make(chan struct{}), nil })
	answers := make(chan permissions.Answer, 1)
	go func() {
		a, _ := asker.Ask(t.Context(), prompt("one"), none)
		answers <- a
	}()
	c.see(prompt("one"))
	c.post("/api/close", struct{}{})
	if a := <-answers; a.Verdict != permissions.Deny || a.Lifetime != permissions.Once || a.Nonce != "one" {
		t.Errorf("Ask() = %+v, want deny once", a)
	}
	if status := c.post("/api/close", struct{}{}); status != http.StatusNoContent {
		t.Errorf("closing with nothing on screen: status %d", status)
	}
}

func TestAskIsStartedOnceMoreAndThenGivenUp(t *testing.T) {
	starts := 0
	crashed := make(chan struct{})
	close(crashed)
	asker, _ := newAsker(t, func() (<-chan struct{}, error) {
		starts++
		return crashed, nil
	})
	_, err := asker.Ask(context.Background(), prompt("one"), none)
	if err != permissions.ErrUnavailable || starts != 2 {
		t.Errorf("Ask() = %v after %d starts, want %v after 2", err, starts, permissions.ErrUnavailable)
	}
}

// An answer that could not be kept is said to be none, and one that holds is said to hold only then.
func TestAnAnswerIsTakenOnceItHolds(t *testing.T) {
	asker, c := newAsker(t, func() (<-chan struct{}, error) { return make(chan struct{}), nil })
	for _, tc := range []struct {
		name   string
		holds  permissions.Verdict
		status int
	}{
		{"it holds", permissions.Allow, http.StatusNoContent},
		{"it could not be kept", permissions.Deny, http.StatusInternalServerError},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := prompt(tc.name)
			asked := make(chan permissions.Answer, 1)
			go func() {
				a, _ := asker.Ask(context.Background(), p, none)
				asked <- a
			}()
			c.see(p)
			status := make(chan int, 1)
			go func() {
				status <- c.post("/api/answer", permissions.Answer{Nonce: p.Nonce, Shown: p.Hash(), Verdict: permissions.Allow, Lifetime: permissions.Once})
			}()
			<-asked
			select {
			case got := <-status:
				t.Fatalf("before it was kept: status %d", got)
			default:
			}
			asker.Settled(p.Nonce, tc.holds)
			if got := <-status; got != tc.status {
				t.Errorf("status %d, want %d", got, tc.status)
			}
		})
	}
}

func TestOnlyAFileCanBePicked(t *testing.T) {
	asker, c := newAsker(t, func() (<-chan struct{}, error) { return make(chan struct{}), nil })
	dir := t.TempDir()
	file, link := filepath.Join(dir, "a.txt"), filepath.Join(dir, "link")
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.Symlink(file, link)); err != nil {
		t.Fatal(err)
	}
	real, err := filepath.EvalSymlinks(file)
	if err != nil {
		t.Fatal(err)
	}
	answers := make(chan permissions.Answer, 1)
	go func() {
		a, _ := settling{asker}.Ask(t.Context(), prompt("one"), none)
		answers <- a
	}()
	c.see(prompt("one"))
	pick := func(path string) int {
		return c.post("/api/answer", permissions.Answer{Nonce: "one", Verdict: permissions.Allow, Lifetime: permissions.Once, Picked: path})
	}
	for _, path := range []string{dir, filepath.Join(dir, "none"), "a.txt", "/dev/null"} {
		if got := pick(path); got != http.StatusUnprocessableEntity {
			t.Errorf("picking %s: status %d", path, got)
		}
	}
	if got := pick(link); got != http.StatusNoContent {
		t.Errorf("picking a link to a file: status %d", got)
	}
	if a := <-answers; a.Picked != real {
		t.Errorf("Ask() says %q was picked, want %q", a.Picked, real)
	}
}
