package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"gatehouse/permissions"
)

// terminal is the Prompter of `run --here`: it asks the person in the terminal that the command runs in, with the same
// content and the same safe default as the ask window. It speaks to the terminal itself and never to standard input or
// output, which a script may have redirected.
//
// It answers only for a call of its own process tree, over a state of its own: nothing it says reaches the shared host.
type terminal struct {
	// open returns the terminal; an error means that nobody can be asked.
	open func() (tty, error)
	// grace is how long after a question appeared typing is thrown away.
	grace time.Duration
}

// tty is what terminal needs of a terminal.
type tty interface {
	io.ReadWriteCloser
	SetReadDeadline(time.Time) error
}

// promptGrace is the time in which an answer cannot have been meant for the question.
const promptGrace = 600 * time.Millisecond

// newTerminal asks on the process's controlling terminal.
func newTerminal() *terminal {
	return &terminal{grace: promptGrace, open: func() (tty, error) {
		if runtime.GOOS == "windows" {
			return os.OpenFile("CONIN$", os.O_RDWR, 0)
		}
		return os.OpenFile("/dev/tty", os.O_RDWR, 0)
	}}
}

var _ permissions.Prompter = (*terminal)(nil)

// Ask implements permissions.Prompter. The end of the terminal's input is a no.
func (t *terminal) Ask(ctx context.Context, p permissions.Prompt, _ func() int) (permissions.Answer, error) {
	line, err := t.open()
	if err != nil {
		return permissions.Answer{}, permissions.ErrUnavailable
	}
	defer line.Close()
	stop := context.AfterFunc(ctx, func() { line.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	d := &dialog{tty: line, in: bufio.NewReader(line), p: p}
	d.show()
	d.drop(ctx, t.grace)
	answer, err := d.answer()
	if ctx.Err() != nil {
		fmt.Fprintln(line, "\n(this question is no longer open)")
		return permissions.Answer{}, ctx.Err()
	}
	if err != nil {
		answer = d.deny()
	}
	return answer, nil
}

// dialog is one question on one terminal.
type dialog struct {
	tty tty
	in  *bufio.Reader
	p   permissions.Prompt
	at  int // the column in which it writes
}

func (d *dialog) printf(format string, args ...any) {
	var text string
	text, d.at = fold(fmt.Sprintf(format, args...), d.at)
	io.WriteString(d.tty, text)
}

// show writes the question: everything that is not ours is quoted and made visible.
func (d *dialog) show() {
	p := d.p
	d.printf("\n%s %s", p.Verb, named(p.Name))
	if p.Other != "" {
		d.printf(" %s %s", p.Link, named(p.Other))
	}
	d.printf("?\n")
	d.printf("  for %s", named(p.Subject.Client))
	if p.Subject.Skill != "" {
		d.printf(", in the skill %s (%s)", named(p.Subject.Skill), visible(p.Subject.Signer))
	}
	d.printf("\n")
	if p.Times > 0 {
		d.printf("  asked %d times: your answer counts for all of them\n", p.Times)
	}
	if p.NewWorkspace {
		d.printf("  workspace: %s\n", visible(p.Subject.Workspace))
	}
	d.growth(p.Growth)
	for _, l := range p.Lines {
		d.printf("  - %s\n", visible(l.Sentence))
		if l.Why != "" {
			d.printf("    it says: \"%s\"\n", visible(l.Why))
		}
	}
	if p.Object.Path != "" {
		d.printf("  %s%s\n", visible(p.Object.Path), about(p.Object))
	}
	if p.Object.Other != "" {
		d.printf("  %s %s\n", p.Link, visible(p.Object.Other))
	}
	d.difference(p.Object.Difference)
	d.request(p.Object.Request)
	if need, err := permissions.Parse(p.Need); err == nil && need.Written() != "" {
		d.printf("  (the host would be written \"%s\": not plain letters, so look closely)\n", visible(need.Written()))
	}
	if m := mixture(p.Name, p.Other, p.Subject.Client, p.Subject.Skill); m != "" {
		d.printf("  (%s)\n", m)
	}
	for _, w := range p.Warnings {
		d.printf("  ! %s\n", visible(w))
	}
	if p.Why != "" {
		d.printf("  it says: \"%s\"\n", visible(p.Why))
	}
	d.printf("  %s\n", p.Loss)
}

func about(o permissions.Object) string {
	switch {
	case o.New:
		return "  (does not exist yet)"
	case o.Folder && o.Count > 0:
		return fmt.Sprintf("  (%d files now, and later ones)", o.Count)
	case o.Folder:
		return "  (a folder)"
	case o.Modified > 0:
		return fmt.Sprintf("  (%d bytes, changed %s)", o.Size, time.Unix(o.Modified, 0).Format(time.DateOnly))
	}
	return ""
}

// drop throws away what was typed before the question could be read.
func (d *dialog) drop(ctx context.Context, grace time.Duration) {
	if d.tty.SetReadDeadline(time.Now().Add(grace)) != nil {
		return
	}
	for {
		if _, err := d.in.ReadString('\n'); err != nil {
			break
		}
	}
	d.in.Reset(d.tty)
	if ctx.Err() == nil {
		d.tty.SetReadDeadline(time.Time{})
	}
}

func (d *dialog) answer() (permissions.Answer, error) {
	for {
		fmt.Fprintf(d.tty, "[n] deny   %s%s[d] details\nanswer [n]: ", d.yes(), d.longer()) // ours alone
		word, err := d.read()
		if err != nil {
			return permissions.Answer{}, err
		}
		switch strings.ToLower(word) {
		case "", "n", "no", "deny":
			return d.deny(), nil
		case "p", "pick":
			if !d.p.MayPick {
				d.printf("no other file can be picked here\n")
				continue
			}
			if answer, chosen, err := d.pick(); chosen || err != nil {
				return answer, err
			}
		case "y", "yes", "once":
			if d.mustPick() {
				d.printf("please type p and pick a file\n")
				continue
			}
			return d.give(d.p.Quick.Rung, d.p.Quick.Lifetime), nil
		case "d", "details":
			d.details()
		case "m", "more":
			if answer, chosen, err := d.more(); chosen || err != nil {
				return answer, err
			}
		case "s", "stop":
			answer := d.deny()
			answer.Stop = len(d.p.Rungs) > 0
			return answer, nil
		case "x":
			if answer, chosen, err := d.denyLonger(); chosen || err != nil {
				return answer, err
			}
		default:
			d.printf("please type one of the letters\n")
		}
	}
}

// longer names the answers that hold longer; a proposal has none.
func (d *dialog) longer() (choices string) {
	if len(d.p.Rungs) > 0 {
		choices += "[s] deny and stop the skill   [m] allow more   "
	}
	if len(d.p.Denials) > 1 {
		choices += "[x] deny for longer   "
	}
	return choices
}

// yes are the ways to allow this once.
func (d *dialog) yes() string {
	quick := "[y] " + strings.ToLower(d.p.Quick.Label) + "   "
	switch {
	case d.mustPick():
		return "[p] pick a file   "
	case d.p.MayPick:
		return quick + "[p] pick another file   "
	}
	return quick
}

func (d *dialog) read() (string, error) {
	line, err := d.in.ReadString('\n')
	d.at = 0
	return strings.TrimSpace(line), err
}

// more walks the ladder: what, then for how long, then the exact rule once more.
func (d *dialog) more() (permissions.Answer, bool, error) {
	d.printf("allow what?\n")
	for i, r := range d.p.Rungs {
		d.printf("  %d  %s  %s\n", i+1, visible(r.Label), visible(r.Detail))
		for _, path := range r.Matches {
			d.printf("       %s\n", visible(path))
		}
	}
	rung, chosen, err := d.choose(len(d.p.Rungs))
	if !chosen || err != nil {
		return permissions.Answer{}, false, err
	}
	lifetimes := d.p.Rungs[rung].Lifetimes
	i, chosen, err := d.chooseLifetime(lifetimes)
	if !chosen || err != nil {
		return permissions.Answer{}, false, err
	}
	d.printf("this allows: %s\ntype yes to allow it [no]: ", visible(d.p.Rungs[rung].Grant))
	word, err := d.read()
	if err != nil || word != "yes" {
		return permissions.Answer{}, false, err
	}
	answer := d.give(rung, lifetimes[i].Lifetime)
	if answer.Lifetime == permissions.UntilDate {
		answer.Until, err = d.until()
		return answer, answer.Until > 0, err
	}
	return answer, true, nil
}

// until reads the last day of an answer; 0 for none.
func (d *dialog) until() (int64, error) {
	d.printf("last day, as %s [back]: ", time.Now().AddDate(0, 0, 7).Format(time.DateOnly))
	word, err := d.read()
	day, bad := time.ParseInLocation(time.DateOnly, word, time.Local)
	if bad != nil || err != nil {
		return 0, err
	}
	return day.AddDate(0, 0, 1).Unix() - 1, nil
}

func (d *dialog) denyLonger() (permissions.Answer, bool, error) {
	i, chosen, err := d.chooseLifetime(d.p.Denials)
	answer := d.deny()
	if chosen {
		answer.Lifetime = d.p.Denials[i].Lifetime
	}
	return answer, chosen, err
}

func (d *dialog) chooseLifetime(choices []permissions.Choice) (int, bool, error) {
	d.printf("for how long?\n")
	for i, c := range choices {
		d.printf("  %d  %s  %s\n", i+1, visible(c.Label), visible(c.Detail))
	}
	return d.choose(len(choices))
}

func (d *dialog) choose(n int) (int, bool, error) {
	d.printf("number [back]: ")
	word, err := d.read()
	i, bad := strconv.Atoi(word)
	return i - 1, bad == nil && i >= 1 && i <= n, err
}

func (d *dialog) details() {
	s := d.p.Subject
	for _, row := range [][2]string{
		{"version", s.Version}, {"digest", s.Digest}, {"signed by", s.Signer}, {"came from", s.Origin}, {"workspace", s.Workspace},
		{"before", strings.Join(d.p.History, " ")}, {"in 24 hours", strings.Join(d.p.Seen, " ")},
		{"tool", d.p.Tool}, {"arguments", d.p.Arguments}, {"wants exactly", d.p.Need}, {"called by", strings.Join(s.Chain, " -> ")},
	} {
		if row[1] != "" {
			d.printf("  %-14s %s\n", row[0], visible(row[1]))
		}
	}
}

func (d *dialog) deny() permissions.Answer {
	return permissions.Answer{Nonce: d.p.Nonce, Shown: d.p.Hash(), Verdict: permissions.Deny, Lifetime: permissions.Once}
}

func (d *dialog) give(rung int, l permissions.Lifetime) permissions.Answer {
	return permissions.Answer{Nonce: d.p.Nonce, Shown: d.p.Hash(), Verdict: permissions.Allow, Rung: rung, Lifetime: l}
}
