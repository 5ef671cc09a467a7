package permissions

import (
	"context"
	"slices"
)

const (
	warnAhead    = "The agent asks for this, not the skill: nothing waits for it, and the skill asks you when it needs it."
	warnLateThen = "The call that asked is gone. A yes holds all the same, for as long as you choose."
	lossAhead    = "If you deny, nothing changes: the skill asks when it needs it."
	// titleAhead makes the title of such a question, with the skill's name.
	titleAhead = "Give permissions to"
)

// AskAhead returns nil only if all of grants are allowed for the subject, now or after a person was asked in one question;
// it is for a client that wants them before the skill does. It blocks and fails as Check does. Only part of a manifest's
// lines can be asked for so, and nothing that is asked each time. A yes holds for longer than the call, for as long as the
// person chooses.
func (g *Guard) AskAhead(ctx context.Context, grants []Grant) error {
	if err := g.pass(ctx); err != nil {
		return err
	}
	a := &ahead{guard: g, grants: grants}
	r := a.rule()
	if r.verdict == Ask {
		if err := g.Start(ctx); err != nil {
			return err
		}
		r = a.rule()
	}
	var gone error
	if r.verdict == Ask {
		r, gone = g.ask(ctx, a)
	}
	if err := g.record(ctx, a.grant(r), r); err != nil {
		r = refuse(CodeStorage, RuleStorage)
	}
	switch {
	case gone != nil:
		return gone
	case r.verdict != Allow:
		return g.refuse(a.grant(r), r)
	}
	return nil
}

// ahead is the matter of grants that a client wants before its skill does.
type ahead struct {
	guard  *Guard
	grants []Grant
	// open are those that nothing decides yet, refused the one that was refused without a question. Both belong to the
	// latest ruling, asked to the latest prompt.
	open, asked []Grant
	refused     Grant
}

// rule allows where everything is allowed, and refuses where one thing is.
func (a *ahead) rule() ruling { return a.guard.decide(a.decide) }

func (a *ahead) decide(f *facts) ruling {
	a.open, a.refused = nil, Grant{}
	for _, grant := range a.grants {
		switch r := f.decideAhead(grant); r.verdict {
		case Deny:
			a.refused = grant
			return r
		case Ask:
			a.open = append(a.open, grant)
		}
	}
	switch {
	case len(a.open) == 0:
		return ruling{verdict: Allow, rule: RuleAsked, layer: LayerDecision}
	case len(a.lifetimes(f)) == 0:
		return refuse(CodeDenied, RuleAsked)
	case a.guard.broker.worn(a):
		return refuse(CodeDenied, RuleMuted)
	}
	return ruling{verdict: Ask, rule: RuleAsked, layer: LayerQuestion}
}

// decideAhead is decide for a pattern, with no object behind it. What is asked each time would not be allowed by any answer
// that is kept, so it is refused.
func (f *facts) decideAhead(grant Grant) ruling {
	r := f.decide(Need{Grant: grant})
	if r.verdict != Ask {
		return r
	}
	line, declared := f.ceiling(grant)
	switch {
	case f.eachTime(Need{Grant: grant}):
		return refuse(CodeDenied, r.rule)
	case !declared || !f.offerable(grant, grant, line):
		return refuse(CodeUndeclared, RuleUndeclared)
	}
	return r
}

// lifetimes are those that the answer may have: a call alone is none, for what is asked ahead outlives it, and the network
// is allowed for good only where the manifest names the host.
func (a *ahead) lifetimes(f *facts) []Choice {
	choices := lifetimes(f.subject, a.guard.broker.options.Passing, false)[1:]
	for _, grant := range a.open {
		line, _ := f.ceiling(grant)
		if grant.kind == Net && grant.origin.host != line.Grant.origin.host {
			return withoutAlways(choices)
		}
	}
	return choices
}

func (a *ahead) answered(ctx context.Context, answer Answer) ruling {
	g := a.guard
	var kept []Decision
	if answer.Lifetime != Once {
		kept = append(kept, g.decision(g.subject.Key(), answer, a.asked...))
	}
	err := g.answered(ctx, answer, spell(a.asked), kept)
	switch {
	case answer.Verdict == Deny:
		return a.unanswered(CodeDenied)
	case err != nil:
		return refuse(CodeStorage, RuleStorage)
	}
	if r := a.rule(); r.verdict == Deny { // a yes lifts nothing that came while the person thought
		return r
	}
	return ruling{verdict: Allow, rule: RuleAsked, lifetime: answer.Lifetime}
}

func (a *ahead) unanswered(c Code) ruling { return refuse(c, RuleAsked) }

// grant spells what a ruling is about.
func (a *ahead) grant(r ruling) string {
	if r.verdict == Deny && a.refused != (Grant{}) {
		return a.refused.text
	}
	return spell(a.grants)
}

func (a *ahead) prompt(ctx context.Context) Prompt {
	g := a.guard
	f, _ := g.facts() // where the store fails, rule refuses before anybody sees this
	a.decide(&f)
	a.asked = slices.Clone(a.open)
	p := g.prompt()
	p.Verb, p.Name, p.Loss, p.Warnings = titleAhead, g.subject.Skill, lossAhead, []string{warnAhead}
	nag, _ := nagOf(a)
	p.History = g.broker.dismissals(nag.Key, nag.Grant)
	rung := Rung{Label: "All of this", Grant: spell(a.asked), Lifetimes: a.lifetimes(&f)}
	for _, grant := range a.asked {
		line, _ := f.ceiling(grant)
		p.Lines = append(p.Lines, PromptLine{Grant: grant.text, Sentence: Sentence(grant), Why: line.Why})
		w := &wish{guard: g, need: Need{Grant: grant}, scope: grant}
		for _, said := range w.warnings(&f) {
			if !slices.Contains(p.Warnings, said) {
				p.Warnings = append(p.Warnings, said)
			}
		}
		if rung.Detail == "" {
			rung.Detail = w.detail(ctx, &f, grant)
			if grant.kind == Files && wild(grant.path) {
				now := w.live(ctx, &f, grant)
				rung.Count, rung.Matches = now.count, now.some
			}
		}
	}
	p.Rungs = []Rung{rung}
	p.Quick = Quick{Label: "Allow"}
	if len(rung.Lifetimes) > 0 {
		p.Quick.Lifetime = rung.Lifetimes[0].Lifetime
	}
	return p
}
