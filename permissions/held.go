package permissions

import "slices"

// held is a scope that was allowed in this call. What was allowed once is one operation on one object, as it was shown,
// and not a name: another object that took the name since is asked for again. Every longer answer for a name is for
// whatever has it.
type held struct {
	grant Grant
	once  bool
	// identity, operation and other belong to once.
	identity  string
	operation Operation
	other     string
}

// covers says whether h allows need. A scope wider than the need counts for nothing that another program may run, and a
// difference that was allowed once is not another one.
func (h held) covers(need Need, active bool, workspace string) bool {
	if h.once {
		return need.Object.Difference == nil && h.grant == need.Grant && h.identity == need.Object.Identity &&
			h.operation.covers(need.Object.Operation) && (need.Object.Other == "" || h.other == need.Object.Other)
	}
	return h.grant == need.Grant || !active && h.grant.Covers(need.Grant, workspace)
}

// hold keeps an allowed scope for this call. Once is one object for files and variables, which a guest may open
// again, and one request for everything else and for active files.
func (w *wish) hold(grant Grant, l Lifetime) {
	g := w.guard
	object := (grant.kind == Files || grant.kind == Env) && !g.broker.laws.isActive(grant, g.subject.Workspace)
	if l != ThisCall && !(l == Once && object) {
		return
	}
	once := l == Once && grant == w.need.Grant
	g.mu.Lock()
	defer g.mu.Unlock()
	g.allowed = append(slices.Clip(g.allowed), held{grant, once, w.need.Object.Identity, w.need.Object.Operation, w.need.Object.Other})
}

// swapped says whether what was allowed once under the need's name is no longer what has it.
func (f *facts) swapped(need Need) bool {
	other := false
	for _, h := range f.allowed {
		switch {
		case !h.once || h.grant != need.Grant:
		case h.identity == need.Object.Identity:
			return false
		default:
			other = true
		}
	}
	return other
}

// Made says that the call has put another object in the place of the one that need is about, or where there was none:
// what was allowed once for need is allowed for the object with this identity now. Only a power that has just acted on
// an allowed need may call it.
func (g *Guard) Made(need Need, identity string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.allowed = slices.Clone(g.allowed)
	for i, h := range g.allowed {
		if h.once && h.operation == need.Object.Operation && h.covers(need, false, "") {
			g.allowed[i].identity = identity
		}
	}
}
