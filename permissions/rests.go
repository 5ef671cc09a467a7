package permissions

import (
	"maps"
	"slices"
	"sync"
)

// calls are the guards of the calls that have not ended.
type calls struct {
	mu   sync.Mutex
	live map[*Guard]bool
}

func (c *calls) add(g *Guard) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.live == nil {
		c.live = map[*Guard]bool{}
	}
	c.live[g] = true
}

func (c *calls) remove(g *Guard) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.live, g)
}

func (c *calls) all() []*Guard {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []*Guard
	for g := range c.live {
		all = append(all, g)
	}
	return all
}

// OnRevoke has do called whenever a kept decision or a rule that allowed something in this call is taken back, or a rule,
// a ceiling or a kept answer denies what was allowed in it, in the goroutine that changes that, before Broker.Revoke or
// Broker.Reconsider returns; and at once where that has happened already. do closes what the call holds open. It must not
// block for long, and may be called by several goroutines at a time.
func (g *Guard) OnRevoke(do func()) {
	g.mu.Lock()
	g.onRevoke = append(g.onRevoke, do)
	late := g.lost
	g.mu.Unlock()
	if late {
		do()
	}
}

// restOn notes that the call was allowed something by decisions.
func (g *Guard) restOn(decisions []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, id := range decisions {
		g.rests[id] = true
	}
}

// mostPassed is how many different grants of one call are looked at again when a rule denies. A call with more loses what
// it holds open whatever the rule is about.
const mostPassed = 1000

// notePassed notes that need was allowed, by any name of it.
func (g *Guard) notePassed(f *facts, need Need) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for name := range f.names(need) {
		if len(g.passed) <= mostPassed {
			g.passed[name] = g.passed[name] || name == need.Grant
		}
	}
}

// Reconsider is for whoever has changed a policy: before it returns, every call was told (Guard.OnRevoke) that rests on
// the rule gone, which is taken away, or in which something was allowed that is denied now. gone is empty where none was
// taken away.
func (b *Broker) Reconsider(gone string) {
	b.taken.Add(1)
	for _, g := range b.calls.all() {
		if g.restsOn(gone) || g.nowDenied() {
			g.lose()
		}
	}
}

func (g *Guard) restsOn(id string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.rests[id]
}

// nowDenied says whether something that passed is denied as things stand, or above the ceiling of some policy, which is
// about its own name alone. What the person was asked about and refused did not pass: nothing is open for it.
func (g *Guard) nowDenied() bool {
	g.mu.Lock()
	passed := maps.Clone(g.passed)
	g.mu.Unlock()
	if len(passed) == 0 {
		return false
	}
	f, err := g.broker.facts(g.subject, g.asked)
	if err != nil || len(passed) > mostPassed {
		return true
	}
	for grant, own := range passed {
		_, denied := f.denied(grant)
		if _, above := f.aboveCeilings(grant); denied || own && above {
			return true
		}
	}
	return false
}

// Workspaces returns the workspaces of the calls that have not ended, each once; the empty one is that of a call without.
func (b *Broker) Workspaces() []string {
	seen := map[string]bool{}
	for _, g := range b.calls.all() {
		seen[g.subject.Workspace] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// lose tells the call that something it rests on holds no longer. It has nothing open then, so that what passed before
// does not count any more.
func (g *Guard) lose() {
	g.mu.Lock()
	g.lost = true
	clear(g.passed)
	told := slices.Clone(g.onRevoke)
	g.mu.Unlock()
	for _, do := range told {
		do()
	}
}

// use notes that what r rests on allowed something now.
func (g *Guard) use(r ruling) {
	for _, id := range r.rests {
		g.broker.options.Used(id, g.broker.options.Now())
	}
}

// rests returns the kept decisions that allow g, with the one that confirmed the workspace it lies in.
func (f *facts) rests(g Grant) (ids []string) {
	for _, d := range f.kept {
		if f.live(d, Allow) && f.gives(d, g) {
			ids = append(ids, d.ID)
		}
	}
	if f.inWorkspace(g) {
		ids = append(ids, f.confirmations()...)
	}
	return ids
}

// startRests returns the kept decisions that a start rests on.
func (f *facts) startRests() []string {
	ids := f.confirmations()
	for _, d := range f.kept {
		needed := func(l Line) bool { return f.gives(d, l.Grant) }
		if f.live(d, Allow) && (d.Required || slices.ContainsFunc(f.asked.Requires, needed)) {
			ids = append(ids, d.ID)
		}
	}
	return ids
}

// confirmations returns the decisions by which the workspace is confirmed for the client.
func (f *facts) confirmations() (ids []string) {
	for _, d := range f.workspace {
		if f.live(d, Allow) {
			ids = append(ids, d.ID)
		}
	}
	return ids
}

// gives says whether d is about all that g names.
func (f *facts) gives(d Decision, g Grant) bool {
	return slices.ContainsFunc(d.Grants, func(kept Grant) bool { return kept.Covers(g, f.subject.Workspace) })
}
