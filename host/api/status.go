package api

import (
	"context"
	"errors"
	"net/http"

	"gatehouse/host"
	"gatehouse/permissions"
)

// Status is the host at a glance.
type Status struct {
	Version string   `json:"version"`
	Home    string   `json:"home" doc:"the folder that holds the host's state"`
	Started int64    `json:"started" doc:"Unix milliseconds"`
	Waiting int      `json:"waiting" doc:"questions that wait for the person"`
	Running int      `json:"running" doc:"calls that have not ended"`
	Skills  int      `json:"skills"`
	Parked  int      `json:"parked" doc:"questions whose calls are gone and that may still be answered"`
	Paused  bool     `json:"paused" doc:"every call waits until the person lets everything go on"`
	Window  bool     `json:"window" doc:"the window is open"`
	Ask     bool     `json:"ask" doc:"the ask program runs"`
	Clients []Client `json:"clients" doc:"clients with a call in flight"`
	Cache   Cache    `json:"cache" doc:"compiled code"`
}

// Cache is what is kept of compiled code.
type Cache struct {
	Entries int    `json:"entries"`
	Bytes   uint64 `json:"bytes"`
	Dropped int    `json:"dropped" doc:"what was found in it since the host started and not believed"`
	Reason  string `json:"reason,omitempty" doc:"why the last of them was not"`
	Off     string `json:"off,omitempty" doc:"why nothing is kept"`
}

// Client is a client with calls in flight. Its name is the host's.
type Client struct {
	Client string `json:"client"`
	Since  int64  `json:"since" doc:"Unix milliseconds"`
	Calls  int    `json:"calls"`
}

type statusOutput struct{ Body Status }

func (s *Server) status(context.Context, *struct{}) (*statusOutput, error) {
	names, err := s.Skills.Names()
	if err != nil {
		return nil, problem(err)
	}
	running := s.Host.Running()
	out := Status{
		Version: s.Version, Home: s.Place, Started: millis(s.began), Skills: len(names), Running: len(running),
		Waiting: len(s.Broker.Waiting()), Clients: []Client{}, Paused: s.Broker.Paused(),
		Window: s.Windows.Running(host.PaneWindow), Ask: s.Windows.Running(host.PaneAsk),
	}
	if pool := s.Host.Pool; pool != nil {
		out.Cache = Cache(pool.Cache())
	}
	for _, p := range s.Broker.Parked() {
		if p.State == permissions.StateParked {
			out.Parked++
		}
	}
	at := map[string]int{}
	for _, r := range running {
		i, known := at[r.Call.Client]
		if !known {
			i = len(out.Clients)
			at[r.Call.Client] = i
			out.Clients = append(out.Clients, Client{Client: r.Call.Client, Since: millis(r.Began)})
		}
		out.Clients[i].Calls++
	}
	return &statusOutput{out}, nil
}

// Events tells a screen what to read again.
type Events struct {
	N       uint64       `json:"n"`
	Changed []host.Topic `json:"changed" enum:"inbox,skills,decisions,policies,clients,calls,status"`
}

type eventsOutput struct{ Body Events }

func (s *Server) events(ctx context.Context, in *after) (*eventsOutput, error) {
	ctx, cancel := context.WithTimeout(ctx, pollFor)
	defer cancel()
	n, changed := s.Changes.Wait(ctx, in.After)
	return &eventsOutput{Events{N: n, Changed: changed}}, nil
}

func (s *Server) show(ctx context.Context, in *after) (*stageOutput, error) {
	ctx, cancel := context.WithTimeout(ctx, pollFor)
	defer cancel()
	return &stageOutput{s.stage.wait(ctx, in.After)}, nil
}

type openInput struct {
	Body struct {
		Desktop []string `json:"desktop,omitempty" maxItems:"16" doc:"display and bus of the caller's desktop, as environment lines; used only while the host knows of none"`
	}
}

// open shows the window, on the desktop that the host knows of or else on the one that came with the request.
func (s *Server) open(_ context.Context, in *openInput) (*struct{}, error) {
	s.Windows.OfferDesktop(in.Body.Desktop)
	_, err := s.Windows.Start(host.PaneWindow)
	if errors.Is(err, host.ErrNoDisplay) {
		return nil, &Problem{Status: http.StatusConflict, Code: host.CodeUnavailable, Detail: err.Error(),
			Hint: "run 'gatehouse open' in a terminal on your desktop"}
	}
	if err != nil {
		return nil, problem(err)
	}
	s.stage.set(true, true)
	return nil, nil
}

// pause stops everything at once, for whoever asks: it only narrows.
func (s *Server) pause(context.Context, *struct{}) (*struct{}, error) {
	if err := s.Broker.Pause(); err != nil {
		return nil, problem(err)
	}
	return nil, nil
}

// resume asks the person in ask whether everything may go on, and returns when they have answered.
func (s *Server) resume(ctx context.Context, _ *struct{}) (*struct{}, error) {
	who, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	err = s.Broker.Resume(ctx, who.Client)
	var denied *permissions.DeniedError
	if errors.As(err, &denied) {
		return nil, &Problem{Status: status(host.Code(denied.Code)), Code: host.Code(denied.Code), Detail: "everything stays paused",
			Hint: "only an answer in Gatehouse's question window lets it go on"}
	}
	return nil, problem(err)
}

func (s *Server) stop(context.Context, *struct{}) (*struct{}, error) {
	s.Stop()
	return nil, nil
}

// handOver makes way for a newer program if no call is in flight.
func (s *Server) handOver(context.Context, *struct{}) (*struct{}, error) {
	if n := len(s.Host.Running()); n > 0 {
		return nil, &Problem{Status: http.StatusConflict, Code: "too_many_requests", Detail: "calls are in flight; the host finishes them first"}
	}
	s.Stop()
	return nil, nil
}
