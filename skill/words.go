package skill

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"gatehouse/permissions"
)

// Words are what agents read of a skill. All of them are the skill's own and hostile.
type Words struct {
	Description string             `json:"description"`
	Tools       []permissions.Tool `json:"tools"`
	// Text is SKILL.md without its front matter.
	Text string `json:"text"`
}

// Words returns what agents read of p.
func (p *Package) Words() Words {
	return Words{p.Manifest.Description, p.Manifest.Capabilities().Tools, p.Text}
}

// Changes are the differences between what agents read before and what they read now.
func (w Words) Changes(was Words) []permissions.Change {
	changes := permissions.ToolChanges(was.Tools, w.Tools)
	if was.Description != w.Description {
		changes = append(changes, permissions.Change{Kind: permissions.Other, Sentence: "It describes itself in other words.", Before: was.Description, After: w.Description})
	}
	if was.Text != w.Text {
		changes = append(changes, permissions.Change{Kind: permissions.Other, Sentence: "Its text for agents is another."})
	}
	return changes
}

// Notice is something in a skill's words that a person should look at before agents read it.
type Notice struct {
	Kind NoticeKind
	// Place says where it stands, such as "the tool extract"; Said is the line around it. Both are hostile.
	Place, Said string
}

// NoticeKind is a kind of notice.
type NoticeKind string

// The kinds of notice: characters that nobody sees or that change the direction of text, and names of tools that are not
// the skill's own.
const (
	Unseen  NoticeKind = "unseen"
	Mention NoticeKind = "mention"
)

// mostNotices bounds what a person is shown.
const mostNotices = 20

// foreign are names that agents' programs give to tools of servers, those of Gatehouse's own tools, and those of Wassette's,
// which agents may have too.
var foreign = regexp.MustCompile(`(?i)\bmcp__[a-z0-9_-]+|\bgatehouse_[a-z_]+|` +
	`\b(?:grant|revoke)-(?:storage|network|environment-variable)-permission\b|\breset-permission\b|` +
	`\b(?:un)?load-component\b|\b(?:list|search)-components\b|\bget-policy\b`)

// Notices looks through everything that agents read of p. others are the names of the tools of other skills, as agents
// see them: SKILL_TOOL.
func (p *Package) Notices(others []string) []Notice {
	own := func(name string) bool {
		skill, _, _ := strings.Cut(name, "_")
		return skill == p.Manifest.Name
	}
	others = slices.DeleteFunc(slices.Clone(others), own)
	var notices []Notice
	look := func(place, text string) {
		for line := range strings.Lines(text) {
			line = strings.TrimRight(line, "\n")
			if strings.ContainsFunc(strings.ReplaceAll(line, "\t", ""), permissions.Hidden) {
				notices = append(notices, Notice{Unseen, place, excerpt(line)})
			}
			if foreign.MatchString(line) || slices.ContainsFunc(others, func(name string) bool { return mentions(line, name) }) {
				notices = append(notices, Notice{Mention, place, excerpt(line)})
			}
		}
	}
	look("its description", p.Manifest.Description)
	for _, t := range p.Manifest.Tools {
		place := "the tool " + t.Name
		look(place, t.Description)
		if t.Annotations != nil {
			look(place, t.Annotations.Title)
		}
		for _, schema := range []json.RawMessage{t.InputSchema, t.OutputSchema} {
			for _, text := range texts(schema) {
				look(place, text)
			}
		}
	}
	look("its text", p.Text)
	return notices[:min(len(notices), mostNotices)]
}

// mentions says whether line names the tool, as a whole word and in any of the ways in which a name is put together.
func mentions(line, name string) bool {
	skill, tool, _ := strings.Cut(name, "_")
	line = strings.ToLower(line)
	for _, joint := range []string{"_", "/", ".", ":"} {
		full := strings.ToLower(skill + joint + tool)
		for rest := line; ; {
			before, after, found := strings.Cut(rest, full)
			if !found {
				break
			}
			if !wordy(before, len(before)-1) && !wordy(after, 0) {
				return true
			}
			rest = after
		}
	}
	return false
}

func wordy(text string, at int) bool {
	if at < 0 || at >= len(text) {
		return false
	}
	c := text[at]
	return c == '_' || c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z'
}

// texts are all words in a schema: names too, since agents read them.
func texts(schema json.RawMessage) (found []string) {
	var value any
	if len(schema) == 0 || json.Unmarshal(schema, &value) != nil {
		return nil
	}
	var walk func(any)
	walk = func(value any) {
		switch v := value.(type) {
		case string:
			found = append(found, v)
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		case map[string]any:
			for name, inner := range v {
				found = append(found, name)
				walk(inner)
			}
		}
	}
	walk(value)
	slices.Sort(found)
	return found
}

func excerpt(line string) string {
	const most = 200
	letters := []rune(line)
	if len(letters) <= most {
		return line
	}
	return string(letters[:most]) + "…"
}
