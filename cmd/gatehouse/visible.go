package main

import (
	"fmt"
	"strings"
	"unicode"
)

// visible makes text of a skill, a client or a file name safe to print: characters that move the cursor, change the
// direction of the text or cannot be seen become their code point in angle quotes, as in ‹U+202E›.
func visible(s string) string {
	clean := true
	for _, r := range s {
		if hidden(r) {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if hidden(r) {
			fmt.Fprintf(&b, "‹U+%04X›", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// visibleJSON does the same inside JSON text with JSON's own escapes, so that the value stays the same.
func visibleJSON(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n' || !hidden(r):
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

// hidden says whether r is a character that a terminal acts on or that nobody sees: Unicode's categories Cc, Cf, Zl,
// Zp, every space but the plain one, what is no character yet, and the fillers, selectors and the blank braille cell, which
// are drawn as nothing.
func hidden(r rune) bool {
	switch {
	case r == ' ':
		return false
	case r == unicode.ReplacementChar, r == '\u2800', !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.C), unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp, unicode.Zs):
		return true
	}
	return unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || unicode.Is(unicode.Variation_Selector, r)
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
