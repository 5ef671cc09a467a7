package permissions

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Question is one question that waits, as the inbox shows it.
type Question struct {
	ID     string    `json:"id"`
	Call   string    `json:"call"`
	Prompt Prompt    `json:"prompt"`
	Asked  time.Time `json:"asked"`
	// Position counts from 0, the question that is shown now.
	Position int `json:"position"`
}

// matter is what a question is about: an object that is wanted (wish) or the start of a skill (start).
type matter interface {
	// rule decides as things stand now.
	rule() ruling
	// prompt says it in words, as things stand now.
	prompt(ctx context.Context) Prompt
	// answered makes a person's valid answer hold and says what it comes to.
	answered(ctx context.Context, a Answer) ruling
	// unanswered says what a question comes to that nobody answered.
	unanswered(c Code) ruling
}

// How many questions of one skill wait behind the one that is shown, and how many one client has open. More would let
// a skill or an agent wear the person down.
const (
	mostOfASkill  = 3
	mostOfAClient = 20
)

// question is a matter in the line. All but its channels is guarded by Broker.mu.
type question struct {
	Question
	subject Subject
	// round orders the line: in each round every client has one question at most, so that they take turns.
	round   int
	turn    chan struct{} // closed when it is the first
	cancel  context.CancelFunc
	outcome *outcome // nil while it is open
}

// outcome is how a question ended. One field is set: a person's answer, the ruling that an answer to the question
// before it led to, the code of having no answer, or the error of a call that went away.
type outcome struct {
	answer *Answer
	ruling *ruling
	code   Code
	err    error
}

var errTimeout = errors.New("nobody answered in time")

// ask puts m to a person and blocks until it is settled. The turn is handed on only when the answer holds, so that
// the next in line sees it. Where too much of s waits already it is refused at once. The error is ctx's own and means
// that the call went away.
func (b *Broker) ask(ctx context.Context, s Subject, m matter) (ruling, error) {
	ctx, stop := context.WithTimeoutCause(ctx, b.options.Wait, errTimeout)
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	q := &question{subject: s, turn: make(chan struct{}), cancel: cancel}
	if !b.enter(q) {
		return refuse(CodeTooMany, RuleFull), nil
	}
	defer b.leave(q)
	b.say(ctx, q, m)

	o := b.wait(ctx, q, m)
	switch {
	case o.err != nil:
		return refuse(CodeDenied, RuleAsked), o.err
	case o.answer != nil:
		return m.answered(context.WithoutCancel(ctx), *o.answer), nil
	case o.ruling != nil:
		return *o.ruling, nil
	}
	return m.unanswered(o.code), nil
}

// wait waits for the turn, asks, and returns how q ended.
func (b *Broker) wait(ctx context.Context, q *question, m matter) outcome {
	select {
	case <-q.turn:
	case <-ctx.Done():
		return b.settle(q, gone(ctx))
	}
	if r := m.rule(); r.verdict != Ask {
		return b.settle(q, outcome{ruling: &r})
	}
	prompt := b.say(ctx, q, m)
	answer, err := b.options.Prompter.Ask(ctx, prompt, b.behind)
	switch {
	case ctx.Err() != nil: // withdrawn: an answer that comes now is too late
		return b.settle(q, gone(ctx))
	case err != nil:
		return b.settle(q, outcome{code: CodeUnavailable})
	}
	answer = answer.to(prompt)
	return b.settle(q, outcome{answer: &answer})
}

// gone says why nobody waits for a question any more.
func gone(ctx context.Context) outcome {
	if errors.Is(context.Cause(ctx), errTimeout) {
		return outcome{code: CodeTimeout}
	}
	return outcome{err: ctx.Err()}
}

// settle ends q as o says, unless it has ended before: the first outcome wins. It returns the one that won.
func (b *Broker) settle(q *question, o outcome) outcome {
	b.mu.Lock()
	first := q.outcome == nil
	if first {
		q.outcome = &o
	}
	won := *q.outcome
	b.mu.Unlock()
	if first {
		q.cancel()
		b.options.Changed()
	}
	return won
}

// enter gives q its place in the line, behind all of its round, or reports that there is none.
func (b *Broker) enter(q *question) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	ofSkill, ofClient := 0, 0
	if len(b.line) > 0 {
		q.round = b.line[0].round
	}
	for i, other := range b.line {
		open := other.outcome == nil
		if open && i > 0 && other.subject.Skill == q.subject.Skill {
			ofSkill++
		}
		if other.subject.Client != q.subject.Client {
			continue
		}
		q.round = other.round + 1
		if open {
			ofClient++
		}
	}
	if ofSkill >= mostOfASkill || ofClient >= mostOfAClient {
		return false
	}
	q.ID, q.Asked = rand.Text(), b.options.Now()
	at := len(b.line)
	for at > 1 && b.line[at-1].round > q.round {
		at--
	}
	b.line = slices.Insert(b.line, at, q)
	if at == 0 {
		close(q.turn)
	}
	return true
}

// say puts q in words that are true now and returns them. It is called twice: when q enters the line, and when it is to
// be seen; from then on the words never change.
func (b *Broker) say(ctx context.Context, q *question, m matter) Prompt {
	p := m.prompt(ctx)
	p.ID, p.Nonce = q.ID, rand.Text()
	b.mu.Lock()
	q.Prompt, q.Call = p, p.Call
	b.mu.Unlock()
	b.options.Changed()
	return p
}

// leave takes q out of the line and hands the turn on.
func (b *Broker) leave(q *question) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.Index(b.line, q)
	b.line = slices.Delete(b.line, i, i+1)
	if i == 0 && len(b.line) > 0 {
		close(b.line[0].turn)
	}
}

// behind counts the open questions behind the one that is shown.
func (b *Broker) behind() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	open := 0
	for _, q := range b.line[min(1, len(b.line)):] {
		if q.outcome == nil {
			open++
		}
	}
	return open
}

// Waiting returns the open questions, the one that is shown first.
func (b *Broker) Waiting() []Question {
	b.mu.Lock()
	defer b.mu.Unlock()
	var open []Question
	for _, q := range b.line {
		if q.outcome == nil && q.Prompt.ID != "" {
			q.Position = len(open)
			open = append(open, q.Question)
		}
	}
	return open
}

// Deny refuses the open question once, wherever it stands in the line; a shown prompt is withdrawn. Anybody who sees
// the inbox may call it: it only narrows. ErrNotFound where no such question is open.
func (b *Broker) Deny(id string) error {
	b.mu.Lock()
	i := slices.IndexFunc(b.line, func(q *question) bool { return q.ID == id && q.outcome == nil })
	var q *question
	if i >= 0 {
		q = b.line[i]
	}
	b.mu.Unlock()
	no := &Answer{Verdict: Deny, Lifetime: Once}
	if q == nil || b.settle(q, outcome{answer: no}).answer != no {
		return fmt.Errorf("denying question %q: %w", id, ErrNotFound)
	}
	return nil
}
