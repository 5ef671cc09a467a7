package permissions_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatehouse/permissions"
)

// shelf is a Store that finds its decisions in the order they stand in.
type shelf struct {
	permissions.Store
	decisions []permissions.Decision
}

func (s shelf) Find(k permissions.Key) ([]permissions.Decision, error) {
	var found []permissions.Decision
	for _, d := range s.decisions {
		if d.Key == k {
			found = append(found, d)
		}
	}
	return found, nil
}

var (
	noon = time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)

	anyGrant = rapid.Map(rapid.SampledFrom([]string{
		"fs:read:${workspace}/**", "fs:read:${workspace}/a/**", "fs:read:${workspace}/a/*.csv", "fs:read:${workspace}/a/b.csv",
		"fs:write:${workspace}/**", "fs:write:${workspace}/a/b.csv", "fs:write:${workspace}/Makefile", "fs:list:${workspace}/**",
		"fs:read:/home/u/**", "fs:read:/home/u/work/acme/a/**", "fs:read:/home/u/.ssh/id", "env:LANG", "env:HOME",
		"net:GET:https://*.example.com:443/**", "net:GET:https://api.example.com:443/v1", "net:any:GET", "values",
	}), func(s string) permissions.Grant {
		g, err := permissions.Parse(s)
		if err != nil {
			panic(err)
		}
		return g
	})
	anyLine     = rapid.Map(anyGrant, func(g permissions.Grant) permissions.Line { return permissions.Line{Grant: g} })
	anyDecision = rapid.Custom(func(t *rapid.T) permissions.Decision {
		d := permissions.Decision{
			ID:       rapid.StringMatching(`[a-z]{12}`).Draw(t, "id"),
			Key:      rapid.SampledFrom([]permissions.Key{subject().Key(), subject().WorkspaceKey()}).Draw(t, "key"),
			Verdict:  rapid.SampledFrom([]permissions.Verdict{permissions.Allow, permissions.Deny}).Draw(t, "verdict"),
			Lifetime: rapid.SampledFrom([]permissions.Lifetime{permissions.Session, permissions.OneHour, permissions.Always}).Draw(t, "lifetime"),
			Session:  rapid.SampledFrom([]string{"s-1", "s-2"}).Draw(t, "session"),
			Made:     noon.Add(-time.Duration(rapid.IntRange(0, 20).Draw(t, "age")) * time.Hour),
		}
		if d.Key == subject().Key() {
			d.Grants = rapid.SliceOfN(anyGrant, 1, 3).Draw(t, "grants")
		}
		return d
	})
)

func explain(c permissions.Capabilities, decisions []permissions.Decision, need permissions.Grant) permissions.Verdict {
	b := permissions.NewBroker(permissions.Options{
		Store: shelf{decisions: decisions}, Now: func() time.Time { return noon }, Never: permissions.Never{Home: "/home/u"},
	})
	return b.Explain(subject(), c, need).Verdict
}

// narrowness orders the verdicts.
var narrowness = map[permissions.Verdict]int{permissions.Allow: 0, permissions.Ask: 1, permissions.Deny: 2}

func TestTheOrderOfRulesDoesNotCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := permissions.Capabilities{
			Requires: rapid.SliceOfN(anyLine, 0, 4).Draw(t, "requires"),
			Optional: rapid.SliceOfN(anyLine, 0, 4).Draw(t, "optional"),
		}
		decisions := rapid.SliceOfN(anyDecision, 0, 6).Draw(t, "decisions")
		need := anyGrant.Draw(t, "need")
		before := explain(c, decisions, need)
		c.Requires = rapid.Permutation(slices.Clone(c.Requires)).Draw(t, "requires again")
		c.Optional = rapid.Permutation(slices.Clone(c.Optional)).Draw(t, "optional again")
		again := rapid.Permutation(slices.Clone(decisions)).Draw(t, "decisions again")
		if after := explain(c, again, need); after != before {
			t.Fatalf("%s is %s, and %s in another order", need, before, after)
		}
	})
}

func TestADenialNeverWidens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := permissions.Capabilities{
			Requires: rapid.SliceOfN(anyLine, 0, 3).Draw(t, "requires"),
			Optional: rapid.SliceOfN(anyLine, 0, 3).Draw(t, "optional"),
		}
		decisions := rapid.SliceOfN(anyDecision, 0, 6).Draw(t, "decisions")
		need, no := anyGrant.Draw(t, "need"), anyDecision.Draw(t, "one more")
		no.Verdict = permissions.Deny
		before, after := explain(c, decisions, need), explain(c, append(decisions, no), need)
		if narrowness[after] < narrowness[before] {
			t.Fatalf("%s was %s, and %s after %+v", need, before, after, no)
		}
	})
}

func TestANarrowerManifestNeverWidens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		requires := rapid.SliceOfN(anyLine, 0, 3).Draw(t, "requires")
		optional := rapid.SliceOfN(anyLine, 1, 4).Draw(t, "optional")
		decisions := rapid.SliceOfN(anyDecision, 0, 6).Draw(t, "decisions")
		need := anyGrant.Draw(t, "need")
		before := explain(permissions.Capabilities{Requires: requires, Optional: optional}, decisions, need)
		after := explain(permissions.Capabilities{Requires: requires, Optional: optional[1:]}, decisions, need)
		if narrowness[after] < narrowness[before] {
			t.Fatalf("%s was %s, and %s without %s", need, before, after, optional[0].Grant)
		}
	})
}

func TestNothingIsAllowedThatNobodyAllowed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := permissions.Capabilities{
			Requires: rapid.SliceOfN(anyLine, 0, 4).Draw(t, "requires"),
			Optional: rapid.SliceOfN(anyLine, 0, 4).Draw(t, "optional"),
		}
		need := anyGrant.Draw(t, "need")
		if v := explain(c, nil, need); v == permissions.Allow {
			t.Fatalf("a manifest alone grants %s", need)
		}
	})
}
