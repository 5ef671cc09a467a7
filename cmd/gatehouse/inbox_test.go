package main_test

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/host/api"
	"gatehouse/permissions"
)

// inbox is what the window shows.
func (d *desk) inbox() []api.Question {
	d.t.Helper()
	var body api.Inbox
	if err := d.window.get(d.t.Context(), "/api/inbox", &body); err != nil {
		d.t.Fatal(err)
	}
	return body.Questions
}

// posts sends nothing through a door and wants a status.
func (d *desk) posts(to door, path string, want int) {
	d.t.Helper()
	if status, text, err := to.post(d.t.Context(), path, struct{}{}); err != nil || status != want {
		d.t.Errorf("POST %s: %d %s, %v; want %d", path, status, text, err, want)
	}
}

func TestAQuestionIsAnsweredAfterItsCallIsGone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if p := d.run("host", "stop"); p.wait() != 0 {
		t.Fatal(p)
	}
	d.ended()
	// The host that a command starts finds no display to ask on.
	if p := d.read("letter.txt"); p.wait() != 5 || !strings.Contains(p.err.String(), "approver_unavailable") {
		t.Fatal(p)
	}
	if p := d.run("host", "stop"); p.wait() != 0 {
		t.Fatal(p)
	}

	d.sit()
	rest := d.inbox()
	if len(rest) != 1 || rest[0].State != permissions.StateParked || rest[0].Visible || rest[0].Until <= rest[0].Asked || rest[0].Prompt.Nonce != "" {
		t.Fatalf("the inbox holds %+v", rest)
	}
	stranger := socket(t, d, "cli")
	d.posts(stranger, "/api/inbox/none/open", http.StatusNotFound)
	d.posts(stranger, "/api/inbox/"+rest[0].ID+"/open", http.StatusNoContent) // anybody may ask to be asked
	asked := d.look()
	if asked.Prompt.Verb != "Let skills work in" || !strings.HasPrefix(asked.Prompt.Warnings[0], "The call that asked is gone.") {
		t.Errorf("it asks %s, %q", told(asked), asked.Prompt.Warnings)
	}
	if now := d.inbox(); len(now) != 1 || now[0].State != permissions.StateOpen || len(d.kept()) != 0 {
		t.Errorf("the inbox holds %+v, and kept is %v", now, d.kept())
	}
	d.must("-", "quick")
	if left := d.inbox(); len(left) != 0 {
		t.Errorf("the inbox still holds %+v", left)
	}
	call := d.read("letter.txt")
	d.must("letter.txt", "quick") // the start was answered: this is the first question
	if call.wait() != 0 {
		t.Error(call)
	}
}

func TestACancelledCallsQuestionIsShownAndCannotBeAnswered(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	call := d.read("letter.txt")
	d.look()
	call.kill()
	if err := d.nothing(t.Context()); err != nil {
		t.Fatal(err)
	}
	rest := d.inbox()
	if len(rest) != 1 || rest[0].State != permissions.StateCancelled {
		t.Fatalf("the inbox holds %+v", rest)
	}
	d.posts(d.window, "/api/inbox/"+rest[0].ID+"/open", http.StatusNotFound)
	d.posts(d.window, "/api/inbox/"+rest[0].ID+"/dismiss", http.StatusNoContent)
	d.posts(d.window, "/api/inbox/"+rest[0].ID+"/dismiss", http.StatusNotFound)
}

func TestAnybodyPausesAndOnlyThePersonResumes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	call := d.read("letter.txt")
	d.must("-", "quick")
	before := d.look()
	stranger := socket(t, d, "cli")
	d.posts(stranger, "/api/pause", http.StatusNoContent)
	if err := d.nothing(t.Context()); err != nil {
		t.Fatal(err)
	}
	resumed := make(chan int, 1)
	resume := func() {
		status, _, _ := stranger.post(t.Context(), "/api/resume", struct{}{})
		resumed <- status
	}
	go resume()
	asked := d.look()
	if asked.Prompt.Verb != "Let everything go on" || !strings.Contains(asked.Prompt.Warnings[0], "terminal") {
		t.Errorf("it asks %s, %q", told(asked), asked.Prompt.Warnings)
	}
	yes := permissions.Answer{Nonce: asked.Prompt.Nonce, Shown: asked.Hash, Verdict: permissions.Allow, Lifetime: permissions.Once}
	if status, _, _ := stranger.post(t.Context(), "/api/answer", yes); status != http.StatusNotFound {
		t.Errorf("a program on the socket answered: %d", status)
	}
	d.must("-", "deny")
	if status := <-resumed; status != http.StatusForbidden {
		t.Errorf("resuming after a no: %d, want %d", status, http.StatusForbidden)
	}
	var now api.Status
	if err := d.window.get(t.Context(), "/api/status", &now); err != nil || !now.Paused {
		t.Errorf("status %+v, %v; want it paused", now, err)
	}
	go resume()
	d.must("-", "quick")
	if status := <-resumed; status != http.StatusNoContent {
		t.Errorf("resuming after a yes: %d", status)
	}
	if again := d.look(); again.Prompt.Need != before.Prompt.Need || again.Prompt.Nonce == before.Prompt.Nonce {
		t.Errorf("it asks %s afterwards, want %s anew", told(again), told(before))
	}
	d.must("letter.txt", "quick")
	if call.wait() != 0 {
		t.Error(call)
	}
}

func TestAPauseOutlivesItsHost(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if p := d.run("host", "pause"); p.wait() != 0 || !strings.Contains(p.out.String(), "everything is paused") {
		t.Fatal(p)
	}
	d.leave()
	d.sit()
	if p := d.run("host", "status"); p.wait() != 0 || !strings.Contains(p.out.String(), "gatehouse host resume") {
		t.Error(p)
	}
	p := d.run("host", "resume")
	d.must("-", "quick")
	if p.wait() != 0 || !strings.Contains(p.out.String(), "everything goes on") {
		t.Error(p)
	}
}

func TestStoppingASkillEndsItsCalls(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first := d.read("letter.txt")
	d.must("-", "quick")
	asked := d.look()
	second := d.read("letter.txt")
	for len(d.inbox()) < 2 {
		if t.Context().Err() != nil {
			return
		}
	}
	no := permissions.Answer{Nonce: asked.Prompt.Nonce, Shown: asked.Hash, Verdict: permissions.Deny, Lifetime: permissions.Once, Stop: true}
	if status, text, err := d.ask.post(t.Context(), "/api/answer", no); err != nil || status != http.StatusNoContent {
		t.Fatalf("answering: %d %s, %v", status, text, err)
	}
	for _, call := range []*process{first, second} {
		if call.wait() == 0 {
			t.Error(call)
		}
	}
	if p := d.run("audit", "list"); p.wait() != 0 || !strings.Contains(p.out.String(), "stopped") {
		t.Error(p)
	}
}
