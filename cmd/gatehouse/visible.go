package main

import (
	"fmt"
	"strings"
	"unicode"

	"gatehouse/permissions"
)

// visible makes text of a skill, a client or a file name safe to print.
func visible(s string) string { return permissions.Visible(s) }

// visibleJSON does the same inside JSON text with JSON's own escapes, so that the value stays the same.
func visibleJSON(text string) string {
	var b strings.Builder
	for r, safe := range permissions.Drawn(text) {
		switch {
		case safe || r == '\n':
			b.WriteRune(r)
		case r > 0xFFFF:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xD800+(r>>10), 0xDC00+(r&0x3FF))
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// visibleLine does the same for a line of a file, where tabs are what they are.
func visibleLine(s string) string {
	parts := strings.Split(s, "\t")
	for i := range parts {
		parts[i] = visible(parts[i])
	}
	return strings.Join(parts, "\t")
}

// named is a name of somebody else in a sentence of ours: in quotation marks unless it is one plain word, so that a file
// named like a sentence reads as a name.
func named(name string) string {
	plain := name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-", r)
	})
	if plain {
		return visible(name)
	}
	return "“" + visible(name) + "”"
}

// alphabets are those whose letters are easily taken for one another's.
var alphabets = []struct {
	name    string
	letters *unicode.RangeTable
}{
	{"Latin", unicode.Latin}, {"Cyrillic", unicode.Cyrillic}, {"Greek", unicode.Greek}, {"Armenian", unicode.Armenian},
	{"Cherokee", unicode.Cherokee}, {"Coptic", unicode.Coptic}, {"Georgian", unicode.Georgian}, {"Lisu", unicode.Lisu},
}

// mixture says which alphabets some word of the names mixes; nothing where none does.
func mixture(names ...string) string {
	for _, name := range names {
		for word := range strings.FieldsFuncSeq(name, func(r rune) bool { return !unicode.In(r, unicode.L, unicode.M) }) {
			var found []string
			for _, a := range alphabets {
				if strings.ContainsFunc(word, func(r rune) bool { return unicode.Is(a.letters, r) }) {
					found = append(found, a.name)
				}
			}
			if len(found) > 1 {
				return "a name mixes " + strings.Join(found, " and ") + " letters, which can look alike"
			}
		}
	}
	return ""
}
