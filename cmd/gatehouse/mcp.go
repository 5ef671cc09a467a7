package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"gatehouse/bridge"
	"gatehouse/home"
)

func (c *console) mcpCommand() *cobra.Command {
	var workspace, profile string
	cmd := &cobra.Command{
		Use:   "mcp",
		Short: "offer the skills to an agent over MCP on standard input and output",
		Long: "Mcp is what an agent's program starts to use your skills: it speaks the Model Context Protocol on standard input\n" +
			"and output. What a skill was not given is asked for in the Gatehouse window while its call waits.",
		Example: `  gatehouse mcp
  gatehouse mcp --workspace ~/work/acme`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.pipe(cmd.Context(), workspace, profile) },
	}
	cmd.Flags().StringVar(&workspace, "workspace", "", "the folder the skills work in (default the one kept for this client, else the current folder)")
	cmd.AddCommand(c.clientCommands()...)
	cmd.AddCommand(c.agentCommands()...)
	cmd.Flags().StringVar(&profile, "profile", "", "the set of skills to offer (default the one kept for this client)")
	return cmd
}

// pipe carries MCP between this process's stdio and the host.
func (c *console) pipe(ctx context.Context, workspace, profile string) error {
	cl, err := c.connect(ctx) // it also asks an idle older host to make way
	if err != nil {
		return err
	}
	program, hello, err := greeting("pipe")
	if err != nil {
		return err
	}
	introduction := bridge.Introduction{Token: os.Getenv("GATEHOUSE_CLIENT"), Profile: profile}
	if workspace != "" {
		if introduction.Workspace, err = filepath.Abs(workspace); err != nil {
			return fmt.Errorf("finding the workspace: %w", err)
		}
	}
	introduction.Folder, _ = os.Getwd() // without one there is none to propose
	p := &bridge.Pipe{In: c.in, Out: c.out, Introduction: introduction, Dial: func(ctx context.Context) (net.Conn, error) {
		conn, err := home.DialOrStart(ctx, cl.paths, program, hello)
		if err != nil {
			return nil, fmt.Errorf("reaching the host: %w", whyNoHost(cl.paths, err))
		}
		return conn, nil
	}}
	return p.Run(ctx)
}
