package main_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/home"
	"gatehouse/permissions"
)

// The tests here are issue 2's "nothing but ask's connection can answer or widen", against a real host.

// intruder is somebody who is not ask.
type intruder struct {
	name string
	door door
	// status is what every one of ask's own routes answers; 0 is no answer at all.
	status int
}

// socket is the host's socket as a program of the same user reaches it who calls itself role.
func socket(t *testing.T, d *desk, role string) door {
	t.Helper()
	paths, err := home.Find(d.home)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return home.Dial(ctx, paths, home.Hello{Version: "1", Program: "evil", Role: role})
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return door{base: "http://gatehouse", key: d.ask.key, way: transport}
}

func TestNobodyButAskAnswers(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	call := d.read("letter.txt")
	d.must("-", "quick")
	asked := d.look()
	yes := permissions.Answer{Nonce: asked.Prompt.Nonce, Shown: asked.Hash, Verdict: permissions.Allow,
		Rung: len(asked.Prompt.Rungs) - 1, Lifetime: permissions.Always}

	intruders := []intruder{
		{"the window, with its own key", d.window, http.StatusNotFound},
		{"a frame, with no key", door{base: d.ask.base}, http.StatusForbidden},
		{"a frame, with a key made up", door{base: d.ask.base, key: strings.Repeat("0", len(d.ask.key))}, http.StatusForbidden},
	}
	for _, role := range []string{"cli", "pipe", "host", "ask", "window", ""} {
		want := http.StatusNotFound
		if role == "pipe" {
			want = 0 // there is no HTTP on a pipe's connection
		}
		intruders = append(intruders, intruder{fmt.Sprintf("a program on the socket that says it is %q", role), socket(t, d, role), want})
	}
	for _, i := range intruders {
		t.Run(i.name, func(t *testing.T) {
			i.tries(t, http.MethodGet, "/api/prompt?after=0", nil)
			i.tries(t, http.MethodPost, "/api/answer", yes)
			i.tries(t, http.MethodPost, "/api/close", struct{}{})
			for _, path := range []string{"/api/answer/", "//api/answer", "/api/x/../answer", "/api/%61nswer/", "/API/ANSWER"} {
				if status, text, err := i.door.post(t.Context(), path, yes); err == nil && status < 300 {
					t.Errorf("POST %s: %d %s; want a refusal", path, status, text)
				}
			}
			if now := d.look(); now.Prompt.Nonce != asked.Prompt.Nonce || now.Hash != asked.Hash {
				t.Fatalf("the question is %s now; want the one from before", told(now))
			}
		})
	}
	if kept := d.kept(); kept["fs:read:${workspace}/letter.txt"] != "" || kept["fs:read:${workspace}/**"] != "" {
		t.Errorf("kept is %v; want no right to read", kept)
	}
	d.must("letter.txt", "quick")
	if status := call.wait(); status != 0 || !strings.Contains(call.out.String(), letter) {
		t.Errorf("after ask's own answer: %s", call)
	}
}

func (i intruder) tries(t *testing.T, method, path string, body any) {
	t.Helper()
	status, text, err := i.door.send(t.Context(), method, path, body)
	if (err != nil) != (i.status == 0) || status != i.status {
		t.Errorf("%s %s: %d %s, %v; want %d", method, path, status, text, err, i.status)
	}
}

