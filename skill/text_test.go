package skill_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/skill"
)

func TestFrontMatterIsReadAsYAML(t *testing.T) {
	for _, tt := range []struct{ name, document, description, text string }{
		{"plain", "---\nname: a\ndescription: Reads.\n---\ntext", "Reads.", "text"},
		{"quoted", "---\nname: 'a'\ndescription: \"a: \\\"b\\\"\"\n---\ntext", `a: "b"`, "text"},
		{"folded", "---\nname: a\ndescription: >-\n  one\n  two\n---\ntext", "one two", "text"},
		{"lines of Windows", "---\r\nname: a\r\ndescription: Reads.\r\n---\r\ntext\r\n", "Reads.", "text\n"},
		{"a byte order mark", "\ufeff---\nname: a\ndescription: Reads.\n---\ntext", "Reads.", "text"},
		{"no text at all", "---\nname: a\ndescription: Reads.\n---", "Reads.", ""},
		{"fields of others", "---\nname: a\nallowed-tools: [Bash]\ndescription: Reads.\n---\n", "Reads.", ""},
		{"a rule in the text", "---\nname: a\ndescription: Reads.\n---\none\n---\ntwo", "Reads.", "one\n---\ntwo"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			front, text, err := skill.ParseText([]byte(tt.document))
			if err != nil || front.Name != "a" || front.Description != tt.description || text != tt.text {
				t.Errorf("ParseText() = %+v, %q, %v; want a, %q, %q", front, text, err, tt.description, tt.text)
			}
		})
	}
}

func TestFrontMatterThatCannotBeReadIsRefused(t *testing.T) {
	for name, document := range map[string]string{
		"none":              "# A skill\n",
		"an empty document": "",
		"no end":            "---\nname: a\n",
		"not YAML":          "---\nname: [a\n---\n",
		"a list":            "---\n- a\n---\n",
		"a name twice":      "---\nname: a\nname: b\n---\n",
		"a list for a name": "---\nname: [a]\n---\n",
		"too much":          "---\nname: " + strings.Repeat("a", 17<<10) + "\n---\n",
		"bytes, not text":   "---\nname: \xff\n---\n",
	} {
		if front, _, err := skill.ParseText([]byte(document)); err == nil {
			t.Errorf("%s: ParseText() = %+v; want an error", name, front)
		}
	}
}

// Every level of the bomb holds the one before nine times over.
func TestAnAliasBombIsNotUnfolded(t *testing.T) {
	bomb := "a0: &a0 [x]\n"
	for i := range 40 {
		alias := fmt.Sprintf("*a%d", i)
		bomb += fmt.Sprintf("a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(alias+", ", 9), ", "))
	}
	for name, document := range map[string]string{
		"in a field of others": "---\nname: a\ndescription: Reads.\n" + bomb + "---\n",
		"in the metadata":      "---\nname: a\n" + bomb + "metadata:\n  gatehouse: *a40\n  other: *a40\n---\n",
		"as the description":   "---\nname: a\n" + bomb + "description: *a40\n---\n",
		"merged":               "---\n" + bomb + "<<: *a40\nname: a\n---\n",
	} {
		start := time.Now()
		_, _, _ = skill.ParseText([]byte(document))
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: it took %v", name, took)
		}
	}
}
