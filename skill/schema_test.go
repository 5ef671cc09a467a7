package skill_test

import (
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/permissions"
	"gatehouse/skill"
)

// The manifest's schema and its Go types are two lists of one thing.
func TestTheSchemaHasTheFieldsOfTheTypes(t *testing.T) {
	type object struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	var schema struct {
		object
		Defs map[string]object `json:"$defs"`
	}
	if err := json.Unmarshal(skill.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	var annotations object
	if err := json.Unmarshal(schema.Defs["tool"].Properties["annotations"], &annotations); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		value  any
		schema object
	}{
		{"the manifest", skill.Manifest{}, schema.object}, {"a tool", skill.Tool{}, schema.Defs["tool"]},
		{"annotations", skill.Annotations{}, annotations}, {"a wish", skill.Wish{}, schema.Defs["wish"]},
		{"limits", skill.Limits{}, schema.Defs["limits"]},
	} {
		var fields, properties []string
		for field := range reflect.TypeOf(tt.value).Fields() {
			if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" {
				fields = append(fields, name)
			}
		}
		for name := range tt.schema.Properties {
			properties = append(properties, name)
		}
		slices.Sort(fields)
		slices.Sort(properties)
		if !slices.Equal(fields, properties) {
			t.Errorf("%s has the fields %v and the schema %v", tt.name, fields, properties)
		}
	}
}

// A name means the same to the schema, to Go and to whoever makes a name.
func TestTheSchemaAndGoAgreeOnNames(t *testing.T) {
	var schema struct {
		Properties struct {
			Name struct {
				Pattern   string `json:"pattern"`
				MaxLength int    `json:"maxLength"`
			} `json:"name"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(skill.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	rule := schema.Properties.Name
	pattern := regexp.MustCompile(rule.Pattern)
	for _, name := range []string{"a", "pdf-tools", "9", "a-b-c", strings.Repeat("a", 64), strings.Repeat("a", 65),
		"", "-", "a-", "-a", "a--b", "A", "a_b", "a.b", "a b", "é", "a\n", "a/b", ".."} {
		allowed := pattern.MatchString(name) && len(name) <= rule.MaxLength
		if err := skill.CheckName(name); (err == nil) != allowed {
			t.Errorf("CheckName(%q) = %v and the schema allows it: %v", name, err, allowed)
		}
		value := document(t)
		value["name"] = name
		if _, err := skill.Parse(encode(t, value)); (err == nil) != allowed {
			t.Errorf("Parse() with the name %q = %v and the schema allows it: %v", name, err, allowed)
		}
		if _, err := permissions.Parse("call:" + name + "/x"); (err == nil) != allowed {
			t.Errorf("a grant to call %q: %v, and the schema allows the name: %v", name, err, allowed)
		}
	}
}

// What a manifest may call a tool, a grant can name.
func TestTheSchemaAndGrantsAgreeOnTools(t *testing.T) {
	var schema struct {
		Defs struct {
			Tool struct {
				Properties struct {
					Name struct{ Pattern string }
				}
			}
		} `json:"$defs"`
	}
	if err := json.Unmarshal(skill.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	pattern := regexp.MustCompile(schema.Defs.Tool.Properties.Name.Pattern)
	for _, name := range []string{"a", "Extract", "read_all-2", strings.Repeat("a", 64), strings.Repeat("a", 65), "", "1a", "_a", "-a", "a.b", "a/b", "a*", "é"} {
		if _, err := permissions.Parse("call:x/" + name); (err == nil) != pattern.MatchString(name) {
			t.Errorf("a grant to call the tool %q: %v, and the schema allows it: %v", name, err, pattern.MatchString(name))
		}
	}
}

// What the schema lets through as a limit, Go reads; what Go writes, the schema lets through.
func TestTheSchemaAndGoAgreeOnLimits(t *testing.T) {
	for _, limits := range []skill.Limits{{}, skill.Defaults(), skill.Ceiling(), {Memory: 1, Time: skill.Time(1e6)}} {
		value := document(t)
		value["limits"] = limits
		m, err := skill.Parse(encode(t, value))
		if err != nil || m.Limits != limits {
			t.Errorf("Parse() of limits %+v = %+v, %v", limits, m.Limits, err)
		}
	}
}
