package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"gatehouse/host"
	"gatehouse/permissions"
	"gatehouse/skill"
)

// KeptDecision is an answer that is kept.
type KeptDecision struct {
	ID        string               `json:"id"`
	Kind      string               `json:"kind" enum:"grant,required,workspace,asking" doc:"asking: what an agent may not ask for a week, since it was dismissed so often"`
	Skill     string               `json:"skill"`
	Client    string               `json:"client"`
	Workspace string               `json:"workspace"`
	Chain     string               `json:"chain,omitempty"`
	Verdict   permissions.Verdict  `json:"verdict" enum:"allow,deny"`
	Lifetime  permissions.Lifetime `json:"lifetime"`
	Until     int64                `json:"until,omitempty" doc:"Unix milliseconds"`
	Made      int64                `json:"made" doc:"Unix milliseconds"`
	LastUsed  int64                `json:"lastUsed,omitempty" doc:"Unix milliseconds; absent where it never allowed anything"`
	Lapses    int64                `json:"lapses,omitempty" doc:"Unix milliseconds: when it ends if nothing uses it; absent where it does not"`
	Muted     bool                 `json:"muted,omitempty" doc:"nobody chose it: the question was dismissed so often that it rests until then"`
	Grants    []GrantLine          `json:"grants"`
}

// GoneDecision is one that was taken back, or lapsed, in the last 30 days.
type GoneDecision struct {
	KeptDecision
	Gone int64  `json:"gone" doc:"Unix milliseconds"`
	Why  string `json:"why" enum:"revoked,lapsed"`
}

// GrantLine is a grant with our words for it.
type GrantLine struct {
	Grant    string `json:"grant"`
	Sentence string `json:"sentence"`
}

type decisionsOutput struct {
	Body struct {
		Decisions []KeptDecision `json:"decisions"`
		Gone      []GoneDecision `json:"gone" doc:"what can be given back, the latest first"`
	}
}

// listDecisions clears up what has lapsed before it lists the rest.
func (s *Server) listDecisions(context.Context, *struct{}) (*decisionsOutput, error) {
	kept, err := s.Decisions.List()
	if err == nil {
		err = s.Broker.Lapse(kept)
	}
	if err == nil {
		kept, err = s.Decisions.List()
	}
	if err != nil {
		return nil, problem(err)
	}
	gone, err := s.Decisions.Gone()
	if err != nil {
		return nil, problem(err)
	}
	out := &decisionsOutput{}
	out.Body.Decisions, out.Body.Gone = []KeptDecision{}, []GoneDecision{}
	for _, d := range kept {
		out.Body.Decisions = append(out.Body.Decisions, showDecision(d))
	}
	for _, r := range s.Broker.Resting() {
		out.Body.Decisions = append(out.Body.Decisions, showRest(r))
	}
	for _, g := range gone {
		out.Body.Gone = append(out.Body.Gone, GoneDecision{KeptDecision: showDecision(g.Decision), Gone: millis(g.At), Why: g.Why()})
	}
	slices.SortStableFunc(out.Body.Decisions, func(a, b KeptDecision) int { return cmp.Compare(b.Made, a.Made) })
	slices.SortStableFunc(out.Body.Gone, func(a, b GoneDecision) int { return cmp.Compare(b.Gone, a.Gone) })
	return out, nil
}

func showDecision(d permissions.Decision) KeptDecision {
	return KeptDecision{
		ID: d.ID, Kind: d.Kind(), Skill: d.Key.Skill, Client: d.Key.Client, Workspace: d.Key.Workspace, Chain: d.Key.Chain,
		Verdict: d.Verdict, Lifetime: d.Lifetime, Until: millis(d.Until), Made: millis(d.Made),
		LastUsed: millis(d.Used), Lapses: millis(d.Lapses()), Muted: d.Muted, Grants: grantLines(d.Grants),
	}
}

