package permissions

import (
	"cmp"
	"fmt"
	"slices"
)

// Growth is the difference between what the person approved of a skill and what is installed now. A start that follows
// an update shows it in the one prompt that asks again.
type Growth struct {
	// From is the version that was approved, hostile text; Older says that the one now is a lower one.
	From  string `json:"from"`
	Older bool   `json:"older,omitempty"`
	// Changes are in the order in which they matter: what widens first.
	Changes []Change `json:"changes"`
}

// matters says whether the skill is more than what was approved, or other, or older. What is only less was approved.
func (g *Growth) matters() bool {
	return g != nil && (g.Older || slices.ContainsFunc(g.Changes, func(c Change) bool { return c.Kind != Less }))
}

// Change is one difference. Sentence is ours; Before and After are the manifest's words and hostile, and empty where
// the sentence says it all.
type Change struct {
	Kind     ChangeKind `json:"kind" enum:"more,less,other"`
	Sentence string     `json:"sentence"`
	Before   string     `json:"before,omitempty"`
	After    string     `json:"after,omitempty"`
}

// ChangeKind says whether a change widens, narrows, or is neither.
type ChangeKind string

// The kinds of change.
const (
	More  ChangeKind = "more"
	Less  ChangeKind = "less"
	Other ChangeKind = "other"
)

// title is what the question is then, with the skill's name behind it.
func (g *Growth) title() string {
	switch {
	case g.Older:
		return "Go on with an older version of"
	case g.matters():
		return "Go on with the changed skill"
	}
	return "Go on with the updated skill"
}

// since compares what s is and asks for now with what was approved. A change of the code alone is no change here.
func (a Approval) since(s Subject, now Capabilities) *Growth {
	g := &Growth{From: a.Version, Older: older(s.Version, a.Version), Changes: []Change{}}
	add := func(kind ChangeKind, before, after, format string, args ...any) {
		g.Changes = append(g.Changes, Change{Kind: kind, Sentence: fmt.Sprintf(format, args...), Before: before, After: after})
	}
	if was, is := a.Key.Signer, s.Signer; was != is {
		add(More, was, is, "Someone else vouches for it.")
	} else if was, is := a.Key.Origin, s.origin(); was != is {
		add(Other, was, is, "It comes from another place.")
	}
	compareLines(a.Asked, now, s.Workspace, add)
	compareLimits(a.Asked.Limits, now.Limits, add)
	compareTools(a.Asked.Tools, now.Tools, add)
	order := []ChangeKind{More, Other, Less}
	slices.SortStableFunc(g.Changes, func(a, b Change) int {
		return cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind))
	})
	return g
}

// changed takes one difference: its kind, the manifest's words before and now, and a sentence.
type changed func(kind ChangeKind, before, after, format string, args ...any)

// compareLines finds the lines that nothing approved covers, those of which nothing is left, and other reasons for the
// same ones.
func compareLines(was, is Capabilities, workspace string, add changed) {
	covered := func(l Line, by ...[]Line) bool {
		return slices.ContainsFunc(slices.Concat(by...), func(o Line) bool { return o.Grant.Covers(l.Grant, workspace) })
	}
	for _, l := range is.Requires {
		if !covered(l, was.Requires) {
			add(More, "", l.Grant.text, "It now needs to %s.", Sentence(l.Grant))
		}
	}
	for _, l := range is.Optional {
		if !covered(l, was.Requires, was.Optional) {
			add(More, "", l.Grant.text, "It may now ask to %s.", Sentence(l.Grant))
		}
	}
	now := slices.Concat(is.Requires, is.Optional)
	for _, l := range slices.Concat(was.Requires, was.Optional) {
		i := slices.IndexFunc(now, func(o Line) bool { return o.Grant == l.Grant })
		switch {
		case i < 0:
			add(Less, l.Grant.text, partOf(l, now, workspace), "It no longer asks for all of this: %s.", Sentence(l.Grant))
		case now[i].Why != l.Why:
			add(Other, l.Why, now[i].Why, "It gives another reason to %s.", Sentence(l.Grant))
		}
	}
	for _, l := range was.Requires {
		if slices.ContainsFunc(is.Optional, func(o Line) bool { return o.Grant == l.Grant }) && !covered(l, is.Requires) {
			add(Less, "", "", "It no longer needs, and asks when it wants, to %s.", Sentence(l.Grant))
		}
	}
}

// partOf is the first of lines that l covers; empty where there is none.
func partOf(l Line, lines []Line, workspace string) string {
	for _, part := range lines {
		if l.Grant.Covers(part.Grant, workspace) {
			return part.Grant.text
		}
	}
	return ""
}

// compareLimits finds the limits that were raised or lowered. One that was not known then counts as raised.
func compareLimits(was, is []Limit, add changed) {
	for _, l := range is {
		i := slices.IndexFunc(was, func(o Limit) bool { return o.Name == l.Name })
		switch {
		case i < 0:
			add(More, "", l.Value, "It has a limit of %s that you have not seen.", l.Name)
		case was[i].Amount < l.Amount:
			add(More, was[i].Value, l.Value, "It may go further with %s.", l.Name)
		case was[i].Amount > l.Amount:
			add(Less, was[i].Value, l.Value, "It stops earlier with %s.", l.Name)
		}
	}
}

// ToolChanges are the differences between the tools that agents saw and those that they would see now.
func ToolChanges(was, is []Tool) []Change {
	changes := []Change{}
	compareTools(was, is, func(kind ChangeKind, before, after, format string, args ...any) {
		changes = append(changes, Change{Kind: kind, Sentence: fmt.Sprintf(format, args...), Before: before, After: after})
	})
	return changes
}

// compareTools finds the tools that are new, gone, or not what agents were told of them.
func compareTools(was, is []Tool, add changed) {
	find := func(in []Tool, name string) int {
		return slices.IndexFunc(in, func(t Tool) bool { return t.Name == name })
	}
	for _, t := range is {
		i := find(was, t.Name)
		switch {
		case i < 0:
			add(More, "", t.Name, "It offers agents a new tool.")
		case was[i].Description != t.Description:
			add(Other, was[i].Description, t.Description, "It describes a tool to agents in other words.")
		case was[i].Digest != t.Digest:
			add(Other, "", t.Name, "A tool takes or gives something else.")
		}
	}
	for _, t := range was {
		if find(is, t.Name) < 0 {
			add(Less, t.Name, "", "It no longer offers a tool.")
		}
	}
}
