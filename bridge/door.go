package bridge

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/host"
)

// door is one MCP connection, or all that one client says over HTTP.
type door struct {
	visitor
	server *Server
	mcp    *mcp.Server
	lines  *lines // nil over HTTP
	// gone says that the other end is: what it called goes on without it.
	gone atomic.Bool
	// unattended says that the client answers what it is to show to its person, and nobody sits there.
	unattended atomic.Bool
	// reason is the client's last word on why it took a request back.
	reason atomic.Value
	spoken atomic.Pointer[mcp.ServerSession]

	mu      sync.Mutex
	catalog *catalog
	// listed are the tools of skills that this door lists, described those that its client has looked at.
	listed, described map[string]bool
	// foreign says that it lists Wassette's tools.
	foreign bool
}

// newDoor makes a door that offers nothing of skills until it has entered.
func (s *Server) newDoor(v visitor) *door {
	d := &door{visitor: v, server: s, listed: map[string]bool{}, described: map[string]bool{}}
	d.reason.Store("")
	d.mcp = mcp.NewServer(&mcp.Implementation{Name: "gatehouse", Title: "Gatehouse", Version: s.Version}, &mcp.ServerOptions{
		Instructions: instructed(v),
		Capabilities: &mcp.ServerCapabilities{
			Tools: &mcp.ToolCapabilities{ListChanged: true}, Resources: &mcp.ResourceCapabilities{ListChanged: true},
		},
		CompletionHandler: d.complete,
		// What one client sees is no other's, and changes when the person says so.
		SetCacheable: func(_ context.Context, _ mcp.Request, c *mcp.Cacheable) { c.CacheScope = "private" },
	})
	d.mcp.AddReceivingMiddleware(d.forRevision)
	d.addOurs()
	d.addResources()
	return d
}

// serve speaks on the door's lines until they end.
func (d *door) serve() {
	d.lines.gone = func() { d.gone.Store(true) }
	d.lines.cancelled = func(reason string) { d.reason.Store(reason) }
	d.lines.batches = func() bool {
		session := d.spoken.Load()
		if session == nil {
			return true
		}
		params := session.InitializeParams()
		return params == nil || params.ProtocolVersion < "2025-06-18"
	}
	session, err := d.mcp.Connect(context.Background(), &mcp.IOTransport{Reader: d.lines, Writer: d.lines, MaxLineLength: maxLine + 1}, nil)
	if err != nil {
		return
	}
	d.spoken.Store(session)
	session.Wait()
}

// close ends the door's connection, over HTTP its sessions, and waits for none of its requests.
func (d *door) close() {
	d.gone.Store(true)
	if d.lines != nil {
		d.lines.Close()
		return
	}
	for session := range d.mcp.Sessions() {
		d.server.work.Go(func() { session.Close() })
	}
}

// in is the profile whose skills the door offers.
func (d *door) in() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.profile
}

// move makes the door offer another profile.
func (d *door) move(profile string) {
	d.mu.Lock()
	same := d.profile == profile
	d.profile = profile
	d.mu.Unlock()
	if !same {
		d.server.welcome(d)
	}
}

// offer makes the door list what c offers, which tells its client where that has changed.
func (d *door) offer(c *catalog) {
	d.mu.Lock()
	defer d.mu.Unlock()
	was := d.catalog
	d.catalog = c
	sparing := d.server.Sparing != nil && d.server.Sparing()
	shown := func(name string) bool { return c.tools[name] != nil && (!sparing || d.described[name]) }
	var gone []string
	for name := range d.listed {
		if !shown(name) {
			gone = append(gone, name)
			delete(d.listed, name)
		}
	}
	d.mcp.RemoveTools(gone...)
	for _, name := range c.names {
		if shown(name) && (was != c || !d.listed[name]) {
			d.list(c.tools[name])
		}
	}
	d.offerTexts(was, c)
	d.offerForeign()
}

// list adds one tool to those that the client sees. The caller holds mu.
func (d *door) list(o *offered) {
	name := o.mcp.Name
	d.mcp.AddTool(o.mcp, func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return d.call(ctx, r, name)
	})
	d.listed[name] = true
}

// find returns a tool that the client may call, listed or not.
func (d *door) find(name string) (*offered, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o := d.catalog.tools[name]
	return o, o != nil
}

func (d *door) skillNames() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Sorted(maps.Keys(d.catalog.skills))
}

// forRevision leaves out of lists what the client's revision of the protocol does not know, and refuses what the server
// does not announce.
func (d *door) forRevision(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, r mcp.Request) (mcp.Result, error) {
		if strings.HasPrefix(method, "prompts/") { // there are none, and none is announced
			return nil, mistake(jsonrpc.CodeMethodNotFound, host.CodeUnsupported, method+" is not offered", "")
		}
		result, err := next(ctx, method, r)
		if err != nil {
			return result, explained(err, method, r.GetParams())
		}
		list, ok := result.(*mcp.ListToolsResult)
		if !ok || revision(r) >= anyOutput {
			return result, err
		}
		for i, tool := range list.Tools {
			if o, ok := d.find(tool.Name); ok && !o.object && tool.OutputSchema != nil {
				without := *tool
				without.OutputSchema = nil
				list.Tools[i] = &without
			}
		}
		return list, nil
	}
}

// The revisions at which something changed that matters here.
const (
	structured = "2025-06-18" // results have structured content, and links to resources
	anyOutput  = "2026-07-28" // structured content may be any JSON value; a call may need several rounds
)

// revision is the one that a request is made in.
func revision(r mcp.Request) string {
	if params := r.GetParams(); params != nil {
		if version, ok := params.GetMeta()[mcp.MetaKeyProtocolVersion].(string); ok {
			return version
		}
	}
	if session, ok := r.GetSession().(*mcp.ServerSession); ok {
		if params := session.InitializeParams(); params != nil {
			return min(params.ProtocolVersion, "2025-11-25")
		}
	}
	return ""
}