// Whoever may see everything still sees no nonce, without which there is no answer, and is who the host found it is.
func TestTheSocketNeitherTellsNoncesNorBelievesNames(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.read("letter.txt")
	d.must("-", "quick")
	asked := d.look()
	for name, door := range map[string]door{"window": d.window, "socket": socket(t, d, "cli")} {
		for _, path := range []string{"/api/inbox", "/api/calls", "/api/audit", "/api/decisions", "/api/status", "/api/events?after=0", "/api/show?after=0"} {
			status, text, err := door.send(t.Context(), http.MethodGet, path, nil)
			if err != nil || status != http.StatusOK || strings.Contains(string(text), asked.Prompt.Nonce) {
				t.Errorf("%s: GET %s: %d, %v, %s; want 200 without the nonce", name, path, status, err, text)
			}
		}
	}

	stranger := socket(t, d, "window")
	for _, body := range []map[string]any{
		{"client": "playground"}, {"Client": "playground"}, {"session": "window dev"}, {"subject": map[string]any{"client": "playground"}}, {"allow": []string{"fs:read:${workspace}/**"}},
	} {
		body["skill"], body["tool"], body["input"], body["workspace"] = "files", "list", map[string]any{"path": "."}, d.folder
		if status, text, err := stranger.post(t.Context(), "/api/calls", body); err != nil || status != http.StatusUnprocessableEntity {
			t.Errorf("a call that brings %v: %d %s, %v; want %d", body, status, text, err, http.StatusUnprocessableEntity)
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		for _, path := range []string{"/api/decisions", "/api/workspaces", "/api/settings", "/api/prompt", "/api/inbox", "/api/audit"} {
			if status, text, err := stranger.send(t.Context(), method, path, map[string]any{"verdict": "allow", "lifetime": "always"}); err != nil || status < 400 {
				t.Errorf("%s %s: %d %s, %v; want a refusal", method, path, status, text, err)
			}
		}
	}
	d.must("letter.txt", "deny")
}

func TestAnAnswerThatDoesNotFitIsNoYes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first := d.read("letter.txt")
	d.must("-", "quick")
	d.must("letter.txt", "deny")
	first.wait()
	for i, c := range []struct {
		name   string
		change func(*permissions.Answer)
		// open says that the question stays open, since the answer was to none.
		open bool
	}{
		{"the nonce of another question", func(a *permissions.Answer) { a.Nonce = strings.Repeat("A", len(a.Nonce)) }, true},
		{"no nonce", func(a *permissions.Answer) { a.Nonce = "" }, true},
		{"the hash of something else", func(a *permissions.Answer) { a.Shown = strings.Repeat("0", len(a.Shown)) }, false},
		{"no hash", func(a *permissions.Answer) { a.Shown = "" }, false},
		{"a rung above the ladder", func(a *permissions.Answer) { a.Rung, a.Lifetime = 99, permissions.Always }, false},
		{"a rung below it", func(a *permissions.Answer) { a.Rung, a.Lifetime = -1, permissions.Always }, false},
		{"a lifetime that the rung has not", func(a *permissions.Answer) { a.Rung, a.Lifetime = 1, permissions.Once }, false},
		{"a lifetime that nobody knows", func(a *permissions.Answer) { a.Lifetime = "for ever and ever" }, false},
		{"no lifetime", func(a *permissions.Answer) { a.Lifetime = "" }, false},
		{"a verdict that nobody knows", func(a *permissions.Answer) { a.Verdict = "Allow" }, false},
		{"no verdict", func(a *permissions.Answer) { a.Verdict = "" }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := fmt.Sprintf("letter%d.txt", i) // one of its own: a question that is dismissed too often rests
			if err := os.WriteFile(filepath.Join(d.folder, name), []byte(letter), 0o600); err != nil {
				t.Fatal(err)
			}
			call := d.read(name)
			s := d.look()
			a, err := clicked(s, []string{"quick"})
			if err != nil {
				t.Fatal(err)
			}
			c.change(&a)
			status, text, err := d.ask.post(t.Context(), "/api/answer", a)
			if err != nil {
				t.Fatal(err)
			}
			if c.open {
				if now := d.look(); status != http.StatusConflict || now.Prompt.Nonce != s.Prompt.Nonce {
					t.Errorf("status %d %s, and the question is %s; want %d and the same question", status, text, told(now), http.StatusConflict)
				}
				d.must(name, "deny")
			}
			d.answered = s.Prompt.Nonce
			if exit := call.wait(); exit != 3 || strings.Contains(call.out.String(), letter) {
				t.Errorf("answered with %+v, status %d: %s; want status 3", a, status, call)
			}
		})
	}
	for grant, verdict := range d.kept() {
		if strings.HasPrefix(grant, "fs:read:") {
			t.Errorf("%s is kept (%s); want nothing to read", grant, verdict)
		}
	}
}

func TestAskTakesNoAnswerButJSON(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	call := d.read("letter.txt")
	d.must("-", "quick")
	s := d.look()
	yes, err := clicked(s, []string{"quick"})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"} {
		form := d.ask
		form.kind = kind
		if status, text, err := form.post(t.Context(), "/api/answer", yes); err != nil || status < 400 || status >= 500 {
			t.Errorf("the answer as %s: %d %s, %v; want a refusal", kind, status, text, err)
		}
	}
	for _, body := range []string{"", "{", "null", "[]", `"yes"`, `{"nonce":"` + s.Prompt.Nonce + `"}`, `{"verdict":"allow"}`} {
		if status, text, err := d.ask.do(t.Context(), http.MethodPost, "/api/answer", []byte(body)); err != nil || status < 400 || status >= 500 {
			t.Errorf("the answer %q: %d %s, %v; want a refusal", body, status, text, err)
		}
	}
	if now := d.look(); now.Prompt.Nonce != s.Prompt.Nonce {
		t.Errorf("the question is %s now; want the one from before", told(now))
	}
	d.must("letter.txt", "quick")
	if call.wait() != 0 {
		t.Errorf("after an answer as JSON: %s", call)
	}
}
