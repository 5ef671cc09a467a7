package permissions

import (
	"context"
	"crypto/rand"
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

// matter is what a question is about: an object that is wanted (wish), the start of a skill (start), a change that
// widens (change), or one of the first two whose call is gone (late).
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

// How many questions of one skill for one client wait behind the one that is shown, how many one client has open, and how
// many all have. More would let a skill or an agent wear the person down. What one client asks takes no place from another:
// it is far from all by itself.
const (
	mostOfASkill  = 3
	mostOfAClient = 20
	mostOfAll     = 10_000
)

// question is a matter in the line. All but its channels is guarded by Broker.mu; matter belongs to the goroutine that
// asks.
type question struct {
	Question
	ctx     context.Context // the call's
	subject Subject
	matter  matter
	// urgent is asked while everything is paused.
	urgent bool
	// about is the same for equal questions, and mostly different for others; empty until it has words.
	about string
	// round orders the line: in each round every client has one question at most, so that they take turns.
	round   int
	patient countdown
	turn    chan struct{} // gets one value when it is the first
	settled chan struct{} // closed when it has an outcome
	holds   chan struct{} // closed when what the outcome comes to holds
	came    Verdict       // what it came to; set before holds is closed
	outcome *outcome
}

// outcome is how a question ended. One field is set: a person's answer, the ruling that an answer to the question
// before it led to, the code of having no answer, or the error of a call that went away.
type outcome struct {
	answer *Answer
	// joined says that the answer was given to an equal question, and may have settled this one already.
	joined bool
	ruling *ruling
	code   Code
	err    error
}

// ask puts m to a person and blocks until it is settled. The turn is handed on only when the answer holds, so that
// the next in line sees it. Where too much of s waits already, it is refused at once. The error is ctx's own and means
// that the call went away.
func (b *Broker) ask(ctx context.Context, s Subject, m matter) (ruling, error) {
	c, proposed := m.(*change)
	q := &question{
		ctx: ctx, subject: s, matter: m, urgent: proposed && c.urgent,
		turn: make(chan struct{}, 1), settled: make(chan struct{}), holds: make(chan struct{}),
	}
	if !b.enter(q) {
		return refuse(CodeTooMany, RuleFull), nil
	}
	defer b.leave(q)
	b.say(q, m.prompt(ctx))

	o := b.wait(q)
	if o.code != "" || o.err != nil {
		b.park(q, o)
	}
	r, gone := b.conclude(q, m, o)
	q.came = r.verdict
	return r, gone
}

// conclude makes an outcome hold and says what it comes to.
func (b *Broker) conclude(q *question, m matter, o outcome) (ruling, error) {
	switch {
	case o.err != nil:
		return refuse(CodeDenied, RuleAsked), o.err
	case o.ruling != nil:
		return *o.ruling, nil
	case o.answer == nil:
		return m.unanswered(o.code), nil
	}
	answer := *o.answer
	if !o.joined {
		answer = b.weary(q, answer)
	} else if r := m.rule(); r.verdict != Ask {
		return r, nil
	}
	return m.answered(context.WithoutCancel(q.ctx), answer), nil
}

// wait blocks until q is settled. When its turn comes, q is decided once more as things stand now and then shown.
func (b *Broker) wait(q *question) outcome {
	for {
		select {
		case <-q.settled:
			return *q.outcome
		case <-q.ctx.Done():
			return b.settle(q, outcome{err: q.ctx.Err()})
		case <-q.turn:
			if r := q.matter.rule(); r.verdict != Ask {
				return b.settle(q, outcome{ruling: &r})
			}
			b.show(q, q.matter.prompt(q.ctx))
		}
	}
}

// settle ends q as o says, unless it has ended before: the first outcome wins. It returns the one that won. A prompt
// that nobody waits for any more is withdrawn.
func (b *Broker) settle(q *question, o outcome) outcome {
	b.mu.Lock()
	first := q.outcome == nil
	if first {
		q.outcome = &o
		q.patient.stop()
		close(q.settled)
		b.withdrawIfAlone()
	}
	won := *q.outcome
	b.mu.Unlock()
	if first {
		b.options.Changed()
	}
	return won
}

// enter gives q its place in the line, behind all of its round, or reports that there is none. What is urgent has its
// place before all others, and there is one of it.
func (b *Broker) enter(q *question) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	ahead := b.ahead()
	at, ofSkill, ofClient, all := 0, 0, 0, 0
	q.round = b.round
	asked := ahead != nil && (ahead.outcome == nil || b.shown != nil && b.shown.open())
	if asked {
		all++
	}
	if ahead != nil && ahead.subject.Client == q.subject.Client {
		q.round++
		if asked {
			ofClient++
		}
	}
	urgent := asked && ahead.urgent
	for _, other := range b.line {
		open := other.outcome == nil
		urgent = urgent || open && other.urgent
		if open {
			all++
		}
		if other.subject.Client != q.subject.Client {
			continue
		}
		q.round = other.round + 1
		if open {
			ofClient++
		}
		if open && other.subject.Skill == q.subject.Skill {
			ofSkill++
		}
	}
	full := ofSkill >= mostOfASkill || ofClient >= mostOfAClient || all >= mostOfAll
	if q.urgent {
		full = urgent
	}
	if full {
		return false
	}
	for at = len(b.line); at > 0 && (q.urgent || b.line[at-1].round > q.round); {
		at--
	}
	q.ID, q.Asked = rand.Text(), b.options.Now()
	q.patient.start(b.options.Wait, func() { b.settle(q, outcome{code: CodeTimeout}) })
	if b.paused != nil && !q.urgent {
		q.patient.hold()
	}
	b.line = slices.Insert(b.line, at, q)
	b.next()
	return true
}

