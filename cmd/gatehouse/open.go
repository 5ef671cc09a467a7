package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"gatehouse/home"
)

func (c *console) openCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "open",
		Short: "show the Gatehouse window",
		Long: "Open shows the Gatehouse window. Run in a terminal on your desktop, it also tells a host that knows of no\n" +
			"desktop where to open its windows.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.open(cmd.Context()) },
	}
}

func (c *console) open(ctx context.Context) error {
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	return cl.post(ctx, "/api/open", map[string]any{"desktop": home.DesktopFrom(os.Environ())}, nil)
}
