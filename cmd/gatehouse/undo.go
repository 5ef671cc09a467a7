package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"gatehouse/host"
	"gatehouse/host/api"
)

func (c *console) undoCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "undo ID", Short: "take a change back that a call made to a file",
		Long: "Undo puts back what stood there, removes what was made, or gives a file its former name. It does nothing where\n" +
			"the file was changed since. Changes are kept for seven days.",
		Example: "  gatehouse undo list\n  gatehouse undo u-0123456789abcdef",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.undo(cmd.Context(), args[0]) },
	}
	cmd.AddCommand(&cobra.Command{Use: "list", Short: "list the changes that can be taken back", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.undoList(cmd.Context()) }})
	return cmd
}

func (c *console) undo(ctx context.Context, id string) error {
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	return orList(cl.post(ctx, "/api/undo/"+url.PathEscape(id), nil, nil), "gatehouse undo list")
}

func (c *console) undoList(ctx context.Context) error {
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	var body struct {
		Changes []api.KeptChange `json:"changes"`
	}
	if err := cl.get(ctx, "/api/undo?limit=1000", &body); err != nil {
		return err
	}
	return c.print(body.Changes, func(out io.Writer) {
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		defer w.Flush()
		for _, k := range body.Changes {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", k.ID, time.UnixMilli(k.Time).Format(time.DateTime), visible(k.Skill), visible(sentence(k.Operation, k.Path, k.Other)))
		}
	})
}

// sentence says what was done to which path, and what was made of it.
func sentence(done host.Done, path, other string) string {
	if other != "" {
		return fmt.Sprintf("%s %s to %s", done, path, other)
	}
	return fmt.Sprintf("%s %s", done, path)
}

// told says one change of a call and how it is taken back.
func told(change api.FileChange) string {
	said := visible(sentence(change.Operation, change.Path, change.Other))
	if change.Added+change.Removed > 0 {
		said += fmt.Sprintf(" (+%d -%d lines)", change.Added, change.Removed)
	}
	if change.ID == "" {
		return said
	}
	return said + "; undo with gatehouse undo " + change.ID
}
