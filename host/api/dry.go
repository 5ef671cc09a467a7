package api

import (
	"github.com/danielgtaylor/huma/v2"

	"gatehouse/host"
	"gatehouse/permissions"
	"gatehouse/skill"
)

// answer is what a file holds. Its own schema says base64 to people only: huma's check takes no empty text for base64.
type answer []byte

// Schema implements huma.SchemaProvider.
func (answer) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Description: "what the file holds, as base64"}
}

// contents is nil where answers is.
func contents(answers map[string]answer) map[string][]byte {
	if answers == nil {
		return nil
	}
	files := map[string][]byte{}
	for name, content := range answers {
		files[name] = content
	}
	return files
}

// DryRun is what a skill asked for in a dry run, of which nothing was done, and a manifest that asks for no more. The
// reasons in its lines are the skill's and hostile.
type DryRun struct {
	Wishes   []DryWish    `json:"wishes" doc:"what it asked for, in that order"`
	More     int          `json:"more,omitempty" doc:"how often it asked for something else after there were too many wishes"`
	Missing  []GrantLine  `json:"missing" doc:"what it asked for and no line of its manifest covers"`
	Unused   []GrantLine  `json:"unused" doc:"lines of its manifest that nothing was asked of in this run"`
	Requires []skill.Wish `json:"requires" doc:"the proposed lines, as a manifest has them"`
	Optional []skill.Wish `json:"optional"`
	Failed   *Problem     `json:"failed,omitempty" doc:"how the call ended where it did not end well, as it may with empty files"`
}

// DryWish is one thing that a skill asked for, and how often.
type DryWish struct {
	GrantLine
	Times int `json:"times"`
}

// showDry is nil where d is.
func showDry(d *host.Dry) *DryRun {
	if d == nil {
		return nil
	}
	out := &DryRun{
		Wishes: []DryWish{}, More: d.More, Missing: grantLines(d.Proposal.Missing), Unused: grantLines(d.Proposal.Unused),
		Requires: append([]skill.Wish{}, d.Proposal.Manifest.Requires...), Optional: append([]skill.Wish{}, d.Proposal.Manifest.Optional...),
	}
	for _, w := range d.Wishes {
		out.Wishes = append(out.Wishes, DryWish{GrantLine: grantLine(w.Grant), Times: w.Times})
	}
	if d.Failed != nil {
		out.Failed = explained(d.Failed)
	}
	return out
}

func grantLine(g permissions.Grant) GrantLine {
	return GrantLine{Grant: g.String(), Sentence: permissions.Sentence(g)}
}

func grantLines(grants []permissions.Grant) []GrantLine {
	lines := []GrantLine{}
	for _, g := range grants {
		lines = append(lines, grantLine(g))
	}
	return lines
}
