package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"gatehouse/home"
	"gatehouse/host"
	"gatehouse/host/api"
	"gatehouse/permissions"
)

func (c *console) policyCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "policy", Short: "the rules that hold beside your decisions", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	var rule struct{ skill, client, why string }
	add := &cobra.Command{
		Use: "add deny|ask|allow GRANT", Short: "add a rule of your own; an allow asks you first",
		Example: `  gatehouse policy add deny 'fs:read:${workspace}/**/*.pem' --why 'keys'
  gatehouse policy add ask 'fs:write:${workspace}/**' --skill files`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.policyAdd(cmd.Context(), map[string]string{
				"verdict": args[0], "grant": args[1], "skill": rule.skill, "client": rule.client, "why": rule.why})
		},
	}
	add.Flags().StringVar(&rule.skill, "skill", "", "the skill it is for (default every skill)")
	add.Flags().StringVar(&rule.client, "client", "", "the client it is for (default every client)")
	add.Flags().StringVar(&rule.why, "why", "", "your reason, shown where the rule decides")
	var workspace string
	forget := &cobra.Command{
		Use: "forget", Short: "let only hold what the workspace's policy file says now; asks you first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.policyForget(cmd.Context(), workspace) },
	}
	forget.Flags().StringVar(&workspace, "workspace", "", "the workspace (default the current folder)")
	cmd.AddCommand(
		&cobra.Command{Use: "show", Short: "show every policy that holds, and why", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return c.policyShow(cmd.Context()) }},
		&cobra.Command{Use: "check FILE", Short: "say whether a policy file can be used", Args: cobra.ExactArgs(1),
			RunE: func(_ *cobra.Command, args []string) error { return c.policyCheck(args[0]) }},
		add,
		&cobra.Command{Use: "remove ID", Short: "remove a rule of your own: an allow at once, a deny or an ask once you agree", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return c.policyRemove(cmd.Context(), args[0]) }},
		forget,
	)
	return cmd
}

// policies is the body of /api/policies.
type policies struct {
	Policies []api.Policy `json:"policies"`
}

func (c *console) policyShow(ctx context.Context) error {
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	var body policies
	if err := cl.get(ctx, "/api/policies", &body); err != nil {
		return err
	}
	return c.print(body, func(out io.Writer) {
		for _, p := range body.Policies {
			writePolicy(out, p)
		}
	})
}

func writePolicy(out io.Writer, p api.Policy) {
	fmt.Fprintf(out, "%s (%s), %s\n", visible(p.Name), p.Layer, p.State)
	if p.Problem != "" {
		fmt.Fprintf(out, "  %s\n", visible(p.Problem))
	}
	if p.Ceiling && len(p.Only) == 0 {
		fmt.Fprintln(out, "  only  nothing")
	}
	for _, g := range p.Only {
		fmt.Fprintf(out, "  only  %s\n", visible(g.Grant))
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	defer w.Flush()
	for _, r := range p.Rules {
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", r.Verdict, visible(r.Grant), visible(whom(r)), visible(r.ID))
		if r.Why != "" {
			fmt.Fprintf(w, "  \t%s\t\t\n", visible(strconv.Quote(r.Why)))
		}
	}
}

// whom says for whom a rule is.
func whom(r api.PolicyRule) string {
	skill, client := "every skill", "every client"
	if r.Skill != "" {
		skill = r.Skill
	}
	if r.Client != "" {
		client = r.Client
	}
	return skill + " for " + client
}

// policyCheck reads a file as the host would, and needs none.
func (c *console) policyCheck(path string) error {
	layer := permissions.LayerWorkspace
	if full, err := filepath.Abs(path); err == nil && full == home.ManagedPolicy() {
		layer = permissions.LayerManaged
		if err := home.CheckSystem(full); err != nil {
			return &host.Error{Code: host.CodeInput, Message: err.Error(), Hint: hintOf(err)}
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return &host.Error{Code: host.CodeNotFound, Message: err.Error()}
	}
	p, err := permissions.ParsePolicy(layer, path, text)
	if err != nil {
		return &host.Error{Code: host.CodeInput, Message: err.Error(), Hint: "docs/policies.md says how a policy is written"}
	}
	found := map[string]any{"name": p.Name, "ceiling": p.Only != nil, "only": len(p.Only), "deny": len(p.Deny), "ask": len(p.Ask)}
	return c.print(found, func(out io.Writer) {
		fmt.Fprintf(out, "%s can be used: %d deny, %d ask", visible(path), len(p.Deny), len(p.Ask))
		if p.Only != nil {
			fmt.Fprintf(out, ", and nothing else than %d grants may be asked for", len(p.Only))
		}
		fmt.Fprintln(out)
	})
}

func (c *console) policyAdd(ctx context.Context, rule map[string]string) error {
	grant, err := permissions.Parse(rule["grant"])
	if err != nil {
		return &host.Error{Code: host.CodeInput, Message: err.Error(), Hint: shellHint(rule["grant"])}
	}
	if _, err := os.Lstat(grant.Base()); lostWorkspace(rule["grant"]) && errors.Is(err, fs.ErrNotExist) && !c.json {
		fmt.Fprintf(c.err, "gatehouse: there is nothing at %q now; %s\n", grant.Base(), shellHint(rule["grant"]))
	}
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	if rule["verdict"] == string(permissions.Allow) {
		c.sayProposed()
	}
	var made api.PolicyRule
	if err := cl.post(ctx, "/api/policies/rules", rule, &made); err != nil {
		return err
	}
	return c.print(made, func(out io.Writer) { fmt.Fprintln(out, visible(made.ID)) })
}

func (c *console) policyRemove(ctx context.Context, id string) error {
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	var body policies
	if err := cl.get(ctx, "/api/policies", &body); err != nil {
		return err
	}
	if body.widensWithout(id) {
		c.sayProposed()
	}
	return orList(cl.post(ctx, "/api/policies/rules/"+url.PathEscape(id)+"/remove", nil, nil), "gatehouse policy show")
}

// widensWithout says whether taking the person's rule away lets more through, so that they are asked.
func (p policies) widensWithout(id string) bool {
	for _, policy := range p.Policies {
		narrows := func(r api.PolicyRule) bool { return r.ID == id && r.Verdict != permissions.Allow }
		if policy.Layer == permissions.LayerUser && slices.ContainsFunc(policy.Rules, narrows) {
			return true
		}
	}
	return false
}

func (c *console) policyForget(ctx context.Context, workspace string) error {
	full, err := filepath.Abs(workspace)
	if err == nil {
		full, err = filepath.EvalSymlinks(full)
	}
	if err != nil {
		return &host.Error{Code: host.CodeInput, Message: err.Error()}
	}
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	c.sayProposed()
	return cl.post(ctx, "/api/policies/workspace/forget", map[string]string{"workspace": full}, nil)
}

// sayProposed says where the answer to what a command proposes is given: never here.
func (c *console) sayProposed() {
	if !c.json {
		fmt.Fprintln(c.err, "gatehouse: that lets more through, so it waits for your answer in the Gatehouse window")
	}
}
