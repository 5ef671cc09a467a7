package permissions

import "slices"

// RulePicked is the rule of what the person picked in the system's file dialog.
const RulePicked = "picked"

// picked is a file that the person picked in this call, and what they picked it for.
type picked struct {
	grant Grant
	name  string // of the need's object; the guest's own word where it asked for a pick
	path  string
}

// Picked returns the real path of the file that the person picked in the place of what need names, and whether they
// did. A power whose need is Pickable asks it after each Check that returned nil, and then opens that very file, for
// reading only, or nothing. Picking is the one way past a manifest: it allows one object for one call and is never kept
// (permissions.md section 1).
func (g *Guard) Picked(need Need) (path string, ok bool) {
	if !need.Pickable {
		return "", false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.IndexFunc(g.picked, func(p picked) bool { return p.grant == need.Grant && p.name == need.Object.Name })
	if i < 0 {
		return "", false
	}
	return g.picked[i].path, true
}

// chosen is the need for the file at path, which the person picked.
func chosen(path string) Need {
	return Need{Grant: FileGrant(Read, path), Object: Object{Path: path}, Picked: true}
}

// decidePicked decides about the file at path, which the person picked. Steps 1 to 3 hold for it, but for the manifest's
// ceiling and, since it is one file for reading once, for credentials.
func (f *facts) decidePicked(path string) ruling {
	need := chosen(path)
	if need.Grant == (Grant{}) {
		return refuse(CodeDenied, RuleNever)
	}
	if reason := f.never(need); reason != "" {
		return ruling{verdict: Deny, rule: RuleNever, layer: LayerNever, code: CodeDenied, reason: reason}
	}
	if r, above := f.aboveCeilings(need.Grant); above {
		return r
	}
	if r, denied := f.deniedByAnyName(need); denied {
		return r
	}
	return ruling{verdict: Allow, rule: RulePicked, layer: LayerQuestion, lifetime: Once}
}

// mayPick says whether a may name a file of the person's own choice as its answer to p.
func (a Answer) mayPick(p Prompt) bool {
	return p.MayPick && a.Verdict == Allow && a.Lifetime == Once && !a.Stop && FileGrant(Read, a.Picked) != (Grant{})
}

// holdPicked makes a picked file count for the rest of the call.
func (w *wish) holdPicked(path string) {
	g := w.guard
	g.mu.Lock()
	defer g.mu.Unlock()
	g.picked = append(g.picked, picked{w.need.Grant, w.need.Object.Name, path})
}
