package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"gatehouse/permissions"
)

// full is a prompt in which every field that a skill, a client or a file name controls says name.
func full(name string) permissions.Prompt {
	p := question()
	p.Name, p.Link, p.Other, p.Tool, p.Arguments, p.Why, p.Need = name, "to", name, name, name, name, "fs:read:/a/"+name
	p.Subject = permissions.Subject{
		Skill: name, Version: name, Signer: name, Origin: "/c/" + name, Digest: "sha256:aa", Client: name, Workspace: "/a/" + name, Chain: []string{name},
	}
	p.Object = permissions.Object{Path: "/a/" + name, Name: name, Other: "/b/" + name, Difference: &permissions.Difference{
		Added: 1, Hunks: []permissions.Hunk{{Old: 1, New: 1, Lines: []permissions.DiffLine{{Kind: permissions.AddedLine, Text: name}}}},
	}}
	p.Growth = &permissions.Growth{From: name, Changes: []permissions.Change{{Kind: permissions.More, Sentence: name, Before: name, After: name}}}
	p.Lines = []permissions.PromptLine{{Grant: "env:LANG", Sentence: name, Why: name}}
	p.NewWorkspace, p.Warnings, p.Seen, p.History = true, []string{name}, []string{name}, []string{name}
	p.Rungs[0].Label, p.Rungs[0].Detail, p.Rungs[0].Grant, p.Rungs[0].Matches = name, name, name, []string{name}
	p.Rungs[0].Lifetimes = []permissions.Choice{{Lifetime: permissions.ThisCall, Label: name, Detail: name}}
	p.Denials = append(p.Denials, permissions.Choice{Lifetime: permissions.Session, Label: name, Detail: name})
	return p
}

// screens is all that the terminal says of a prompt, on every one of its screens.
func screens(t *testing.T, q permissions.Prompt) (all string) {
	p := newTypist(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		(&terminal{open: p.open, grace: time.Millisecond}).Ask(t.Context(), q, nil)
	}()
	all = p.await(asked)
	p.enter("d")
	all += p.await(asked)
	p.enter("m")
	all += p.await("number [back]: ")
	p.enter("1")
	all += p.await("number [back]: ")
	p.enter("1")
	all += p.await("type yes")
	p.enter("no")
	all += p.await(asked)
	p.enter("x")
	all += p.await("number [back]: ")
	p.enter("")
	all += p.await(asked)
	p.enter("n")
	<-done
	return all
}

// unseen are all code points of Unicode's categories Cc and Cf, by this program's own tables.
func unseen() (points []rune) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if unicode.In(r, unicode.Cc, unicode.Cf) {
			points = append(points, r)
		}
	}
	return points
}

func TestEveryUnseenCharacterIsShownInEveryFieldOfThePrompt(t *testing.T) {
	points := unseen()
	for len(points) > 0 {
		n := min(16, len(points))
		some := string(points[:n])
		all := screens(t, full("x"+some+"y"))
		for _, r := range points[:n] {
			if r != '\n' && r != '\r' && r != '\t' && strings.ContainsRune(all, r) {
				t.Errorf("U+%04X is printed as it is", r)
			}
			// Each field is on one of the screens: count them by the code points that are written out.
			if got := strings.Count(all, fmt.Sprintf("‹U+%04X›", r)); got < 25 {
				t.Errorf("U+%04X is written out %d times; a field does not show it", r, got)
			}
		}
		points = points[n:]
	}
}

