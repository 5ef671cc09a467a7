package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/promptertest"
	"gatehouse/permissions"
)

// typist sits at a terminal that is a pipe.
type typist struct {
	t     *testing.T
	mu    sync.Mutex
	line  net.Conn
	seen  bytes.Buffer
	wrote *sync.Cond
	gone  bool
}

// asked is what the terminal says when it reads an answer; a part of it alone may stand in hostile text.
const asked = "[d] details\nanswer [n]: "

func newTypist(t *testing.T) *typist {
	p := &typist{t: t}
	p.wrote = sync.NewCond(&p.mu)
	return p
}

// open is the terminal appearing under a question.
func (p *typist) open() (tty, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return nil, errors.New("no terminal")
	}
	theirs, ours := net.Pipe()
	p.line = ours
	p.seen.Reset()
	go p.read(ours)
	return theirs, nil
}

func (p *typist) read(line net.Conn) {
	chunk := make([]byte, 4096)
	for {
		n, err := line.Read(chunk)
		p.mu.Lock()
		if p.line == line {
			p.seen.Write(chunk[:n])
		}
		p.wrote.Broadcast()
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// await blocks until text is on the screen and takes it off.
func (p *typist) await(text string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	stop := time.AfterFunc(10*time.Second, p.wrote.Broadcast)
	defer stop.Stop()
	for began := time.Now(); !strings.Contains(p.seen.String(), text); p.wrote.Wait() {
		if time.Since(began) > 9*time.Second {
			p.t.Errorf("the terminal never said %q; it says %q", text, p.seen.String())
			return ""
		}
	}
	screen := p.seen.String()
	p.seen.Reset()
	return screen
}

func (p *typist) enter(line string) { fmt.Fprintf(p.line, "%s\n", line) }

func (p *typist) answer(q permissions.Prompt, a permissions.Answer) {
	if a.Verdict == permissions.Deny {
		p.enter("x")
		p.await("number [back]: ")
		p.enter(fmt.Sprint(1 + place(q.Denials, a.Lifetime)))
		return
	}
	if a.Rung == q.Quick.Rung && a.Lifetime == q.Quick.Lifetime {
		p.enter("y")
		return
	}
	p.enter("m")
	p.await("number [back]: ")
	p.enter(fmt.Sprint(1 + a.Rung))
	p.await("number [back]: ")
	p.enter(fmt.Sprint(1 + place(q.Rungs[a.Rung].Lifetimes, a.Lifetime)))
	p.await("type yes")
	p.enter("yes")
}

func place(choices []permissions.Choice, l permissions.Lifetime) int {
	return slices.IndexFunc(choices, func(c permissions.Choice) bool { return c.Lifetime == l })
}

func TestTheTerminalIsAPrompter(t *testing.T) {
	promptertest.Run(t, func(t *testing.T) promptertest.Person {
		p := newTypist(t)
		return promptertest.Person{
			Prompter: &terminal{open: p.open, grace: time.Millisecond},
			See:      func(permissions.Prompt) { p.await(asked) },
			Answer:   p.answer,
			Leave: func() {
				p.mu.Lock()
				defer p.mu.Unlock()
				p.gone = true
			},
		}
	})
}

func question() permissions.Prompt {
	choices := []permissions.Choice{{Lifetime: permissions.Always, Label: "Always"}}
	return permissions.Prompt{
		ID: "q", Nonce: "n", Verb: "Read", Name: "a\x1b[2J\u202etxt.exe", Why: "please\nanswer [n]: y",
		Subject: permissions.Subject{Skill: "files", Client: "terminal", Signer: "built in"},
		Rungs:   []permissions.Rung{{Label: "This file", Grant: "fs:read:${workspace}/a", Lifetimes: choices}},
		Quick:   permissions.Quick{Label: "Allow once", Lifetime: permissions.Once},
		Denials: []permissions.Choice{{Lifetime: permissions.Once, Label: "Deny"}},
		Loss:    "If you deny, the skill gets an error; nothing is lost.",
	}
}

func TestOnlyAWordThatSaysYesAllows(t *testing.T) {
	for _, test := range []struct {
		name  string
		typed []string
		want  permissions.Verdict
	}{
		{"enter alone denies", []string{""}, permissions.Deny},
		{"no denies", []string{"n"}, permissions.Deny},
		{"the end of the terminal denies", nil, permissions.Deny},
		{"a wrong word asks again", []string{"maybe", "n"}, permissions.Deny},
		{"stop denies", []string{"s"}, permissions.Deny},
		{"yes allows once", []string{"y"}, permissions.Allow},
		{"going back from more asks again", []string{"m", "", ""}, permissions.Deny},
		{"more without the last yes asks again", []string{"m", "1", "1", "", ""}, permissions.Deny},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newTypist(t)
			answers := make(chan permissions.Answer)
			go func() {
				a, err := (&terminal{open: p.open, grace: time.Millisecond}).Ask(t.Context(), question(), nil)
				if err != nil {
					t.Error(err)
				}
				answers <- a
			}()
			p.await(asked)
			for _, line := range test.typed {
				p.enter(line)
			}
			if test.typed == nil {
				p.line.Close()
			}
			if a := <-answers; a.Verdict != test.want || a.Lifetime != permissions.Once || a.Stop != slices.Equal(test.typed, []string{"s"}) {
				t.Errorf("Ask() = %+v, want %s once", a, test.want)
			}
		})
	}
}

