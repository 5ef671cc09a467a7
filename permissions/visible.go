package permissions

import (
	"fmt"
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible makes text of a skill, a client or a file name safe to print and to hand on: characters that move the cursor,
// change the direction of the text, cannot be seen or are piled over others become their code point in angle quotes, as in
// ‹U+202E›.
func Visible(s string) string {
	var b strings.Builder
	for r, safe := range Drawn(s) {
		if safe {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "‹U+%04X›", r)
		}
	}
	return b.String()
}

// mostPiled is how many marks may stand over one letter. More of them reach into the lines above and below.
const mostPiled = 3

// Drawn is every character of s, and whether it may be drawn as it is.
func Drawn(s string) iter.Seq2[rune, bool] {
	return func(yield func(rune, bool) bool) {
		piled := 0
		for _, r := range s {
			if r >= utf8.RuneSelf && unicode.Is(unicode.M, r) {
				piled++
			} else {
				piled = 0
			}
			if !yield(r, piled <= mostPiled && !Hidden(r)) {
				return
			}
		}
	}
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
