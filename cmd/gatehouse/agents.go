package main

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"
)

// agentCommands are the verbs below mcp for what agents see and how they come.
func (c *console) agentCommands() []*cobra.Command {
	return []*cobra.Command{
		{
			Use: "http [PORT|off]", Short: "let agents connect over HTTP on this computer, with a client's token; asks you first",
			Args: cobra.MaximumNArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return c.agentsHTTP(cmd.Context(), args) },
		},
		{
			Use: "tools [all|search]", Short: "show agents every tool at once, or let them search", Args: cobra.MaximumNArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return c.agentsTools(cmd.Context(), args) },
		},
		{
			Use: "wassette [on|off]", Short: "offer agents Wassette's tools, with which they ask for permissions; asks you first", Args: cobra.MaximumNArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return c.agentsWassette(cmd.Context(), args) },
		},
	}
}

// agentSettings is the body of /api/agents.
type agentSettings struct {
	Port     int  `json:"port"`
	Search   bool `json:"search"`
	Wassette bool `json:"wassette"`
}

func (s agentSettings) write(w io.Writer) {
	if s.Port == 0 {
		fmt.Fprintln(w, "agents connect through gatehouse mcp alone; http is off")
	} else {
		fmt.Fprintf(w, "agents with a client's token may connect at http://127.0.0.1:%d\n", s.Port)
	}
	if s.Search {
		fmt.Fprintln(w, "agents find tools by searching")
	} else {
		fmt.Fprintln(w, "agents see every tool at once")
	}
	if s.Wassette {
		fmt.Fprintln(w, "agents have Wassette's tools, with which they ask you for permissions")
	} else {
		fmt.Fprintln(w, "Wassette's tools are off")
	}
}

// showAgents prints what holds now.
func (c *console) showAgents(ctx context.Context, cl *client) error {
	var now agentSettings
	if err := cl.get(ctx, "/api/agents", &now); err != nil {
		return err
	}
	return c.print(now, now.write)
}

func (c *console) agentsHTTP(ctx context.Context, args []string) error {
	cl, err := c.connect(ctx)
	switch {
	case err != nil:
	case len(args) == 0:
	case args[0] == "off":
		err = cl.post(ctx, "/api/agents/http/off", nil, nil)
	default:
		port, wrong := strconv.Atoi(args[0])
		if wrong != nil {
			return usage(fmt.Errorf("%q is neither a port nor off", args[0]))
		}
		if !c.json {
			fmt.Fprintln(c.err, "gatehouse: waiting for your answer in the Gatehouse window")
		}
		err = cl.post(ctx, "/api/agents/http/on", map[string]any{"port": port}, nil)
	}
	if err != nil {
		return err
	}
	return c.showAgents(ctx, cl)
}

func (c *console) agentsTools(ctx context.Context, args []string) error {
	cl, err := c.connect(ctx)
	switch {
	case err != nil:
	case len(args) == 0:
	case args[0] == "all" || args[0] == "search":
		err = cl.post(ctx, "/api/agents/tools", map[string]any{"search": args[0] == "search"}, nil)
	default:
		return usage(fmt.Errorf("%q is neither all nor search", args[0]))
	}
	if err != nil {
		return err
	}
	return c.showAgents(ctx, cl)
}

func (c *console) agentsWassette(ctx context.Context, args []string) error {
	cl, err := c.connect(ctx)
	switch {
	case err != nil:
	case len(args) == 0:
	case args[0] == "off":
		err = cl.post(ctx, "/api/agents/wassette/off", nil, nil)
	case args[0] == "on":
		if !c.json {
			fmt.Fprintln(c.err, "gatehouse: waiting for your answer in the Gatehouse window")
		}
		err = cl.post(ctx, "/api/agents/wassette/on", nil, nil)
	default:
		return usage(fmt.Errorf("%q is neither on nor off", args[0]))
	}
	if err != nil {
		return err
	}
	return c.showAgents(ctx, cl)
}
