package skill_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"

	"gatehouse/skill"
)

// block is one fenced block of a page.
type block struct{ language, text string }

func blocks(t *testing.T, page string) (string, []block) {
	t.Helper()
	text, err := os.ReadFile("../docs/" + page)
	if err != nil {
		t.Fatal(err)
	}
	var all []block
	for _, found := range regexp.MustCompile("(?ms)^```([^\n]+)\n(.*?)^```$").FindAllSubmatch(text, -1) {
		all = append(all, block{string(found[1]), string(found[2])})
	}
	return string(text), all
}

// Every JSON block of the reference is read: a whole manifest as it is, a part in place of the first one's.
func TestTheReferencesExamplesAreManifests(t *testing.T) {
	_, all := blocks(t, "manifest.md")
	var whole map[string]json.RawMessage
	read := 0
	for _, b := range all {
		language, place, wantInvalid := strings.Cut(b.language, " invalid: ")
		if language != "json" {
			continue
		}
		var part map[string]json.RawMessage
		if err := json.Unmarshal([]byte(b.text), &part); err != nil {
			t.Fatalf("%v in\n%s", err, b.text)
		}
		if whole == nil {
			whole = part
		}
		manifest := maps.Clone(whole)
		maps.Copy(manifest, part)
		read++
		_, err := skill.Parse(encode(t, manifest))
		var invalid *skill.InvalidError
		switch {
		case !wantInvalid && err != nil:
			t.Errorf("%v in\n%s", err, b.text)
		case wantInvalid && (!errors.As(err, &invalid) || invalid.Place != "skill.json#"+place):
			t.Errorf("Parse() = %v; want an error at %s in\n%s", err, place, b.text)
		}
	}
	if read < 4 {
		t.Errorf("%d examples were read; want them all", read)
	}
}

func TestTheReferenceHasTheLimits(t *testing.T) {
	text, _ := blocks(t, "manifest.md")
	values := func(l skill.Limits) map[string]any {
		var fields map[string]any
		decoder := json.NewDecoder(strings.NewReader(string(encode(t, l))))
		decoder.UseNumber()
		if err := decoder.Decode(&fields); err != nil {
			t.Fatal(err)
		}
		return fields
	}
	ceiling := values(skill.Ceiling())
	for name, usual := range values(skill.Defaults()) {
		if row := fmt.Sprintf("| `%s` | %v | %v |", name, usual, ceiling[name]); !strings.Contains(text, row) {
			t.Errorf("the table of limits has no row %s", row)
		}
	}
}

func TestTheReferenceHasTheFrontMatter(t *testing.T) {
	_, all := blocks(t, "manifest.md")
	for _, b := range all {
		if b.language == "yaml" {
			if front, _, err := skill.ParseText([]byte(b.text)); err != nil || front.Metadata.Gatehouse != skill.ManifestFile {
				t.Errorf("ParseText() = %+v, %v", front, err)
			}
			return
		}
	}
	t.Error("there is no front matter")
}

// The program in the page is the one that New writes, which another test builds.
func TestTheFirstSkillIsTheScaffold(t *testing.T) {
	scaffold, err := os.ReadFile("scaffold/main.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, all := blocks(t, "skills.md")
	for _, b := range all {
		if b.language == "go" {
			if !strings.HasSuffix(string(scaffold), b.text) {
				t.Error("the program in docs/skills.md is not the one in skill/scaffold")
			}
			return
		}
	}
	t.Error("there is no program in Go")
}
