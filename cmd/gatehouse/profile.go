package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/host/api"
)

func (c *console) profileCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "profile", Short: "sets of skills and rules that you give to clients", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	var p struct {
		skills, only, deny, ask []string
		none                    bool
	}
	set := &cobra.Command{
		Use: "set NAME", Short: "make a profile, or make it another; what leaves more in asks you first",
		Long: "A profile only leaves something out: a client that has one sees and may no more than one that has none.\n" +
			"Without --skill it has every skill that agents may see.",
		Example: `  gatehouse profile set reading --skill files --only 'fs:list:${workspace}/**' --only 'fs:read:${workspace}/**'
  gatehouse profile use claude-code reading`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.profileSet(cmd.Context(), map[string]any{"name": args[0], "allSkills": len(p.skills) == 0 && !p.none, "skills": list(p.skills),
				"ceiling": len(p.only) > 0, "only": list(p.only), "deny": list(p.deny), "ask": list(p.ask)})
		},
	}
	set.Flags().StringArrayVar(&p.skills, "skill", nil, "a skill that it has; may be given again")
	set.Flags().BoolVar(&p.none, "no-skill", false, "it has no skill")
	set.Flags().StringArrayVar(&p.only, "only", nil, "a grant that may be asked for, and nothing else; may be given again")
	set.Flags().StringArrayVar(&p.deny, "deny", nil, "a grant that is refused; may be given again")
	set.Flags().StringArrayVar(&p.ask, "ask", nil, "a grant that is asked for each time; may be given again")
	cmd.AddCommand(
		&cobra.Command{Use: "list", Short: "list your profiles, and the clients that have them", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return c.profileList(cmd.Context()) }},
		set,
		&cobra.Command{Use: "use CLIENT [NAME]", Short: "give a client a profile, or none; what leaves it more asks you first", Args: cobra.RangeArgs(1, 2),
			RunE: func(cmd *cobra.Command, args []string) error {
				return c.profileUse(cmd.Context(), args[0], strings.Join(args[1:], ""))
			}},
		&cobra.Command{Use: "remove NAME", Short: "remove a profile that no client has", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return c.profileRemove(cmd.Context(), args[0]) }},
	)
	return cmd
}

// list is a list for JSON: none is an empty one.
func list(texts []string) []string { return append([]string{}, texts...) }

func (c *console) profileList(ctx context.Context) error {
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	var body struct {
		Profiles []api.Profile `json:"profiles"`
	}
	if err := cl.get(ctx, "/api/profiles", &body); err != nil {
		return err
	}
	return c.print(body, func(out io.Writer) {
		for _, p := range body.Profiles {
			fmt.Fprintf(out, "%s, for %s\n", visible(p.Name), visible(or(strings.Join(p.Clients, ", "), "no client")))
			if !p.AllSkills {
				fmt.Fprintf(out, "  skills  %s\n", visible(or(strings.Join(p.Skills, ", "), "none")))
			}
			for _, part := range []struct {
				word   string
				grants []api.GrantLine
			}{{"only", p.Only}, {"deny", p.Deny}, {"ask", p.Ask}} {
				for _, g := range part.grants {
					fmt.Fprintf(out, "  %-6s  %s\n", part.word, visible(g.Grant))
				}
			}
			if p.Ceiling && len(p.Only) == 0 {
				fmt.Fprintln(out, "  only    nothing")
			}
		}
	})
}

// sayWidening says where the answer is given to what leaves more in.
func (c *console) sayWidening() {
	if !c.json {
		fmt.Fprintln(c.err, "gatehouse: what leaves more in waits for your answer in the Gatehouse window")
	}
}

func (c *console) profileSet(ctx context.Context, profile map[string]any) error {
	c.sayWidening()
	return c.profilePost(ctx, "/api/profiles", profile)
}

func (c *console) profileUse(ctx context.Context, client, profile string) error {
	c.sayWidening()
	return c.profilePost(ctx, "/api/profiles/use", map[string]string{"client": client, "profile": profile})
}

func (c *console) profileRemove(ctx context.Context, name string) error {
	return c.profilePost(ctx, "/api/profiles/"+url.PathEscape(name)+"/remove", nil)
}

func (c *console) profilePost(ctx context.Context, path string, body any) error {
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	return cl.post(ctx, path, body, nil)
}
