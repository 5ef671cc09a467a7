package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"gatehouse/bridge"
	"gatehouse/host"
	"gatehouse/store"
)

// loopback is the listener for agents that connect over HTTP, as the settings say: off, unless the person let them. It
// takes connections of this computer only, and knows clients by their tokens.
type loopback struct {
	settings *store.Settings
	bridge   *bridge.Server
	clients  bridge.Clients

	mu     sync.Mutex
	server *http.Server
}

// open listens if the settings say so. A port that is taken is no reason to have no host.
func (l *loopback) open() error {
	port, err := l.Port()
	if err != nil || port == 0 {
		return err
	}
	return l.listen(port)
}

// Port is where agents may connect, 0 for nowhere.
func (l *loopback) Port() (int, error) {
	text, err := l.settings.Get(store.AgentsHTTP)
	if err != nil || text == "off" {
		return 0, err
	}
	return strconv.Atoi(text)
}

// SetPort lets agents connect there from now on, or with 0 nowhere. It returns once that is on disk.
func (l *loopback) SetPort(port int) error {
	l.Close()
	if port == 0 {
		return l.settings.Set(store.AgentsHTTP, "off")
	}
	if err := l.listen(port); err != nil {
		return &host.Error{Code: host.CodeInput, Message: err.Error(), Hint: "give another port"}
	}
	err := l.settings.Set(store.AgentsHTTP, strconv.Itoa(port))
	if err != nil {
		l.Close()
	}
	return err
}

func (l *loopback) listen(port int) error {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return fmt.Errorf("listening for agents: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	lookup := func(token string) (bridge.Client, bool) {
		if l.clients == nil || token == "" {
			return bridge.Client{}, false
		}
		return l.clients.Lookup(token)
	}
	l.server = &http.Server{Handler: l.bridge.HTTP(lookup), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	go l.server.Serve(&bounded{Listener: listener})
	return nil
}

// Open says whether it listens: nobody else would start the host for a client that comes over HTTP.
func (l *loopback) Open() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.server != nil
}

// Sparing says whether agents find tools by searching.
func (l *loopback) Sparing() bool {
	text, err := l.settings.Get(store.AgentsTools)
	return err == nil && text == "search"
}

// SetSparing changes what agents see at once.
func (l *loopback) SetSparing(yes bool) error {
	text := "all"
	if yes {
		text = "search"
	}
	err := l.settings.Set(store.AgentsTools, text)
	if err == nil {
		l.bridge.Refresh()
	}
	return err
}

// Wassette says whether agents have Wassette's tools.
func (l *loopback) Wassette() bool {
	text, err := l.settings.Get(store.AgentsWassette)
	return err == nil && text == "on"
}

// SetWassette offers agents Wassette's tools, or takes them away.
func (l *loopback) SetWassette(yes bool) error {
	text := "off"
	if yes {
		text = "on"
	}
	err := l.settings.Set(store.AgentsWassette, text)
	if err == nil {
		l.bridge.Refresh()
	}
	return err
}

// Close ends every connection over HTTP.
func (l *loopback) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server == nil {
		return nil
	}
	server := l.server
	l.server = nil
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return server.Close()
}
