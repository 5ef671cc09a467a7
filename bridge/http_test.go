package bridge_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/bridge"
	"gatehouse/host"
)

// web is a bridge's door over HTTP, with one client's token in each hand.
type web struct {
	*gate
	address string
}

func newWeb(t *testing.T, wait time.Duration, call func(context.Context, host.Call) (host.Result, error)) *web {
	t.Helper()
	g := newGate(t, wait, call)
	server := httptest.NewServer(g.HTTP(g.clients.Lookup))
	t.Cleanup(server.Close)
	return &web{g, server.URL}
}

// ask makes one request in a session, which may be empty.
func (w *web) ask(method, token, session, body string) (status int, header http.Header, text string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.address, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	if session != "" {
		r.Header.Set("Mcp-Session-Id", session)
	}
	answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	all, err := io.ReadAll(answer.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, string(all)
}

// session begins one and returns its name.
func (w *web) session(token string) string {
	w.t.Helper()
	status, header, text := w.ask("POST", token, "",
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}`)
	session := header.Get("Mcp-Session-Id")
	if status != http.StatusOK || session == "" {
		w.t.Fatalf("beginning a session: status %d: %s", status, text)
	}
	w.ask("POST", token, session, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	return session
}

func callOf(tool string, arguments any) string {
	text, _ := json.Marshal(map[string]any{
		"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": map[string]any{"name": tool, "arguments": arguments},
	})
	return string(text)
}

// A session's name is no secret from other clients: whoever has another token is nobody in it.
func TestASessionOverHTTPIsOneClients(t *testing.T) {
	w := newWeb(t, 0, func(_ context.Context, c host.Call) (host.Result, error) {
		return host.Result{Call: "c", Output: json.RawMessage(`"for ` + c.Client + `"`)}, nil
	})
	one := w.session("one")
	call := callOf("files_read", map[string]string{"path": "x"})
	for _, c := range []struct{ name, method, body string }{
		{"calling", "POST", call},
		{"listening", "GET", ""},
		{"ending it", "DELETE", ""},
	} {
		if status, _, text := w.ask(c.method, "two", one, c.body); status != http.StatusNotFound {
			t.Errorf("%s in another's session: status %d: %s; want 404", c.name, status, text)
		}
	}
	if status, _, text := w.ask("POST", "one", one, call); status != http.StatusOK || !strings.Contains(text, "for One") {
		t.Errorf("in its own: status %d: %s", status, text)
	}
}

// A client that was connected anew has its name and nothing else of what was called so before.
func TestANameThatIsGivenAgainCollectsNothing(t *testing.T) {
	answered := make(chan struct{})
	w := newWeb(t, time.Second, func(context.Context, host.Call) (host.Result, error) {
		<-answered
		return host.Result{Call: "c", Output: json.RawMessage(`"secret"`)}, nil
	})
	one := w.session("one")
	_, _, text := w.ask("POST", "one", one, callOf("files_read", map[string]string{"path": "x"}))
	_, ticket, found := strings.Cut(text, `"gatehouse/ticket":"`)
	ticket, _, ended := strings.Cut(ticket, `"`)
	if !found || !ended {
		t.Fatalf("no ticket in %s", text)
	}
	close(answered)
	if _, _, text := w.ask("POST", "one", one, callOf("gatehouse_resume", map[string]string{"ticket": ticket})); !strings.Contains(text, "secret") {
		t.Fatalf("its own client collects %s", text)
	}
	w.clients.Delete("one")
	w.clients.Store("new", bridge.Client{Name: "One"})
	w.Recognize()
	if status, _, _ := w.ask("POST", "one", one, callOf("gatehouse_search_skills", map[string]string{"query": ""})); status != http.StatusUnauthorized {
		t.Errorf("with the token that was: status %d", status)
	}
	if status, _, _ := w.ask("POST", "new", one, callOf("gatehouse_search_skills", map[string]string{"query": ""})); status != http.StatusNotFound {
		t.Errorf("in the session that was: status %d", status)
	}
	collect := callOf("gatehouse_resume", map[string]string{"ticket": ticket})
	if _, _, text := w.ask("POST", "new", w.session("new"), collect); !strings.Contains(text, "not_found") {
		t.Errorf("over HTTP it collects %s", text)
	}
	r, err := w.client("new", "2025-11-25", nil).CallTool(t.Context(), &mcp.CallToolParams{
		Name: "gatehouse_resume", Arguments: map[string]any{"ticket": ticket}})
	if err != nil || !strings.Contains(textOf(r), "not_found") {
		t.Errorf("through a pipe it collects %v, %v", r, err)
	}
}

func TestSessionsOverHTTPAreBounded(t *testing.T) {
	w := newWeb(t, 0, echo)
	first := w.session("one")
	for range 499 {
		w.session("one")
	}
	const again = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}`
	if status, _, text := w.ask("POST", "one", "", again); status != http.StatusTooManyRequests {
		t.Errorf("one more: status %d: %s", status, text)
	}
	w.session("two") // another client has its own
	if status, _, text := w.ask("POST", "one", first, callOf("files_read", map[string]string{})); status != http.StatusOK {
		t.Errorf("a call in one that is there: status %d: %s", status, text)
	}
	if status, _, _ := w.ask("DELETE", "one", first, ""); status != http.StatusNoContent {
		t.Errorf("ending one: status %d", status)
	}
	w.session("one")
}

func TestAStrangersConnectionOverHTTPIsNotKept(t *testing.T) {
	w := newWeb(t, 0, echo)
	for token, ends := range map[string]bool{"one": false, "nobody": true} {
		r, err := http.NewRequest("POST", w.address, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := (&http.Transport{}).RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.Close != ends {
			t.Errorf("token %q: the connection ends: %v", token, answer.Close)
		}
	}
}
