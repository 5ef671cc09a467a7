package permissions

import (
	"context"
	"slices"
	"time"
)

// showing is the one prompt on screen, with the questions that it settles: the one whose turn it was, and those equal
// to it that waited already. All is guarded by Broker.mu.
type showing struct {
	Question  // as it is shown
	question  *question
	questions []*question
	outcome   *outcome
	cancel    context.CancelFunc
}

// open says whether s may still be answered and somebody waits for that.
func (s *showing) open() bool { return s.outcome == nil && !s.alone() }

// alone says whether nobody waits for s any more.
func (s *showing) alone() bool {
	return !slices.ContainsFunc(s.questions, func(q *question) bool { return q.outcome == nil })
}

// end gives s its outcome and takes its prompt from the screen.
func (s *showing) end(o outcome) {
	s.outcome = &o
	s.cancel()
}

// withdrawIfAlone takes away a prompt that nobody waits for. The caller holds mu.
func (b *Broker) withdrawIfAlone() {
	if s := b.shown; s != nil && s.outcome == nil && s.alone() {
		s.cancel()
	}
}

// show puts q, whose turn it is and which says p, on the screen, together with every question that says the same.
// Where everything was paused meanwhile q goes back to its place.
func (b *Broker) show(q *question, p Prompt) {
	b.mu.Lock()
	switch {
	case q.outcome != nil: // it is leaving and hands the turn on
	case b.paused != nil && !q.urgent:
		b.first = nil
		b.line = slices.Insert(b.line, 0, q)
		b.next()
	default:
		b.first = nil
		b.put(q, p)
	}
	b.mu.Unlock()
	b.options.Changed()
}

// put shows q, which says p. The goroutine that asks ends with the prompter's Ask, which ends when everyone who waits
// for the answer has gone. The caller holds mu.
func (b *Broker) put(q *question, p Prompt) {
	b.note(q, p)
	joined := []*question{q}
	if b.said[q.about] > 1 {
		b.line = slices.DeleteFunc(b.line, func(other *question) bool {
			joins := other.equals(q)
			if joins {
				joined = append(joined, other)
			}
			return joins
		})
	}
	if len(joined) > 1 {
		q.Prompt.Times = len(joined)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(q.ctx))
	b.shown = &showing{Question: q.Question, question: q, questions: joined, cancel: cancel}
	go b.present(ctx, b.shown)
}

// equals says whether one answer may settle both questions: they are for the same key, about the same object, and equal
// in every byte that is displayed. Proposals never join, for each has a change of its own.
func (q *question) equals(other *question) bool {
	return q.outcome == nil && q.about != "" && q.about == other.about && len(q.Prompt.Rungs) > 0 &&
		q.subject.Key() == other.subject.Key() && q.Prompt.words() == other.Prompt.words()
}

// words returns what p says and what it is about, without what tells one question from an equal one.
func (p Prompt) words() string {
	p.ID, p.Nonce, p.Call, p.Times = "", "", "", 0
	return p.Hash() + p.Object.Identity
}

// present asks the person and gives what they said to one question after another, so that each sees what the answer
// to the one before it left behind.
func (b *Broker) present(ctx context.Context, s *showing) {
	defer s.cancel()
	began := time.Now()
	answer, err := b.options.Prompter.Ask(ctx, s.Prompt, b.behind)
	shown := time.Since(began)
	o := b.concluded(ctx, s, answer, err)
	came := Deny
	for i, q := range s.questions {
		if o == nil {
			break
		}
		won := *o
		won.joined = i > 0
		if q.ctx.Err() != nil { // withdrawn: an answer that comes now is too late
			won = outcome{err: q.ctx.Err()}
		}
		b.settle(q, won)
		<-q.holds
		if q.came == Allow {
			came = Allow
		}
	}
	b.options.Settled(s.Prompt.Nonce, came)
	if o != nil && o.answer != nil && o.answer.Stop {
		b.stop(s)
	}
	b.mu.Lock()
	b.shown = nil
	b.glimpsed(s, shown)
	b.next()
	b.mu.Unlock()
}

// concluded returns how the prompt ended; nil for one that was withdrawn.
func (b *Broker) concluded(ctx context.Context, s *showing, answer Answer, err error) *outcome {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case s.outcome != nil || ctx.Err() != nil:
	case err != nil:
		s.outcome = &outcome{code: CodeUnavailable}
	default:
		answer = answer.to(s.Prompt, b.options.Now())
		s.outcome = &outcome{answer: &answer}
	}
	return s.outcome
}

// stop ends every running call of the skill that s is about, as the person wants, and writes that down.
func (b *Broker) stop(s *showing) {
	subject := s.question.subject
	// The calls end whether or not it can be written: that only narrows.
	_ = b.options.Recorder.Record(context.Background(), Event{
		Kind: "decision", Call: s.Call, Subject: subject, Verdict: Deny, Rule: RuleStopped, Lifetime: Once, Code: CodeDenied,
	})
	b.options.Stopped(subject.Skill)
}
