package permissions

import (
	"context"
	"fmt"
	"path"
	"slices"
)

// Start makes sure that the subject's workspace is confirmed for its client, that the lines which the manifest requires
// are confirmed for the subject, and that the skill is no more than what was approved of it before. What is missing is
// asked in one question. It blocks and fails as Check does, and the host calls it before the guest runs.
func (g *Guard) Start(ctx context.Context) error {
	if err := g.pass(ctx); err != nil {
		return err
	}
	if err := g.carry(ctx); err != nil {
		return g.refuse(spell(grantsOf(g.asked.Requires)), refuse(CodeStorage, RuleStorage))
	}
	s := &start{guard: g}
	r := s.rule()
	var gone error
	if r.verdict == Ask {
		r, gone = g.ask(ctx, s)
	}
	switch {
	case gone != nil:
		return gone
	case r.verdict != Allow:
		return g.refuse(s.grant(), r)
	}
	g.use(r)
	if err := g.approve(context.WithoutCancel(ctx)); err != nil {
		return g.refuse(s.grant(), refuse(CodeStorage, RuleStorage))
	}
	return nil
}

// start is the matter of a first use: the workspace for the client, and the required lines for the subject.
type start struct{ guard *Guard }

// rule allows where nothing is missing. A denial of the whole or of one line refuses without asking.
func (s *start) rule() ruling { return s.guard.decide(s.decide) }

func (s *start) decide(f *facts) ruling {
	if s.neverWorkspace(f) {
		return refuse(CodeDenied, RuleNever)
	}
	if r, denied := f.startDenied(); denied {
		return r
	}
	grown, _, err := s.guard.growth()
	if err != nil {
		return refuse(CodeStorage, RuleStorage)
	}
	if s.newWorkspace(f) || !f.requiredConfirmed() || grown.matters() && !f.agreed() {
		return ruling{verdict: Ask, rule: RuleAsked}
	}
	return ruling{verdict: Allow, rule: RuleRequired, rests: f.startRests()}
}

// neverWorkspace says whether the workspace is a folder that nobody may be given: a home folder, or a never-place.
func (s *start) neverWorkspace(f *facts) bool {
	all := pattern(List, workspaceWord+"/**")
	return f.subject.Workspace != "" && f.laws.refuse(all, f.subject.Workspace, false) != ""
}

// newWorkspace says whether there is a workspace that nobody has confirmed.
func (s *start) newWorkspace(f *facts) bool { return f.subject.Workspace != "" && !f.confirmed() }

// startDenied is decide's steps 2 and 3 for everything that a start needs.
func (f *facts) startDenied() (ruling, bool) {
	for _, line := range f.asked.Requires {
		if r, denied := f.denied(line.Grant); denied {
			return r, true
		}
		if r, shut := f.shutOut(line.Grant); shut {
			return r, true
		}
	}
	if r, shut := f.shutOut(Grant{}); shut && len(f.asked.Requires) == 0 {
		return r, true
	}
	for _, d := range slices.Concat(f.kept, f.workspace) {
		if f.live(d, Deny) && len(d.Grants) == 0 {
			return refuse(CodeDenied, d.denies()), true
		}
	}
	return ruling{}, false
}

// requiredConfirmed says whether everything that is confirmed before the first call was: the required lines, and the
// raised limits, which stand in the subject's key with all that its manifest asks for.
func (f *facts) requiredConfirmed() bool {
	if len(f.asked.Raised) > 0 && !f.agreed() {
		return false
	}
	return !slices.ContainsFunc(f.asked.Requires, func(l Line) bool {
		_, allowed := f.allows(Need{Grant: l.Grant}, false)
		return !allowed
	})
}

func (s *start) answered(ctx context.Context, a Answer) ruling {
	g := s.guard
	err := g.answered(ctx, a, s.grant(), s.kept(a))
	switch {
	case a.Verdict == Deny:
		return s.unanswered(CodeDenied)
	case err != nil:
		return refuse(CodeStorage, RuleStorage)
	}
	if r := s.rule(); r.verdict == Deny {
		return r
	}
	if a.Lifetime == ThisCall {
		g.mu.Lock()
		g.started = true
		for _, required := range g.asked.Requires {
			g.allowed = append(slices.Clip(g.allowed), held{grant: required.Grant})
		}
		g.mu.Unlock()
	}
	return ruling{verdict: Allow, rule: RuleAsked, lifetime: a.Lifetime}
}

// kept is what an answer leaves behind: for a yes what was missing of the workspace for the client and the required
// lines, for a no the denial of this skill's start.
func (s *start) kept(a Answer) []Decision {
	g := s.guard
	f, _ := g.facts() // where the store fails, everything is missing, and keeping it fails too
	required := grantsOf(g.asked.Requires)
	switch {
	case a.Lifetime == Once || a.Lifetime == ThisCall:
		return nil
	case a.Verdict == Deny:
		return []Decision{g.requiredDecision(a, required)}
	}
	var kept []Decision
	if s.newWorkspace(&f) {
		kept = append(kept, g.decision(g.subject.WorkspaceKey(), a))
	}
	if grown, _, _ := g.growth(); !f.requiredConfirmed() || grown.matters() && !f.agreed() {
		kept = append(kept, g.requiredDecision(a, required))
	}
	return kept
}

func (g *Guard) requiredDecision(a Answer, required []Grant) Decision {
	d := g.decision(g.subject.Key(), a, required...)
	d.Required = true
	return d
}

func (s *start) unanswered(c Code) ruling { return refuse(c, RuleAsked) }

// grant spells what a start is about.
func (s *start) grant() string { return spell(grantsOf(s.guard.asked.Requires)) }

func (s *start) prompt(ctx context.Context) Prompt {
	g := s.guard
	f, _ := g.facts() // where the store fails, rule refuses before anybody sees this
	p := g.prompt()
	p.NewWorkspace = s.newWorkspace(&f)
	p.Verb, p.Name = "Start", g.subject.Skill
	if g.subject.Workspace != "" {
		p.Object = Object{Path: g.subject.Workspace, Name: path.Base(g.subject.Workspace), Folder: true}
	}
	if p.NewWorkspace {
		p.Verb, p.Name = "Let skills work in", p.Object.Name
	}
	for _, line := range g.asked.Requires {
		p.Lines = append(p.Lines, PromptLine{Grant: line.Grant.text, Sentence: Sentence(line.Grant), Why: line.Why})
	}
	for _, l := range g.asked.Raised {
		p.Lines = append(p.Lines, PromptLine{Sentence: fmt.Sprintf("go up to %s of %s, where %s is usual", l.Value, l.Name, l.Usual)})
	}
	if p.Growth, _, _ = g.growth(); p.Growth != nil && !p.NewWorkspace {
		p.Verb = p.Growth.title()
	}
	lifetimes := lifetimes(g.subject, g.broker.options.Passing, true)
	p.Rungs = []Rung{{Label: "All of this", Grant: s.grant(), Lifetimes: lifetimes}}
	p.Quick = Quick{Label: "Allow", Lifetime: lifetimes[len(lifetimes)-1].Lifetime}
	return p
}

func grantsOf(lines []Line) []Grant {
	var grants []Grant
	for _, l := range lines {
		grants = append(grants, l.Grant)
	}
	return grants
}
