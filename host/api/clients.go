package api

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"

	"gatehouse/clients"
	"gatehouse/host"
	"gatehouse/store"
)

// ConnectedClient is a program that the person connected. Its name is the person's and its paths are theirs.
type ConnectedClient struct {
	Name      string `json:"name"`
	Kind      string `json:"kind" doc:"such as claude-code"`
	Title     string `json:"title" doc:"the program's name for people"`
	Workspace string `json:"workspace,omitempty" doc:"the folder that is proposed for its calls"`
	Profile   string `json:"profile,omitempty"`
	File      string `json:"file" doc:"the configuration in which its token stands"`
	Made      int64  `json:"made" doc:"Unix milliseconds"`
	Seen      int64  `json:"seen,omitempty" doc:"Unix milliseconds, to a minute; absent where it never came"`
	Connected int    `json:"connected" doc:"how many connections it has now"`
	Next      string `json:"next,omitempty" doc:"what the person does so that it comes for the first time; absent where it has come"`
}

// ClientKind is a kind of program that can be connected.
type ClientKind struct {
	Kind    string `json:"kind"`
	Title   string `json:"title"`
	File    string `json:"file" doc:"where a program of this kind keeps its configuration"`
	State   string `json:"state" enum:"absent,ready,connected,unusable" doc:"absent: the program seems not to be there"`
	Problem string `json:"problem,omitempty" doc:"why its configuration cannot be used"`
}

type clientsOutput struct {
	Body struct {
		Clients []ConnectedClient `json:"clients"`
		Kinds   []ClientKind      `json:"kinds"`
	}
}

func (s *Server) listClients(context.Context, *struct{}) (*clientsOutput, error) {
	kept, err := s.Connections.List()
	if err != nil {
		return nil, problem(err)
	}
	out := &clientsOutput{}
	out.Body.Clients, out.Body.Kinds = []ConnectedClient{}, []ClientKind{}
	for _, c := range kept {
		out.Body.Clients = append(out.Body.Clients, s.showClient(c))
	}
	for _, k := range clients.Kinds() {
		out.Body.Kinds = append(out.Body.Kinds, s.showKind(k, kept))
	}
	return out, nil
}

func (s *Server) showClient(c store.Client) ConnectedClient {
	out := ConnectedClient{Name: c.Name, Kind: c.Kind, Title: c.Kind, Workspace: c.Workspace, Profile: c.Profile,
		File: c.Config.File, Made: millis(c.Made), Seen: millis(c.Seen)}
	if k, known := clients.Find(c.Kind); known {
		out.Title = k.Title
	}
	if s.Connected != nil {
		out.Connected = s.Connected(c.Name)
	}
	if k, known := clients.Find(c.Kind); known && out.Seen == 0 && out.Connected == 0 {
		out.Next = k.Next
	}
	return out
}

func (s *Server) showKind(k clients.Kind, kept []store.Client) ClientKind {
	out := ClientKind{Kind: k.ID, Title: k.Title, File: k.Place(s.Connections.Home(), runtime.GOOS), State: "ready"}
	file, err := k.Open(out.File, s.Connections.Home())
	switch {
	case err != nil:
		out.State, out.Problem = "unusable", err.Error()
		if _, missing := os.Stat(out.File); os.IsNotExist(missing) {
			out.State, out.Problem = "absent", ""
		}
	case !file.Connected:
	default:
		for _, c := range kept {
			if c.Config.File == file.Path {
				out.State = "connected"
			}
		}
	}
	return out
}

// clientInput is what somebody wants to connect.
type clientInput struct {
	Body struct {
		Kind      string `json:"kind" maxLength:"64"`
		Name      string `json:"name,omitempty" maxLength:"64" doc:"absent: the kind"`
		Config    string `json:"config,omitempty" maxLength:"1024" doc:"the full path of its configuration; absent: where programs of its kind have it"`
		Workspace string `json:"workspace,omitempty" maxLength:"4096" doc:"the folder that it may work in; absent: asked at its first call"`
		Profile   string `json:"profile,omitempty" maxLength:"64"`
	}
}

func (in *clientInput) wanted() host.Wanted {
	return host.Wanted{Kind: in.Body.Kind, Name: in.Body.Name, Config: in.Body.Config, Workspace: in.Body.Workspace, Profile: in.Body.Profile}
}