// showRest is an agent's rest as a decision that nobody chose: it is taken back like one, and then not given back.
func showRest(r permissions.Rest) KeptDecision {
	return KeptDecision{
		ID: r.ID, Kind: "asking", Skill: r.Key.Skill, Client: r.Key.Client, Workspace: r.Key.Workspace, Chain: r.Key.Chain,
		Verdict: permissions.Deny, Lifetime: permissions.UntilDate, Until: millis(r.Until), Made: millis(r.Made), Muted: true,
		Grants: []GrantLine{{Sentence: r.Sentence}},
	}
}

func (s *Server) revoke(_ context.Context, in *byID) (*struct{}, error) {
	if err := s.Broker.Revoke(in.ID); err != nil {
		return nil, notFound(err, "this decision is not kept any more")
	}
	s.Changes.Touch(host.TopicDecisions)
	return nil, nil
}

type revokeInput struct {
	Body struct {
		IDs []string `json:"ids" maxItems:"10000"`
	}
}

// revokeMany takes back all that are still kept; what is not any more is no error.
func (s *Server) revokeMany(_ context.Context, in *revokeInput) (*struct{}, error) {
	defer s.Changes.Touch(host.TopicDecisions)
	var failed error
	for _, id := range in.Body.IDs {
		if err := s.Broker.Revoke(id); !errors.Is(err, permissions.ErrNotFound) {
			failed = errors.Join(failed, err)
		}
	}
	if failed != nil {
		return nil, problem(failed)
	}
	return nil, nil
}

// restore gives back a decision that is gone, where the person says so in ask.
func (s *Server) restore(ctx context.Context, in *byID) (*struct{}, error) {
	who, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	gone, err := s.Decisions.Gone()
	if err != nil {
		return nil, problem(err)
	}
	i := slices.IndexFunc(gone, func(g permissions.Gone) bool { return g.ID == in.ID })
	if i < 0 {
		return nil, notFound(permissions.ErrNotFound, "there is no such decision to give back")
	}
	err = s.Broker.Restore(ctx, who.Client, gone[i].Decision)
	if errors.Is(err, permissions.ErrOver) {
		return nil, &Problem{Status: http.StatusConflict, Code: host.CodeInput, Detail: "this decision has ended: it would hold no longer"}
	}
	if err == nil {
		err = s.Decisions.Forget(in.ID)
	}
	if err != nil {
		return nil, problem(err)
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
	slices.SortStableFunc(out.Body.Workspaces, func(a, b Workspace) int { return cmp.Compare(b.Made, a.Made) })
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
		if who.Client, err = s.knownClient(in.Body.Client); err != nil {
			return nil, err
		}
	}
	subject, capabilities, err := s.Host.Subject(host.Call{Skill: in.Body.Skill, Workspace: in.Body.Workspace, Client: who.Client, Session: who.Session})
	if errors.Is(err, skill.ErrNotFound) {
		return nil, &Problem{Status: http.StatusNotFound, Code: host.CodeNotFound, Detail: fmt.Sprintf("no skill is called %q", in.Body.Skill), Hint: "gatehouse skill list"}
	}
	if err != nil {
		return nil, problem(err)
	}
	return &explainOutput{s.Broker.Explain(subject, capabilities, grant)}, nil
}

// knownClient returns the client of this name as it is kept, or says which there are.
func (s *Server) knownClient(name string) (string, error) {
	kept, err := s.Connections.List()
	if err != nil {
		return "", problem(err)
	}
	names := []string{"terminal", "playground", permissions.Unknown}
	for _, c := range kept {
		names = append(names, c.Name)
	}
	i := slices.IndexFunc(names, func(known string) bool { return strings.EqualFold(known, name) })
	if i < 0 {
		return "", &Problem{Status: http.StatusNotFound, Code: host.CodeNotFound, Detail: fmt.Sprintf("no client is called %q", name),
			Hint: "there are " + strings.Join(names, ", ")}
	}
	return names[i], nil
}
