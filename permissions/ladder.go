package permissions

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// longestExtension is the longest file extension that makes a kind of file.
const longestExtension = 8

// step is one scope of the ladder and its label.
type step struct {
	grant Grant
	label string
}

// ladder returns the scopes that may be allowed for a need, narrowest first, up to the manifest's line; scope, what the
// question is about, is one of them. What is asked each time has one rung, itself.
func (f *facts) ladder(wanted Need, scope Grant, line Line) []step {
	need := wanted.Grant
	steps := []step{{need, exactly[need.kind]}}
	switch {
	case f.eachTime(wanted):
		return steps[:1]
	case scope != need:
		steps[0].label = "Only " + strings.ToLower(steps[0].label)
		if scope != line.Grant || isTree(scope) {
			steps = append(steps, step{scope, "Everything in this folder"})
		}
	case need.is(List), wanted.Object.Folder, wanted.Object.Operation == MakeFolder:
		steps[0].label = "This folder"
		steps = append(steps, step{pattern(need.right, need.path+"/**"), "This folder and all in it"})
	case need.kind == Files:
		folder := folderOf(need.path)
		if extension := extensionOf(need.path); extension != "" {
			label := strings.ToUpper(extension) + " files in this folder"
			steps = append(steps, step{pattern(need.right, folder+"/*."+extension), label})
		}
		steps = append(steps, step{pattern(need.right, folder+"/**"), "Everything in this folder"})
	case need.kind == Net:
		steps = append(steps, step{need.WholeHost(), "This host, in the same way"})
	}
	steps = append(steps, step{line.Grant, "All that the skill may request"})

	var ladder []step
	for i, s := range steps {
		known := slices.ContainsFunc(steps[:i], func(other step) bool { return other.grant == s.grant })
		if !known && (s.grant == need || f.offerable(s.grant, need, line)) {
			ladder = append(ladder, s)
		}
	}
	return ladder
}

// exactly is the label of the need itself.
var exactly = map[Kind]string{
	Files: "This file", Net: "This address", Env: "This variable", Secret: "This secret", Call: "This tool",
	Values: "Its own store",
}

// offerable says whether scope may be allowed for need: it covers the need, lies within the manifest's line and every
// policy's ceiling, and names something that the person can see, not any host.
func (f *facts) offerable(scope, need Grant, line Line) bool {
	workspace := f.subject.Workspace
	_, above := f.aboveCeilings(scope)
	return !above && scope.Covers(need, workspace) && line.Grant.Covers(scope, workspace) && !f.laws.tooWide(scope, workspace) &&
		(scope.kind != Net || scope.origin != origin{})
}

// WholeHost is g, a grant for the network, for every path of its host.
func (g Grant) WholeHost() Grant {
	text := "net:" + g.methods + ":" + g.origin.String() + "/**"
	if g.suffix != "" {
		text += "#" + g.suffix
	}
	whole, err := Parse(text)
	if err != nil {
		return g
	}
	return whole
}

// isTree says whether g names everything in one folder.
func isTree(g Grant) bool { return g.path == base(g.path)+"/**" }

// extensionOf returns the extension of a file's name where it is plain: letters and digits alone, after a name.
func extensionOf(path string) string {
	name := path[strings.LastIndexByte(path, '/')+1:]
	i := strings.LastIndexByte(name, '.')
	if i <= 0 || len(name)-i-1 > longestExtension {
		return ""
	}
	extension := name[i+1:]
	if strings.ContainsFunc(extension, func(r rune) bool { return !letter(r) && !digit(r) }) {
		return ""
	}
	return extension
}

// ladder turns the steps into what a prompt offers.
func (w *wish) ladder(ctx context.Context, f *facts, line Line) []Rung {
	passing := w.guard.broker.options.Passing || f.eachTime(w.need)
	w.rungs = nil
	var rungs []Rung
	for _, s := range f.ladder(w.need, w.scope, line) {
		choices := lifetimes(f.subject, passing, false)
		if s.grant.kind == Net && (!(s.grant.literalHost() && s.grant.origin.host == line.Grant.origin.host) || w.unfinished()) {
			choices = withoutAlways(choices)
		}
		w.rungs = append(w.rungs, s.grant)
		rung := Rung{Label: s.label, Detail: w.detail(ctx, f, s.grant), Grant: s.grant.text, Lifetimes: choices}
		if s.grant.kind == Files && wild(s.grant.path) {
			live := w.live(ctx, f, s.grant)
			rung.Count, rung.Matches = live.count, live.some
		}
		rungs = append(rungs, rung)
	}
	return rungs
}

// unfinished says whether the guest may add to what it sends after the person saw it.
func (w *wish) unfinished() bool {
	r := w.need.Object.Request
	return r != nil && r.Unfinished
}

