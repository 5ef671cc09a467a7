package permissions_test

import (
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/permissions"
)

// The oracle is the six steps of permissions.md section 3 once more, as plainly as they can be written and with nothing
// of the package's own: it has its own reading of grants, its own matcher and its own never-list, for the few that the
// world below is made of. Where it and the package differ, one of them is wrong.

// world is one set of everything that a decision looks at.
type world struct {
	subject  permissions.Subject
	asked    permissions.Capabilities
	policies []permissions.Policy
	kept     []permissions.Decision
	need     permissions.Grant
}

func oracle(w world) (permissions.Verdict, permissions.Code) {
	need := w.need.String()
	if oracleNever(need) {
		return permissions.Deny, permissions.CodeDenied
	}
	// Step 2.
	declared := false
	for _, line := range slices.Concat(w.asked.Requires, w.asked.Optional) {
		if covered(line.Grant.String(), need) && !oracleWide(line.Grant.String()) {
			declared = true
		}
	}
	if !declared {
		return permissions.Deny, permissions.CodeUndeclared
	}
	for _, p := range w.policies {
		if p.Only == nil {
			continue
		}
		inside := false
		for _, g := range p.Only {
			inside = inside || covered(g.String(), need)
		}
		if !inside {
			return permissions.Deny, permissions.CodeDenied
		}
	}
	// Step 3.
	for _, p := range w.policies {
		for _, r := range p.Deny {
			if narrowsFor(r, w.subject) && covered(plain(r.Grant.String()), plain(need)) {
				return permissions.Deny, permissions.CodeDenied
			}
		}
	}
	confirmed := false
	for _, d := range w.kept {
		if !holds(d, w.subject) {
			continue
		}
		if len(d.Grants) == 0 {
			if d.Verdict == permissions.Allow {
				confirmed = true
			} else if strings.Contains(need, "${workspace}") {
				return permissions.Deny, permissions.CodeDenied
			}
		}
		for _, g := range d.Grants {
			if d.Verdict == permissions.Deny && covered(plain(g.String()), plain(need)) {
				return permissions.Deny, permissions.CodeDenied
			}
		}
	}
	if strings.Contains(need, "${workspace}") && !confirmed {
		return permissions.Ask, ""
	}
	// Step 4.
	if strings.HasPrefix(need, "fs:write:") && strings.HasSuffix(need, "/Makefile") {
		return permissions.Ask, ""
	}
	for _, p := range w.policies {
		for _, r := range p.Ask {
			if narrowsFor(r, w.subject) && covered(plain(r.Grant.String()), plain(need)) {
				return permissions.Ask, ""
			}
		}
	}
	// Step 5.
	for _, p := range w.policies {
		for _, r := range p.Allow {
			if p.Layer == "user" && len(w.subject.Chain) == 0 && (r.Skill == "" || r.Skill == w.subject.Skill) &&
				(r.Client == "" || r.Client == w.subject.Client) && covered(r.Grant.String(), need) && !oracleWide(r.Grant.String()) {
				return permissions.Allow, ""
			}
		}
	}
	for _, d := range w.kept {
		for _, g := range d.Grants {
			if d.Verdict == permissions.Allow && holds(d, w.subject) && covered(g.String(), need) {
				return permissions.Allow, ""
			}
		}
	}
	return permissions.Ask, ""
}

// narrowsFor says whether a deny or an ask is for s or for a skill that s works for.
func narrowsFor(r permissions.Rule, s permissions.Subject) bool {
	skills := append([]string{"", s.Skill}, s.Chain...)
	return slices.Contains(skills, r.Skill) && (r.Client == "" || r.Client == s.Client)
}

// holds says whether a kept decision holds at noon.
func holds(d permissions.Decision, s permissions.Subject) bool {
	age := noon.Sub(d.Made)
	switch d.Lifetime {
	case permissions.Always:
		return true
	case permissions.OneHour:
		return age < time.Hour
	case permissions.Session:
		return d.Session == s.Session && age < 12*time.Hour
	}
	return false
}

// oracleNever knows what nobody can allow of what the world has.
func oracleNever(need string) bool {
	switch {
	case strings.HasPrefix(need, "fs:write:"):
		return strings.Contains(need, "/.git/") || strings.Contains(need, "/.gatehouse/") || strings.Contains(need, "/home/u/.ssh")
	case strings.HasPrefix(need, "fs:"):
		return strings.Contains(need, "/home/u/.ssh")
	}
	return strings.Contains(need, "169.254.169.254")
}

