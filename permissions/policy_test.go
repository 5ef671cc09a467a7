package permissions_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"gatehouse/permissions"
)

const policyName = workspace + "/.gatehouse/policy.json"

func policy(t testing.TB, layer permissions.Layer, text string) permissions.Policy {
	t.Helper()
	p, err := permissions.ParsePolicy(layer, policyName, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// under furnishes a house in which policies hold.
func under(t testing.TB, policies ...permissions.Policy) *house {
	return furnish(t, func(o *permissions.Options) {
		o.Policies = func(permissions.Subject) ([]permissions.Policy, error) { return policies, nil }
	})
}

func TestAPolicyDecidesInItsStep(t *testing.T) {
	for _, c := range []struct {
		name, policy, need string
		layer              permissions.Layer
		verdict            permissions.Verdict
		rule               string
	}{
		{"what no policy is about is as it was", `{"policyVersion":1}`, payroll, "workspace", permissions.Ask, permissions.RuleAsked},
		{"a ceiling stops what it does not cover", `{"policyVersion":1,"only":["fs:read:${workspace}/docs/**"]}`, payroll, "workspace", permissions.Deny, policyName},
		{"a ceiling leaves the rest as it was", `{"policyVersion":1,"only":["fs:read:${workspace}/finance/**"]}`, payroll, "managed", permissions.Ask, permissions.RuleAsked},
		{"a ceiling also stops what is required and confirmed", `{"policyVersion":1,"only":["fs:read:${workspace}/**"]}`, "fs:list:${workspace}/a", "managed", permissions.Deny, policyName},
		{"an empty ceiling stops everything", `{"policyVersion":1,"only":[]}`, payroll, "workspace", permissions.Deny, policyName},
		{"a manifest is the ceiling before", `{"policyVersion":1,"only":[]}`, "values", "workspace", permissions.Deny, permissions.RuleUndeclared},
		{"nothing lifts the never-list", `{"policyVersion":1,"allow":[{"grant":"fs:write:${workspace}/.git/config"}]}`, "fs:write:${workspace}/.git/config", "user", permissions.Deny, permissions.RuleNever},
		{"a deny stops", `{"policyVersion":1,"deny":[{"grant":"fs:read:${workspace}/finance/**"}]}`, payroll, "workspace", permissions.Deny, policyName + "#/deny/0"},
		{"a deny wins over an allow", `{"policyVersion":1,"deny":[{"grant":"fs:read:${workspace}/**"}],"allow":[{"grant":"` + payroll + `"}]}`, payroll, "user", permissions.Deny, policyName + "#/deny/0"},
		{"a deny for another skill is none", `{"policyVersion":1,"deny":[{"grant":"fs:read:${workspace}/**","skill":"other"}]}`, payroll, "workspace", permissions.Ask, permissions.RuleAsked},
		{"a deny for another client is none", `{"policyVersion":1,"deny":[{"grant":"fs:read:${workspace}/**","client":"terminal"}]}`, payroll, "workspace", permissions.Ask, permissions.RuleAsked},
		{"an ask overrules what is confirmed", `{"policyVersion":1,"ask":[{"grant":"fs:list:${workspace}/**","client":"claude-code"}]}`, "fs:list:${workspace}/a", "managed", permissions.Ask, policyName + "#/ask/0"},
		{"an ask wins over an allow", `{"policyVersion":1,"ask":[{"grant":"fs:read:${workspace}/**"}],"allow":[{"grant":"` + payroll + `"}]}`, payroll, "user", permissions.Ask, policyName + "#/ask/0"},
		{"an allow of the person's allows", `{"policyVersion":1,"allow":[{"grant":"fs:read:${workspace}/finance/**","skill":"files"}]}`, payroll, "user", permissions.Allow, policyName + "#/allow/0"},
		{"an allow for another skill is none", `{"policyVersion":1,"allow":[{"grant":"fs:read:${workspace}/**","skill":"other"}]}`, payroll, "user", permissions.Ask, permissions.RuleAsked},
		{"an allow is none for what another program may run", `{"policyVersion":1,"allow":[{"grant":"fs:write:${workspace}/**"}]}`, "fs:write:${workspace}/Makefile", "user", permissions.Ask, permissions.RuleActive},
		{"an allow of a whole home is none", `{"policyVersion":1,"allow":[{"grant":"fs:read:/home/u/**"}]}`, payroll, "user", permissions.Ask, permissions.RuleAsked},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := under(t, policy(t, permissions.LayerUser, c.policy))
			if c.layer != permissions.LayerUser {
				h = under(t, policy(t, c.layer, c.policy))
			}
			h.confirm(subject(), capabilities(t))
			e := h.broker.Explain(subject(), capabilities(t), parse(t, c.need))
			if e.Verdict != c.verdict || e.Rule != c.rule {
				t.Errorf("%s: %s by %s, want %s by %s", c.need, e.Verdict, e.Rule, c.verdict, c.rule)
			}
			if strings.HasPrefix(e.Rule, policyName) && e.Layer != c.layer {
				t.Errorf("%s stands in the layer %s, want %s", e.Rule, e.Layer, c.layer)
			}
		})
	}
}

