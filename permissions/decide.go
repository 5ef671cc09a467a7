package permissions

import (
	"cmp"
	"slices"
	"time"
)

// Ask is the verdict of a decision that a person must make. It is never an answer and never kept.
const Ask Verdict = "ask"

// Rules that decide beside kept decisions, which go by their ID; they stand in Event.Rule.
const (
	RuleNever      = "never"
	RuleUndeclared = "undeclared"
	RuleWorkspace  = "workspace" // nobody confirmed the folder for this client
	RuleActive     = "active"    // another program may run the file
	RuleRequired   = "required"
	RuleAsked      = "asked" // a person, just now or before in this call
	RuleStorage    = "storage"
	RuleEnded      = "ended" // the call is over
	RuleFull       = "full"  // too many questions wait
	RuleProposed   = "proposed"
	RuleMuted      = "muted"   // dismissed too often
	RuleParked     = "parked"  // a person, after the call that asked was gone
	RuleStopped    = "stopped" // a person ended every call of the skill
	RulePaused     = "paused"
	RuleResumed    = "resumed"
)

// longestSession is how long an answer for a session holds at most.
const longestSession = 12 * time.Hour

// ruling is what was decided, by which rule and where that stands. code is set for a refusal, reason only where RuleNever
// decided, and why is the reason that the rule's writer gave.
type ruling struct {
	verdict  Verdict
	rule     string
	layer    Layer
	code     Code
	lifetime Lifetime
	reason   string
	why      string
	// rests are the kept decisions that an allow rests on.
	rests []string
}

func refuse(code Code, rule string) ruling { return ruling{verdict: Deny, rule: rule, code: code} }

// refusal is a scope that was refused in this call.
type refusal struct {
	grant Grant
	code  Code
}

// facts is everything that a decision looks at. No order in it matters.
type facts struct {
	laws    *laws
	subject Subject
	asked   Capabilities
	// policies are those that hold for the subject.
	policies []Policy
	// kept are the decisions for the subject's key, workspace those for its client and folder alone.
	kept, workspace []Decision
	// allowed and refused are this call's own answers; started says that one of them confirmed the workspace.
	allowed []held
	refused []refusal
	started bool
	now     time.Time
}

// decide says what holds for need (permissions.md section 3). The first step that knows an answer gives it; within a
// step the narrower verdict wins, so neither order nor specificity counts.
func (f *facts) decide(need Need) ruling {
	if reason := f.never(need); reason != "" {
		return ruling{verdict: Deny, rule: RuleNever, layer: LayerNever, code: CodeDenied, reason: reason}
	}
	if r, outside := f.outside(need.Grant); outside {
		return r
	}
	if r, denied := f.deniedByAnyName(need); denied {
		return r
	}
	if f.inWorkspace(need.Grant) && !f.confirmed() {
		return ruling{verdict: Ask, rule: RuleWorkspace, layer: LayerQuestion}
	}
	ask, each := f.askedEachTime(need)
	if r, allowed := f.allows(need, each); allowed {
		return r
	}
	if each {
		return ask
	}
	return ruling{verdict: Ask, rule: RuleAsked, layer: LayerQuestion}
}

// never is step 1: both the name that is asked for and the object that the host found there.
func (f *facts) never(need Need) string {
	if reason := f.laws.refuse(need.Grant, f.subject.Workspace, need.Picked); reason != "" || need.Object.Path == "" {
		return reason
	}
	if need.Grant.kind != Files || need.Grant.right == Pick {
		return ""
	}
	found := escape(need.Object.Path)
	if found == absolute(need.Grant.path, f.subject.Workspace) {
		return ""
	}
	return f.laws.refusePath(found, need.Grant.right, need.Picked)
}

// names are what need is called: by whoever wants it and, where that differs, by the file system, which may take two
// spellings for one. What narrows is about both.
func (f *facts) names(need Need) []Grant {
	g := need.Grant
	if g.kind != Files || g.right == Pick || need.Object.Path == "" {
		return []Grant{g}
	}
	found := escape(need.Object.Path)
	if found == absolute(g.path, f.subject.Workspace) {
		return []Grant{g}
	}
	return []Grant{g, {kind: Files, right: g.right, path: found}}
}

