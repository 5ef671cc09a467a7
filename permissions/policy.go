package permissions

import "slices"

// Layer is where a rule stands.
type Layer string

// The layers. A Policy is managed, the person's or a workspace's; the others are what decides beside policies.
const (
	LayerNever     Layer = "never"
	LayerManifest  Layer = "manifest"
	LayerManaged   Layer = "managed"
	LayerWorkspace Layer = "workspace"
	LayerUser      Layer = "user"
	LayerDecision  Layer = "decision"
	LayerQuestion  Layer = "question"
)

// Policy is the rules of one layer. All three layers narrow; only the person's may also allow.
type Policy struct {
	Layer Layer
	// Name says where it stands: a file's path, which is hostile text in a workspace.
	Name string
	// Only is a ceiling: what none of it covers is refused. nil is no ceiling, and an empty list lets nothing through.
	Only             []Grant
	Deny, Ask, Allow []Rule
	// Remedy says what the person could do about it; empty is what is usual for its layer.
	Remedy string
}

// Rule is one line of a policy.
type Rule struct {
	// ID names the rule in records and explanations: for a file its place in it, NAME#/deny/0.
	ID    string
	Grant Grant
	// Skill and Client say for whom it is; empty is any.
	Skill, Client string
	// Why is its writer's reason, hostile text in a workspace.
	Why string
}

// concerns says whether a deny or an ask is for s. It narrows, so it is also about what a skill of that name has others
// do for it.
func (r Rule) concerns(s Subject) bool {
	return (r.Skill == "" || r.Skill == s.Skill || slices.Contains(s.Chain, r.Skill)) &&
		(r.Client == "" || r.Client == s.Client)
}

// serves says whether an allow is for s, and for s alone: it serves no skill through another.
func (r Rule) serves(s Subject) bool {
	return len(s.Chain) == 0 && (r.Skill == "" || r.Skill == s.Skill) && (r.Client == "" || r.Client == s.Client)
}

// touches is Covers for what narrows: how a request signs in makes it no other.
func (g Grant) touches(need Grant, workspace string) bool {
	need.suffix = g.suffix
	return g.Covers(need, workspace)
}

// covers says whether the policy's ceiling leaves g to be asked for.
func (p Policy) covers(g Grant, workspace string) bool {
	return p.Only == nil || slices.ContainsFunc(p.Only, func(o Grant) bool { return o.Covers(g, workspace) })
}

// Narrows says whether p, in the place of old, would let nothing through that old stops or asks about. Where it cannot
// tell it says no. workspace is the real path that ${workspace} stands for.
func (p Policy) Narrows(old Policy, workspace string) bool {
	if old.Only != nil {
		wider := func(g Grant) bool { return !old.covers(g, workspace) }
		if p.Only == nil || slices.ContainsFunc(p.Only, wider) {
			return false
		}
	}
	return implied(old.Deny, p.Deny, workspace) && implied(old.Ask, slices.Concat(p.Deny, p.Ask), workspace) &&
		len(p.Allow) == 0
}

// implied says whether each of the old rules is covered by one of the rules.
func implied(old, rules []Rule, workspace string) bool {
	return !slices.ContainsFunc(old, func(o Rule) bool {
		return !slices.ContainsFunc(rules, func(r Rule) bool {
			return (r.Skill == "" || r.Skill == o.Skill) && (r.Client == "" || r.Client == o.Client) &&
				r.Grant.touches(o.Grant, workspace)
		})
	})
}

// CheckAllow says why nobody can make a standing rule that allows g, or nothing. b's never-list counts, and as for an
// answer that is kept: the network only by literal host, and a file that is picked each time.
func (b *Broker) CheckAllow(g Grant) string {
	switch {
	case g.is(Pick):
		return "a file is picked each time"
	case (g.kind == Net || g.kind == Secret) && (g.origin.host == "" || g.origin.host[0] == '*'):
		return "only a host that is named whole can be allowed for good"
	}
	return b.laws.refuse(g, "/workspace", false)
}
