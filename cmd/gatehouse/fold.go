package main

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// columns is how wide a line of a question is at most: less than any terminal that people read in.
	columns = 78
	// goesOn begins every line that a longer one is folded to.
	goesOn = "    » "
)

// shownPoint is a character that was written out, which is never cut.
var shownPoint = regexp.MustCompile(`^‹U\+[0-9A-F]{4,6}›`)

// fold folds the long lines of text, so that the terminal does not: where it began a line with text of somebody else, that
// would look like a line of ours. It begins and ends in column at. Columns are counted generously.
func fold(text string, at int) (folded string, end int) {
	var out strings.Builder
	for text != "" {
		size, width := unit(text, at)
		if text[0] != '\n' && at+width > columns {
			out.WriteString("\n" + goesOn)
			at = len(goesOn)
		}
		out.WriteString(text[:size])
		if at += width; text[0] == '\n' {
			at = 0
		}
		text = text[size:]
	}
	return out.String(), at
}

// unit returns the size of what stands at the beginning of text and cannot be cut, and how many columns it takes there: one
// character with the marks over it.
func unit(text string, at int) (size, width int) {
	if point := shownPoint.FindString(text); point != "" {
		return len(point), utf8.RuneCountInString(point)
	}
	r, size := utf8.DecodeRuneInString(text)
	switch {
	case r == '\t':
		width = 8 - at%8
	case r >= 0x1100: // where wide characters begin
		width = 2
	default:
		width = 1
	}
	for size < len(text) {
		mark, n := utf8.DecodeRuneInString(text[size:])
		if !unicode.Is(unicode.M, mark) {
			break
		}
		size += n
	}
	return size, width
}