// The same file is read by the tests of ask's page, which look at their own Unicode data: the two must escape the same.
func TestTheTerminalEscapesWhatTheWindowEscapes(t *testing.T) {
	var ours []string
	for _, r := range unseen() {
		if permissions.Hidden(r) {
			ours = append(ours, strings.ToUpper(strconv.FormatInt(int64(r), 16)))
		}
	}
	want, err := os.ReadFile(filepath.Join("testdata", "unseen.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(ours, "\n") + "\n"; got != string(want) {
		t.Errorf("testdata/unseen.txt holds other code points than the %d of this program", len(ours))
	}
}

func TestANameThatIsASentenceIsQuoted(t *testing.T) {
	for name, want := range map[string]string{
		"payroll.csv":                 "payroll.csv",
		"отчёт-2026.txt":              "отчёт-2026.txt",
		"Press Allow to continue.txt": "“Press Allow to continue.txt”",
		"a\u202Eb":                    "“a‹U+202E›b”",
		"":                            "“”",
	} {
		if got := named(name); got != want {
			t.Errorf("named(%q) = %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]bool{"payroll.csv": false, "отчёт final.txt": false, "p\u0430yroll.csv": true, "\u0391cme": true} {
		if got := mixture(name) != ""; got != want {
			t.Errorf("mixture(%q) marks it: %v, want %v", name, got, want)
		}
	}
}

func TestTheTerminalShowsWhatAWriteChanges(t *testing.T) {
	q := question()
	q.Object.Difference = &permissions.Difference{Before: 9, After: 12, Added: 1, Removed: 1, Cut: true, Hunks: []permissions.Hunk{{Old: 12, New: 12,
		Lines: []permissions.DiffLine{{Kind: permissions.SameLine, Text: "replicas:"}, {Kind: permissions.RemovedLine, Text: "web: 2"}, {Kind: permissions.AddedLine, Text: "\tweb: 4\x1b"}}}}}
	all := screens(t, q)
	for _, want := range []string{"   12   replicas:\n", "   13 - web: 2\n", "   13 + \tweb: 4‹U+001B›\n", "1 lines removed, 1 added; 9 bytes before, 12 after", "not all of the change"} {
		if !strings.Contains(all, want) {
			t.Errorf("it does not say %q:\n%s", want, all)
		}
	}
}

func TestAnotherFileIsPickedByItsPath(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "other.txt")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	real, err := filepath.EvalSymlinks(file)
	if err != nil {
		t.Fatal(err)
	}
	q := question()
	q.MayPick, q.Rungs = true, nil
	p := newTypist(t)
	answers := make(chan permissions.Answer)
	go func() {
		a, _ := (&terminal{open: p.open, grace: time.Millisecond}).Ask(t.Context(), q, nil)
		answers <- a
	}()
	if screen := p.await(asked); !strings.Contains(screen, "[p] pick a file") || strings.Contains(screen, "[y]") {
		t.Errorf("it offers another yes than picking:\n%s", screen)
	}
	p.enter("y")
	p.await(asked)
	p.enter("")
	if a := <-answers; a.Verdict != permissions.Deny {
		t.Fatalf("Ask() = %+v, want a no for what picks nothing", a)
	}
	go func() {
		a, _ := (&terminal{open: p.open, grace: time.Millisecond}).Ask(t.Context(), q, nil)
		answers <- a
	}()
	p.await(asked)
	for _, wrong := range []string{folder, filepath.Join(folder, "none")} {
		p.enter("p")
		p.await("path [back]: ")
		p.enter(wrong)
		p.await(asked)
	}
	p.enter("p")
	p.await("path [back]: ")
	p.enter(file)
	if a := <-answers; a.Verdict != permissions.Allow || a.Picked != real || a.Lifetime != permissions.Once {
		t.Errorf("Ask() = %+v, want %s picked once", a, real)
	}
}

func TestADayEndsAnAnswer(t *testing.T) {
	q := question()
	q.Rungs[0].Lifetimes = []permissions.Choice{{Lifetime: permissions.UntilDate, Label: "Until a date"}}
	p := newTypist(t)
	answers := make(chan permissions.Answer)
	go func() {
		a, _ := (&terminal{open: p.open, grace: time.Millisecond}).Ask(t.Context(), q, nil)
		answers <- a
	}()
	p.await(asked)
	p.enter("m")
	for range 2 {
		p.await("number [back]: ")
		p.enter("1")
	}
	p.await("type yes")
	p.enter("yes")
	p.await("last day")
	p.enter("2031-05-06")
	a := <-answers
	if end := time.Unix(a.Until+1, 0); a.Lifetime != permissions.UntilDate || end.Format(time.DateTime) != "2031-05-07 00:00:00" {
		t.Errorf("Ask() = %+v, which ends at %v", a, end)
	}
}