// ahead returns the question that has the turn, or whose prompt is shown; nil where there is none.
func (b *Broker) ahead() *question {
	if b.shown != nil {
		return b.shown.question
	}
	return b.first
}

// next hands the turn on unless somebody has it. While everything is paused it goes to what is urgent alone, and else to
// the first that does not stand back. The caller holds mu.
func (b *Broker) next() {
	if b.first != nil || b.shown != nil {
		return
	}
	i := slices.IndexFunc(b.line, func(q *question) bool { return q.urgent || b.paused == nil && !b.standsBack(q) })
	if i < 0 {
		return
	}
	b.first = b.line[i]
	copy(b.line[1:i+1], b.line[:i]) // those before it, which are few; the line may be long
	b.line = b.line[1:]
	b.round = b.first.round
	b.first.turn <- struct{}{}
}

// say gives q its words. They are made twice: when q enters the line, and when it is to be seen; from then on they
// never change.
func (b *Broker) say(q *question, p Prompt) {
	b.mu.Lock()
	b.note(q, p)
	b.mu.Unlock()
	b.options.Changed()
}

// note is say for a caller that holds mu.
func (b *Broker) note(q *question, p Prompt) {
	b.unsay(q)
	q.about = p.Need + " " + q.subject.Skill + " " + q.subject.Client
	b.said[q.about]++
	p.ID, p.Nonce = q.ID, rand.Text()
	q.Prompt, q.Call = p, p.Call
}

// unsay forgets what q is about. The caller holds mu.
func (b *Broker) unsay(q *question) {
	if b.said[q.about]--; b.said[q.about] <= 0 {
		delete(b.said, q.about)
	}
}

// leave takes q out of the line and hands the turn on if q had it. What is shown has left the line, which may be long,
// before.
func (b *Broker) leave(q *question) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unsay(q)
	switch {
	case b.first == q:
		b.first = nil
	case b.shown == nil || !slices.Contains(b.shown.questions, q):
		b.line = slices.DeleteFunc(b.line, func(other *question) bool { return other == q })
	}
	close(q.holds)
	b.next()
}

// behind counts the open questions behind the one that is shown.
func (b *Broker) behind() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	open := 0
	for _, q := range b.line {
		if q.outcome == nil {
			open++
		}
	}
	return open
}

// Waiting returns the open questions, the one that is shown first. Questions that joined are one.
func (b *Broker) Waiting() []Question {
	b.mu.Lock()
	defer b.mu.Unlock()
	var open []Question
	if s := b.shown; s != nil && s.open() {
		open = append(open, s.Question)
	}
	for _, q := range slices.Concat([]*question{b.first}, b.line) {
		if q != nil && q.outcome == nil && q.Prompt.ID != "" {
			open = append(open, q.Question)
		}
	}
	for i := range open {
		open[i].Position = i
	}
	return open
}

// Deny refuses the open question once, wherever it stands in the line; a shown prompt is withdrawn. Anybody who sees
// the inbox may call it: it only narrows. ErrNotFound where no such question is open.
func (b *Broker) Deny(id string) error {
	no := &Answer{Verdict: Deny, Lifetime: Once}
	b.mu.Lock()
	if s := b.shown; s != nil && s.ID == id && s.open() {
		s.end(outcome{answer: no})
		b.mu.Unlock()
		b.options.Changed()
		return nil
	}
	all := slices.Concat([]*question{b.first}, b.line)
	i := slices.IndexFunc(all, func(q *question) bool { return q != nil && q.ID == id && q.outcome == nil })
	b.mu.Unlock()
	if i < 0 || b.settle(all[i], outcome{answer: no}).answer != no {
		return fmt.Errorf("denying question %q: %w", id, ErrNotFound)
	}
	return nil
}
