package permissions

import (
	"iter"
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
	RuleNames      = "names" // a pattern allows it, and this call has named enough of its hosts
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
	// remedy is that of the policy that decided.
	remedy string
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
func (f *facts) names(need Need) iter.Seq[Grant] {
	return func(yield func(Grant) bool) {
		g := need.Grant
		if !yield(g) || g.kind != Files || g.right == Pick || need.Object.Path == "" {
			return
		}
		if found := escape(need.Object.Path); found != absolute(g.path, f.subject.Workspace) {
			yield(Grant{kind: Files, right: g.right, path: found})
		}
	}
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
	switch d.Lifetime {
	case Always:
		return true
	case OneHour:
		return f.within(time.Hour, d)
	case UntilDate:
		return !d.Until.IsZero()
	case Session:
		return f.within(longestSession, d) && d.Session != "" && d.Session == f.subject.Session
	}
	return false
}

// within says whether d was made less than that long ago. Where the clock was set back nobody can tell, and a yes is over.
func (f *facts) within(long time.Duration, d Decision) bool {
	return f.now.Sub(d.Made) < long && (d.Verdict == Deny || !setBack(d.Made, f.now))
}

// setBack says whether the clock was set back since a time, by more than it is when it is put right from time to time.
func setBack(since, now time.Time) bool { return now.Before(since.Add(-time.Minute)) }
