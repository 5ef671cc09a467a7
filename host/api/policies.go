package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"gatehouse/host"
	"gatehouse/permissions"
)

// Policy is one policy that holds. What a workspace's file says is hostile text.
type Policy struct {
	Layer     permissions.Layer `json:"layer" enum:"managed,workspace,user"`
	Name      string            `json:"name" doc:"the file's path, or \"your rules\"; hostile"`
	Workspace string            `json:"workspace,omitempty" doc:"the folder, for the layer workspace"`
	State     host.State        `json:"state" enum:"in force,kept,broken" doc:"kept: the file says it no longer and it holds until you agree; broken: the file cannot be used"`
	Problem   string            `json:"problem,omitempty" doc:"what is wrong, and what holds instead; may quote the file"`
	Ceiling   bool              `json:"ceiling" doc:"nothing may be asked for but what stands in only"`
	Only      []GrantLine       `json:"only"`
	Rules     []PolicyRule      `json:"rules"`
}

// PolicyRule is one rule of a policy.
type PolicyRule struct {
	ID       string              `json:"id"`
	Verdict  permissions.Verdict `json:"verdict" enum:"allow,ask,deny"`
	Grant    string              `json:"grant"`
	Sentence string              `json:"sentence"`
	Skill    string              `json:"skill,omitempty" doc:"absent: every skill"`
	Client   string              `json:"client,omitempty" doc:"absent: every client"`
	Why      string              `json:"why,omitempty"`
}

type policiesOutput struct {
	Body struct {
		Policies []Policy `json:"policies"`
	}
}

// listPolicies shows the managed policy, the person's own rules, and those of every workspace that was confirmed or of
// which a policy was seen, in this order.
func (s *Server) listPolicies(context.Context, *struct{}) (*policiesOutput, error) {
	managed, err := s.Rules.Managed()
	if err != nil {
		return nil, problem(err)
	}
	own, err := s.Rules.Own()
	if err != nil {
		return nil, problem(err)
	}
	folders, err := s.policyFolders()
	if err != nil {
		return nil, problem(err)
	}
	out := &policiesOutput{}
	out.Body.Policies = append(showForms(managed, ""), showPolicy(host.Form{Policy: own, State: host.InForce}, ""))
	for _, folder := range folders {
		forms, err := s.Rules.Workspace(folder)
		if err != nil {
			return nil, problem(err)
		}
		out.Body.Policies = append(out.Body.Policies, showForms(forms, folder)...)
	}
	return out, nil
}

// policyFolders are the folders that may have a policy.
func (s *Server) policyFolders() ([]string, error) {
	folders, err := s.Rules.Workspaces()
	if err != nil {
		return nil, err
	}
	kept, err := s.Decisions.List()
	for _, d := range kept {
		if d.Kind() == "workspace" {
			folders = append(folders, d.Key.Workspace)
		}
	}
	slices.Sort(folders)
	return slices.Compact(folders), err
}

func showForms(forms []host.Form, workspace string) []Policy {
	out := []Policy{}
	for _, f := range forms {
		out = append(out, showPolicy(f, workspace))
	}
	return out
}

func showPolicy(f host.Form, workspace string) Policy {
	out := Policy{Layer: f.Layer, Name: f.Name, Workspace: workspace, State: f.State, Problem: f.Problem,
		Ceiling: f.Only != nil, Only: grantLines(f.Only), Rules: []PolicyRule{}}
	for _, group := range []struct {
		verdict permissions.Verdict
		rules   []permissions.Rule
	}{{permissions.Deny, f.Deny}, {permissions.Ask, f.Ask}, {permissions.Allow, f.Allow}} {
		for _, r := range group.rules {
			out.Rules = append(out.Rules, showRule(group.verdict, r))
		}
	}
	return out
}

func showRule(v permissions.Verdict, r permissions.Rule) PolicyRule {
	return PolicyRule{ID: r.ID, Verdict: v, Grant: r.Grant.String(), Sentence: permissions.Sentence(r.Grant),
		Skill: r.Skill, Client: r.Client, Why: r.Why}
}

type addRuleInput struct {
	Body struct {
		Verdict permissions.Verdict `json:"verdict" enum:"allow,ask,deny" doc:"an allow is put to the person, and the answer waits for theirs"`
		Grant   string              `json:"grant" maxLength:"4096"`
		Skill   string              `json:"skill,omitempty" maxLength:"64" doc:"absent: every skill"`
		Client  string              `json:"client,omitempty" maxLength:"64" doc:"absent: every client"`
		Why     string              `json:"why,omitempty" maxLength:"480"`
	}
}

type ruleOutput struct{ Body PolicyRule }

func (s *Server) addRule(ctx context.Context, in *addRuleInput) (*ruleOutput, error) {
	who, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	grant, err := permissions.Parse(in.Body.Grant)
	if err != nil {
		return nil, &Problem{Status: http.StatusUnprocessableEntity, Code: host.CodeInput, Detail: err.Error(), Hint: "docs/permissions.md says how a grant is written"}
	}
	rule := permissions.Rule{Grant: grant, Skill: in.Body.Skill, Client: in.Body.Client, Why: in.Body.Why}
	made, err := s.Rules.AddRule(ctx, who.Client, in.Body.Verdict, rule)
	if err != nil {
		return nil, problem(err)
	}
	return &ruleOutput{showRule(made.Verdict, made.Rule)}, nil
}

// removeRule takes a rule away; for a deny and an ask that widens, so the answer waits for the person's.
func (s *Server) removeRule(ctx context.Context, in *byID) (*struct{}, error) {
	who, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	return nil, notFound(s.Rules.RemoveRule(ctx, who.Client, in.ID), "you have no such rule")
}

type forgetInput struct {
	Body struct {
		Workspace string `json:"workspace" minLength:"1" maxLength:"4096"`
	}
}

// forgetPolicy proposes that of a workspace's policy nothing holds but what its file says now; the answer waits for the
// person's.
func (s *Server) forgetPolicy(ctx context.Context, in *forgetInput) (*struct{}, error) {
	who, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	err = s.Rules.ForgetPolicy(ctx, who.Client, in.Body.Workspace)
	return nil, notFound(err, fmt.Sprintf("nothing holds for %q that its policy file does not say", in.Body.Workspace))
}
