package skill_test

import (
	"errors"
	"strings"
	"testing"

	"gatehouse/skill"
)

func TestParseReadsEveryField(t *testing.T) {
	m := parseGood(t)
	if got := m.Limits.Memory; got != 256*skill.MiB {
		t.Errorf("memory = %v; want 256MiB", got)
	}
	if got := m.Optional[0].Grant.String(); got != "net:GET:https://*.wikipedia.org:443/**" {
		t.Errorf("optional grant = %q", got)
	}
	capabilities := m.Capabilities()
	if len(capabilities.Requires) != 1 || capabilities.Requires[0].Why != "finds the PDFs you name" {
		t.Errorf("required lines = %+v", capabilities.Requires)
	}
	if _, ok := m.Tool("extract"); !ok {
		t.Error(`Tool("extract") found nothing`)
	}
	if _, ok := m.Tool("Extract"); ok {
		t.Error(`Tool("Extract") found a tool by another spelling`)
	}
}

func TestParseSaysWhatIsWrongAndWhere(t *testing.T) {
	long := strings.Repeat("x", 121)
	for _, tt := range []struct {
		name, old, new string
		place, reason  string
	}{
		{"an unknown field", `"license"`, `"licence"`, "skill.json#", `there is no field "licence"`},
		{"an unknown field deep inside", `"readOnlyHint"`, `"readonly"`, "skill.json#/tools/0/annotations", `"readonly"`},
		{"a known field in another case", `"version"`, `"Version"`, "skill.json#", `"Version"`},
		{"a field twice", `"kind":`, `"name": "b", "kind":`, "skill.json#/name", "twice"},
		{"a field twice deep inside", `"cpu": 100`, `"cpu": 100, "cpu": 1`, "skill.json#/limits/cpu", "twice"},
		{"a missing field", `"version": "1.2.0", `, ``, "skill.json#", `"version" is missing`},
		{"a comment", `"kind":`, "// what it is\n\"kind\":", "skill.json line 4", "not JSON"},
		{"a comma too many", `"concurrency": 8 }`, `"concurrency": 8, }`, "skill.json line 16", "not JSON"},
		{"text after the end", `"concurrency": 8 }` + "\n}", `"concurrency": 8 } } {}`, "skill.json line 16", "not JSON"},
		{"half a surrogate pair", `Extracts text.`, `\ud800`, "skill.json", "differently"},
		{"a later manifest", `"manifestVersion": 1`, `"manifestVersion": 2`, "skill.json#/manifestVersion", "later Gatehouse"},
		{"a manifest of no version", `"manifestVersion": 1`, `"manifestVersion": "1"`, "skill.json#/manifestVersion", ""},
		{"a name in capitals", `"pdf-tools"`, `"PDF"`, "skill.json#/name", "not a name that a skill can have"},
		{"a name with two hyphens", `"pdf-tools"`, `"pdf--tools"`, "skill.json#/name", ""},
		{"a version that is none", `"1.2.0"`, `"1.2"`, "skill.json#/version", "does not look"},
		{"a kind that is none", `"command"`, `"native"`, "skill.json#/kind", "must be one of"},
		{"code outside the folder", `"skill.wasm"`, `"../skill.wasm"`, "skill.json#/wasm", "does not look"},
		{"a digest that is none", `"wasm":`, `"digest": "sha256:12", "wasm":`, "skill.json#/digest", ""},
		{"a tool's name with a space", `"name": "extract"`, `"name": "ex tract"`, "skill.json#/tools/0/name", ""},
		{"no tools", `"tools": [`, `"tools": [], "x": [`, "skill.json#/tools", ""},
		{"a grant that is none", `fs:list:${workspace}/**"`, `fs:list"`, "skill.json#/requires/0/grant", "path follows"},
		{"a shell ate the workspace", `fs:list:${workspace}/**"`, `fs:list:/**"`, "skill.json#/requires/0/grant", ""},
		{"an example that is no grant", `["net:GET:https://en.`, `["net:GET:en.`, "skill.json#/optional/0/match/0", ""},
		{"an example that is not covered", `["net:GET:https://en.`, `["net:PUT:https://en.`, "skill.json#/optional/0/match/0", "does not cover"},
		{"a counter-example that is covered", `["net:GET:https://wikipedia.`, `["net:GET:https://de.wikipedia.`, "skill.json#/optional/0/notMatch/0", "covers"},
		{"a write that is required", `"fs:list:`, `"fs:write:`, "skill.json#/requires/0/grant", "required"},
		{"files and network required", `"requires": [`, `"requires": [{"grant": "net:GET:https://a.org:443/**", "why": "w"}, `, "skill.json#/requires/0/grant", "never required together"},
		{"a reason too long", `looks words up`, long, "skill.json#/optional/0/why", "121 characters"},
		{"no reason", `looks words up`, ``, "skill.json#/optional/0/why", "0 characters"},
		{"a limit of zero", `"cpu": 100`, `"cpu": 0`, "skill.json#/limits/cpu", "minimum"},
		{"a size of zero", `"256MiB"`, `"0MiB"`, "skill.json#/limits/memory", ""},
		{"a size without a unit", `"256MiB"`, `"256"`, "skill.json#/limits/memory", ""},
		{"a size that is a number", `"256MiB"`, `256`, "skill.json#/limits/memory", "want string"},
		{"a size beyond counting", `"256MiB"`, `"99999999999999999999GiB"`, "skill.json#/limits/memory", "too large"},
		{"memory above the ceiling", `"256MiB"`, `"5GiB"`, "skill.json#/limits/memory", "more than any skill"},
		{"time above the ceiling", `"30s"`, `"61m"`, "skill.json#/limits/time", "more than any skill"},
		{"time in another spelling", `"30s"`, `"1h30m"`, "skill.json#/limits/time", ""},
		{"a fraction of a call", `"concurrency": 8`, `"concurrency": 1.5`, "skill.json#/limits/concurrency", ""},
		{"a number with a billion digits", `"minimum": 1`, `"minimum": 1e999999999`, "skill.json#/tools/0/inputSchema/properties/pages/items/minimum", "too large"},
		{"a number that a hash would round", `"minimum": 1`, `"minimum": 9007199254740993`, "skill.json#/tools/0/inputSchema/properties/pages/items/minimum", ""},
		{"a schema that is none", `"type": "integer"`, `"type": "whole"`, "skill.json#/tools/0/inputSchema/properties/pages/items/type", "not a JSON Schema"},
		{"a schema that refuses objects", `"inputSchema": { "type": "object"`, `"inputSchema": { "type": "string"`, "skill.json#/tools/0/inputSchema/type", "always an object"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(goodManifest, tt.old) {
				t.Fatalf("%q does not stand in the manifest", tt.old)
			}
			_, err := skill.Parse([]byte(strings.Replace(goodManifest, tt.old, tt.new, 1)))
			var invalid *skill.InvalidError
			if !errors.As(err, &invalid) {
				t.Fatalf("Parse() = %v; want an *InvalidError", err)
			}
			if invalid.Place != tt.place || !strings.Contains(invalid.Reason, tt.reason) {
				t.Errorf("Parse() = %v; want %s: ...%s...", err, tt.place, tt.reason)
			}
		})
	}
}

func TestToolsThatDifferOnlyInCaseAreRefused(t *testing.T) {
	value := document(t)
	tool := value["tools"].([]any)[0]
	value["tools"] = []any{tool, map[string]any{"name": "Extract", "description": "d"}}
	_, err := skill.Parse(encode(t, value))
	if err == nil || !strings.Contains(err.Error(), "skill.json#/tools/1/name") {
		t.Errorf("Parse() = %v; want an error at the second tool's name", err)
	}
}

func TestDeepNestingIsRefused(t *testing.T) {
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	_, err := skill.Parse([]byte(strings.Replace(goodManifest, `"Reads PDFs."`, deep, 1)))
	if err == nil || !strings.Contains(err.Error(), "deep") {
		t.Errorf("Parse() = %.200v; want an error about nesting", err)
	}
}
