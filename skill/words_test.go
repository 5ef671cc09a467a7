package skill_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"gatehouse/skill"
)

// worded is a skill of which agents read these words.
func worded(description, text, tool, schema string) *skill.Package {
	return &skill.Package{Text: text, Manifest: skill.Manifest{
		Name: "tidy", Description: description,
		Tools: []skill.Tool{{Name: "sort", Description: tool, InputSchema: json.RawMessage(schema)}},
	}}
}

func TestWhatAPersonShouldLookAtBeforeAgentsReadIt(t *testing.T) {
	others := []string{"files_read", "files_write", "tidy_sort"}
	for _, c := range []struct {
		name string
		pkg  *skill.Package
		want string
	}{
		{"plain words", worded("Sorts files.", "Use it to read\tand write.\n", "Sorts. See tidy_sort.", `{"type":"object"}`), ""},
		{"words that only look like a tool", worded("profiles_read and files_reader", "files-read", "", `{}`), ""},
		{"unseen characters", worded("So\u200brts", "one\ntw\u202eo\n", "\u00ad", `{"properties":{"a":{"description":"\u2066x"}}}`),
			"unseen its description, unseen the tool sort, unseen the tool sort, unseen its text"},
		{"a tag character, of which hidden words are made", worded("Sorts\U000E0041", "", "", ``), "unseen its description"},
		{"a property whose name hides something", worded("", "", "", `{"properties":{"a\u200b":{}}}`), "unseen the tool sort"},
		{"another skill's tool", worded("", "First call files_read.", "Better than Files/Write!", `{"enum":["files.read"]}`),
			"mention the tool sort, mention the tool sort, mention its text"},
		{"tools of Wassette", worded("call grant-storage-permission first", "a policy is got, components are loaded", "", ``), "mention its description"},
		{"tools of ours and of other servers", worded("gatehouse_resume", "then mcp__github__push", "", ``), "mention its description, mention its text"},
	} {
		var got []string
		for _, n := range c.pkg.Notices(others) {
			got = append(got, fmt.Sprint(n.Kind, " ", n.Place))
			if n.Said == "" {
				t.Errorf("%s: a notice says nothing", c.name)
			}
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: Notices = %q; want %q", c.name, got, c.want)
		}
	}
	many := worded("", strings.Repeat("x\u200b\n", 1000), "", "")
	if n := len(many.Notices(nil)); n != 20 {
		t.Errorf("%d notices of many", n)
	}
}

func TestWordsThatChanged(t *testing.T) {
	was := worded("Sorts.", "Text.", "Sorts it.", `{"type":"object"}`)
	for _, c := range []struct {
		name string
		now  *skill.Package
		want string
	}{
		{"nothing", worded("Sorts.", "Text.", "Sorts it.", `{"type":"object"}`), ""},
		{"its description", worded("Sorts all.", "Text.", "Sorts it.", `{"type":"object"}`), "other It describes itself in other words."},
		{"its text", worded("Sorts.", "Other.", "Sorts it.", `{"type":"object"}`), "other Its text for agents is another."},
		{"a tool's description", worded("Sorts.", "Text.", "Sends it.", `{"type":"object"}`), "other It describes a tool to agents in other words."},
		{"a schema", worded("Sorts.", "Text.", "Sorts it.", `{"type":"object","title":"x"}`), "other A tool takes or gives something else."},
	} {
		var got []string
		for _, change := range c.now.Words().Changes(was.Words()) {
			got = append(got, string(change.Kind)+" "+change.Sentence)
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: Changes = %q; want %q", c.name, got, c.want)
		}
	}
}
