package bridge_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/bridge"
)

func TestSealedState(t *testing.T) {
	s := bridge.NewSealer()
	sealed := s.Seal("t-1", 3, "client One", "tools/call", "files_read", `{"path":"x","n":1}`)
	if strings.Contains(sealed, "t-1") {
		t.Errorf("the ticket can be read in %s", sealed)
	}
	if ticket, round, err := s.Unseal(sealed, "client One", "tools/call", "files_read", `{"n":1, "path":"x"}`); ticket != "t-1" || round != 3 || err != nil {
		t.Errorf("Unseal() = %q, %d, %v", ticket, round, err)
	}
	for name, try := range map[string]func() (string, int, error){
		"another client": func() (string, int, error) {
			return s.Unseal(sealed, "client Two", "tools/call", "files_read", `{"path":"x","n":1}`)
		},
		"another method": func() (string, int, error) {
			return s.Unseal(sealed, "client One", "resources/read", "files_read", `{"path":"x","n":1}`)
		},
		"another tool": func() (string, int, error) {
			return s.Unseal(sealed, "client One", "tools/call", "files_write", `{"path":"x","n":1}`)
		},
		"other arguments": func() (string, int, error) {
			return s.Unseal(sealed, "client One", "tools/call", "files_read", `{"path":"y","n":1}`)
		},
		"nothing": func() (string, int, error) {
			return s.Unseal("", "client One", "tools/call", "files_read", `{"path":"x","n":1}`)
		},
		"another host's": func() (string, int, error) {
			return bridge.NewSealer().Unseal(sealed, "client One", "tools/call", "files_read", `{"path":"x","n":1}`)
		},
	} {
		if _, _, err := try(); err == nil {
			t.Errorf("it serves for %s", name)
		}
	}
	for i := range sealed {
		forged := []byte(sealed)
		forged[i] ^= 1
		if _, _, err := s.Unseal(string(forged), "client One", "tools/call", "files_read", `{"path":"x","n":1}`); err == nil && i < len(sealed)-1 {
			t.Errorf("it serves with byte %d changed", i)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		old := s.Seal("t-1", 1, "o", "m", "t", "{}")
		time.Sleep(31 * time.Minute)
		if _, _, err := s.Unseal(old, "o", "m", "t", "{}"); err == nil {
			t.Error("it serves after half an hour")
		}
	})
}

func TestResultsAreKeptForOneAndUnreadable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		r := bridge.NewResults(folder)
		secret := []byte("only for your eyes")
		address, err := r.Keep(secret, "one", "s")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := r.Read(address, "one", "s"); err != nil || !bytes.Equal(got, secret) {
			t.Errorf("Read() = %q, %v", got, err)
		}
		for _, other := range [][2]string{{"two", "s"}, {"one", "t"}, {"", ""}} {
			if _, err := r.Read(address, other[0], other[1]); err == nil {
				t.Errorf("%v read it", other)
			}
		}
		if _, err := r.Read(address+"/../x", "one", "s"); err == nil {
			t.Error("another name was read")
		}
		files, err := filepath.Glob(filepath.Join(folder, "*"))
		if err != nil || len(files) != 1 {
			t.Fatalf("the folder holds %v, %v", files, err)
		}
		if raw, err := os.ReadFile(files[0]); err != nil || bytes.Contains(raw, secret) {
			t.Errorf("on disk it is %q, %v", raw, err)
		}
		if err := os.WriteFile(files[0], []byte("something else entirely, and long enough"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Read(address, "one", "s"); err == nil {
			t.Error("a file that was changed was read")
		}
		if address, err = r.Keep(secret, "one", "s"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(24*time.Hour + time.Second)
		synctest.Wait()
		if _, err := r.Read(address, "one", "s"); err == nil {
			t.Error("it is there after a day")
		}
		if files, _ := filepath.Glob(filepath.Join(folder, "*")); len(files) != 0 {
			t.Errorf("the folder still holds %v", files)
		}
		for range 150 {
			if _, err := r.Keep(secret, "one", "s"); err != nil {
				t.Fatal(err)
			}
		}
		if files, _ := filepath.Glob(filepath.Join(folder, "*")); len(files) != 100 {
			t.Errorf("%d are kept of one client; want 100", len(files))
		}
		r.Close()
		if files, _ := filepath.Glob(filepath.Join(folder, "*")); len(files) != 0 {
			t.Errorf("after Close the folder holds %v", files)
		}
	})
}

