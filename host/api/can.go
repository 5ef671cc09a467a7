package api

import (
	"context"
	"fmt"
	"slices"

	"gatehouse/host"
	"gatehouse/permissions"
)

// Can is what a skill can do now for one client in one workspace, in sentences. What is in none of them fails without
// a question.
type Can struct {
	Client    string `json:"client"`
	Workspace string `json:"workspace"`
	// Places are where else it may be asked for, those first for which something is decided.
	Places []Place   `json:"places"`
	Lines  []CanLine `json:"lines"`
}

// Place is a client and the folder it works in.
type Place struct {
	Client    string `json:"client"`
	Workspace string `json:"workspace"`
}

// CanLine is one thing that a skill does without a question, may ask for, or is refused.
type CanLine struct {
	permissions.Explanation
	Lifetime permissions.Lifetime `json:"lifetime,omitempty" doc:"how long the decision behind it holds"`
	Until    int64                `json:"until,omitempty" doc:"Unix milliseconds"`
}

type canInput struct {
	Name      string `path:"name" maxLength:"64"`
	Client    string `query:"client" maxLength:"64" doc:"the first of the places where absent"`
	Workspace string `query:"workspace" maxLength:"4096"`
}

type canOutput struct{ Body Can }

func (s *Server) can(_ context.Context, in *canInput) (*canOutput, error) {
	kept, err := s.Decisions.List()
	if err != nil {
		return nil, problem(err)
	}
	out := Can{Client: in.Client, Workspace: in.Workspace, Places: places(kept, in.Name), Lines: []CanLine{}}
	if in.Client == "" && len(out.Places) > 0 {
		out.Client, out.Workspace = out.Places[0].Client, out.Places[0].Workspace
	}
	subject, capabilities, err := s.Host.Subject(host.Call{Skill: in.Name, Client: out.Client, Workspace: out.Workspace})
	if err != nil {
		return nil, notFound(err, fmt.Sprintf("no skill is called %q", in.Name))
	}
	for _, l := range slices.Concat(capabilities.Requires, capabilities.Optional) {
		out.add(CanLine{Explanation: s.Broker.Explain(subject, capabilities, l.Grant)})
	}
	for _, d := range kept {
		if d.Key.Skill != in.Name || d.Key.Client != out.Client || d.Key.Workspace != out.Workspace || d.Key.Chain != "" {
			continue
		}
		// An answer for a session serves that session, whoever looks.
		subject.Session = d.Session
		for _, g := range d.Grants {
			line := CanLine{Explanation: s.Broker.Explain(subject, capabilities, g), Lifetime: d.Lifetime, Until: millis(d.Until)}
			if line.Verdict != permissions.Ask {
				out.add(line)
			}
		}
	}
	return &canOutput{out}, nil
}

// add puts a line in where nothing is said of its grant, or only that it is asked.
func (c *Can) add(line CanLine) {
	i := slices.IndexFunc(c.Lines, func(l CanLine) bool { return l.Grant == line.Grant })
	switch {
	case i < 0:
		c.Lines = append(c.Lines, line)
	case c.Lines[i].Verdict == permissions.Ask || c.Lines[i].Lifetime == "":
		c.Lines[i] = line
	}
}

// places are the clients and folders that kept decisions know, those of the skill first.
func places(kept []permissions.Decision, skill string) []Place {
	all := []Place{}
	add := func(wanted func(permissions.Decision) bool) {
		for _, d := range kept {
			p := Place{Client: d.Key.Client, Workspace: d.Key.Workspace}
			if wanted(d) && !slices.Contains(all, p) {
				all = append(all, p)
			}
		}
	}
	add(func(d permissions.Decision) bool { return d.Key.Skill == skill })
	add(func(d permissions.Decision) bool { return d.Kind() == "workspace" && d.Verdict == permissions.Allow })
	return all
}
