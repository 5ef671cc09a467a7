package api

import (
	"context"
	"fmt"
	"net/http"

	"gatehouse/host"
	"gatehouse/permissions"
	"gatehouse/store"
)

// Profile is a named set of skills and rules. It only leaves something out.
type Profile struct {
	Name      string      `json:"name"`
	AllSkills bool        `json:"allSkills" doc:"every skill that agents may see; skills is empty then"`
	Skills    []string    `json:"skills"`
	Ceiling   bool        `json:"ceiling" doc:"nothing may be asked for but what stands in only"`
	Only      []GrantLine `json:"only"`
	Deny      []GrantLine `json:"deny"`
	Ask       []GrantLine `json:"ask"`
	Clients   []string    `json:"clients" doc:"those that have it"`
}

type profilesOutput struct {
	Body struct {
		Profiles []Profile `json:"profiles"`
	}
}

func (s *Server) listProfiles(context.Context, *struct{}) (*profilesOutput, error) {
	kept, err := s.Profiles.Kept.List()
	if err != nil {
		return nil, problem(err)
	}
	clients, err := s.Connections.List()
	if err != nil {
		return nil, problem(err)
	}
	out := &profilesOutput{}
	out.Body.Profiles = []Profile{}
	for _, p := range kept {
		shown := Profile{Name: p.Name, AllSkills: p.Skills == nil, Skills: append([]string{}, p.Skills...), Ceiling: p.Only != nil,
			Only: grantLines(p.Only), Deny: grantLines(p.Deny), Ask: grantLines(p.Ask), Clients: []string{}}
		for _, c := range clients {
			if c.Profile == p.Name {
				shown.Clients = append(shown.Clients, c.Name)
			}
		}
		out.Body.Profiles = append(out.Body.Profiles, shown)
	}
	return out, nil
}

type profileInput struct {
	Body struct {
		Name      string   `json:"name" maxLength:"64"`
		AllSkills bool     `json:"allSkills,omitempty" doc:"every skill that agents may see; skills counts for nothing then"`
		Skills    []string `json:"skills,omitempty" maxItems:"500"`
		Ceiling   bool     `json:"ceiling,omitempty" doc:"nothing may be asked for but what stands in only"`
		Only      []string `json:"only,omitempty" maxItems:"100"`
		Deny      []string `json:"deny,omitempty" maxItems:"100"`
		Ask       []string `json:"ask,omitempty" maxItems:"100"`
	}
}

// setProfile keeps a profile. What leaves more in than before is put to the person, and the answer waits for theirs.
func (s *Server) setProfile(ctx context.Context, in *profileInput) (*struct{}, error) {
	who, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	p := store.Profile{Name: in.Body.Name, Skills: append([]string{}, in.Body.Skills...)}
	if in.Body.AllSkills {
		p.Skills = nil
	}
	for _, list := range []struct {
		texts []string
		into  *[]permissions.Grant
	}{{in.Body.Only, &p.Only}, {in.Body.Deny, &p.Deny}, {in.Body.Ask, &p.Ask}} {
		for _, text := range list.texts {
			g, err := permissions.Parse(text)
			if err != nil {
				return nil, &Problem{Status: http.StatusUnprocessableEntity, Code: host.CodeInput, Detail: err.Error(), Hint: "docs/permissions.md says how a grant is written"}
			}
			*list.into = append(*list.into, g)
		}
	}
	if in.Body.Ceiling && p.Only == nil {
		p.Only = []permissions.Grant{}
	}
	if err := s.Profiles.Set(ctx, who.Client, p); err != nil {
		return nil, problem(err)
	}
	return nil, nil
}

func (s *Server) removeProfile(ctx context.Context, in *byName) (*struct{}, error) {
	who, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Profiles.Remove(who.Client, in.Name); err != nil {
		return nil, problem(err)
	}
	return nil, nil
}

type useInput struct {
	Body struct {
		Client  string `json:"client" maxLength:"64"`
		Profile string `json:"profile,omitempty" maxLength:"64" doc:"absent: none"`
	}
}

// useProfile gives a client a profile; the answer waits for the person's where that leaves more to it.
func (s *Server) useProfile(ctx context.Context, in *useInput) (*struct{}, error) {
	who, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	return nil, notFound(s.Profiles.Use(ctx, who.Client, in.Body.Client, in.Body.Profile), fmt.Sprintf("no client is called %q", in.Body.Client))
}
