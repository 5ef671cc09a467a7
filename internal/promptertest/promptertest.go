// Package promptertest is what every permissions.Prompter must do. Both prompters run it: host/api.Asker, answered
// over ask's connection, and the terminal of `gatehouse run --here`, answered by typing. It knows nothing of screens.
package promptertest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"gatehouse/permissions"
)

// patience is how long a prompter may take to do what it must; only a failure takes as long.
const patience = 20 * time.Second

// Person is a Prompter together with somebody who looks at its screen.
type Person struct {
	Prompter permissions.Prompter
	// See blocks until p is on the screen and may be answered.
	See func(p permissions.Prompt)
	// Answer does what makes a the answer to p, which is on the screen: a click, or keys.
	Answer func(p permissions.Prompt, a permissions.Answer)
	// Leave takes away the one who could answer (no display, no terminal); Ask is called again after it.
	Leave func()
}

// Run tests the prompters that meet makes; each has nothing on its screen when it is handed over.
func Run(t *testing.T, meet func(t *testing.T) Person) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Person)
	}{
		{"the quick yes comes back with nonce and hash", func(t *testing.T, p Person) {
			prompt := question(1)
			wantAnswer(t, p, prompt, yes(prompt, prompt.Quick.Rung, prompt.Quick.Lifetime))
		}},
		{"every rung and lifetime that is offered can be chosen", everyChoice},
		{"every denial that is offered can be chosen", everyDenial},
		{"a second prompt after the first has its own answer", func(t *testing.T, p Person) {
			for i := range 3 {
				prompt := question(i)
				wantAnswer(t, p, prompt, yes(prompt, 1, permissions.ThisCall))
			}
		}},
		{"a start with several lines can be answered", func(t *testing.T, p Person) {
			prompt := startQuestion()
			wantAnswer(t, p, prompt, yes(prompt, 0, permissions.Always))
		}},
		{"a proposal, which offers nothing longer, can be answered", func(t *testing.T, p Person) {
			prompt := proposal()
			wantAnswer(t, p, prompt, yes(prompt, 0, permissions.Once))
		}},
		{"the end of the context withdraws the question", withdraws},
		{"a context that has ended already asks nobody", endedBefore},
		{"where nobody can be asked it says so at once", unavailable},
		{"hostile text does not answer by itself", hostile},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, meet(t)) })
	}
}

func everyChoice(t *testing.T, p Person) {
	prompt := question(1)
	for i, rung := range prompt.Rungs {
		for _, choice := range rung.Lifetimes {
			wantAnswer(t, p, prompt, yes(prompt, i, choice.Lifetime))
			prompt = renewed(prompt)
		}
	}
}

func everyDenial(t *testing.T, p Person) {
	prompt := question(1)
	for _, choice := range prompt.Denials {
		a := yes(prompt, 0, choice.Lifetime)
		a.Verdict = permissions.Deny
		wantAnswer(t, p, prompt, a)
		prompt = renewed(prompt)
	}
}

func withdraws(t *testing.T, p Person) {
	ctx, cancel := context.WithCancel(context.Background())
	first := question(1)
	done := ask(ctx, p, first)
	p.See(first)
	cancel()
	if r := wait(t, done); !errors.Is(r.err, context.Canceled) {
		t.Errorf("Ask() = %+v, %v; want context.Canceled", r.answer, r.err)
	}
	second := question(2)
	wantAnswer(t, p, second, yes(second, 0, permissions.Once))
}

func endedBefore(t *testing.T, p Person) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if r := wait(t, ask(ctx, p, question(1))); !errors.Is(r.err, context.Canceled) {
		t.Errorf("Ask() = %+v, %v; want context.Canceled", r.answer, r.err)
	}
}

func unavailable(t *testing.T, p Person) {
	p.Leave()
	if r := wait(t, ask(context.Background(), p, question(1))); !errors.Is(r.err, permissions.ErrUnavailable) {
		t.Errorf("Ask() = %+v, %v; want ErrUnavailable", r.answer, r.err)
	}
}

func hostile(t *testing.T, p Person) {
	prompt := question(1)
	prompt.Name = "a\r\ny\n\x04\x1b[2J\u202eyes\n"
	prompt.Why, prompt.Object.Path, prompt.Arguments = prompt.Name, "/w/"+prompt.Name, prompt.Name
	prompt.Link, prompt.Other, prompt.Object.Other = "to", prompt.Name, "/w/"+prompt.Name
	prompt.Subject.Skill, prompt.Subject.Client = prompt.Name, prompt.Name
	a := yes(prompt, 0, permissions.Once)
	a.Verdict = permissions.Deny
	wantAnswer(t, p, prompt, a)
}