func TestAnAskRuleOverrulesAKeptAlways(t *testing.T) {
	h := under(t, policy(t, permissions.LayerUser, `{"policyVersion":1,"ask":[{"grant":"fs:read:${workspace}/finance/*","why":"salaries"}]}`))
	h.keep(permissions.Decision{ID: "always", Key: subject().Key(), Grants: []permissions.Grant{parse(t, "fs:read:${workspace}/**")},
		Verdict: permissions.Allow, Lifetime: permissions.Always})
	h.person.answer = quick
	g := h.begin()
	for range 2 {
		wantCode(t, h.check(g, payroll), "")
	}
	wantCode(t, h.check(g, "fs:read:${workspace}/notes.txt"), "")
	asked := h.person.prompts()
	if len(asked) != 1 {
		t.Fatalf("asked %d times, want once: the answer holds for this object in this call", len(asked))
	}
	p := asked[0]
	if len(p.Rungs) != 1 || p.Rungs[0].Grant != payroll || len(p.Rungs[0].Lifetimes) != 1 || p.Rungs[0].Lifetimes[0].Lifetime != permissions.ThisCall {
		t.Errorf("offered %+v, want the object alone, once or for this call", p.Rungs)
	}
	if len(p.Warnings) == 0 || p.Warnings[len(p.Warnings)-1] != "A rule of yours asks about this each time." {
		t.Errorf("the prompt says %q and not whose rule asks", p.Warnings)
	}
	g.End()
	wantCode(t, h.check(h.begin(), payroll), "")
	if n := len(h.person.prompts()); n != 2 {
		t.Errorf("asked %d times, want again in the next call", n)
	}
}

func TestAnAnswerForAFolderIsNoneForWhatIsAskedEachTime(t *testing.T) {
	h := under(t, policy(t, permissions.LayerWorkspace, `{"policyVersion":1,"ask":[{"grant":"fs:read:${workspace}/finance/payroll.csv"}]}`))
	h.person.answer = func(p permissions.Prompt) permissions.Answer {
		return answer(p, permissions.Allow, len(p.Rungs)-1, permissions.ThisCall)
	}
	g := h.begin()
	for _, grant := range []string{"fs:read:${workspace}/finance/a.csv", "fs:read:${workspace}/finance/b.csv", payroll} {
		wantCode(t, h.check(g, grant), "")
	}
	if n := len(h.person.prompts()); n != 2 {
		t.Errorf("asked %d times, want for the folder and for the file", n)
	}
}

func TestARuleThatNarrowsKnowsEveryName(t *testing.T) {
	h := under(t, policy(t, permissions.LayerManaged, `{"policyVersion":1,"deny":[{"grant":"fs:read:${workspace}/Secret/**"},{"grant":"net:*:https://evil.example.com:443/**"}]}`))
	h.person.answer = quick
	c := permissions.Capabilities{Optional: lines(t, "fs:read:${workspace}/**", "net:*:https://evil.example.com:443/**#own-credentials")}
	g := h.beginAs(subject(), c)
	need := h.need("fs:read:${workspace}/secret/a")
	need.Object.Path = workspace + "/Secret/a" // a file system without case
	wantCode(t, g.Check(context.Background(), need), permissions.CodeDenied)
	wantCode(t, h.check(g, "net:GET:https://evil.example.com:443/x#own-credentials"), permissions.CodeDenied)
	called := subject()
	called.Skill, called.Chain = "helper", []string{"files"}
	h = under(t, policy(t, permissions.LayerUser, `{"policyVersion":1,
		"deny":[{"grant":"fs:read:${workspace}/finance/**","skill":"files"}],"allow":[{"grant":"fs:read:${workspace}/**"}]}`))
	h.confirm(called, capabilities(t))
	for grant, want := range map[string]permissions.Verdict{payroll: permissions.Deny, "fs:read:${workspace}/x": permissions.Ask} {
		if e := h.broker.Explain(called, capabilities(t), parse(t, grant)); e.Verdict != want {
			t.Errorf("a skill that files called: %s is %s, want %s", grant, e.Verdict, want)
		}
	}
}

func TestPickingPassesNoPolicy(t *testing.T) {
	for _, c := range []struct {
		policy string
		code   permissions.Code
	}{
		{`{"policyVersion":1}`, ""},
		{`{"policyVersion":1,"deny":[{"grant":"fs:read:/home/u/music/**"}]}`, permissions.CodeDenied},
		{`{"policyVersion":1,"only":["fs:read:${workspace}/**"]}`, permissions.CodeDenied},
	} {
		h := under(t, policy(t, permissions.LayerWorkspace, c.policy))
		h.person.answer = picks("/home/u/music/song.txt")
		g, need := h.begin(), pickable(t, report, "report.txt")
		wantCode(t, g.Check(context.Background(), need), c.code)
		if path, ok := g.Picked(need); ok != (c.code == "") {
			t.Errorf("under %s: Picked() = %q, %t", c.policy, path, ok)
		}
	}
}

