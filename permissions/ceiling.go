package permissions

import "slices"

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
			found, outside = first(found, ruling{verdict: Deny, rule: p.Name, layer: p.Layer, code: CodeDenied, remedy: p.Remedy}), true
		}
	}
	return found, outside
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

// shutOut refuses a required line of whose kind a ceiling leaves nothing at all, so that nobody confirms it in vain; the
// zero Grant is refused only by a ceiling that leaves nothing of any kind.
func (f *facts) shutOut(g Grant) (found ruling, shut bool) {
	for _, p := range f.policies {
		left := func(o Grant) bool { return g.kind == "" || o.kind == g.kind && o.right == g.right }
		if p.Only != nil && !slices.ContainsFunc(p.Only, left) {
			found, shut = first(found, ruling{verdict: Deny, rule: p.Name, layer: p.Layer, code: CodeDenied, remedy: p.Remedy}), true
		}
	}
	return found, shut
}