// outside is step 2: what the manifest does not ask for, or the ceiling of some policy does not leave.
func (f *facts) outside(g Grant) (ruling, bool) {
	if _, declared := f.ceiling(g); !declared || f.inWorkspace(g) && f.subject.Workspace == "" {
		r := refuse(CodeUndeclared, RuleUndeclared)
		r.layer = LayerManifest
		return r, true
	}
	return f.aboveCeilings(g)
}

// aboveCeilings refuses what the ceiling of some policy does not leave.
func (f *facts) aboveCeilings(g Grant) (found ruling, outside bool) {
	for _, p := range f.policies {
		if !p.covers(g, f.subject.Workspace) {
			found, outside = first(found, ruling{verdict: Deny, rule: p.Name, layer: p.Layer, code: CodeDenied}), true
		}
	}
	return found, outside
}

// shutOut refuses a required line of whose kind a ceiling leaves nothing at all, so that nobody confirms it in vain; the
// zero Grant is refused only by a ceiling that leaves nothing of any kind.
func (f *facts) shutOut(g Grant) (found ruling, shut bool) {
	for _, p := range f.policies {
		left := func(o Grant) bool { return g.kind == "" || o.kind == g.kind && o.right == g.right }
		if p.Only != nil && !slices.ContainsFunc(p.Only, left) {
			found, shut = first(found, ruling{verdict: Deny, rule: p.Name, layer: p.Layer, code: CodeDenied}), true
		}
	}
	return found, shut
}

// first returns the one of two rulings of one step that is named where several say the same: the one that the person can
// do least about. found may be none yet.
func first(found, other ruling) ruling {
	if found.rule == "" || cmp.Or(cmp.Compare(firmness(other.layer), firmness(found.layer)), cmp.Compare(other.rule, found.rule)) < 0 {
		return other
	}
	return found
}

func firmness(l Layer) int {
	return slices.Index([]Layer{LayerManifest, LayerManaged, LayerWorkspace, LayerUser, LayerDecision}, l)
}

// ceiling is the narrowest line of the manifest that covers g. A line at the home folder or above is none.
func (f *facts) ceiling(g Grant) (line Line, declared bool) {
	for _, lines := range [][]Line{f.asked.Requires, f.asked.Optional} {
		for _, l := range lines {
			if !l.Grant.Covers(g, f.subject.Workspace) || f.laws.tooWide(l.Grant, f.subject.Workspace) {
				continue
			}
			if !declared || line.Grant.Covers(l.Grant, f.subject.Workspace) {
				line, declared = l, true
			}
		}
	}
	return line, declared
}

// deniedByAnyName is step 3.
func (f *facts) deniedByAnyName(need Need) (ruling, bool) {
	for _, name := range f.names(need) {
		if r, denied := f.denied(name); denied {
			return r, true
		}
	}
	return ruling{}, false
}

// denied looks for any denial of g. One without grants is for everything of its key.
func (f *facts) denied(g Grant) (found ruling, denied bool) {
	for _, r := range f.refused {
		if r.grant.touches(g, f.subject.Workspace) {
			found = refuse(r.code, RuleAsked)
			found.layer = LayerQuestion
			return found, true
		}
	}
	deny := func(rule string, layer Layer, why string) {
		r := ruling{verdict: Deny, rule: rule, layer: layer, code: CodeDenied, why: why}
		found, denied = first(found, r), true
	}
	for _, p := range f.policies {
		for _, r := range p.Deny {
			if r.Grant.touches(g, f.subject.Workspace) && r.concerns(f.subject) {
				deny(r.ID, p.Layer, r.Why)
			}
		}
	}
	for _, d := range f.kept {
		if f.live(d, Deny) && (len(d.Grants) == 0 || f.touches(d, g)) {
			deny(d.denies(), LayerDecision, "")
		}
	}
	for _, d := range f.workspace {
		if f.live(d, Deny) && f.inWorkspace(g) {
			deny(d.ID, LayerDecision, "")
		}
	}
	return found, denied
}