// oracleWide says whether a pattern is for a whole home.
func oracleWide(grant string) bool { return strings.HasSuffix(grant, ":/home/u/**") }

// plain takes the way of signing in from a grant.
func plain(grant string) string { return strings.TrimSuffix(grant, "#own-credentials") }

// covered reads two grants by cutting their text, and says whether the first names what the second does, which has no
// wildcard.
func covered(rule, need string) bool {
	ruleParts, needParts := strings.SplitN(rule, ":", 3), strings.SplitN(need, ":", 3)
	if ruleParts[0] != needParts[0] {
		return false
	}
	switch ruleParts[0] {
	case "fs":
		return ruleParts[1] == needParts[1] && matchesPath(strings.Replace(ruleParts[2], "${workspace}", workspace, 1),
			strings.Replace(needParts[2], "${workspace}", workspace, 1))
	case "net":
		rule, own := strings.CutSuffix(rule, "#own-credentials")
		need, signs := strings.CutSuffix(need, "#own-credentials")
		if signs && !own {
			return false
		}
		ruleParts, needParts = strings.SplitN(rule, ":", 3), strings.SplitN(need, ":", 3)
		if ruleParts[1] == "any" {
			return ruleParts[2] == "*" || slices.Contains(strings.Split(ruleParts[2], ","), needParts[1])
		}
		if ruleParts[1] != "*" && !slices.Contains(strings.Split(ruleParts[1], ","), needParts[1]) {
			return false
		}
		ruleHost, rulePath, _ := strings.Cut(strings.TrimPrefix(ruleParts[2], "https://"), "/")
		needHost, needPath, _ := strings.Cut(strings.TrimPrefix(needParts[2], "https://"), "/")
		below, wild := strings.CutPrefix(ruleHost, "*")
		return (ruleHost == needHost || wild && strings.HasSuffix(needHost, below)) && matchesPath("/"+rulePath, "/"+needPath)
	}
	return rule == need
}

// matchesPath tries every number of segments for each **.
func matchesPath(pattern, name string) bool {
	return matchesSegments(strings.Split(pattern, "/"), strings.Split(name, "/"))
}

func matchesSegments(pattern, name []string) bool {
	switch {
	case len(pattern) == 0:
		return len(name) == 0
	case pattern[0] == "**":
		for i := 0; ; i++ {
			if matchesSegments(pattern[1:], name[i:]) {
				return true
			}
			if i == len(name) || strings.HasPrefix(name[i], ".") {
				return false
			}
		}
	case len(name) == 0 || strings.HasPrefix(name[0], ".") && !strings.HasPrefix(pattern[0], "."):
		return false
	}
	same, err := path.Match(pattern[0], name[0])
	return err == nil && same && matchesSegments(pattern[1:], name[1:])
}

// The words of the world.
var (
	oracleSkills  = []string{"", "files", "other"}
	oracleClients = []string{"", "claude-code", "terminal"}
	oracleGrants  = parsed(
		"fs:read:${workspace}/**", "fs:read:${workspace}/a/**", "fs:read:${workspace}/a/*.csv", "fs:read:${workspace}/a/b.csv",
		"fs:read:${workspace}/**/b.csv", "fs:read:${workspace}/.env", "fs:read:${workspace}/**/.*", "fs:read:${workspace}/*/c/*",
		"fs:read:/home/u/work/acme/**", "fs:read:/home/u/work/*/a/**", "fs:read:/home/u/**", "fs:read:/home/u/.ssh/id",
		"fs:list:${workspace}/**", "fs:list:${workspace}", "fs:write:${workspace}/**", "fs:write:${workspace}/.git/**",
		"fs:write:${workspace}/**/Makefile", "fs:write:${workspace}/a/*", "env:LANG", "env:HOME", "values",
		"net:*:https://*.example.com:443/**", "net:GET:https://api.example.com:443/**", "net:GET,HEAD:https://api.example.com:443/v1/*",
		"net:GET:https://example.com:443/**", "net:*:https://api.example.com:443/**#own-credentials", "net:any:GET", "call:other/tool",
	)
	oracleNeeds = parsed(
		"fs:read:${workspace}/a/b.csv", "fs:read:${workspace}/a/c/d.txt", "fs:read:${workspace}/.env", "fs:read:${workspace}/a/.env",
		"fs:read:${workspace}/a", "fs:read:/home/u/work/acme/a/b.csv", "fs:read:/home/u/notes.txt", "fs:read:/home/u/.ssh/id",
		"fs:list:${workspace}", "fs:list:${workspace}/a", "fs:write:${workspace}/a/b.csv", "fs:write:${workspace}/Makefile",
		"fs:write:${workspace}/.git/config", "fs:write:${workspace}/.gatehouse/policy.json", "env:LANG", "env:HOME", "values",
		"net:GET:https://api.example.com:443/v1/x", "net:POST:https://api.example.com:443/v1/x", "net:GET:https://example.com:443/",
		"net:GET:https://api.example.com:443/v1/x#own-credentials", "net:GET:https://other.example.net:443/x", "call:other/tool",
	)
)

