package permissions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Pause stops everything: every check of every call waits from now on, and so does every call that starts. Prompts are
// withdrawn and come back afterwards; no time runs meanwhile. Anybody may call it, for it only narrows. It holds also
// where it could not be kept or recorded, which is the error then.
func (b *Broker) Pause() error {
	b.pausing.Lock()
	defer b.pausing.Unlock()
	b.mu.Lock()
	if b.paused != nil {
		b.mu.Unlock()
		return nil
	}
	b.paused = make(chan struct{})
	if s := b.shown; s != nil && s.outcome == nil && !s.question.urgent {
		waiting := slices.DeleteFunc(s.questions, func(q *question) bool { return q.outcome != nil })
		s.questions = nil
		b.line = slices.Concat(waiting, b.line)
		b.withdrawIfAlone()
	}
	for _, q := range slices.Concat(b.line, []*question{b.first}) {
		if q != nil && !q.urgent {
			q.patient.hold()
		}
	}
	b.mu.Unlock()
	b.options.Changed()
	err := errors.Join(b.options.KeepPaused(true), b.recordPause(RulePaused, Deny))
	if err != nil {
		return fmt.Errorf("keeping that everything is paused: %w", err)
	}
	return nil
}

// Paused says whether everything is paused.
func (b *Broker) Paused() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.paused != nil
}

// Resume asks the person whether everything may go on, and blocks until they answer: it widens. It is the one question
// that is asked while everything is paused. client is who proposes it. Its errors are those of Propose.
func (b *Broker) Resume(ctx context.Context, client string) error {
	if !b.Paused() {
		return nil
	}
	return b.propose(ctx, &change{broker: b, urgent: true, Proposal: Proposal{
		Client: client, Verb: "Let everything go on", Apply: b.goOn,
	}})
}

// goOn ends the pause, unless that cannot be kept and recorded.
func (b *Broker) goOn() error {
	b.pausing.Lock()
	defer b.pausing.Unlock()
	if err := b.recordPause(RuleResumed, Allow); err != nil {
		return fmt.Errorf("recording that everything goes on: %w", err)
	}
	if err := b.options.KeepPaused(false); err != nil {
		return fmt.Errorf("keeping that everything goes on: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.paused == nil {
		return nil
	}
	close(b.paused)
	b.paused = nil
	for _, q := range slices.Concat(b.line, []*question{b.first}) {
		if q != nil && !q.urgent {
			q.patient.goOn()
		}
	}
	b.next()
	return nil
}

func (b *Broker) recordPause(rule string, v Verdict) error {
	return b.options.Recorder.Record(context.Background(), Event{Kind: "pause", Verdict: v, Rule: rule})
}

// pass returns once nothing is paused, or with ctx's error. The call's clock stands still meanwhile.
func (g *Guard) pass(ctx context.Context) error {
	for {
		g.broker.mu.Lock()
		paused := g.broker.paused
		g.broker.mu.Unlock()
		if paused == nil {
			return nil
		}
		if err := g.hold(ctx, paused); err != nil {
			return err
		}
	}
}

// hold waits for on with the call's clock standing still.
func (g *Guard) hold(ctx context.Context, on <-chan struct{}) error {
	defer g.still()()
	select {
	case <-on:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// countdown ends in its own time unless it is stopped, and can stand still. The zero countdown never ends. Its methods
// are called with Broker.mu held.
type countdown struct {
	timer *time.Timer
	until time.Time
	rest  time.Duration
	held  bool
}

func (c *countdown) start(d time.Duration, ended func()) {
	c.until, c.timer = time.Now().Add(d), time.AfterFunc(d, ended)
}

func (c *countdown) hold() {
	if !c.held && c.timer.Stop() {
		c.held, c.rest = true, time.Until(c.until)
	}
}

func (c *countdown) goOn() {
	if c.held {
		c.held, c.until = false, time.Now().Add(c.rest)
		c.timer.Reset(c.rest)
	}
}

func (c *countdown) stop() { c.timer.Stop() }