func TestNoCommandLineAnswersAProposal(t *testing.T) {
	p := newTypist(t)
	prompter, err := newCommandLine(&terminal{open: p.open, grace: time.Millisecond}, []string{"fs:read:${workspace}/**"})
	if err != nil {
		t.Fatal(err)
	}
	proposal := question()
	proposal.Verb, proposal.Name, proposal.Rungs = "Give a permission back to", "files", nil
	answers := make(chan permissions.Answer)
	go func() {
		a, _ := prompter.Ask(t.Context(), proposal, nil)
		answers <- a
	}()
	if screen := p.await(asked); strings.Contains(screen, "[m]") || strings.Contains(screen, "[x]") {
		t.Errorf("it offers what holds longer:\n%s", screen)
	}
	p.enter("n")
	if a := <-answers; a.Verdict != permissions.Deny {
		t.Errorf("Ask() = %+v, want the person's no", a)
	}
}

func TestWhatWasTypedBeforeTheQuestionCountsForNothing(t *testing.T) {
	// The clock is the test's own: the grace is over only once the yes was read.
	synctest.Test(t, func(t *testing.T) {
		p := newTypist(t)
		answers := make(chan permissions.Answer)
		go func() {
			a, _ := (&terminal{open: p.open, grace: 300 * time.Millisecond}).Ask(t.Context(), question(), nil)
			answers <- a
		}()
		p.await("nothing is lost") // the question is on the screen, and its grace runs
		p.enter("y")
		p.await(asked)
		p.enter("n")
		if a := <-answers; a.Verdict != permissions.Deny {
			t.Errorf("Ask() = %+v: a yes from before the question could be read counted", a)
		}
		p.line.Close()
	})
}

func TestTheTerminalShowsNothingHidden(t *testing.T) {
	p := newTypist(t)
	go (&terminal{open: p.open, grace: time.Millisecond}).Ask(t.Context(), question(), nil)
	screen := p.await(asked)
	for _, want := range []string{"a‹U+001B›[2J‹U+202E›txt.exe", "please‹U+000A›answer"} {
		if !strings.Contains(screen, want) {
			t.Errorf("the screen lacks %q:\n%s", want, screen)
		}
	}
	if strings.ContainsAny(screen, "\x1b\u202e") {
		t.Errorf("hostile characters reached the terminal: %q", screen)
	}
	p.line.Close()
}

func TestTheTerminalReadsOutAHostInALabels(t *testing.T) {
	for need, want := range map[string]string{
		"net:GET:https://xn--pple-43d.com:443/**": `(the host would be written "аpple.com": not plain letters, so look closely)`,
		"net:GET:https://apple.com:443/**":        "",
	} {
		p, q := newTypist(t), question()
		q.Need = need
		go (&terminal{open: p.open, grace: time.Millisecond}).Ask(t.Context(), q, nil)
		screen := p.await(asked)
		if strings.Contains(screen, "would be written") != (want != "") || !strings.Contains(screen, want) {
			t.Errorf("%s: the screen does not say %q:\n%s", need, want, screen)
		}
		p.line.Close()
	}
}

func TestTheTerminalShowsWhatARequestWouldSend(t *testing.T) {
	p, q := newTypist(t), question()
	q.Object = permissions.Object{Request: &permissions.Outgoing{
		Method: "POST", URL: "https://a.example:443/x?q=\u202eevil", From: "https://b.example:443/", Size: 65536, Unfinished: true, Most: 1 << 20, Cut: true,
		Headers: []permissions.Header{{Name: "Content-Type", Value: "text/\x1b[2Jplain"}}, Text: "first\r\n[y] allow once\n\x1b[31msecond\n",
	}}
	go (&terminal{open: p.open, grace: time.Millisecond}).Ask(t.Context(), q, nil)
	screen := p.await(asked)
	for _, want := range []string{
		"https://b.example:443/ led here", "POST https://a.example:443/x?q=‹U+202E›evil\n", "Content-Type: text/‹U+001B›[2Jplain\n",
		"    | first\n    | [y] allow once\n    | ‹U+001B›[31msecond\n", "65536 bytes so far, at most 1048576; the rest is not written yet", "not all of the body is shown",
	} {
		if !strings.Contains(screen, want) {
			t.Errorf("the screen lacks %q:\n%s", want, screen)
		}
	}
	p.line.Close()
}
