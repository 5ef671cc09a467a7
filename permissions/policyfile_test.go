package permissions_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"gatehouse/permissions"
)

func TestAPolicyFileIsReadAsItIsWritten(t *testing.T) {
	p := policy(t, permissions.LayerManaged, `{"policyVersion":1,"only":["fs:read:${workspace}/**","values"],
		"deny":[{"grant":"fs:read:${workspace}/.env","why":"keys","skill":"files"}],
		"ask":[{"grant":"env:HOME","client":"claude-code"}]}`)
	want := permissions.Policy{
		Layer: permissions.LayerManaged, Name: policyName,
		Only: []permissions.Grant{parse(t, "fs:read:${workspace}/**"), parse(t, "values")},
		Deny: []permissions.Rule{{ID: policyName + "#/deny/0", Grant: parse(t, "fs:read:${workspace}/.env"), Skill: "files", Why: "keys"}},
		Ask:  []permissions.Rule{{ID: policyName + "#/ask/0", Grant: parse(t, "env:HOME"), Client: "claude-code"}},
	}
	if got := fmt.Sprintf("%+v", p); got != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %s\nwant %+v", got, want)
	}
	if p := policy(t, permissions.LayerManaged, `{"policyVersion":1}`); p.Only != nil {
		t.Error("a file without a ceiling has one")
	}
	if p := policy(t, permissions.LayerManaged, `{"policyVersion":1,"only":[]}`); p.Only == nil {
		t.Error("an empty ceiling is none")
	}
}

func TestAPolicyFileIsRefusedWithThePlace(t *testing.T) {
	rule := func(fields string) string { return `{"policyVersion":1,"deny":[{"grant":"values"},{` + fields + `}]}` }
	for _, c := range []struct{ name, text, place, reason string }{
		{"nothing", ``, " line 1", "not JSON"},
		{"a line cut short", "{\n\"policyVersion\":1,\n\"deny\":[}", " line 3", "not JSON"},
		{"two values", `{"policyVersion":1} {}`, " line 1", "not JSON"},
		{"not an object", `[]`, "#", "not an object"},
		{"not UTF-8", "{\"policyVersion\":1,\"\xff\":1}", "", "UTF-8"},
		{"a byte order mark", "\ufeff{\"policyVersion\":1}", " line 1", "byte order mark"},
		{"brackets without end", `{"policyVersion":1,"deny":` + strings.Repeat("[", 20_000), " line 1", "not JSON"},
		{"no version", `{}`, "#/policyVersion", "has to be there"},
		{"another version", `{"policyVersion":2}`, "#/policyVersion", "only version"},
		{"a version in words", `{"policyVersion":"1"}`, "#/policyVersion", "not a number"},
		{"an unknown field", `{"policyVersion":1,"denied":[]}`, "#", `no field "denied"`},
		{"a field in another case", `{"policyVersion":1,"Deny":[]}`, "#", `no field "Deny"`},
		{"a field twice", `{"policyVersion":1,"deny":[],"deny":[]}`, "#/deny", "twice"},
		{"an allow", `{"policyVersion":1,"allow":[{"grant":"values"}]}`, "#/allow", "only narrows"},
		{"an unknown field of a rule", rule(`"grant":"values","until":1`), "#/deny/1", `no field "until"`},
		{"a rule without a grant", rule(`"why":"x"`), "#/deny/1", `has a "grant"`},
		{"a rule that is a word", `{"policyVersion":1,"deny":["values"]}`, "#/deny/0", "not an object"},
		{"a grant that is none", rule(`"grant":"fs:read:x"`), "#/deny/1/grant", "path begins"},
		{"a grant in another spelling", rule(`"grant":"net:GET:https://EXAMPLE.com/**"`), "#/deny/1/grant", "canonical"},
		{"a rule for nobody", rule(`"grant":"values","skill":""`), "#/deny/1/skill", "empty"},
		{"a reason that is long", rule(`"grant":"values","why":"` + strings.Repeat("é", 121) + `"`), "#/deny/1", "120"},
		{"a ceiling of objects", `{"policyVersion":1,"only":[{"grant":"values"}]}`, "#/only/0", "not text"},
		{"a ceiling that is null", `{"policyVersion":1,"only":null}`, "#/only", "not a list"},
		{"more rules than can be looked at", `{"policyVersion":1,"only":["values"` + strings.Repeat(`,"values"`, 500) + `]}`, "#", "501 rules"},
		{"a long file", `{"policyVersion":1}` + strings.Repeat(" ", 64<<10), "", "64 KiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := permissions.ParsePolicy(permissions.LayerWorkspace, "policy.json", []byte(c.text))
			var fault *permissions.PolicyError
			if !errors.As(err, &fault) || fault.Place != c.place || !strings.Contains(fault.Reason, c.reason) {
				t.Errorf("ParsePolicy = %+v, %v; want at %q: ...%s...", p, err, c.place, c.reason)
			}
		})
	}
}

// FuzzParsePolicy looks for a text that is read as a policy and means more than it says: a file that allows, that has a
// grant with two spellings, or a rule that nobody could find again.
func FuzzParsePolicy(f *testing.F) {
	f.Add([]byte(`{"policyVersion":1,"only":["fs:read:${workspace}/**"],"deny":[{"grant":"values","why":"x","skill":"a","client":"b"}],"ask":[]}`))
	f.Add([]byte(`{"policyVersion":1,"allow":[{"grant":"values"}]}`))
	f.Add([]byte(`{"policyVersion":1,"deny":[],"deny":[{}]}`))
	f.Add([]byte("{\"policyVersion\":1e0,\"\\u0064eny\":[{\"grant\":\"env:\\u0041\"}]}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := permissions.ParsePolicy(permissions.LayerWorkspace, "f", text)
		var fault *permissions.PolicyError
		switch {
		case err != nil && !errors.As(err, &fault):
			t.Fatalf("%T %v is no *PolicyError", err, err)
		case err != nil:
			return
		case p.Allow != nil:
			t.Fatalf("a workspace allows: %+v", p)
		case !p.Narrows(p, workspace):
			t.Fatalf("%+v does not narrow itself", p)
		}
		for _, rules := range map[string][]permissions.Rule{"#/deny/": p.Deny, "#/ask/": p.Ask} {
			for _, r := range rules {
				if again, err := permissions.Parse(r.Grant.String()); err != nil || again != r.Grant || r.Fault() != "" || !strings.HasPrefix(r.ID, "f#/") {
					t.Fatalf("the rule %+v: %v", r, err)
				}
			}
		}
	})
}
