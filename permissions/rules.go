package permissions

import (
	"cmp"
	"slices"
)

// deniedByAnyName is step 3.
func (f *facts) deniedByAnyName(need Need) (ruling, bool) {
	for name := range f.names(need) {
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
	deny := func(rule string, layer Layer, why, remedy string) {
		r := ruling{verdict: Deny, rule: rule, layer: layer, code: CodeDenied, why: why, remedy: remedy}
		found, denied = first(found, r), true
	}
	for _, p := range f.policies {
		for _, r := range p.Deny {
			if r.Grant.touches(g, f.subject.Workspace) && r.concerns(f.subject) {
				deny(r.ID, p.Layer, r.Why, p.Remedy)
			}
		}
	}
	for _, d := range f.kept {
		if f.live(d, Deny) && (len(d.Grants) == 0 || f.touches(d, g)) {
			deny(d.denies(), LayerDecision, "", "")
		}
	}
	for _, d := range f.workspace {
		if f.live(d, Deny) && f.inWorkspace(g) {
			deny(d.ID, LayerDecision, "", "")
		}
	}
	return found, denied
}

// askedEachTime is step 4: a rule that says ask, or that another program may run the file. Nothing counts then that was
// answered before this call, and in it only what was answered about this very object.
func (f *facts) askedEachTime(need Need) (found ruling, each bool) {
	for name := range f.names(need) {
		for _, p := range f.policies {
			for _, r := range p.Ask {
				if r.Grant.touches(name, f.subject.Workspace) && r.concerns(f.subject) {
					ask := ruling{verdict: Ask, rule: r.ID, layer: p.Layer, why: r.Why, remedy: p.Remedy}
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
