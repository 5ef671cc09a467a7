package permissions

import (
	"fmt"
	"strings"
	"unicode"
)

// Visible makes text of a skill, a client or a file name safe to print and to hand on: characters that move the cursor, change the
// direction of the text or cannot be seen become their code point in angle quotes, as in ‹U+202E›.
func Visible(s string) string {
	clean := true
	for _, r := range s {
		if Hidden(r) {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if Hidden(r) {
			fmt.Fprintf(&b, "‹U+%04X›", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Hidden says whether r is a character that a terminal acts on or that nobody sees: Unicode's categories Cc, Cf, Zl,
// Zp, every space but the plain one, what is no character yet, and the fillers, selectors and the blank braille cell, which
// are drawn as nothing.
func Hidden(r rune) bool {
	switch {
	case r == ' ':
		return false
	case r == unicode.ReplacementChar, r == '\u2800', !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.C), unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp, unicode.Zs):
		return true
	}
	return unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || unicode.Is(unicode.Variation_Selector, r)
}
