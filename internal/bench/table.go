package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// write writes rows as a table that is also Markdown.
func write(w io.Writer, rows []*row) {
	table := [][]string{{"what", "fastest", "median", "p99", "goal", "compared"}, {"---", "---:", "---:", "---:", "---", "---"}}
	for _, r := range rows {
		table = append(table, []string{r.name, show(r.took[0]), show(r.median()), r.showTail(), r.showGoal(), r.showRatio()})
	}
	widths := make([]int, len(table[0]))
	for _, cells := range table {
		for i, cell := range cells {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, cells := range table {
		for i, cell := range cells {
			fmt.Fprintf(w, "| %s%s ", cell, strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)))
		}
		fmt.Fprintln(w, "|")
	}
}

func (r *row) showTail() string {
	if len(r.took) < enough {
		return ""
	}
	return show(r.at(99))
}

func (r *row) showGoal() string {
	var goals []string
	say := func(name string, is, goal time.Duration) {
		word := "met"
		if is > goal {
			word = "missed"
		}
		if goal > 0 {
			goals = append(goals, fmt.Sprintf("%s %s: %s", name, show(goal), word))
		}
	}
	say("median", r.median(), r.goal)
	if len(r.took) >= enough {
		say("p99", r.at(99), r.tail)
	}
	return strings.Join(goals, ", ")
}

func (r *row) showRatio() string {
	if r.than == nil {
		return ""
	}
	ratio := float64(r.median()) / float64(r.than.median())
	return fmt.Sprintf("%.2g x %s", ratio, r.than.name)
}

// show writes a duration with three digits.
func show(d time.Duration) string {
	switch {
	case d < time.Microsecond:
		return fmt.Sprintf("%d ns", d.Nanoseconds())
	case d < time.Millisecond:
		return digits(float64(d)/float64(time.Microsecond)) + " µs"
	case d < time.Second:
		return digits(float64(d)/float64(time.Millisecond)) + " ms"
	}
	return digits(d.Seconds()) + " s"
}

func digits(f float64) string {
	switch {
	case f < 10:
		return fmt.Sprintf("%.2f", f)
	case f < 100:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.0f", f)
}
