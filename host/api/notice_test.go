package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/host/api"
	"gatehouse/permissions"
)

func TestTheSystemIsToldOnceOfAQuestionAndOnlyWhileThePersonIsElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asker := api.NewAsker(api.AskerOptions{Start: func() (<-chan struct{}, error) { return make(chan struct{}), nil }, Mark: func() api.Mark { return api.Mark{} }})
		p := &page{door: asker.Handler()}
		stage := func() (s api.StageState) {
			if err := json.NewDecoder(p.get("/api/show?after=0").Body).Decode(&s); err != nil {
				t.Fatal(err)
			}
			return s
		}
		waiting := 0
		ask := func(nonce, name string) context.CancelFunc {
			ctx, cancel := context.WithCancel(context.Background())
			q := prompt(nonce)
			q.Name, q.Subject.Skill, q.Subject.Client = name, "pdf-tools", "<b>agent</b>"
			go func() {
				a, _ := asker.Ask(ctx, q, func() int { return waiting })
				asker.Settled(nonce, a.Verdict)
			}()
			synctest.Wait()
			return cancel
		}

		if s := stage(); s.Visible || s.Notice != nil || s.Title != "Gatehouse asks" {
			t.Errorf("at first: %+v", s)
		}
		withdraw := ask("one", "a\u202E & b.txt")
		s := stage()
		want := "Read “a‹U+202E› ‹U+0026› b.txt”?\nThe skill “pdf-tools” asks, for “‹U+003C›b‹U+003E›agent‹U+003C›‹U+002F›b‹U+003E›”."
		if !s.Visible || s.Raise || s.Notice == nil || s.Notice.Body != want {
			t.Fatalf("with a question: %+v, %+v; want it seen, not raised, and told as %q", s, s.Notice, want)
		}
		waiting = 2
		asker.Recount()
		if s := stage(); s.Title != "(3) Gatehouse asks" || s.Notice == nil || s.Notice.ID != "one" {
			t.Errorf("with three questions: %+v", s)
		}
		asker.Raise()
		if s := stage(); !s.Raise {
			t.Errorf("raised: %+v", s)
		}
		waiting = 0
		withdraw()
		synctest.Wait()
		if s := stage(); s.Notice != nil || s.Title != "Gatehouse asks" {
			t.Errorf("withdrawn: %+v", s)
		}

		// Who has just answered is there, and is not told of the next question.
		ask("two", strings.Repeat("n", 100))
		if n := stage().Notice; n == nil || !strings.Contains(n.Body, "“nnnnnnnnnnnnnnnnnnnn…nnnnnnnnnnnnnnnnnnnn”") {
			t.Errorf("a long name: %+v", n)
		}
		if status := p.post("/api/answer", permissions.Answer{Nonce: "two", Verdict: permissions.Deny, Lifetime: permissions.Once}); status != http.StatusNoContent {
			t.Fatalf("answering: status %d", status)
		}
		withdraw = ask("three", "a.txt")
		if n := stage().Notice; n != nil {
			t.Errorf("right after an answer the system is told %+v", n)
		}
		withdraw()
		time.Sleep(time.Minute) // of the test's own clock
		withdraw = ask("four", "a.txt")
		if n := stage().Notice; n == nil || n.ID != "four" {
			t.Errorf("a minute later the system is told %+v", n)
		}
		withdraw()
		time.Sleep(time.Minute)
	})
}
