// Package api is the host's HTTP/JSON: the window's door, which shows everything and may narrow, and ask's door, on
// which alone questions are answered. It is the keeper of danielgtaylor/huma: one set of Go types gives the handlers,
// their validation, and the OpenAPI document from which the frontend's types are made, so that the two ends cannot
// drift apart.
//
// The two doors are two handlers that share no route. The window's is served on the host's socket and on the window's
// inherited connection; ask's only on the connection that host.Windows hands to Asker.
package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"gatehouse/audit"
	"gatehouse/host"
	"gatehouse/permissions"
	"gatehouse/skill"
)

// Caller is who is at the other end of a connection, as the connection's own listener found out.
type Caller struct {
	// Client is "terminal" on the socket and "playground" on the window's inherited connection.
	Client string
	// Session is the login of a terminal's shell, or the window's own.
	Session string
}

type callerKey struct{}

// WithCaller marks ctx, a connection's, with who is at its other end. A request without the mark is refused.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// Installed is the skills on this machine, as the library of the host and the store keep them.
type Installed interface {
	host.Library
	// Add installs the folder or .wasm file at path, replacing an earlier version of the same name.
	Add(path string) (*skill.Package, error)
	// Remove takes an installed skill away; skill.ErrNotFound where there is none. A built-in skill stays.
	Remove(name string) error
}

// Decisions lists what is kept, and what was taken back or lapsed in the last 30 days. store.Decisions implements it.
type Decisions interface {
	List() ([]permissions.Decision, error)
	Gone() ([]permissions.Gone, error)
	// Forget takes a decision from what is gone.
	Forget(id string) error
}

// Options are the parts of a Server. All are needed but Connected.
type Options struct {
	Host      *host.Host
	Broker    *permissions.Broker
	Skills    Installed
	Decisions Decisions
	Rules     *host.Rulebook
	Shelf     *host.Shelf
	Profiles  *host.Profiles
	// Connections are the connected clients, and Connected says how many connections one has now; nil is none ever.
	Connections *host.Connections
	Connected   func(client string) int
	Audit       *audit.Log
	Windows     *host.Windows
	Changes     *host.Changes
	Asker       *Asker
	Agents      Agents
	Version     string
	// Place is the folder that holds the host's state.
	Place string
	// Stop ends the host; it returns at once.
	Stop func()
}

// Server is the window's door. Commands speak to it over the socket, the window over its inherited connection.
type Server struct {
	Options
	began  time.Time
	stage  *stage
	ledger ledger
	mux    *http.ServeMux
}

// NewServer returns a Server over its parts.
func NewServer(o Options) *Server {
	s := &Server{Options: o, began: time.Now(), mux: http.NewServeMux(), stage: newStage(true, "Gatehouse"), ledger: ledger{audit: o.Audit}}
	registerWindow(humago.New(s.mux, config(o.Version)), s)
	return s
}

// ServeHTTP answers the window's door for the Caller that the connection carries.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Document is the OpenAPI document of both doors, as indented JSON.
func Document() ([]byte, error) {
	api := humago.New(http.NewServeMux(), config("1"))
	registerWindow(api, &Server{})
	registerAsk(api, &Asker{})
	return api.OpenAPI().MarshalJSON()
}

