package permissions

import (
	"cmp"
	"fmt"
	"slices"
)

// Explanation says what would happen if a subject wanted a grant now, and why. It is for the person alone: a guest or
// an agent never sees it.
type Explanation struct {
	Grant    string `json:"grant"`
	Sentence string `json:"sentence"`
	// Verdict is allow, deny or ask.
	Verdict Verdict `json:"verdict"`
	// Rule is what decides: a Rule constant, a policy's name or its rule's ID, or a kept decision's ID; Layer is where it
	// stands. Rule may hold a workspace's path and is hostile.
	Rule  string `json:"rule"`
	Layer Layer  `json:"layer" enum:"never,manifest,managed,workspace,user,decision,question"`
	// Reason is the rule in words, Remedy what the person could do about it; empty where there is nothing to do.
	Reason string `json:"reason"`
	Remedy string `json:"remedy,omitempty"`
	// Why is the reason that the rule's writer gave; hostile.
	Why string `json:"why,omitempty"`
	// Except says that rules stop or ask about some of what grant, a pattern, names.
	Except string `json:"except,omitempty"`
}

// Explain decides about grant as Check would outside of any call, without asking and without a record. Where the
// store or a policy fails the verdict is deny.
func (b *Broker) Explain(s Subject, c Capabilities, grant Grant) Explanation {
	e := Explanation{Grant: grant.text, Sentence: Sentence(grant)}
	r := refuse(CodeStorage, RuleStorage)
	r.layer = LayerDecision
	f, err := b.facts(s, c)
	if err == nil {
		r = f.decide(Need{Grant: grant})
		e.Except = f.except(grant)
	}
	e.Verdict, e.Rule, e.Layer, e.Why = r.verdict, r.rule, r.layer, r.why
	e.Reason, e.Remedy = r.inWords()
	return e
}

// inWords says the rule and what the person could do about it.
func (r ruling) inWords() (reason, remedy string) {
	switch r.rule {
	case RuleNever:
		return "nobody can allow this: " + r.reason, ""
	case RuleUndeclared:
		return "the skill's manifest has no line that covers it", "only a new version of the skill can ask for it"
	case RuleWorkspace:
		return "the folder is not confirmed for this client yet", "the first call asks"
	case RuleActive:
		return "another program may run the file, so it is asked each time", ""
	case RuleRequired:
		return "the manifest requires it and you confirmed that", "revoke the confirmation under Decisions"
	case RuleAsked:
		return "nothing is decided yet, so it is asked", ""
	case RuleMuted:
		return "you dismissed the question so often that it rests", "revoke that under Decisions, and it is asked again"
	case RuleStorage:
		return "the kept decisions or a policy cannot be read, so the answer is no", "gatehouse doctor"
	}
	switch r.layer {
	case LayerManaged:
		return "this machine's policy " + r.does(), "only who runs this machine can change that file"
	case LayerWorkspace:
		return "the workspace's policy " + r.does(), "gatehouse policy show says whether the file can be changed or has to be forgotten"
	case LayerUser:
		return "a rule of yours " + r.does(), cmp.Or(r.remedy, "gatehouse policy remove "+r.rule)
	}
	return map[Verdict]string{Allow: "you allowed it", Deny: "you denied it"}[r.verdict], "revoke the decision under Decisions"
}

func (r ruling) does() string {
	return map[Verdict]string{Allow: "allows it", Deny: "does not allow it", Ask: "has it asked each time"}[r.verdict]
}

// except counts the rules that are about a part of what g, a pattern, names.
func (f *facts) except(g Grant) string {
	parts := 0
	for _, p := range f.policies {
		for _, r := range slices.Concat(p.Deny, p.Ask) {
			if r.concerns(f.subject) && g.touches(r.Grant, f.subject.Workspace) && !r.Grant.touches(g, f.subject.Workspace) {
				parts++
			}
		}
	}
	switch parts {
	case 0:
		return ""
	case 1:
		return "one rule denies or asks about a part of it"
	}
	return fmt.Sprintf("%d rules deny or ask about parts of it", parts)
}
