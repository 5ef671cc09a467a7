package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"text/tabwriter"

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
	cmd.AddCommand(
		&cobra.Command{Use: "list", Short: "list the decisions that are kept", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return c.grantList(cmd.Context()) }},
		&cobra.Command{Use: "revoke ID", Short: "take a decision back: it is asked again", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return c.grantRevoke(cmd.Context(), args[0]) }},
		explain,
	)
	return cmd
}

func (c *console) grantList(ctx context.Context) error {
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	var body struct {
		Decisions []api.KeptDecision `json:"decisions"`
	}
	if err := cl.get(ctx, "/api/decisions", &body); err != nil {
		return err
	}
	return c.print(body.Decisions, func(out io.Writer) {
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		defer w.Flush()
		for _, d := range body.Decisions {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", d.ID, d.Verdict, d.Lifetime, visible(d.Client), visible(d.Skill), visible(d.Workspace))
			for _, g := range d.Grants {
				fmt.Fprintf(w, "\t\t\t\t\t%s\n", visible(g.Grant))
			}
		}
	})
}

func (c *console) grantRevoke(ctx context.Context, id string) error {
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	return cl.post(ctx, "/api/decisions/"+url.PathEscape(id)+"/revoke", nil, nil)
}

func (c *console) grantExplain(ctx context.Context, grant, skill, client, workspace string) error {
	if _, err := permissions.Parse(grant); err != nil {
		return &host.Error{Code: host.CodeInput, Message: err.Error(), Hint: shellHint(grant)}
	}
	if skill == "" {
		return &host.Error{Code: host.CodeInput, Message: "which skill would ask?", Hint: "--skill SKILL; 'gatehouse skill list' names them"}
	}
	if workspace == "" {
		workspace, _ = os.Getwd()
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
		fmt.Fprintf(w, "%s: %s\nrule: %s (%s)\n", e.Verdict, visible(e.Sentence), visible(e.Rule), e.Layer)
		if e.Remedy != "" {
			fmt.Fprintf(w, "%s\n", visible(e.Remedy))
		}
	})
}
