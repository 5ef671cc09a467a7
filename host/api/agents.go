package api

import (
	"context"
	"strconv"

	"gatehouse/permissions"
)

// Agents is how agents come to the host, as far as the person chooses.
type Agents interface {
	// Port is where they may connect over HTTP, 0 for nowhere, and SetPort changes it.
	Port() (int, error)
	SetPort(int) error
	// Sparing says whether they find tools by searching instead of seeing all at once, and SetSparing changes it.
	Sparing() bool
	SetSparing(bool) error
	// Wassette says whether they have Wassette's tools, and SetWassette changes it.
	Wassette() bool
	SetWassette(bool) error
}

type agentsOutput struct {
	Body struct {
		Port   int  `json:"port" doc:"where agents may connect over HTTP on this computer; 0 is nowhere"`
		Search bool `json:"search" doc:"agents find tools by searching instead of seeing all at once"`
		// Wassette's tools are offered by their own names.
		Wassette bool `json:"wassette" doc:"agents have Wassette's tools, by which they ask for permissions"`
	}
}

func (s *Server) agents(context.Context, *struct{}) (*agentsOutput, error) {
	port, err := s.Agents.Port()
	if err != nil {
		return nil, problem(err)
	}
	out := &agentsOutput{}
	out.Body.Port, out.Body.Search, out.Body.Wassette = port, s.Agents.Sparing(), s.Agents.Wassette()
	return out, nil
}

type agentsHTTPInput struct {
	Body struct {
		Port int `json:"port" minimum:"1024" maximum:"65535"`
	}
}

// openHTTP proposes that agents may connect over HTTP; the answer waits for the person's.
func (s *Server) openHTTP(ctx context.Context, in *agentsHTTPInput) (*struct{}, error) {
	who, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	return nil, problem(s.Broker.Propose(ctx, permissions.Proposal{
		Client: who.Client, Verb: "Let agents connect over HTTP on port", Name: strconv.Itoa(in.Body.Port),
		Warnings: []string{"Any program on this computer that has a client's token may then connect. Skills ask you as before."},
		Apply:    func() error { return s.Agents.SetPort(in.Body.Port) },
	}))
}

// closeHTTP lets nobody connect over HTTP any more, for whoever asks: it only narrows.
func (s *Server) closeHTTP(context.Context, *struct{}) (*struct{}, error) {
	return nil, problem(s.Agents.SetPort(0))
}

type agentsToolsInput struct {
	Body struct {
		Search bool `json:"search"`
	}
}

// chooseTools changes what agents see at once. It lets them call no more and no less.
func (s *Server) chooseTools(_ context.Context, in *agentsToolsInput) (*struct{}, error) {
	return nil, problem(s.Agents.SetSparing(in.Body.Search))
}

// offerWassette proposes that agents have Wassette's tools; the answer waits for the person's. None of them grants anything,
// but by them agents put questions of their own, and take back what was allowed.
func (s *Server) offerWassette(ctx context.Context, _ *struct{}) (*struct{}, error) {
	who, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	return nil, problem(s.Broker.Propose(ctx, permissions.Proposal{
		Client: who.Client, Verb: "Give agents the tools of", Name: "Wassette",
		Lines: []permissions.PromptLine{
			{Sentence: "let agents ask you for permissions before a skill needs them: you answer here, as always"},
			{Sentence: "let an agent take back what you allowed it"},
			{Sentence: "let agents propose skills to install: you are asked, and nothing is looked at before"},
		},
		Apply: func() error { return s.Agents.SetWassette(true) },
	}))
}

// withdrawWassette takes them away, for whoever asks: it only narrows.
func (s *Server) withdrawWassette(context.Context, *struct{}) (*struct{}, error) {
	return nil, problem(s.Agents.SetWassette(false))
}