// wantAnswer asks prompt, gives want on the screen and wants just that from Ask. What a denial says of rungs does not
// count.
func wantAnswer(t *testing.T, p Person, prompt permissions.Prompt, want permissions.Answer) {
	t.Helper()
	done := ask(context.Background(), p, prompt)
	p.See(prompt)
	p.Answer(prompt, want)
	r := wait(t, done)
	if want.Verdict == permissions.Deny {
		r.answer.Rung = want.Rung
	}
	if r.err != nil || r.answer != want {
		t.Errorf("Ask() = %+v, %v; want %+v", r.answer, r.err, want)
	}
}

type result struct {
	answer permissions.Answer
	err    error
}

func ask(ctx context.Context, p Person, prompt permissions.Prompt) <-chan result {
	done := make(chan result, 1)
	go func() {
		answer, err := p.Prompter.Ask(ctx, prompt, func() int { return 2 })
		done <- result{answer, err}
	}()
	return done
}

func wait(t *testing.T, done <-chan result) result {
	t.Helper()
	select {
	case r := <-done:
		return r
	case <-time.After(patience):
		t.Fatal("Ask does not return")
		return result{}
	}
}

func yes(p permissions.Prompt, rung int, l permissions.Lifetime) permissions.Answer {
	return permissions.Answer{Nonce: p.Nonce, Shown: p.Hash(), Verdict: permissions.Allow, Rung: rung, Lifetime: l}
}

// question is a prompt as the broker makes one for a file.
func question(n int) permissions.Prompt {
	choices := []permissions.Choice{
		{Lifetime: permissions.ThisCall, Label: "This call"},
		{Lifetime: permissions.Session, Label: "This session", Detail: "until claude-code disconnects, at most 12 h"},
		{Lifetime: permissions.OneHour, Label: "One hour"},
		{Lifetime: permissions.Always, Label: "Always, until you revoke it"},
	}
	return permissions.Prompt{
		ID: fmt.Sprint("question-", n), Nonce: fmt.Sprint("nonce-", n), Call: "call-1",
		Verb: "Read", Name: "payroll.csv",
		Subject: permissions.Subject{Skill: "pdf-tools", Version: "1.2.0", Signer: "unsigned", Client: "claude-code", Workspace: "/home/u/work/acme"},
		Tool:    "extract", Arguments: `{"path":"payroll.csv"}`,
		Object: permissions.Object{Path: "/home/u/work/acme/finance/payroll.csv", Name: "payroll.csv", Size: 12 << 10, Modified: 1795000000},
		Need:   "fs:read:${workspace}/finance/payroll.csv", Why: "reads the PDFs you name",
		Warnings: []string{"This skill can already send to api.acme.io without asking."},
		Rungs: []permissions.Rung{
			{Label: "This file", Grant: "fs:read:${workspace}/finance/payroll.csv", Lifetimes: choices},
			{Label: "Everything in this folder", Detail: "23 now, and later ones", Grant: "fs:read:${workspace}/finance/**", Lifetimes: choices},
		},
		Quick:   permissions.Quick{Label: "Allow once", Lifetime: permissions.Once},
		Denials: []permissions.Choice{{Lifetime: permissions.Once, Label: "This time"}, choices[1], choices[3]},
		Loss:    "If you deny, the skill gets an error; nothing is lost.",
	}
}

func startQuestion() permissions.Prompt {
	p := question(9)
	p.Verb, p.Name, p.NewWorkspace, p.Need, p.Why, p.Warnings = "Let skills work in", "acme", true, "", "", nil
	p.Object = permissions.Object{Path: p.Subject.Workspace, Name: "acme", Folder: true}
	p.Lines = []permissions.PromptLine{
		{Grant: "fs:list:${workspace}/**", Sentence: "see the names of files in the workspace", Why: "finds the files you name"},
		{Grant: "env:LANG", Sentence: "use the variable LANG"},
	}
	p.Rungs = []permissions.Rung{{Label: "All of this", Grant: "fs:list:${workspace}/** env:LANG", Lifetimes: p.Rungs[0].Lifetimes}}
	p.Quick = permissions.Quick{Label: "Allow", Lifetime: permissions.Always}
	return p
}

func proposal() permissions.Prompt {
	p := startQuestion()
	p.Verb, p.Name, p.NewWorkspace = "Give a permission back to", "files", false
	p.Subject, p.Object = permissions.Subject{Client: "playground"}, permissions.Object{}
	p.Call, p.Tool, p.Arguments, p.Rungs, p.Denials = "", "", "", nil, p.Denials[:1]
	p.Quick.Lifetime = permissions.Once
	return p
}

// renewed is the same question, asked another time.
func renewed(p permissions.Prompt) permissions.Prompt {
	p.ID, p.Nonce = p.ID+"'", p.Nonce+"'"
	return p
}
