package permissions

import (
	"context"
	"slices"
	"time"
)

// wish is the matter of a need that a person must decide.
type wish struct {
	guard *Guard
	need  Need
	// scope is what the question is about: the need, or the folder that it stands for. rungs are the grants of the
	// prompt's ladder. Both belong to the latest prompt.
	scope Grant
	rungs []Grant
	// counts remembers for a moment what a scope names.
	counts  map[Grant]live
	counted time.Time
}

func (w *wish) rule() ruling { return w.guard.rule(w.need) }

// answered makes the answer hold: in the guard for once and this call, in the store for longer. It decides once more,
// for a yes lifts no denial, no revoked workspace and no ended call that came while the person thought.
func (w *wish) answered(ctx context.Context, a Answer) ruling {
	g, grant := w.guard, w.scope
	switch {
	case a.Picked != "":
		grant = chosen(a.Picked).Grant
		if r := g.decide(func(f *facts) ruling { return f.decidePicked(a.Picked) }); r.verdict != Allow {
			a.Verdict = Deny
		}
	case a.Verdict == Allow:
		grant = w.rungs[a.Rung]
	}
	w.question()
	var kept []Decision
	if a.Lifetime != Once && a.Lifetime != ThisCall {
		kept = append(kept, g.decision(g.subject.Key(), a, grant))
	}
	err := g.answered(ctx, a, grant.text, kept)
	switch {
	case a.Verdict == Deny:
		return w.refuse(CodeDenied)
	case err != nil:
		return refuse(CodeStorage, RuleStorage)
	}
	if a.Picked != "" {
		w.holdPicked(a.Picked)
	}
	if r := g.afterYes(w.need); r.verdict == Deny {
		return r
	}
	if a.Picked == "" {
		w.hold(grant, a.Lifetime)
	}
	return ruling{verdict: Allow, rule: RuleAsked, lifetime: a.Lifetime}
}

// claimed makes a yes hold that was given for this need before it was wanted.
func (w *wish) claimed() ruling {
	if r := w.guard.afterYes(w.need); r.verdict == Deny {
		return r
	}
	w.hold(w.need.Grant, Once)
	return ruling{verdict: Allow, rule: RuleParked, layer: LayerQuestion, lifetime: Once}
}

func (w *wish) unanswered(c Code) ruling {
	w.question()
	return w.refuse(c)
}

// refuse remembers the refused scope for the rest of the call, so that the guest cannot nag.
func (w *wish) refuse(c Code) ruling {
	g := w.guard
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refused = append(slices.Clip(g.refused), refusal{w.scope, c})
	return refuse(c, RuleAsked)
}

// question remembers that this call asked about the need's folder.
func (w *wish) question() {
	g := w.guard
	if !w.need.Grant.is(Read) {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.questioned = append(g.questioned, folderOf(w.need.Grant.path))
}

// widen returns what the question is about. The second question of a call to read files is for the topmost folder
// that the guest listed (or the manifest's line where that is narrower), else for the folder that a question was about
// before. An object that took the name of an allowed one is asked for by itself, so that it is seen, and so is what is
// asked each time.
func (w *wish) widen(f *facts, line Line) Grant {
	g, need := w.guard, w.need.Grant
	if !need.is(Read) || f.swapped(w.need) || f.eachTime(w.need) {
		return need
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.questioned) == 0 {
		return need
	}
	scopes := slices.Clone(g.listed)
	if slices.ContainsFunc(g.listed, func(l Grant) bool { return l.Covers(line.Grant, f.subject.Workspace) }) {
		scopes = append(scopes, line.Grant)
	}
	if folder := folderOf(need.path); slices.Contains(g.questioned, folder) {
		scopes = append(scopes, pattern(Read, folder+"/**"))
	}
	for _, scope := range scopes {
		if f.offerable(scope, need, line) {
			return scope
		}
	}
	return need
}
