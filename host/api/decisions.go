package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"gatehouse/host"
	"gatehouse/permissions"
)

// KeptDecision is an answer that is kept.
type KeptDecision struct {
	ID        string               `json:"id"`
	Kind      string               `json:"kind" enum:"grant,required,workspace"`
	Skill     string               `json:"skill"`
	Client    string               `json:"client"`
	Workspace string               `json:"workspace"`
	Chain     string               `json:"chain,omitempty"`
	Verdict   permissions.Verdict  `json:"verdict" enum:"allow,deny"`
	Lifetime  permissions.Lifetime `json:"lifetime"`
	Until     int64                `json:"until,omitempty" doc:"Unix milliseconds"`
	Made      int64                `json:"made" doc:"Unix milliseconds"`
	Muted     bool                 `json:"muted,omitempty" doc:"nobody chose it: the question was dismissed so often that it rests until then"`
	Grants    []GrantLine          `json:"grants"`
}

// GrantLine is a grant with our words for it.
type GrantLine struct {
	Grant    string `json:"grant"`
	Sentence string `json:"sentence"`
}

type decisionsOutput struct {
	Body struct {
		Decisions []KeptDecision `json:"decisions"`
	}
}

func (s *Server) listDecisions(context.Context, *struct{}) (*decisionsOutput, error) {
	kept, err := s.Decisions.List()
	if err != nil {
		return nil, problem(err)
	}
	out := &decisionsOutput{}
	out.Body.Decisions = []KeptDecision{}
	for _, d := range kept {
		out.Body.Decisions = append(out.Body.Decisions, showDecision(d))
	}
	slices.SortStableFunc(out.Body.Decisions, func(a, b KeptDecision) int { return int(b.Made - a.Made) })
	return out, nil
}

func showDecision(d permissions.Decision) KeptDecision {
	out := KeptDecision{
		ID: d.ID, Kind: d.Kind(), Skill: d.Key.Skill, Client: d.Key.Client, Workspace: d.Key.Workspace, Chain: d.Key.Chain,
		Verdict: d.Verdict, Lifetime: d.Lifetime, Until: millis(d.Until), Made: millis(d.Made), Muted: d.Muted, Grants: []GrantLine{},
	}
	for _, g := range d.Grants {
		out.Grants = append(out.Grants, GrantLine{Grant: g.String(), Sentence: permissions.Sentence(g)})
	}
	return out
}

func (s *Server) revoke(_ context.Context, in *byID) (*struct{}, error) {
	if err := s.Broker.Revoke(in.ID); err != nil {
		return nil, notFound(err, "this decision is not kept any more")
	}
	s.Changes.Touch(host.TopicDecisions)
	return nil, nil
}

// Workspace is a folder that the person confirmed for a client.
type Workspace struct {
	Client   string `json:"client"`
	Path     string `json:"path"`
	Decision string `json:"decision" doc:"the decision to revoke to forget it"`
	Made     int64  `json:"made" doc:"Unix milliseconds"`
}

type workspacesOutput struct {
	Body struct {
		Workspaces []Workspace `json:"workspaces"`
	}
}

func (s *Server) listWorkspaces(context.Context, *struct{}) (*workspacesOutput, error) {
	kept, err := s.Decisions.List()
	if err != nil {
		return nil, problem(err)
	}
	out := &workspacesOutput{}
	out.Body.Workspaces = []Workspace{}
	for _, d := range kept {
		if d.Kind() == "workspace" && d.Verdict == permissions.Allow {
			out.Body.Workspaces = append(out.Body.Workspaces, Workspace{
				Client: d.Key.Client, Path: d.Key.Workspace, Decision: d.ID, Made: millis(d.Made)})
		}
	}
	slices.SortStableFunc(out.Body.Workspaces, func(a, b Workspace) int { return int(b.Made - a.Made) })
	return out, nil
}

type explainInput struct {
	Body struct {
		Skill     string `json:"skill" maxLength:"64"`
		Grant     string `json:"grant" maxLength:"4096"`
		Client    string `json:"client,omitempty" maxLength:"64" doc:"the caller's own client where absent"`
		Workspace string `json:"workspace,omitempty" maxLength:"4096"`
	}
}

// explainOutput is for the person: neither guests nor agents get it.
type explainOutput struct{ Body permissions.Explanation }

func (s *Server) explain(ctx context.Context, in *explainInput) (*explainOutput, error) {
	who, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	grant, err := permissions.Parse(in.Body.Grant)
	if err != nil {
		return nil, &Problem{Status: http.StatusUnprocessableEntity, Code: host.CodeInput, Detail: err.Error(), Hint: "docs/permissions.md says how a grant is written"}
	}
	if in.Body.Client != "" {
		who.Client = in.Body.Client
	}
	subject, capabilities, err := s.Host.Subject(host.Call{Skill: in.Body.Skill, Workspace: in.Body.Workspace, Client: who.Client, Session: who.Session})
	if err != nil {
		return nil, notFound(err, fmt.Sprintf("no skill is called %q", in.Body.Skill))
	}
	return &explainOutput{s.Broker.Explain(subject, capabilities, grant)}, nil
}
