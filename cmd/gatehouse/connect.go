package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"gatehouse/clients"
	"gatehouse/host/api"
)

// clientCommands are the verbs about connected clients, below mcp.
func (c *console) clientCommands() []*cobra.Command {
	var o struct{ name, config, workspace, profile string }
	undo := false
	connect := &cobra.Command{
		Use: "connect CLIENT", Short: "write an agent's own configuration, so that it finds Gatehouse; asks you first",
		Long: "Put an entry for Gatehouse, with a token of its own, into the configuration of an agent's program. A copy of\n" +
			"the file is kept beside it. CLIENT is one of " + kindNames() + ".",
		Example: `  gatehouse mcp connect claude-code --workspace ~/work/acme
  gatehouse mcp connect claude-code --undo`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			for _, path := range []*string{&o.config, &o.workspace} {
				if *path != "" && err == nil {
					*path, err = filepath.Abs(*path)
				}
			}
			if err != nil {
				return err
			}
			if undo {
				return c.disconnect(cmd.Context(), map[string]string{"name": o.name, "kind": args[0], "config": o.config})
			}
			return c.mcpConnect(cmd.Context(), map[string]string{
				"kind": args[0], "name": o.name, "config": o.config, "workspace": o.workspace, "profile": o.profile})
		},
	}
	connect.Flags().StringVar(&o.name, "name", "", "the client's name (default CLIENT)")
	connect.Flags().StringVar(&o.config, "config", "", "its configuration (default where programs of its kind have it)")
	connect.Flags().StringVar(&o.workspace, "workspace", "", "the folder that it may work in (default asked at its first call)")
	connect.Flags().StringVar(&o.profile, "profile", "", "the profile it begins with")
	connect.Flags().BoolVar(&undo, "undo", false, "take the client away and put its configuration back")
	return []*cobra.Command{
		connect,
		{Use: "clients", Short: "list the clients that you connected", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return c.mcpClients(cmd.Context()) }},
		{Use: "disconnect NAME", Short: "take a client away, with every decision for it", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				return c.disconnect(cmd.Context(), map[string]string{"name": args[0]})
			}},
	}
}

func kindNames() string {
	var names []string
	for _, k := range clients.Kinds() {
		names = append(names, k.ID)
	}
	return strings.Join(names, ", ")
}

func (c *console) mcpConnect(ctx context.Context, wanted map[string]string) error {
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	// What cannot be done is said before anybody is asked.
	var plan api.ClientPlan
	if err := cl.post(ctx, "/api/clients/plan", wanted, &plan); err != nil {
		return err
	}
	if !c.json {
		fmt.Fprintf(c.err, "gatehouse: this would write %s\n", visible(plan.File))
		fmt.Fprintln(c.err, "gatehouse: connecting a client waits for your answer in the Gatehouse window")
	}
	var made api.Connection
	if err := cl.post(ctx, "/api/clients", wanted, &made); err != nil {
		return err
	}
	return c.print(made, func(w io.Writer) {
		fmt.Fprintf(w, "connected %s (%s)\nwrote %s\n", visible(made.Name), visible(made.Title), visible(made.File))
		if made.Backup != "" {
			fmt.Fprintf(w, "kept what it was in %s\n", visible(made.Backup))
		}
		fmt.Fprintf(w, "next: %s\n", visible(made.Next))
	})
}

func (c *console) mcpClients(ctx context.Context) error {
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	var body struct {
		Clients []api.ConnectedClient `json:"clients"`
	}
	if err := cl.get(ctx, "/api/clients", &body); err != nil {
		return err
	}
	return c.print(body, func(out io.Writer) {
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		defer w.Flush()
		for _, one := range body.Clients {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", visible(one.Name), visible(one.Kind),
				visible(or(one.Workspace, "no folder yet")), visible(or(one.Profile, "no profile")), seen(one))
		}
	})
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func seen(one api.ConnectedClient) string {
	switch {
	case one.Connected > 0:
		return "connected now"
	case one.Seen == 0:
		return "never seen"
	}
	return "seen " + time.UnixMilli(one.Seen).Format(time.DateTime)
}

func (c *console) disconnect(ctx context.Context, which map[string]string) error {
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	var gone api.Disconnection
	if err := cl.post(ctx, "/api/clients/disconnect", which, &gone); err != nil {
		return err
	}
	return c.print(gone, func(w io.Writer) {
		if gone.Name != "" {
			fmt.Fprintf(w, "disconnected %s; %d decisions went with it\n", visible(gone.Name), gone.Revoked)
		}
		fmt.Fprintf(w, "%s\n", visible(outcomeOf(gone)))
		if gone.Problem != "" {
			fmt.Fprintf(c.err, "gatehouse: %s; the token in it is worth nothing\n", visible(gone.Problem))
		}
	})
}

// outcomeOf says what became of a client's configuration.
func outcomeOf(gone api.Disconnection) string {
	file := or(gone.File, "the file")
	return map[clients.Outcome]string{
		clients.PutBack:    file + " is as it was before",
		clients.Removed:    file + " held nothing else and is removed",
		clients.TakenOut:   "the entry is taken out of " + file,
		clients.NotInThere: "there was no entry of it in " + file,
		clients.LeftAsIs:   file + " is left as it is",
	}[gone.Outcome]
}
