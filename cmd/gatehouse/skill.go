package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"gatehouse/host/api"
	"gatehouse/skill"
)

func (c *console) skillCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "skill", Short: "list, look at, add and make skills", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	verb := func(use, short string, run func(context.Context, string) error) *cobra.Command {
		return &cobra.Command{Use: use, Short: short, Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return run(cmd.Context(), args[0]) }}
	}
	cmd.AddCommand(
		&cobra.Command{Use: "list", Short: "list the skills on this machine", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return c.skillList(cmd.Context()) }},
		verb("show NAME", "show a skill's tools and what it may do", c.skillShow),
		verb("add FOLDER|FILE.wasm", "install a skill", c.skillAdd),
		verb("remove NAME", "take an installed skill away", c.skillRemove),
		verb("on NAME", "let agents see a skill as it is now; asks you first", c.skillOn),
		verb("off NAME", "hide a skill from agents", c.skillOff),
		verb("new FOLDER", "write the beginnings of a skill", c.skillNew),
		verb("check FOLDER|FILE.wasm", "say whether a skill would load, and what it asks for", c.skillCheck),
		verb("pack FOLDER", "write the digest of the wasm into the manifest", c.skillPack),
	)
	return cmd
}

func (c *console) skillList(ctx context.Context) error {
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	var body struct {
		Skills []api.SkillSummary `json:"skills"`
	}
	if err := cl.get(ctx, "/api/skills", &body); err != nil {
		return err
	}
	return c.print(body.Skills, func(out io.Writer) {
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		defer w.Flush()
		for _, s := range body.Skills {
			about := s.Description
			if s.Problem != "" {
				about = "cannot run: " + s.Problem
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", visible(s.Name), visible(s.Version), visible(s.Signer), visible(about))
		}
	})
}

func (c *console) skillShow(ctx context.Context, name string) error {
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	var s api.Skill
	if err := cl.get(ctx, "/api/skills/"+url.PathEscape(name), &s); err != nil {
		return err
	}
	return c.print(s, func(w io.Writer) {
		describe(w, s)
		describeReading(w, s)
	})
}

// describeReading prints what agents read of a skill, and what to look at first.
func describeReading(w io.Writer, s api.Skill) {
	state := "agents do not see it: gatehouse skill on " + visible(s.Name)
	if s.On {
		state = "agents see it"
	}
	fmt.Fprintf(w, "\n%s\nbeside its tools they read\n", state)
	for line := range strings.Lines(s.Text) {
		fmt.Fprintf(w, "  | %s\n", visible(strings.TrimRight(line, "\n")))
	}
	words := map[skill.NoticeKind]string{skill.Unseen: "characters that nobody sees", skill.Mention: "a tool that is not its own"}
	for _, n := range s.Notices {
		fmt.Fprintf(w, "look: %s, in %s\n  | %s\n", words[n.Kind], visible(n.Place), visible(n.Said))
	}
	for _, change := range s.Changes {
		fmt.Fprintf(w, "since you turned it on: %s\n", visible(change.Sentence))
		for _, text := range []string{change.Before, change.After} {
			if text != "" {
				fmt.Fprintf(w, "  | %s\n", visible(text))
			}
		}
	}
}

// describe prints a skill for a person: its tools, and what it may do in sentences.
func describe(w io.Writer, s api.Skill) {
	fmt.Fprintf(w, "%s %s (%s)\n%s\n\ntools\n", visible(s.Name), visible(s.Version), visible(s.Signer), visible(s.Description))
	for _, t := range s.ToolList {
		fmt.Fprintf(w, "  %-12s %s\n", visible(t.Name), visible(t.Description))
	}
	for _, circle := range []struct{ name, title string }{
		{"required", "\nneeds before its first call (you confirm it once)"}, {"requestable", "\nmay ask for, each time you have not decided"},
	} {
		fmt.Fprintln(w, circle.title)
		none := true
		for _, m := range s.May {
			if m.Circle == circle.name {
				fmt.Fprintf(w, "  %s\n    %s; it says: \"%s\"\n", visible(m.Grant), visible(m.Sentence), visible(m.Why))
				none = false
			}
		}
		if none {
			fmt.Fprintln(w, "  nothing")
		}
	}
	fmt.Fprintln(w, "\neverything else fails at the boundary")
}

func (c *console) skillAdd(ctx context.Context, path string) error {
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	if path, err = filepath.Abs(path); err != nil {
		return err
	}
	var s api.Skill
	if err := cl.post(ctx, "/api/skills", map[string]any{"path": path}, &s); err != nil {
		return err
	}
	return c.print(s, func(w io.Writer) {
		fmt.Fprintf(w, "added %s %s\n", visible(s.Name), visible(s.Version))
		if !s.On {
			fmt.Fprintf(w, "agents do not see it yet: gatehouse skill on %s\n", visible(s.Name))
		}
	})
}

func (c *console) skillRemove(ctx context.Context, name string) error {
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	return cl.post(ctx, "/api/skills/"+url.PathEscape(name)+"/remove", nil, nil)
}

func (c *console) skillOn(ctx context.Context, name string) error {
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	if !c.json {
		fmt.Fprintln(c.err, "gatehouse: what agents may see waits for your answer in the Gatehouse window")
	}
	return cl.post(ctx, "/api/skills/"+url.PathEscape(name)+"/on", nil, nil)
}

func (c *console) skillOff(ctx context.Context, name string) error {
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	return cl.post(ctx, "/api/skills/"+url.PathEscape(name)+"/off", nil, nil)
}

func (c *console) skillNew(_ context.Context, dir string) error {
	made, err := skill.New(filepath.Dir(dir), filepath.Base(dir))
	if err != nil {
		return err
	}
	return c.print(map[string]string{"folder": made}, func(w io.Writer) {
		fmt.Fprintf(w, "wrote %s\nnext: build it, then try it\n  cd %s\n  GOOS=wasip1 GOARCH=wasm go build -o skill.wasm main.go\n  gatehouse run --here . count --input '{\"path\":\"main.go\"}'\n", made, made)
	})
}

func (c *console) skillCheck(_ context.Context, path string) error {
	pkg, err := loadAny(path, skill.Load)
	if err != nil {
		return err
	}
	s := api.ShowSkill(pkg)
	return c.print(s, func(w io.Writer) {
		describe(w, s)
		for _, note := range pkg.Unasked() {
			fmt.Fprintf(w, "\nnote: %s\n", note)
		}
	})
}

func (c *console) skillPack(_ context.Context, dir string) error {
	pkg, err := skill.Pack(dir)
	if err != nil {
		return err
	}
	return c.print(map[string]string{"name": pkg.Manifest.Name, "digest": string(pkg.Digest)}, func(w io.Writer) {
		fmt.Fprintf(w, "packed %s %s\n%s\n", pkg.Manifest.Name, visible(pkg.Manifest.Version), pkg.Digest)
	})
}
