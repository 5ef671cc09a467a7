package main_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
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