func parsed(texts ...string) (grants []permissions.Grant) {
	for _, text := range texts {
		g, err := permissions.Parse(text)
		if err != nil {
			panic(err)
		}
		grants = append(grants, g)
	}
	return grants
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// some makes a list of up to most things; nil is as likely as any other length.
func some[T any](r *rand.Rand, most int, thing func() T) (list []T) {
	for range r.IntN(most + 1) {
		list = append(list, thing())
	}
	return list
}

// anyWorld makes a world at random.
func anyWorld(r *rand.Rand) world {
	id := 0
	rule := func() permissions.Rule {
		id++
		return permissions.Rule{ID: fmt.Sprint("rule-", id), Grant: pick(r, oracleGrants), Skill: pick(r, oracleSkills), Client: pick(r, oracleClients)}
	}
	line := func() permissions.Line { return permissions.Line{Grant: pick(r, oracleGrants)} }
	grant := func() permissions.Grant { return pick(r, oracleGrants) }
	w := world{subject: subject(), need: pick(r, oracleNeeds)}
	if r.IntN(4) == 0 {
		w.subject.Chain = []string{pick(r, oracleSkills[1:])}
	}
	w.subject.Skill = pick(r, oracleSkills[1:])
	w.asked = permissions.Capabilities{Requires: some(r, 3, line), Optional: some(r, 8, line)}
	if r.IntN(2) == 0 {
		w.asked.Optional = append(w.asked.Optional, permissions.Line{Grant: w.need})
	}
	for _, layer := range []permissions.Layer{permissions.LayerManaged, permissions.LayerWorkspace, permissions.LayerWorkspace, permissions.LayerUser} {
		p := permissions.Policy{Layer: layer, Name: fmt.Sprint("policy-", id), Deny: some(r, 1, rule), Ask: some(r, 1, rule), Allow: some(r, 3, rule)}
		switch r.IntN(8) {
		case 0:
			p.Only = append(some(r, 12, grant), grant())
		case 1:
			p.Only = append(some(r, 3, grant), w.need)
		}
		w.policies = append(w.policies, p)
	}
	if r.IntN(4) > 0 {
		w.kept = append(w.kept, permissions.Decision{ID: "workspace", Key: w.subject.WorkspaceKey(), Verdict: permissions.Allow, Lifetime: permissions.Always, Made: noon})
	}
	w.kept = append(w.kept, some(r, 4, func() permissions.Decision {
		id++
		return permissions.Decision{
			ID: fmt.Sprint("kept-", id), Key: w.subject.Key(), Grants: append(some(r, 1, grant), grant()),
			Verdict:  pick(r, []permissions.Verdict{permissions.Allow, permissions.Allow, permissions.Allow, permissions.Deny}),
			Lifetime: pick(r, []permissions.Lifetime{permissions.Session, permissions.OneHour, permissions.Always}),
			Session:  pick(r, []string{"s-1", "s-2"}), Made: noon.Add(-time.Duration(r.IntN(20)) * time.Hour),
		}
	})...)
	return w
}

// court decides about one world after another.
type court struct {
	broker *permissions.Broker
	world  world
}

func newCourt() *court {
	c := &court{}
	c.broker = permissions.NewBroker(permissions.Options{
		Store: c, Now: func() time.Time { return noon }, Never: permissions.Never{Home: "/home/u"},
		Policies: func(permissions.Subject) ([]permissions.Policy, error) { return c.world.policies, nil },
	})
	return c
}

// Find implements permissions.Store.
func (c *court) Find(k permissions.Key) ([]permissions.Decision, error) {
	return shelf{decisions: c.world.kept}.Find(k)
}

func (c *court) Keep(permissions.Decision) error { panic("nothing is kept here") }

func (c *court) Revoke(string) (permissions.Decision, error) { panic("nothing is revoked here") }

func (c *court) decide(w world) permissions.Explanation {
	c.world = w
	return c.broker.Explain(w.subject, w.asked, w.need)
}

// agree compares the package with the oracle in that many worlds.
func agree(t *testing.T, worlds int, seed uint64) {
	t.Helper()
	r, c := rand.New(rand.NewPCG(seed, 1)), newCourt()
	verdicts := map[permissions.Verdict]int{}
	for range worlds {
		w := anyWorld(r)
		got := c.decide(w)
		want, code := oracle(w)
		undeclared := got.Rule == permissions.RuleUndeclared
		if got.Verdict != want || undeclared != (code == permissions.CodeUndeclared) {
			t.Fatalf("%s by %s of %s; the oracle says %s %s\nin %+v", got.Verdict, got.Rule, got.Layer, want, code, w)
		}
		if !undeclared {
			verdicts[want]++
		}
	}
	t.Logf("%d worlds agree: %v, the rest undeclared", worlds, verdicts)
	for _, v := range []permissions.Verdict{permissions.Allow, permissions.Ask, permissions.Deny} {
		if verdicts[v] < worlds/100 {
			t.Errorf("only %d of %d worlds come to %s: they show nothing", verdicts[v], worlds, v)
		}
	}
}

func TestThePackageAndTheOracleAgree(t *testing.T) { agree(t, rounds(30_000), rand.Uint64()) }

// TestNoOrderOfPoliciesCounts shuffles everything that has an order, and adds rules that only narrow.
func TestNoOrderOfPoliciesCounts(t *testing.T) {
	r, c := rand.New(rand.NewPCG(rand.Uint64(), 2)), newCourt()
	for range 10_000 {
		w := anyWorld(r)
		before := c.decide(w)
		shuffle(r, w.asked.Requires)
		shuffle(r, w.asked.Optional)
		shuffle(r, w.kept)
		shuffle(r, w.policies)
		for _, p := range w.policies {
			shuffle(r, p.Only)
			shuffle(r, p.Deny)
			shuffle(r, p.Ask)
			shuffle(r, p.Allow)
		}
		if after := c.decide(w); after != before {
			t.Fatalf("%+v, and in another order %+v\nin %+v", before, after, w)
		}
		at, more := r.IntN(len(w.policies)), permissions.Rule{ID: "more", Grant: pick(r, oracleGrants), Skill: pick(r, oracleSkills)}
		if r.IntN(2) == 0 {
			w.policies[at].Deny = append(w.policies[at].Deny, more)
		} else {
			w.policies[at].Ask = append(w.policies[at].Ask, more)
		}
		if after := c.decide(w); narrowness[after.Verdict] < narrowness[before.Verdict] {
			t.Fatalf("%s, and %s with %+v more\nin %+v", before.Verdict, after.Verdict, more, w)
		}
	}
}

// TestAWorkspaceFileNeverWidens adds a policy that a workspace's file could hold, and takes one's place with another
// that says it narrows the first.
func TestAWorkspaceFileNeverWidens(t *testing.T) {
	r, c := rand.New(rand.NewPCG(rand.Uint64(), 3)), newCourt()
	narrower := 0
	for range 20_000 {
		w := anyWorld(r)
		file, other := w.policies[1], w.policies[2] // the workspace's
		if r.IntN(2) == 0 {                         // more of the same
			other.Only, other.Ask = file.Only, slices.Concat(file.Ask, other.Ask)
			other.Deny = slices.Concat(file.Deny, other.Deny)
		}
		file.Allow, other.Allow = nil, nil
		rest := []permissions.Policy{w.policies[0], w.policies[3]}
		verdict := func(policies ...permissions.Policy) permissions.Verdict {
			w.policies = append(policies, rest...)
			return c.decide(w).Verdict
		}
		without, with, both, instead := verdict(), verdict(file), verdict(file, other), verdict(other)
		if narrowness[with] < narrowness[without] || narrowness[both] < narrowness[with] {
			t.Fatalf("%s without a file, %s with one, %s with two\nin %+v", without, with, both, w)
		}
		if other.Narrows(file, workspace) {
			narrower++
			if narrowness[instead] < narrowness[with] || instead != both {
				t.Fatalf("%s with %+v, and %s with %+v, which is said to narrow it\nin %+v", with, file, instead, other, w)
			}
		}
	}
	if narrower < 1000 {
		t.Errorf("only %d files narrow another: they show nothing", narrower)
	}
}

func shuffle[T any](r *rand.Rand, list []T) {
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}
