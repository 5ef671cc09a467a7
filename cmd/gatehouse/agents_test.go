package main_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/audit"
	"gatehouse/store"
)

// freePort is one that nobody listens on now.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// knock is the status of a request for MCP on a port, 0 where nobody listens.
func knock(t *testing.T, port int, token string) int {
	t.Helper()
	r, err := http.NewRequest("POST", fmt.Sprintf("http://127.0.0.1:%d/mcp", port), strings.NewReader(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		return 0
	}
	answer.Body.Close()
	return answer.StatusCode
}

func TestHTTPIsOffUntilThePersonLetsIt(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	port := freePort(t)
	if off := d.run("mcp", "http"); off.wait() != 0 || !strings.Contains(off.out.String(), "http is off") {
		t.Errorf("at first: %s", off)
	}
	on := d.run("mcp", "http", fmt.Sprint(port))
	if s := d.look(); s.Prompt.Verb != "Let agents connect over HTTP on port" {
		t.Errorf("the question is %s", told(s))
	}
	if knock(t, port, "") != 0 {
		t.Error("it listens before the answer")
	}
	d.must("-", "deny")
	if on.wait() != 3 || knock(t, port, "") != 0 {
		t.Errorf("after a no: %s", on)
	}
	on = d.run("mcp", "http", fmt.Sprint(port))
	d.must("-", "quick")
	if on.wait() != 0 || !strings.Contains(on.out.String(), fmt.Sprint(port)) {
		t.Errorf("after a yes: %s", on)
	}
	for _, token := range []string{"", "ghc_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		if got := knock(t, port, token); got != http.StatusUnauthorized {
			t.Errorf("with the token %q: status %d; want 401", token, got)
		}
	}
	d.leave() // it outlives the host
	d.sit()
	if got := knock(t, port, ""); got != http.StatusUnauthorized {
		t.Errorf("after a restart: status %d", got)
	}
	if off := d.run("mcp", "http", "off"); off.wait() != 0 || knock(t, port, "") != 0 {
		t.Errorf("after off: %s", off)
	}
	for _, wrong := range []string{"80", "x", "70000"} {
		if p := d.run("mcp", "http", wrong); p.wait() != 2 {
			t.Errorf("port %s: %s", wrong, p)
		}
	}
}

// bearer adds a token to each request.
type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return direct.RoundTrip(r)
}

// TestConnectedClientIsWhoItsTokenSays has two connected clients come through the pipe and over HTTP, and one whose token
// is nobody's: answers are kept for the one that they were given to.
func TestConnectedClientIsWhoItsTokenSays(t *testing.T) {
	t.Parallel()
	d := emptyDesk(t)
	db, err := store.Open(filepath.Join(d.home, "gatehouse.db"))
	if err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	acme, other := store.NewToken(), store.NewToken()
	_, err = db.Clients().Keep(store.Client{Name: "Acme", Workspace: d.folder}, acme)
	if err == nil {
		_, err = db.Clients().Keep(store.Client{Name: "Other"}, other)
	}
	if err == nil {
		err = db.Settings().Set(store.AgentsHTTP, fmt.Sprint(port))
	}
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	d.sit()
	first := d.agent(agentOptions{revision: "2025-11-25", token: acme})
	d.welcome(first)
	call := first.call("files_read", path("letter.txt"))
	d.must("letter.txt", "1", "always")
	if o := await(t, call); o.err != nil || o.IsError {
		t.Fatalf("the call: %v %s", o.err, o.text())
	}

	// Over HTTP it is the same client, which may do the same without a question.
	for _, revision := range []string{"2025-11-25", "2026-07-28"} {
		client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
		s, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{
			Endpoint: fmt.Sprintf("http://127.0.0.1:%d/", port), HTTPClient: &http.Client{Transport: bearer(acme)},
		}, &mcp.ClientSessionOptions{ProtocolVersion: revision})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.InitializeResult().ProtocolVersion; got != revision {
			t.Errorf("over HTTP it speaks %s; want %s", got, revision)
		}
		o := await(t, (&agent{ClientSession: s, t: t}).call("files_read", path("letter.txt")))
		if o.err != nil || o.IsError || !strings.Contains(o.text(), letter) {
			t.Errorf("over HTTP, in %s: %v %s", revision, o.err, o.text())
		}
		s.Close()
	}
	gone := d.agent(agentOptions{revision: "2025-11-25", token: store.NewToken()})
	if o := await(t, gone.call("files_read", path("letter.txt"))); o.err == nil {
		t.Errorf("with a token that is nobody's it called a skill: %s", o.text())
	}
	for _, token := range []string{other, ""} {
		stranger := d.agent(agentOptions{revision: "2025-11-25", token: token})
		call := stranger.call("files_read", path("letter.txt"))
		d.look() // it is asked, for the first one's always is not its own
		d.must("-", "deny")
		if o := await(t, call); !o.IsError {
			t.Errorf("with the token %q it read what another may: %s", token, o.text())
		}
	}
	seen := map[string]bool{}
	for _, r := range d.recordOf(audit.KindCall) {
		seen[r.Subject.Client] = true
	}
	if len(seen) != 3 || !seen["Acme"] || !seen["Other"] || !seen["unknown"] {
		t.Errorf("the record has calls of %v", seen)
	}
}

func TestAgentsSearchForTools(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	changed := make(chan struct{}, 10)
	a := d.agent(agentOptions{revision: "2025-11-25", changed: func() { changed <- struct{}{} }})
	names := func() []string {
		t.Helper()
		list, err := a.ListTools(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, tool := range list.Tools {
			names = append(names, tool.Name)
		}
		return names
	}
	wait := func() {
		t.Helper()
		select {
		case <-changed:
		case <-time.After(patience):
			t.Fatal("the client was not told")
		}
	}
	all := names()
	if p := d.run("mcp", "tools", "search"); p.wait() != 0 || !strings.Contains(p.out.String(), "by searching") {
		t.Fatalf("choosing: %s", p)
	}
	wait()
	if got := strings.Join(names(), " "); got != "gatehouse_describe_tool gatehouse_resume gatehouse_search_skills" {
		t.Errorf("now it sees %s", got)
	}
	o := await(t, a.call("gatehouse_search_skills", map[string]any{"query": "edit"}))
	var found struct{ Tools []struct{ Tool string } }
	if err := json.Unmarshal([]byte(o.text()), &found); err != nil || len(found.Tools) == 0 || found.Tools[0].Tool != "files_edit" {
		t.Fatalf("it finds %s", o.text())
	}
	await(t, a.call("gatehouse_describe_tool", map[string]any{"tool": "files_edit"}))
	wait()
	if !slices.Contains(names(), "files_edit") {
		t.Errorf("what was described is not listed: %v", names())
	}
	if p := d.run("mcp", "tools", "all"); p.wait() != 0 {
		t.Fatalf("choosing: %s", p)
	}
	wait()
	if got := names(); !slices.Equal(got, all) {
		t.Errorf("in the end it sees %v; want %v", got, all)
	}
}