func TestPatienceIsLearnt(t *testing.T) {
	const timeout = "McpError: MCP error -32001: Request timed out"
	for _, c := range []struct {
		name         string
		learn        func(bridge.Patience)
		limit, probe time.Duration
	}{
		{"nobody knows", func(bridge.Patience) {}, 45 * time.Second, 67500 * time.Millisecond},
		{"it gave up after sixty seconds", func(p bridge.Patience) { p.GaveUp(time.Minute, timeout) }, 45 * time.Second, 45 * time.Second},
		{"it gave up after ten", func(p bridge.Patience) { p.GaveUp(10*time.Second, "context deadline exceeded") }, 7500 * time.Millisecond, 7500 * time.Millisecond},
		{"a person stopped it", func(p bridge.Patience) { p.GaveUp(10*time.Second, "the user cancelled") }, 45 * time.Second, 67500 * time.Millisecond},
		{"at once", func(p bridge.Patience) { p.GaveUp(time.Millisecond, timeout) }, 45 * time.Second, 67500 * time.Millisecond},
		{"it lasted", func(p bridge.Patience) { p.Lasted(2 * time.Minute) }, 2 * time.Minute, 3 * time.Minute},
		{"it lasted for long", func(p bridge.Patience) { p.Lasted(time.Hour) }, 10 * time.Minute, 10 * time.Minute},
		{"it lasted and then did not", func(p bridge.Patience) { p.Lasted(2 * time.Minute); p.GaveUp(time.Minute, timeout) }, 45 * time.Second, 45 * time.Second},
	} {
		p := bridge.NewPatience()
		c.learn(p)
		if limit, probe := p.Limit(); limit != c.limit || probe != c.probe {
			t.Errorf("%s: %v and %v; want %v and %v", c.name, limit, probe, c.limit, c.probe)
		}
	}
}

// TestHTTPIsForProgramsHere has web pages, other computers and strangers come to the door.
func TestHTTPIsForProgramsHere(t *testing.T) {
	g := newGate(t, 0, echo)
	server := httptest.NewServer(g.HTTP(g.clients.Lookup))
	t.Cleanup(server.Close)
	const list = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}`
	for _, c := range []struct {
		name, host, origin, token string
		status                    int
	}{
		{"a client", "", "", "Bearer one", 200},
		{"a client with its own origin here", "", "http://localhost:6274", "bearer two", 200},
		{"nobody", "", "", "", 401},
		{"a stranger's token", "", "", "Bearer three", 401},
		{"a token of another kind", "", "", "Basic one", 401},
		{"a name that was bound to this address", "gatehouse.example:80", "", "Bearer one", 403},
		{"a name that only begins so", "localhost.example", "", "Bearer one", 403},
		{"an address elsewhere", "192.168.1.2:80", "", "Bearer one", 403},
		{"a web page", "", "https://example.com", "Bearer one", 403},
		{"a page on a name that looks local", "", "http://127.0.0.1.example.com", "Bearer one", 403},
		{"a page of no origin", "", "null", "Bearer one", 403},
		{"a page that sends two origins", "", "http://localhost https://example.com", "Bearer one", 403},
		{"a page with a user in its origin", "", "http://localhost@example.com", "Bearer one", 403},
	} {
		r, err := http.NewRequest("POST", server.URL, strings.NewReader(list))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		if c.host != "" {
			r.Host = c.host
		}
		for _, origin := range strings.Fields(c.origin) {
			r.Header.Add("Origin", origin)
		}
		if c.token != "" {
			r.Header.Set("Authorization", c.token)
		}
		answer, err := (&http.Transport{}).RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != c.status {
			t.Errorf("%s: status %d; want %d", c.name, answer.StatusCode, c.status)
		}
	}
}