// ClientPlan is what connecting would do. Nothing of it was done.
type ClientPlan struct {
	Kind      string   `json:"kind"`
	Title     string   `json:"title"`
	Name      string   `json:"name"`
	Workspace string   `json:"workspace,omitempty"`
	Profile   string   `json:"profile,omitempty"`
	File      string   `json:"file" doc:"the real path of what would be written"`
	Exists    bool     `json:"exists" doc:"the file is there: a copy of it is kept beside it"`
	Again     bool     `json:"again" doc:"the client is connected already: its token is replaced"`
	Entry     string   `json:"entry" doc:"what would be put in, in the file's own form, with dots for the token"`
	Next      string   `json:"next" doc:"what to do then"`
	Warnings  []string `json:"warnings"`
}

type planOutput struct{ Body ClientPlan }

func (s *Server) planClient(_ context.Context, in *clientInput) (*planOutput, error) {
	p, err := s.Connections.Plan(in.wanted())
	if err != nil {
		return nil, problem(err)
	}
	out := ClientPlan{Kind: p.Kind.ID, Title: p.Kind.Title, Name: p.Name, Workspace: p.Workspace, Profile: p.Profile, File: p.File,
		Exists: p.Exists, Again: p.Again, Entry: s.Connections.Preview(p), Next: p.Kind.Next, Warnings: []string{}}
	out.Warnings = append(out.Warnings, p.Warnings...)
	return &planOutput{out}, nil
}

// Connection is a client that was connected, and what the person does next.
type Connection struct {
	ConnectedClient
	Backup string `json:"backup,omitempty" doc:"the copy of the file as it was before"`
	Next   string `json:"next"`
}

type connectionOutput struct{ Body Connection }

// connectClient proposes to connect a client; the answer waits for the person's.
func (s *Server) connectClient(ctx context.Context, in *clientInput) (*connectionOutput, error) {
	who, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	made, err := s.Connections.Connect(ctx, who.Client, in.wanted())
	if err != nil {
		return nil, problem(err)
	}
	k, _ := clients.Find(made.Kind)
	return &connectionOutput{Connection{s.showClient(made), made.Config.Backup, k.Next}}, nil
}

type disconnectInput struct {
	Body struct {
		Name   string `json:"name,omitempty" maxLength:"64" doc:"the client; absent: the one of this kind and file"`
		Kind   string `json:"kind,omitempty" maxLength:"64"`
		Config string `json:"config,omitempty" maxLength:"1024"`
	}
}

// Disconnection is what became of a client that was taken away.
type Disconnection struct {
	Name    string          `json:"name,omitempty" doc:"absent where an entry of nobody was taken out"`
	File    string          `json:"file,omitempty"`
	Outcome clients.Outcome `json:"outcome" enum:"put back,removed,taken out,not in it,left as is" doc:"what became of the file"`
	Problem string          `json:"problem,omitempty" doc:"why the file could not be mended; the token in it is worth nothing"`
	Revoked int             `json:"revoked" doc:"how many decisions went with it"`
}

type disconnectionOutput struct{ Body Disconnection }

// disconnectClient takes a client away at once, for whoever asks: it only narrows.
func (s *Server) disconnectClient(_ context.Context, in *disconnectInput) (*disconnectionOutput, error) {
	name, err := s.named(in)
	if err != nil {
		return nil, problem(err)
	}
	if name == "" {
		outcome, err := s.Connections.TakeOut(in.Body.Kind, in.Body.Config)
		if err != nil {
			return nil, problem(err)
		}
		if outcome == clients.NotInThere {
			return nil, problem(&host.Error{Code: host.CodeNotFound, Message: "no such client is connected", Hint: "gatehouse mcp clients"})
		}
		return &disconnectionOutput{Disconnection{File: in.Body.Config, Outcome: outcome}}, nil
	}
	d, err := s.Connections.Disconnect(name)
	if err != nil {
		return nil, notFound(err, fmt.Sprintf("no client is called %q", name))
	}
	return &disconnectionOutput{Disconnection{d.Client.Name, d.Client.Config.File, d.Outcome, d.Problem, d.Revoked}}, nil
}

// named is the name of the client that in is about; empty where it is about an entry of nobody.
func (s *Server) named(in *disconnectInput) (string, error) {
	if in.Body.Name != "" {
		return in.Body.Name, nil
	}
	kept, err := s.Connections.List()
	if err != nil {
		return "", err
	}
	var found []string
	for _, c := range kept {
		if c.Kind == in.Body.Kind && (in.Body.Config == "" || c.Config.File == in.Body.Config) {
			found = append(found, c.Name)
		}
	}
	if len(found) > 1 {
		return "", &host.Error{Code: host.CodeInput, Message: "several clients are of this kind: " + strings.Join(found, ", "), Hint: "say which one: --name NAME"}
	}
	return strings.Join(found, ""), nil
}
