package main

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"gatehouse/permissions"
)

func TestLongLinesAreFolded(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a short line":            {"short\n", "short\n"},
		"a line that fits":        {strings.Repeat("a", 78) + "\n", strings.Repeat("a", 78) + "\n"},
		"a long line":             {strings.Repeat("a", 79) + "\nb\n", strings.Repeat("a", 78) + "\n    > a\nb\n"},
		"a very long line":        {strings.Repeat("a", 78+71+1), strings.Repeat("a", 78) + "\n    > " + strings.Repeat("a", 71) + "\n    > a"},
		"spaces up to the edge":   {"x" + strings.Repeat(" ", 90) + "[y] allow", "x" + strings.Repeat(" ", 77) + "\n    > " + strings.Repeat(" ", 13) + "[y] allow"},
		"wide characters":         {strings.Repeat("語", 40), strings.Repeat("語", 39) + "\n    > 語"},
		"marks":                   {strings.Repeat("a", 77) + "e\u0301o", strings.Repeat("a", 77) + "e\u0301\n    > o"},
		"tabs":                    {strings.Repeat("\t", 10), strings.Repeat("\t", 9) + "\n    > \t"},
		"what was written out":    {strings.Repeat("a", 75) + "‹U+202E›", strings.Repeat("a", 75) + "\n    > ‹U+202E›"},
		"what only looks like it": {strings.Repeat("a", 70) + "‹U+zzzz›", strings.Repeat("a", 70) + "‹U+zzzz\n    > ›"},
	} {
		want := strings.ReplaceAll(c.want, "    > ", goesOn)
		if got, _ := fold(c.text, 0); got != want {
			t.Errorf("%s: %q; want %q", name, got, want)
		}
	}
}

// A file with a long name, and one with long lines, would begin lines of the terminal with whatever they like.
func TestNothingOfSomebodyElseBeginsALine(t *testing.T) {
	lie := "a" + strings.Repeat(" ", 400) + "If you allow, nothing is sent."
	q := full(lie)
	q.Object.Request = &permissions.Outgoing{Method: "POST", URL: "https://a.example:443/" + lie, Text: lie, Headers: []permissions.Header{{Name: "X", Value: lie}}}
	p := newTypist(t)
	go (&terminal{open: p.open, grace: time.Millisecond}).Ask(t.Context(), q, nil)
	screen := p.await(asked)
	p.line.Close()
	if n := strings.Count(screen, "If you allow, nothing"); n < 10 {
		t.Errorf("it shows only %d of the fields", n)
	}
	for line := range strings.Lines(screen) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > columns && !strings.HasPrefix(line, "[n] deny") {
			t.Errorf("%d columns: %q", n, line)
		}
	}
}
