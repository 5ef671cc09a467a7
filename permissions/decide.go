package permissions

import (
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
)

// longestSession is how long an answer for a session holds at most.
const longestSession = 12 * time.Hour

// ruling is what was decided and by which rule. code is set for a refusal, reason only where RuleNever decided.
type ruling struct {
	verdict  Verdict
	rule     string
	code     Code
	lifetime Lifetime
	reason   string
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
	g := need.Grant
	if reason := f.never(need); reason != "" {
		return ruling{verdict: Deny, rule: RuleNever, code: CodeDenied, reason: reason}
	}
	if _, declared := f.ceiling(g); !declared || f.inWorkspace(g) && f.subject.Workspace == "" {
		return refuse(CodeUndeclared, RuleUndeclared)
	}
	if r, denied := f.denied(g); denied {
		return r
	}
	if f.inWorkspace(g) && !f.confirmed() {
		return ruling{verdict: Ask, rule: RuleWorkspace}
	}
	active := f.laws.isActive(g, f.subject.Workspace)
	if rule, allowed := f.allows(need, active); allowed {
		return ruling{verdict: Allow, rule: rule}
	}
	if active {
		return ruling{verdict: Ask, rule: RuleActive}
	}
	return ruling{verdict: Ask, rule: RuleAsked}
}

// never is step 1: both the name that is asked for and the object that the host found there.
func (f *facts) never(need Need) string {
	if reason := f.laws.refuse(need.Grant, f.subject.Workspace); reason != "" || need.Object.Path == "" {
		return reason
	}
	if need.Grant.kind != Files || need.Grant.right == Pick {
		return ""
	}
	found := escape(need.Object.Path)
	if found == absolute(need.Grant.path, f.subject.Workspace) {
		return ""
	}
	return f.laws.refusePath(found, need.Grant.right == Write)
}

// ceiling is step 2: the narrowest line of the manifest that covers g. A line at the home folder or above is none.
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

// denied is step 3. A denial without grants is for everything of its key.
func (f *facts) denied(g Grant) (ruling, bool) {
	for _, r := range f.refused {
		if r.grant.Covers(g, f.subject.Workspace) {
			return refuse(r.code, RuleAsked), true
		}
	}
	for _, d := range f.kept {
		if f.live(d, Deny) && (len(d.Grants) == 0 || f.covers(d, g)) {
			return refuse(CodeDenied, d.ID), true
		}
	}
	for _, d := range f.workspace {
		if f.live(d, Deny) && f.inWorkspace(g) {
			return refuse(CodeDenied, d.ID), true
		}
	}
	return ruling{}, false
}

// allows is step 5, and step 4 for active files: for those nothing counts that was answered before this call.
func (f *facts) allows(need Need, active bool) (rule string, allowed bool) {
	for _, h := range f.allowed {
		if h.covers(need, active, f.subject.Workspace) {
			return f.ruleOf(h.grant, RuleAsked), true
		}
	}
	if active {
		return "", false
	}
	for _, d := range f.kept {
		if !f.live(d, Allow) {
			continue
		}
		for _, a := range d.Grants {
			if a.Covers(need.Grant, f.subject.Workspace) {
				return f.ruleOf(a, d.ID), true
			}
		}
	}
	return "", false
}

// ruleOf is RuleRequired for a line that the manifest requires.
func (f *facts) ruleOf(g Grant, otherwise string) string {
	if slices.ContainsFunc(f.asked.Requires, func(l Line) bool { return l.Grant == g }) {
		return RuleRequired
	}
	return otherwise
}

func (f *facts) covers(d Decision, g Grant) bool {
	return slices.ContainsFunc(d.Grants, func(kept Grant) bool { return kept.Covers(g, f.subject.Workspace) })
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
	if d.Verdict != verdict || !d.Until.IsZero() && !f.now.Before(d.Until) {
		return false
	}
	age := f.now.Sub(d.Made)
	switch d.Lifetime {
	case Always:
		return true
	case OneHour:
		return age < time.Hour
	case Session:
		return age < longestSession && d.Session != "" && d.Session == f.subject.Session
	}
	return false
}
