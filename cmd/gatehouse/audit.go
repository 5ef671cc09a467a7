package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"gatehouse/audit"
)

func (c *console) auditCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "the record of what was asked, decided and done", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	var limit int
	list := &cobra.Command{Use: "list", Short: "list the record, the newest line first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.auditList(cmd.Context(), limit) }}
	list.Flags().IntVar(&limit, "limit", 50, "how many lines, at most 1000")
	cmd.AddCommand(list)
	return cmd
}

func (c *console) auditList(ctx context.Context, limit int) error {
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	var body struct {
		Records []audit.Record `json:"records"`
	}
	if err := cl.get(ctx, fmt.Sprintf("/api/audit?limit=%d", limit), &body); err != nil {
		return err
	}
	return c.print(body.Records, func(out io.Writer) {
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		defer w.Flush()
		for _, r := range body.Records {
			what := r.Grant
			if what == "" {
				what = r.Tool
			}
			result := string(r.Verdict) + " " + r.Rule
			if r.Kind == audit.KindResult {
				result = r.Outcome
				if result == "" {
					result = "done"
				}
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Time.Local().Format(time.DateTime), r.Kind,
				visible(r.Subject.Client), visible(r.Subject.Skill), visible(what), visible(result))
		}
	})
}
