package main

import (
	"fmt"

	"gatehouse/permissions"
)

// longestLine is how many characters of a changed line the terminal shows.
const longestLine = 400

// growth writes what changed in a skill since the person approved it.
func (d *dialog) growth(g *permissions.Growth) {
	if g == nil {
		return
	}
	d.printf("  since you approved version %s:\n", named(g.From))
	if g.Older {
		d.printf("  ! what is installed now is an older version than that\n")
	}
	if len(g.Changes) == 0 {
		d.printf("  its code changed, and nothing that it asks for\n")
	}
	marks := map[permissions.ChangeKind]string{permissions.More: "more", permissions.Less: "less"}
	for _, c := range g.Changes {
		mark := marks[c.Kind]
		if mark == "" {
			mark = "changed"
		}
		d.printf("  %-8s %s\n", mark, visible(c.Sentence))
		if c.Before != "" {
			d.printf("           before: \"%s\"\n", visible(c.Before))
		}
		if c.After != "" {
			d.printf("           now:    \"%s\"\n", visible(c.After))
		}
	}
}

// difference writes what a write would change.
func (d *dialog) difference(c *permissions.Difference) {
	if c == nil {
		return
	}
	for i, h := range c.Hunks {
		if i > 0 {
			d.printf("       ...\n")
		}
		before, after := h.Old, h.New
		for _, l := range h.Lines {
			number, sign := after, ' '
			switch l.Kind {
			case permissions.RemovedLine:
				number, sign = before, '-'
			case permissions.AddedLine:
				sign = '+'
			}
			if l.Kind != permissions.AddedLine {
				before++
			}
			if l.Kind != permissions.RemovedLine {
				after++
			}
			d.printf("  %5d %c %s\n", number, sign, visibleLine(short(l.Text, longestLine)))
		}
	}
	what := fmt.Sprintf("%d lines removed, %d added", c.Removed, c.Added)
	if c.Binary {
		what = "not text, so there are no lines to show"
	}
	d.printf("  (%s; %d bytes before, %d after)\n", what, c.Before, c.After)
	if c.Cut {
		d.printf("  ! not all of the change is shown here: it is too long\n")
	}
}

// short leaves the middle out of a text of more than most characters.
func short(text string, most int) string {
	all := []rune(text)
	if len(all) <= most {
		return text
	}
	return fmt.Sprintf("%s ...%d more characters... %s", string(all[:most/2]), len(all)-most/2*2, string(all[len(all)-most/2:]))
}
