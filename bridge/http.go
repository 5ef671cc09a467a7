package bridge

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

const (
	// idleSession is how long an HTTP session of an older revision lives without a request.
	idleSession = time.Hour
	// mostSessions is how many of them one client may have.
	mostSessions = 500
)

// web is the door for clients that come over HTTP, one for each client.
type web struct {
	server *Server
	lookup func(token string) (Client, bool)
	run    string // tells this host from others in the names of sessions

	mu    sync.Mutex
	doors map[string]*webDoor // by client
}

// webDoor is one client's door over HTTP. Sessions are known to it alone: their names are no secret from other clients, and
// another's token opens none of them.
type webDoor struct {
	*door
	// Older revisions have sessions, which the newest has not; the SDK serves them apart.
	stateful, stateless http.Handler
}

// HTTP speaks streamable HTTP for the clients that lookup knows by their bearer tokens. It is to be served on loopback, and
// refuses what a web page sends there: requests for another host than this one, and with another origin.
func (s *Server) HTTP(lookup func(token string) (Client, bool)) http.Handler {
	return &web{server: s, lookup: lookup, run: fingerprint(time.Now().String()), doors: map[string]*webDoor{}}
}

// ServeHTTP serves one request.
func (w *web) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	if !loopback(r.Host) || !sameMachine(r.Header["Origin"]) {
		http.Error(out, "this is for programs on this computer", http.StatusForbidden)
		return
	}
	token := bearer(r.Header.Get("Authorization"))
	client, ok := w.lookup(token)
	if !ok {
		out.Header().Set("WWW-Authenticate", "Bearer")
		out.Header().Set("Connection", "close") // a stranger holds none
		http.Error(out, "the token of a client is missing or unknown; gatehouse mcp connect makes one", http.StatusUnauthorized)
		return
	}
	d := w.door(client, token)
	if d == nil {
		http.Error(out, "the host is stopping", http.StatusServiceUnavailable)
		return
	}
	switch {
	case r.Header.Get("Mcp-Protocol-Version") >= anyOutput:
		d.stateless.ServeHTTP(&wording{ResponseWriter: out}, r)
	case r.Method == http.MethodPost && r.Header.Get("Mcp-Session-Id") == "" && d.full():
		http.Error(out, "this client has too many sessions; end some", http.StatusTooManyRequests)
	default:
		d.stateful.ServeHTTP(&wording{ResponseWriter: out}, r)
	}
}

// door is the one for a client; nil where the host is stopping. A client that was connected anew gets a new one: nothing of
// what had its name before is its own.
func (w *web) door(c Client, token string) *webDoor {
	w.mu.Lock()
	defer w.mu.Unlock()
	if d := w.doors[c.Name]; d != nil {
		if d.token == token && !d.gone.Load() {
			d.move(c.Profile)
			return d
		}
		d.close()
		w.server.leave(d.door)
		delete(w.doors, c.Name)
	}
	d := w.newDoor(c, token)
	if !w.server.enter(d.door) {
		return nil
	}
	w.doors[c.Name] = d
	return d
}

func (w *web) newDoor(c Client, token string) *webDoor {
	session := "http " + fingerprint(w.run+" "+token)
	d := &webDoor{door: w.server.newDoor(visitor{
		client: c.Name, session: session, connection: session + " " + c.Name, owner: ownerOf(c.Name, token),
		workspace: c.Workspace, profile: c.Profile, token: token,
	})}
	mine := func(*http.Request) *mcp.Server { return d.mcp }
	options := mcp.StreamableHTTPOptions{SessionTimeout: idleSession, MaxRequestBodyBytes: maxLine}
	d.stateful = mcp.NewStreamableHTTPHandler(mine, &options)
	options.Stateless, options.SessionTimeout, options.PropagateRequestCancellation = true, 0, true
	d.stateless = mcp.NewStreamableHTTPHandler(mine, &options)
	return d
}

// full says whether the client has as many sessions as it may.
func (d *webDoor) full() bool {
	n := 0
	for range d.mcp.Sessions() {
		n++
	}
	return n >= mostSessions
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

// sameMachine says whether all Origin headers are of something on this computer; programs send none.
func sameMachine(origins []string) bool {
	for _, origin := range origins {
		u, err := url.Parse(origin)
		sound := err == nil && u.Scheme == "http" && u.User == nil && u.Path == "" && u.RawQuery == "" && loopback(u.Host)
		if origin != "" && !sound {
			return false
		}
	}
	return true
}

// bearer is the token of an Authorization header; empty where it has none.
func bearer(header string) string {
	scheme, token, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