// writes is what a rung for writing gives, whatever the question is about.
const writes = "create, change, rename and delete"

// detail says what a rung for writing gives, how many files a pattern names now, and that rules say otherwise of some.
func (w *wish) detail(ctx context.Context, f *facts, g Grant) string {
	parts := []string{"", w.extent(ctx, f, g), f.except(g)}
	if g.is(Write) {
		parts[0] = writes
	}
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), "; ")
}

func (w *wish) extent(ctx context.Context, f *facts, g Grant) string {
	switch {
	case g.kind != Files || !wild(g.path):
		return ""
	case g.path == workspaceWord+"/**":
		return "the workspace, files that come later included"
	}
	if n := w.live(ctx, f, g).count; n > 0 {
		return fmt.Sprintf("%d now, and later ones", n)
	}
	return "later ones included"
}

// live is what a pattern names: how many files, and the paths of some.
type live struct {
	count int
	some  []string
}

// Counting is good for as long as it takes to be asked, and a person sees so many paths.
const (
	countedFor  = 10 * time.Second
	mostMatches = 5
)

// live looks at what a pattern names, unless that was done just now. Paths in the workspace are shown from there.
func (w *wish) live(ctx context.Context, f *facts, g Grant) live {
	if now := w.guard.broker.options.Now(); w.counts == nil || now.Sub(w.counted) > countedFor {
		w.counts, w.counted = map[Grant]live{}, now
	}
	l, known := w.counts[g]
	if !known {
		l.count, l.some = w.guard.broker.options.Count(ctx, unescape(absolute(base(g.path), f.subject.Workspace)), g)
		l.some = slices.Clone(l.some[:min(len(l.some), mostMatches)])
		for i, path := range l.some {
			if below, inside := strings.CutPrefix(path, f.subject.Workspace+"/"); inside && f.subject.Workspace != "" {
				l.some[i] = below
			}
		}
		w.counts[g] = l
	}
	return l
}

// lifetimes returns how long an answer for s may hold, shortest first. A skill in development has no digest that an
// answer could be bound to, and nobody knows who an unknown client is the next time, so their answers end with the
// session; passing ones, as for an active file, end with the call.
func lifetimes(s Subject, passing, starting bool) []Choice {
	choices := []Choice{{Lifetime: ThisCall, Label: "This call"}}
	if passing {
		return choices
	}
	if s.Session != "" {
		choices = append(choices, Choice{Lifetime: Session, Label: "This session", Detail: sessionEnd(s.Client)})
	}
	if s.fleeting() {
		return choices
	}
	if !starting {
		choices = append(choices, Choice{Lifetime: OneHour, Label: "One hour"})
	}
	date := Choice{Lifetime: UntilDate, Label: "Until a date", Detail: "at most a year"}
	always := Choice{Lifetime: Always, Label: "Always, until you revoke it"}
	if s.Client == terminal {
		always.Detail = "any program that can run commands as you may use it"
	}
	return append(choices, date, always)
}

// withoutAlways leaves out what holds for longer than a person remembers.
func withoutAlways(choices []Choice) []Choice {
	return slices.DeleteFunc(choices, func(c Choice) bool { return c.Lifetime == UntilDate || c.Lifetime == Always })
}

// denials returns how long a refusal of s may hold.
func denials(s Subject, passing bool) []Choice {
	choices := []Choice{{Lifetime: Once, Label: "Deny this time"}}
	if passing {
		return choices
	}
	if s.Session != "" {
		choices = append(choices, Choice{Lifetime: Session, Label: "Deny for this session", Detail: sessionEnd(s.Client)})
	}
	if s.fleeting() {
		return choices
	}
	return append(choices, Choice{Lifetime: Always, Label: "Deny always, until you revoke it"})
}

// The clients that were not connected: the first two are no agents, and Unknown is every agent that came without a token.
const (
	terminal   = "terminal"
	playground = "playground"
	Unknown    = "unknown"
)

// fleeting says that no answer for s can outlive its session.
func (s Subject) fleeting() bool { return s.Digest == "" || s.Client == Unknown }

// sessionEnd says when a client's session ends. A client's name is quoted only where it is plain.
func sessionEnd(client string) string {
	switch {
	case client == terminal:
		return "until you log out of this terminal, at most 12 h"
	case client == playground:
		return "while the window is open, at most 12 h"
	}
	return "until " + plainly(client, "this client") + " disconnects, at most 12 h"
}

// plainly is a name where that is plain, for a sentence of ours.
func plainly(name, otherwise string) string {
	if name == "" || len(name) > 40 || strings.ContainsFunc(name, strange) {
		return otherwise
	}
	return name
}

func strange(r rune) bool {
	return !letter(r) && !digit(r) && !strings.ContainsRune(" -_.", r)
}
