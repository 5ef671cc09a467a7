package permissions

// Explanation says what would happen if a subject wanted a grant now, and why. It is for the person alone: a guest or
// an agent never sees it.
type Explanation struct {
	Grant    string `json:"grant"`
	Sentence string `json:"sentence"`
	// Verdict is allow, deny or ask.
	Verdict Verdict `json:"verdict"`
	// Rule is what decides: a Rule constant or a kept decision's ID, and Layer where it stands: "never", "manifest",
	// "decision" or "question".
	Rule  string `json:"rule"`
	Layer string `json:"layer"`
	// Reason is the rule in words, Remedy what the person could do about it; empty where there is nothing to do.
	Reason string `json:"reason"`
	Remedy string `json:"remedy,omitempty"`
}

// Explain decides about grant as Check would outside of any call, without asking and without a record. Where the
// store fails the verdict is deny.
func (b *Broker) Explain(s Subject, c Capabilities, grant Grant) Explanation {
	e := Explanation{Grant: grant.text, Sentence: Sentence(grant)}
	r := refuse(CodeStorage, RuleStorage)
	if f, err := b.facts(s, c); err == nil {
		r = f.decide(Need{Grant: grant})
	}
	e.Verdict, e.Rule = r.verdict, r.rule
	switch r.rule {
	case RuleNever:
		e.Layer, e.Reason = "never", "nobody can allow this: "+r.reason
	case RuleUndeclared:
		e.Layer, e.Reason = "manifest", "the skill's manifest has no line that covers it"
		e.Remedy = "only a new version of the skill can ask for it"
	case RuleWorkspace:
		e.Layer, e.Reason = "question", "the folder is not confirmed for this client yet"
		e.Remedy = "the first call asks"
	case RuleActive:
		e.Layer, e.Reason = "question", "another program may run the file, so it is asked each time"
	case RuleRequired:
		e.Layer, e.Reason = "manifest", "the manifest requires it and you confirmed that"
		e.Remedy = "revoke the confirmation under Decisions"
	case RuleAsked:
		e.Layer, e.Reason = "question", "nothing is decided yet, so it is asked"
	case RuleStorage:
		e.Layer, e.Reason = "decision", "the kept decisions cannot be read, so the answer is no"
		e.Remedy = "gatehouse doctor"
	default:
		e.Layer, e.Reason = "decision", map[Verdict]string{Allow: "you allowed it", Deny: "you denied it"}[r.verdict]
		e.Remedy = "revoke the decision under Decisions"
	}
	return e
}