func config(version string) huma.Config {
	c := huma.DefaultConfig("Gatehouse", version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil
	return c
}

func registerWindow(api huma.API, s *Server) {
	huma.Get(api, "/api/status", s.status)
	huma.Get(api, "/api/events", s.events)
	huma.Get(api, "/api/show", s.show)
	huma.Get(api, "/api/inbox", s.inbox)
	narrow(api, "/api/inbox/{id}/deny", s.denyQuestion)
	narrow(api, "/api/inbox/{id}/open", s.openQuestion)
	narrow(api, "/api/inbox/{id}/dismiss", s.dismissQuestion)
	narrow(api, "/api/ask/show", s.showAsk)
	narrow(api, "/api/pause", s.pause)
	narrow(api, "/api/resume", s.resume)
	huma.Get(api, "/api/skills", s.listSkills)
	huma.Get(api, "/api/skills/{name}", s.showSkill)
	huma.Get(api, "/api/skills/{name}/can", s.can)
	huma.Post(api, "/api/skills", s.addSkill)
	narrow(api, "/api/skills/{name}/remove", s.removeSkill)
	narrow(api, "/api/skills/{name}/off", s.turnOff)
	propose(api, "/api/skills/{name}/on", s.turnOn)
	huma.Get(api, "/api/decisions", s.listDecisions)
	narrow(api, "/api/decisions/{id}/revoke", s.revoke)
	narrow(api, "/api/decisions/revoke", s.revokeMany)
	propose(api, "/api/decisions/{id}/restore", s.restore)
	huma.Post(api, "/api/explain", s.explain)
	huma.Get(api, "/api/policies", s.listPolicies)
	huma.Post(api, "/api/policies/rules", s.addRule)
	propose(api, "/api/policies/rules/{id}/remove", s.removeRule)
	propose(api, "/api/policies/workspace/forget", s.forgetPolicy)
	huma.Get(api, "/api/profiles", s.listProfiles)
	propose(api, "/api/profiles", s.setProfile)
	propose(api, "/api/profiles/use", s.useProfile)
	narrow(api, "/api/profiles/{name}/remove", s.removeProfile)
	huma.Get(api, "/api/clients", s.listClients)
	huma.Post(api, "/api/clients/plan", s.planClient)
	huma.Post(api, "/api/clients", s.connectClient)
	huma.Post(api, "/api/clients/disconnect", s.disconnectClient)
	huma.Get(api, "/api/calls", s.listCalls)
	huma.Get(api, "/api/calls/plot", s.plotCalls)
	huma.Post(api, "/api/calls", s.call, func(o *huma.Operation) { o.MaxBodyBytes = maxInput; o.BodyReadTimeout = time.Minute })
	narrow(api, "/api/calls/{id}/cancel", s.cancelCall)
	huma.Get(api, "/api/week", s.week)
	huma.Get(api, "/api/undo", s.listUndo)
	huma.Post(api, "/api/undo/{id}", s.takeBack)
	huma.Get(api, "/api/audit", s.listAudit)
	huma.Get(api, "/api/workspaces", s.listWorkspaces)
	huma.Post(api, "/api/open", s.open)
	huma.Get(api, "/api/agents", s.agents)
	propose(api, "/api/agents/http/on", s.openHTTP)
	narrow(api, "/api/agents/http/off", s.closeHTTP)
	huma.Post(api, "/api/agents/tools", s.chooseTools)
	propose(api, "/api/agents/wassette/on", s.offerWassette)
	narrow(api, "/api/agents/wassette/off", s.withdrawWassette)
	narrow(api, "/api/stop", s.stop)
	narrow(api, "/api/handover", s.handOver)
}

// narrow registers a POST that takes nothing and answers 204: all that a connection other than ask's may do to what
// was decided is to take it away.
func narrow[I any](api huma.API, path string, handler func(context.Context, *I) (*struct{}, error)) {
	huma.Post(api, path, handler)
}

// propose registers a POST that answers 204 once a person said yes in ask, or 403. It blocks while
// they are asked, and the question is withdrawn with the request.
func propose[I any](api huma.API, path string, handler func(context.Context, *I) (*struct{}, error)) {
	huma.Post(api, path, handler)
}

// maxInput is the most bytes that a tool's input may have, with its envelope: the payload limit's ceiling is the
// skill's own and checked behind this.
const maxInput = 16 << 20

// pollFor is how long a long poll waits; the window's proxy gives up later.
const pollFor = 25 * time.Second

func caller(ctx context.Context) (Caller, error) {
	c, ok := ctx.Value(callerKey{}).(Caller)
	if !ok || c.Client == "" {
		return Caller{}, &Problem{Status: http.StatusForbidden, Code: host.CodeDenied, Detail: "this connection is nobody's"}
	}
	return c, nil
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func notFound(err error, what string) error {
	if errors.Is(err, permissions.ErrNotFound) || errors.Is(err, skill.ErrNotFound) {
		return &Problem{Status: http.StatusNotFound, Code: host.CodeNotFound, Detail: what}
	}
	return problem(err)
}
