//go:build dev

package main

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gatehouse/audit"
	"gatehouse/bridge"
	"gatehouse/host/api"
	"gatehouse/secrets"
)

// keyringFor is the keyring of a session that a test made for itself, and else none: what tests sign with has no place
// in the keyring of whoever runs them.
func keyringFor(root string) audit.Keeper {
	if os.Getenv("GATEHOUSE_TEST_KEYRING") == "" {
		return nil
	}
	return secrets.Keyring{Service: "Gatehouse in " + root}
}

// patience is how long the bridge thinks that clients wait, where a test cannot wait as long as they do.
func patience() time.Duration {
	d, _ := time.ParseDuration(os.Getenv("GATEHOUSE_TEST_PATIENCE"))
	return d
}

// idleExit is how long a host lives without anything to do, where a test cannot wait as long as that.
func idleExit() time.Duration {
	if d, err := time.ParseDuration(os.Getenv("GATEHOUSE_TEST_IDLE")); err == nil && d > 0 {
		return d
	}
	return usualIdle
}

// addDev adds the listener for tests: window and ask as pages on loopback, so that a browser can drive the frontend
// against a real host. Whoever has the page's token answers as the person, which is why no release contains this.
func addDev(c *console, cmd *cobra.Command) {
	var addr, assets, agents string
	cmd.Flags().StringVar(&addr, "dev", "", "serve window and ask on this loopback address (tests only)")
	cmd.Flags().StringVar(&assets, "assets", "frontend/dist", "the built frontend")
	cmd.Flags().StringVar(&agents, "dev-agents", "", "speak MCP over HTTP on this loopback address, without a token (tests only)")
	plain := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if addr == "" {
			return plain(cmd, args)
		}
		return c.host(cmd.Context(), func(s *shared) error { return c.listenDev(s, addr, assets, agents) })
	}
}

// pages serves the two documents, and for each the door that its key opens.
type pages struct {
	assets http.Handler
	dir    string
	doors  map[string]http.Handler
	keys   map[string]string
}

func (c *console) listenDev(s *shared, addr, assets, agents string) error {
	listener, err := listenLoopback(addr)
	if err != nil {
		return err
	}
	addresses := map[string]string{}
	if agents != "" {
		if addresses["agents"], err = s.listenAgents(agents); err != nil {
			return err
		}
	}
	s.startAsk = func() (<-chan struct{}, error) { return make(chan struct{}), nil }
	window, ask := key(), key()
	p := &pages{
		assets: http.FileServer(http.Dir(assets)), dir: assets,
		doors: map[string]http.Handler{
			window: as(s.server, api.Caller{Client: "playground", Session: "window dev"}),
			ask:    s.asker.Handler(),
		},
		keys: map[string]string{"/": window, "/index.html": window, "/ask.html": ask},
	}
	go http.Serve(listener, p)
	base := "http://" + listener.Addr().String()
	addresses["window"], addresses["ask"] = base+"/?token="+window, base+"/ask.html?token="+ask
	return json.NewEncoder(c.out).Encode(addresses)
}

// listenAgents serves MCP over HTTP for a client that has no token, as the conformance suites have none.
func (s *shared) listenAgents(addr string) (string, error) {
	listener, err := listenLoopback(addr)
	if err != nil {
		return "", err
	}
	client := bridge.Client{Name: "conformance", Workspace: os.Getenv("GATEHOUSE_TEST_WORKSPACE")}
	go http.Serve(listener, s.bridge.HTTP(func(string) (bridge.Client, bool) { return client, true }))
	return "http://" + listener.Addr().String() + "/mcp", nil
}

func listenLoopback(addr string) (net.Listener, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	if !listener.Addr().(*net.TCPAddr).IP.IsLoopback() {
		listener.Close()
		return nil, fmt.Errorf("%s is not a loopback address", addr)
	}
	return listener, nil
}

func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		door, ok := p.doors[r.Header.Get("X-Gatehouse-Key")]
		if !ok {
			http.Error(w, "no page's key", http.StatusForbidden)
			return
		}
		door.ServeHTTP(w, r)
		return
	}
	pageKey, document := p.keys[r.URL.Path]
	if !document {
		p.assets.ServeHTTP(w, r)
		return
	}
	if r.URL.Query().Get("token") != pageKey {
		http.Error(w, "no page without its token", http.StatusForbidden)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	if name == "" {
		name = "index.html"
	}
	text, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, strings.Replace(string(text), "<head>", `<head><meta name="gatehouse-key" content="`+pageKey+`">`, 1))
}

func key() string {
	b := make([]byte, 16)
	rand.Read(b)
	return hex.EncodeToString(b)
}
