package bridge

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/host"
)

// idleSession is how long an HTTP session of an older revision lives without a request.
const idleSession = time.Hour

// web is the door for clients that come over HTTP, one for each client.
type web struct {
	server *Server
	lookup func(token string) (Client, bool)
	run    string // tells this host from others in the names of sessions

	mu    sync.Mutex
	doors map[string]*door
	// Older revisions have sessions, which the newest has not; the SDK serves them apart.
	stateful, stateless http.Handler
}

// HTTP speaks streamable HTTP for the clients that lookup knows by their bearer tokens. It is to be served on loopback, and
// refuses what a web page sends there: requests for another host than this one, and with another origin.
func (s *Server) HTTP(lookup func(token string) (Client, bool)) http.Handler {
	w := &web{server: s, lookup: lookup, run: fingerprint(time.Now().String()), doors: map[string]*door{}}
	options := mcp.StreamableHTTPOptions{SessionTimeout: idleSession, MaxRequestBodyBytes: maxLine}
	w.stateful = mcp.NewStreamableHTTPHandler(mcpOf, &options)
	options.Stateless, options.SessionTimeout, options.PropagateRequestCancellation = true, 0, true
	w.stateless = mcp.NewStreamableHTTPHandler(mcpOf, &options)
	return w
}

type doorKey struct{}

func mcpOf(r *http.Request) *mcp.Server { return r.Context().Value(doorKey{}).(*door).mcp }

// ServeHTTP serves one request.
func (w *web) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	if !loopback(r.Host) || !sameMachine(r.Header.Get("Origin")) {
		http.Error(out, "this is for programs on this computer", http.StatusForbidden)
		return
	}
	token := bearer(r.Header.Get("Authorization"))
	client, ok := w.lookup(token)
	if !ok {
		out.Header().Set("WWW-Authenticate", "Bearer")
		http.Error(out, "the token of a client is missing or unknown; gatehouse mcp connect makes one", http.StatusUnauthorized)
		return
	}
	d := w.door(client, token)
	if d == nil {
		http.Error(out, "the host is stopping", http.StatusServiceUnavailable)
		return
	}
	r = r.WithContext(context.WithValue(r.Context(), doorKey{}, d))
	if r.Header.Get("Mcp-Protocol-Version") >= anyOutput {
		w.stateless.ServeHTTP(out, r)
	} else {
		w.stateful.ServeHTTP(out, r)
	}
}

// door is the one for a client; nil where the host is stopping.
func (w *web) door(c Client, token string) *door {
	w.mu.Lock()
	defer w.mu.Unlock()
	if d := w.doors[c.Name]; d != nil {
		d.move(c.Profile)
		return d
	}
	session := "http " + w.run
	d := w.server.newDoor(visitor{
		client: c.Name, session: session, connection: session + " " + c.Name, owner: host.Owner("client " + c.Name),
		workspace: c.Workspace, profile: c.Profile, token: token,
	})
	if !w.server.enter(d) {
		return nil
	}
	w.doors[c.Name] = d
	return d
}

// loopback says whether a Host header names this computer.
func loopback(hostport string) bool {
	name, _, err := net.SplitHostPort(hostport)
	if err != nil {
		name = strings.Trim(hostport, "[]")
	}
	if name == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(name)
	return err == nil && address.Zone() == "" && address.IsLoopback()
}

// sameMachine says whether an Origin header is that of something on this computer; programs send none.
func sameMachine(origin string) bool {
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Scheme == "http" && u.User == nil && u.Path == "" && u.RawQuery == "" && loopback(u.Host)
}

// bearer is the token of an Authorization header; empty where it has none.
func bearer(header string) string {
	scheme, token, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
