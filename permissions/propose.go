package permissions

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
)

// Proposal is a change that widens what holds, as the host puts it to the person: giving a decision back, changing
// the person's own rules, letting everything go on after a pause. Nothing of it holds before they say yes.
type Proposal struct {
	// Client is the host's name for who proposes it.
	Client string
	// Subject is whom the change would serve; the zero Subject where that is nobody in particular.
	Subject Subject
	// Verb and Name make the title; Verb is ours, Name hostile.
	Verb, Name string
	// Lines are what a yes allows, each with our sentence for it; Warnings are sentences of ours.
	Lines    []PromptLine
	Warnings []string
	// Growth is what is different from before; nil where nothing is, or there was no before.
	Growth *Growth
	// FromAgent says that an agent thought of it: after three dismissals it may propose nothing more for a week.
	FromAgent bool
	// NewWorkspace says that a yes also confirms Subject.Workspace for Subject.Client, until that is revoked.
	NewWorkspace bool
	// Apply makes the change and returns once it is durable. It is called exactly once after a yes, while the
	// question still has the turn, so it asks nobody; after anything else it is not called.
	Apply func() error
}

// Propose puts p to the person, in the line of all questions, and blocks as Check does. It returns nil only if they
// said yes and Apply returned nil; else a *DeniedError, ctx's error if that ended first, or Apply's error. The answer is
// recorded before Apply is called. Every door may call it: it is the only way to widen anything outside of a call.
func (b *Broker) Propose(ctx context.Context, p Proposal) error {
	all := pattern(List, workspaceWord+"/**")
	if p.NewWorkspace && (p.Subject.Client == "" || b.laws.refuse(all, p.Subject.Workspace, false) != "") {
		return &DeniedError{Code: CodeDenied, Grant: all.text, Rule: RuleNever}
	}
	return b.propose(ctx, &change{broker: b, Proposal: p})
}

func (b *Broker) propose(ctx context.Context, c *change) error {
	r := c.rule()
	var gone error
	if r.verdict == Ask {
		r, gone = b.ask(ctx, c.proposer(), c)
	}
	switch {
	case gone != nil:
		return gone
	case r.verdict != Allow:
		return &DeniedError{Code: r.code, Grant: c.words(), Rule: r.rule}
	}
	return c.failed
}

// change is the matter of a proposal. Two equal ones are two questions, for each has an Apply of its own.
type change struct {
	Proposal
	broker *Broker
	urgent bool  // it is asked while everything is paused
	failed error // what Apply returned
}

// proposer is whose question it is, in the line and in the record.
func (c *change) proposer() Subject {
	s := c.Subject
	s.Client = c.Client
	return s
}

func (c *change) rule() ruling {
	if c.FromAgent && c.broker.worn(c) {
		return refuse(CodeDenied, RuleProposed)
	}
	return ruling{verdict: Ask, rule: RuleProposed}
}

func (c *change) prompt(context.Context) Prompt {
	p := Prompt{
		Verb: c.Verb, Name: c.Name, Subject: c.Subject, NewWorkspace: c.NewWorkspace, Growth: c.Growth, Lines: c.Lines, Warnings: c.Warnings,
		Quick:   Quick{Label: "Allow", Lifetime: Once},
		Denials: denials(Subject{}, true),
		Loss:    "If you deny, nothing changes.",
	}
	if p.Subject.Client == "" {
		p.Subject.Client = c.Client
	}
	if c.FromAgent {
		p.Warnings = append([]string{"An agent proposes this: allow it only if you want it."}, p.Warnings...)
	}
	if c.Client == terminal {
		p.Warnings = append([]string{"This was proposed in a terminal: allow it only if that was you."}, c.Warnings...)
	}
	return p
}

func (c *change) answered(ctx context.Context, a Answer) ruling {
	e := Event{
		Kind: "decision", Subject: c.proposer(), Grant: c.words(),
		Verdict: a.Verdict, Rule: RuleProposed, Lifetime: Once,
	}
	if a.Verdict == Deny {
		e.Code = CodeDenied
	}
	err := c.broker.options.Recorder.Record(ctx, e)
	switch {
	case a.Verdict == Deny:
		return refuse(CodeDenied, RuleProposed)
	case err != nil:
		return refuse(CodeStorage, RuleStorage)
	}
	if c.failed = c.Apply(); c.failed == nil && c.NewWorkspace {
		// What cannot be kept now is asked at the first call.
		_ = c.broker.confirm(context.WithoutCancel(ctx), c.Subject)
	}
	return ruling{verdict: Allow, rule: RuleProposed, lifetime: Once}
}

// confirm keeps that s's workspace is its client's, where that is not kept already.
func (b *Broker) confirm(ctx context.Context, s Subject) error {
	d := Decision{ID: rand.Text(), Key: s.WorkspaceKey(), Verdict: Allow, Lifetime: Always, Made: b.options.Now()}
	kept, err := b.options.Store.Find(d.Key)
	if err != nil || slices.ContainsFunc(kept, func(k Decision) bool { return k.Verdict == Allow && k.Lifetime == Always }) {
		return err
	}
	return b.keep(ctx, []Decision{d}, d.event("decision"))
}

func (c *change) unanswered(code Code) ruling { return refuse(code, RuleProposed) }

// words spells what a proposal is about for the record: its grants, or its title.
func (c *change) words() string {
	var grants []string
	for _, l := range c.Lines {
		if l.Grant != "" {
			grants = append(grants, l.Grant)
		}
	}
	if len(grants) == 0 {
		return strings.TrimSpace(c.Verb + " " + c.Name)
	}
	return strings.Join(grants, " ")
}
