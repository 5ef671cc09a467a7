package skill_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/skill"
)

func TestInputThatBreaksTheSchemaSaysWhere(t *testing.T) {
	extract, _ := parseGood(t).Tool("extract")
	for _, tt := range []struct{ name, input, place, reason string }{
		{"a missing field", `{}`, "input#", `"path" is missing`},
		{"no input at all", ``, "input#", `"path" is missing`},
		{"a field that is not there", `{"path": "a", "pth": 1}`, "input#", `there is no field "pth"`},
		{"a wrong type", `{"path": 1}`, "input#/path", "it is number; want string"},
		{"a mistake in a list", `{"path": "a", "pages": [1, 0]}`, "input#/pages/1", "minimum"},
		{"not an object", `["a"]`, "input#", "not a JSON object"},
		{"not JSON", `{"path": }`, "input line 1", "not JSON"},
		{"a field twice", `{"path": "a", "path": "b"}`, "input#/path", "twice"},
		{"a number with a billion digits", `{"path": "a", "pages": [1e999999999]}`, "input#/pages/0", "too large"},
		{"the tiniest number", `{"path": "a", "pages": [1e-999999999]}`, "input#/pages/0", "too small"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := extract.CheckInput([]byte(tt.input))
			var invalid *skill.InvalidError
			if !errors.As(err, &invalid) || invalid.Place != tt.place || !strings.Contains(invalid.Reason, tt.reason) {
				t.Errorf("CheckInput() = %v; want %s: ...%s...", err, tt.place, tt.reason)
			}
		})
	}
	if err := extract.CheckInput([]byte(`{"path": "a", "pages": [1, 9007199254740993]}`)); err != nil {
		t.Errorf("CheckInput() of good input = %v", err)
	}
}

func TestOutputIsChecked(t *testing.T) {
	extract, _ := parseGood(t).Tool("extract")
	if err := extract.CheckOutput([]byte(`{"text": "hello"}`)); err != nil {
		t.Errorf("CheckOutput() of good output = %v", err)
	}
	for _, output := range []string{``, `garbage`, `{"text": "a"} {}`, `{}`, "{\"text\": \"\xff\"}"} {
		if err := extract.CheckOutput([]byte(output)); err == nil || !strings.HasPrefix(err.Error(), "output") {
			t.Errorf("CheckOutput(%q) = %v; want an error that begins with output", output, err)
		}
	}
}

func TestAToolReadBackFromStorageStillChecks(t *testing.T) {
	var m skill.Manifest
	if err := json.Unmarshal(encode(t, parseGood(t)), &m); err != nil {
		t.Fatal(err)
	}
	if err := m.Tools[0].CheckInput([]byte(`{}`)); err == nil {
		t.Error("CheckInput() = nil; want the missing field")
	}
}

func TestSchemasThatReachOutsideOrNeverEndAreRefused(t *testing.T) {
	for name, schema := range map[string]string{
		"a reference to the web":       `{"$ref": "https://example.com/schema.json"}`,
		"a reference to a file":        `{"$ref": "file:///etc/passwd"}`,
		"a reference resolved later":   `{"$dynamicRef": "#a", "$defs": {"a": {"$dynamicAnchor": "a"}}}`,
		"another dialect":              `{"$schema": "http://json-schema.org/draft-04/schema#"}`,
		"a reference to nothing":       `{"$ref": "#/$defs/none"}`,
		"a pattern that is none":       `{"properties": {"a": {"pattern": "("}}}`,
		"a dialect from somewhere":     `{"$defs": {"a": {"$id": "b", "$schema": "https://example.com/dialect"}}}`,
		"a vocabulary of its own here": `{"$schema": "https://example.com/dialect"}`,
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(goodManifest, `{ "type": "object", "required": ["text"] }`, schema, 1)
			var invalid *skill.InvalidError
			if _, err := skill.Parse([]byte(text)); !errors.As(err, &invalid) {
				t.Errorf("Parse() = %v; want an *InvalidError", err)
			} else if !strings.HasPrefix(invalid.Place, "skill.json#/tools/0/outputSchema") {
				t.Errorf("place = %s; want it in the schema", invalid.Place)
			}
		})
	}
}

// doubling is a schema whose every level enters the next one twice: 60 levels are more steps than there is time.
func doubling(levels int, level string) string {
	var defs []string
	for i := range levels {
		defs = append(defs, fmt.Sprintf(`"d%d": `+level, i, i+1, i+1))
	}
	defs = append(defs, fmt.Sprintf(`"d%d": {"type": "null"}`, levels))
	return `"$defs": {` + strings.Join(defs, ", ") + `}`
}

func TestASchemaThatDoublesItsWorkIsStopped(t *testing.T) {
	for name, schema := range map[string]string{
		"all of":           `{"$ref": "#/$defs/d0", ` + doubling(60, `{"allOf": [{"$ref": "#/$defs/d%d"}, {"$ref": "#/$defs/d%d"}]}`) + `}`,
		"not any of":       `{"not": {"$ref": "#/$defs/d0"}, ` + doubling(60, `{"anyOf": [{"$ref": "#/$defs/d%d"}, {"$ref": "#/$defs/d%d"}]}`) + `}`,
		"if and then else": `{"if": {"$ref": "#/$defs/d0"}, ` + doubling(60, `{"if": {"$ref": "#/$defs/d%d"}, "else": {"$ref": "#/$defs/d%d"}}`) + `}`,
		"down the value":   `{"allOf": [{"additionalProperties": {"$ref": "#"}}, {"additionalProperties": {"$ref": "#"}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			tool := skill.Tool{Name: "t", OutputSchema: json.RawMessage(schema)}
			value := strings.Repeat(`{"a":`, 60) + "1" + strings.Repeat("}", 60)
			start := time.Now()
			err := tool.CheckOutput([]byte(value))
			if err == nil || !strings.Contains(err.Error(), "too long") {
				t.Errorf("CheckOutput() = %.200v after %v; want it stopped", err, time.Since(start))
			}
		})
	}
}

func TestALargeHonestValueIsChecked(t *testing.T) {
	tool := skill.Tool{Name: "t", OutputSchema: json.RawMessage(`{"type": "array", "items": {"type": "integer", "minimum": 0}}`)}
	if err := tool.CheckOutput([]byte("[" + strings.Repeat("1,", 400_000) + "1]")); err != nil {
		t.Errorf("CheckOutput() = %v", err)
	}
}
