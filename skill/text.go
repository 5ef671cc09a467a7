package skill

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

const maxFrontMatter = 16 << 10

// FrontMatter is the head of a SKILL.md as far as Gatehouse reads it. Other fields belong to others and are left alone.
type FrontMatter struct {
	Name        string `yaml:"name"`
	Description string `yaml:"description"`
	Metadata    struct {
		// Gatehouse names the manifest's file.
		Gatehouse string `yaml:"gatehouse"`
	} `yaml:"metadata"`
}

// ParseText splits a SKILL.md into its front matter and the text for agents. It returns an *InvalidError where the
// front matter is missing, not YAML, or without a name or a description.
func ParseText(document []byte) (FrontMatter, string, error) {
	if !utf8.Valid(document) {
		return FrontMatter{}, "", invalid(TextFile, "it is not UTF-8 text")
	}
	document = bytes.ReplaceAll(bytes.TrimPrefix(document, []byte("\ufeff")), []byte("\r\n"), []byte("\n"))
	head, text, ok := splitFrontMatter(document)
	if !ok {
		return FrontMatter{}, "", invalid(TextFile+" line 1", "it does not begin with front matter").
			hint("front matter stands between two lines of ---")
	}
	if len(head) > maxFrontMatter {
		return FrontMatter{}, "", invalid(TextFile, "its front matter is larger than 16 KiB")
	}
	front, err := readFrontMatter(head)
	if err != nil {
		return FrontMatter{}, "", invalid(TextFile, "its front matter cannot be read: %v", err)
	}
	return front, string(text), nil
}

func splitFrontMatter(document []byte) (head, text []byte, ok bool) {
	rest, ok := bytes.CutPrefix(document, []byte("---\n"))
	if !ok {
		return nil, nil, false
	}
	// The line before the head ends in a newline too, so an empty head is found.
	head, text, ok = bytes.Cut(document[len("---"):], []byte("\n---\n"))
	if !ok {
		head, ok = bytes.CutSuffix(rest, []byte("\n---"))
	}
	return bytes.TrimPrefix(head, []byte("\n")), text, ok
}

// readFrontMatter refuses anchors and aliases, which the library unfolds without a bound, and turns a panic of the
// library into an error: the text is a stranger's.
func readFrontMatter(head []byte) (front FrontMatter, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("it is not YAML: %v", r)
		}
	}()
	for _, t := range lexer.Tokenize(string(head)) {
		if t.Type == token.AnchorType || t.Type == token.AliasType || t.Type == token.MergeKeyType {
			return front, fmt.Errorf("line %d: anchors and aliases are not read", t.Position.Line+1)
		}
	}
	err = yaml.Unmarshal(head, &front)
	return front, err
}

// check compares the front matter with the manifest's name.
func (f FrontMatter) check(name string) error {
	if f.Name != name {
		return invalid(TextFile, "its name is %q; want %q", f.Name, name).
			hint("name, folder and manifest carry one name")
	}
	if n := utf8.RuneCountInString(f.Description); n < 1 || n > 1024 {
		return invalid(TextFile, "its description has %d characters; want 1 to 1024", n)
	}
	if f.Metadata.Gatehouse != ManifestFile {
		return invalid(TextFile, "its metadata does not name the manifest").hint("metadata:\n  gatehouse: %s", ManifestFile)
	}
	return nil
}
