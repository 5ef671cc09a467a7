package permissions

// mostNames is how many hosts a call may name that nothing but a pattern allows: a name that is made up carries data to
// whoever answers for it, and the pattern was agreed to without seeing it. From then on each is asked for.
const mostNames = 8

const warnNames = "In this call it has already named 8 hosts that only a pattern allows, and this is another."

// nameless says whether g is for a host that nothing allows but a pattern, where this call has named enough of those.
func (g *Guard) nameless(f *facts, need Grant) bool {
	if need.kind != Net || f.byName(need) {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.names[need.origin.host] && len(g.names) >= mostNames
}

// noteName remembers a host that only a pattern allowed.
func (g *Guard) noteName(need Grant, r ruling) {
	if need.kind != Net || r.rule == RuleAsked && r.lifetime == Once {
		return
	}
	f, err := g.facts()
	if err != nil || f.byName(need) {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.names == nil {
		g.names = map[string]bool{}
	}
	if len(g.names) < mostNames {
		g.names[need.origin.host] = true
	}
}

// byName says whether something that names need's host whole allows need.
func (f *facts) byName(need Grant) bool {
	for g := range f.standing {
		if g.kind == Net && g.literalHost() && g.Covers(need, f.subject.Workspace) {
			return true
		}
	}
	return false
}