func TestAStartIsRefusedWhereACeilingLeavesNothing(t *testing.T) {
	for _, c := range []struct {
		name, only string
		code       permissions.Code
	}{
		{"nothing at all", `[]`, permissions.CodeDenied},
		{"nothing of what is required", `["fs:read:${workspace}/**"]`, permissions.CodeDenied},
		{"a part of what is required", `["fs:list:${workspace}/docs/**"]`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := under(t, policy(t, permissions.LayerWorkspace, `{"policyVersion":1,"only":`+c.only+`}`))
			h.person.answer = quick
			g := h.broker.Begin(subject(), capabilities(t), permissions.CallInfo{})
			wantCode(t, g.Start(context.Background()), c.code)
			if asked := len(h.person.prompts()); (asked == 0) != (c.code != "") {
				t.Errorf("asked %d times", asked)
			}
		})
	}
}

func TestPoliciesThatCannotBeReadMeanNo(t *testing.T) {
	h := furnish(t, func(o *permissions.Options) {
		o.Policies = func(permissions.Subject) ([]permissions.Policy, error) { return nil, errors.New("torn") }
	})
	g := h.begin()
	wantCode(t, h.check(g, payroll), permissions.CodeStorage)
	wantCode(t, g.Start(context.Background()), permissions.CodeStorage)
	if e := h.broker.Explain(subject(), capabilities(t), parse(t, payroll)); e.Verdict != permissions.Deny {
		t.Errorf("explained as %s", e.Verdict)
	}
}

// A refusal is not a map: what goes to guest and agent names neither rule nor layer.
func TestARefusalDoesNotSayWhichRule(t *testing.T) {
	for _, layer := range []permissions.Layer{permissions.LayerManaged, permissions.LayerWorkspace} {
		h := under(t, policy(t, layer, `{"policyVersion":1,"deny":[{"grant":"fs:read:${workspace}/**","why":"the-reason"}]}`))
		err := h.check(h.begin(), payroll)
		wantCode(t, err, permissions.CodeDenied)
		if got, want := err.Error(), "denied: "+payroll; got != want {
			t.Errorf("the guest gets %q, want %q", got, want)
		}
		e := h.broker.Explain(subject(), capabilities(t), parse(t, payroll))
		if e.Why != "the-reason" || e.Remedy == "" || !strings.Contains(e.Reason, "policy does not allow it") {
			t.Errorf("the person gets %+v", e)
		}
	}
}

func TestAScopeSaysThatRulesSayOtherwiseOfSomeOfIt(t *testing.T) {
	h := under(t, policy(t, permissions.LayerUser, `{"policyVersion":1,"deny":[{"grant":"fs:read:${workspace}/finance/board/**"}]}`))
	h.person.answer = quick
	wantCode(t, h.check(h.begin(), payroll), "")
	for _, r := range h.person.prompts()[0].Rungs {
		says := strings.Contains(r.Detail, "one rule denies or asks about a part of it")
		if want := strings.HasSuffix(r.Grant, "/**"); says != want {
			t.Errorf("the rung %s says %q", r.Grant, r.Detail)
		}
	}
}

func TestAnExplanationSaysWhatIsNotThePattern(t *testing.T) {
	h := under(t, policy(t, permissions.LayerUser, `{"policyVersion":1,"deny":[{"grant":"fs:read:${workspace}/a"},{"grant":"fs:read:${workspace}/b/**","skill":"other"}],"ask":[{"grant":"fs:read:${workspace}/c"}]}`))
	if e := h.broker.Explain(subject(), capabilities(t), parse(t, "fs:read:${workspace}/**")); e.Except != "2 rules deny or ask about parts of it" {
		t.Errorf("Except = %q", e.Except)
	}
}

func TestSomeThingsAreNeverAllowedForGood(t *testing.T) {
	b := furnish(t).broker
	for grant, ok := range map[string]bool{
		"fs:read:${workspace}/**": true, "fs:write:${workspace}/out/*": true, "net:GET:https://api.example.com:443/**": true, "env:LANG": true,
		"fs:pick:read": false, "net:GET:https://*.example.com:443/**": false, "net:any:GET": false, "fs:read:/home/u/**": false,
		"fs:read:/home/u/.ssh/id": false, "fs:write:${workspace}/.git/config": false, "net:GET:http://169.254.169.254:80/**": false,
	} {
		if reason := b.CheckAllow(parse(t, grant)); (reason == "") != ok {
			t.Errorf("CheckAllow(%s) = %q", grant, reason)
		}
	}
}