// askedEachTime is step 4: a rule that says ask, or that another program may run the file. Nothing counts then that was
// answered before this call, and in it only what was answered about this very object.
func (f *facts) askedEachTime(need Need) (found ruling, each bool) {
	for _, name := range f.names(need) {
		for _, p := range f.policies {
			for _, r := range p.Ask {
				if r.Grant.touches(name, f.subject.Workspace) && r.concerns(f.subject) {
					ask := ruling{verdict: Ask, rule: r.ID, layer: p.Layer, why: r.Why}
					found, each = first(found, ask), true
				}
			}
		}
	}
	if !each && f.laws.isActive(need.Grant, f.subject.Workspace) {
		found, each = ruling{verdict: Ask, rule: RuleActive, layer: LayerQuestion}, true
	}
	return found, each
}

func (f *facts) eachTime(need Need) bool {
	_, each := f.askedEachTime(need)
	return each
}

// allows is step 5. Where each is set, the need is asked each time.
func (f *facts) allows(need Need, each bool) (found ruling, allowed bool) {
	for _, h := range f.allowed {
		if h.covers(need, each, f.subject.Workspace) {
			return f.allowedBy(h.grant, RuleAsked, LayerQuestion), true
		}
	}
	if each {
		return ruling{}, false
	}
	for _, p := range f.policies {
		for _, r := range p.Allow {
			if f.allowsBy(p, r) && r.Grant.Covers(need.Grant, f.subject.Workspace) {
				found, allowed = first(found, ruling{verdict: Allow, rule: r.ID, layer: p.Layer, why: r.Why}), true
			}
		}
	}
	for _, d := range f.kept {
		if !f.live(d, Allow) {
			continue
		}
		for _, a := range d.Grants {
			if a.Covers(need.Grant, f.subject.Workspace) {
				found, allowed = first(found, f.allowedBy(a, d.ID, LayerDecision)), true
			}
		}
	}
	return found, allowed
}

// allowsBy says whether r, of p, may allow something to the subject.
func (f *facts) allowsBy(p Policy, r Rule) bool {
	return p.Layer == LayerUser && r.serves(f.subject) && !f.laws.tooWide(r.Grant, f.subject.Workspace)
}

// allowedBy is the ruling of a yes to g. For a line that the manifest requires it is RuleRequired.
func (f *facts) allowedBy(g Grant, rule string, layer Layer) ruling {
	if slices.ContainsFunc(f.asked.Requires, func(l Line) bool { return l.Grant == g }) {
		rule, layer = RuleRequired, LayerManifest
	}
	return ruling{verdict: Allow, rule: rule, layer: layer}
}

func (f *facts) touches(d Decision, g Grant) bool {
	return slices.ContainsFunc(d.Grants, func(kept Grant) bool { return kept.touches(g, f.subject.Workspace) })
}

// inWorkspace says whether g names something in the workspace.
func (f *facts) inWorkspace(g Grant) bool {
	_, inside := inWorkspace(g.path)
	return g.kind == Files && inside
}

// confirmed says whether a person confirmed the workspace for the client.
func (f *facts) confirmed() bool {
	return f.subject.Workspace != "" &&
		(f.started || slices.ContainsFunc(f.workspace, func(d Decision) bool { return f.live(d, Allow) }))
}

// live says whether d says verdict and still holds.
func (f *facts) live(d Decision, verdict Verdict) bool {
	if d.Verdict != verdict || !d.Until.IsZero() && !f.now.Before(d.Until) || d.lapsed(f.now) {
		return false
	}
	age := f.now.Sub(d.Made)
	switch d.Lifetime {
	case Always:
		return true
	case OneHour:
		return age < time.Hour
	case UntilDate:
		return !d.Until.IsZero()
	case Session:
		return age < longestSession && d.Session != "" && d.Session == f.subject.Session
	}
	return false
}
