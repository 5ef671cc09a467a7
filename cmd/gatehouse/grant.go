package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"gatehouse/host"
	"gatehouse/host/api"
	"gatehouse/permissions"
)

func (c *console) grantCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "grant", Short: "what you decided, and why something is allowed or not", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	var o struct{ skill, client, workspace string }
	explain := &cobra.Command{
		Use: "explain GRANT --skill SKILL", Short: "say what would be decided now, and by which rule",
		Example: `  gatehouse grant explain 'fs:read:${workspace}/notes.txt' --skill files`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.grantExplain(cmd.Context(), args[0], o.skill, o.client, o.workspace)
		},
	}
	explain.Flags().StringVar(&o.skill, "skill", "", "the skill that would ask")
	explain.Flags().StringVar(&o.client, "client", "", "the client it would be for (default this terminal)")
	explain.Flags().StringVar(&o.workspace, "workspace", "", "the folder it would work in (default the current folder)")
	var gone bool
	list := &cobra.Command{Use: "list", Short: "list the decisions that are kept, and when each last allowed something", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.grantList(cmd.Context(), gone) }}
	list.Flags().BoolVar(&gone, "gone", false, "list those that were revoked or lapsed in the last 30 days instead")
	cmd.AddCommand(list,
		&cobra.Command{Use: "revoke ID", Short: "take a decision back: it is asked again", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return c.grantRevoke(cmd.Context(), args[0]) }},
		&cobra.Command{Use: "restore ID", Short: "ask for a revoked or lapsed decision to hold again: you answer in Gatehouse's own window", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return c.grantRestore(cmd.Context(), args[0]) }},
		explain,
	)
	return cmd
}

func (c *console) grantList(ctx context.Context, gone bool) error {
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	var body struct {
		Decisions []api.KeptDecision `json:"decisions"`
		Gone      []api.GoneDecision `json:"gone"`
	}
	if err := cl.get(ctx, "/api/decisions", &body); err != nil {
		return err
	}
	if gone {
		return c.print(body.Gone, func(out io.Writer) {
			printDecisions(out, body.Gone, func(d api.GoneDecision) (api.KeptDecision, string) {
				return d.KeptDecision, d.Why + " " + day(d.Gone)
			})
		})
	}
	return c.print(body.Decisions, func(out io.Writer) {
		printDecisions(out, body.Decisions, func(d api.KeptDecision) (api.KeptDecision, string) { return d, lastUse(d) })
	})
}

func printDecisions[D any](out io.Writer, all []D, of func(D) (d api.KeptDecision, state string)) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	defer w.Flush()
	for _, one := range all {
		d, state := of(one)
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", d.ID, d.Verdict, d.Lifetime, state, visible(d.Client), visible(d.Skill), visible(d.Workspace))
		for _, g := range d.Grants {
			fmt.Fprintf(w, "\t\t\t\t\t%s\n", visible(cmp.Or(g.Grant, g.Sentence)))
		}
	}
}

// lastUse says when a decision last allowed something, and when it ends if nothing does.
func lastUse(d api.KeptDecision) string {
	if d.Muted {
		return "rests until " + day(d.Until)
	}
	text := "not used yet"
	if d.LastUsed > 0 {
		text = "used " + day(d.LastUsed)
	}
	if d.Lapses > 0 {
		text += ", lapses " + day(d.Lapses)
	}
	return text
}

func day(millis int64) string { return time.UnixMilli(millis).Format(time.DateOnly) }

func (c *console) grantRevoke(ctx context.Context, id string) error {
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	return orList(cl.post(ctx, "/api/decisions/"+url.PathEscape(id)+"/revoke", nil, nil), "gatehouse grant list")
}

// grantRestore waits until the person has answered.
func (c *console) grantRestore(ctx context.Context, id string) error {
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	return orList(cl.post(ctx, "/api/decisions/"+url.PathEscape(id)+"/restore", nil, nil), "gatehouse grant list --gone")
}

func (c *console) grantExplain(ctx context.Context, grant, skill, client, workspace string) error {
	if _, err := permissions.Parse(grant); err != nil {
		return &host.Error{Code: host.CodeInput, Message: err.Error(), Hint: shellHint(grant)}
	}
	if skill == "" {
		return &host.Error{Code: host.CodeInput, Message: "which skill would ask?", Hint: "--skill SKILL; 'gatehouse skill list' names them"}
	}
	workspace, err := filepath.Abs(workspace)
	if err != nil {
		return err
	}
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	var e permissions.Explanation
	if err := cl.post(ctx, "/api/explain", map[string]any{"grant": grant, "skill": skill, "client": client, "workspace": workspace}, &e); err != nil {
		return err
	}
	return c.print(e, func(w io.Writer) {
		fmt.Fprintf(w, "%s: %s\nrule: %s (%s)\n%s\n", e.Verdict, visible(e.Sentence), visible(e.Rule), e.Layer, visible(e.Reason))
		if e.Why != "" {
			fmt.Fprintf(w, "its writer's reason: %s\n", visible(strconv.Quote(e.Why)))
		}
		if e.Except != "" {
			fmt.Fprintf(w, "but %s\n", e.Except)
		}
		if e.Remedy != "" {
			fmt.Fprintf(w, "%s\n", visible(e.Remedy))
		}
		if e.Rule == permissions.RuleUndeclared && lostWorkspace(grant) {
			fmt.Fprintf(w, "hint: %s\n", shellHint(grant))
		}
	})
}
