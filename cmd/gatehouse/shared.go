package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/audit"
	"gatehouse/bridge"
	"gatehouse/home"
	"gatehouse/host"
	"gatehouse/host/api"
	"gatehouse/permissions"
)

const (
	// usualIdle is how long a host lives without a window, a call or a command, and without a port for agents.
	usualIdle = 30 * time.Minute
	// askWarm is how long ask is kept running after a question, so that the next one appears at once.
	askWarm = 5 * time.Minute
)

// shared is the shared host with its parts.
type shared struct {
	host    *host.Host
	server  *api.Server
	windows *host.Windows
	asker   *api.Asker
	parking *host.Parking
	bridge  *bridge.Server
	results *bridge.Results
	// loopback is for agents that come over HTTP.
	loopback *loopback
	broker   *permissions.Broker
	record   *audit.Log
	undo     *host.Undo
	place    string
	// startAsk opens ask.
	startAsk func() (<-chan struct{}, error)

	stopOnce sync.Once
	stopped  chan struct{}
	// active is when something last happened, in Unix nanoseconds.
	active atomic.Int64
}

// servePane speaks to a started program over the connection that it inherited.
func (s *shared) servePane(p host.Pane, conn net.Conn) {
	if p == host.PaneAsk {
		s.asker.Serve(conn)
		return
	}
	session := "window " + time.Now().Format(time.RFC3339Nano)
	api.ServeConn(conn, as(s.server, api.Caller{Client: "playground", Session: session}))
}

// as serves handler for c, whatever a request says of itself.
func as(handler http.Handler, c api.Caller) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r.WithContext(api.WithCaller(r.Context(), c)))
	})
}

// serve answers on the socket until the host is stopped, ctx ends, or nothing happened for a while.
func (s *shared) serve(ctx context.Context, listener net.Listener) error {
	s.touch()
	server := &http.Server{
		Handler:           http.HandlerFunc(s.serveCommand),
		ReadHeaderTimeout: 10 * time.Second,
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			peer := conn.(*home.Conn).Peer
			return api.WithCaller(ctx, api.Caller{Client: "terminal", Session: peer.Login})
		},
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(&doors{Listener: listener, pipe: s.servePipe}) }()
	idle := time.NewTicker(idleExit() / 30)
	defer idle.Stop()
	for {
		select {
		case err := <-failed:
			return fmt.Errorf("serving the socket: %w", err)
		case <-ctx.Done():
		case <-s.stopped:
		case <-idle.C:
			s.undo.Sweep()
			if s.asker.Quiet() > askWarm {
				s.windows.Stop(host.PaneAsk)
			}
			if !s.idle() {
				continue
			}
		}
		return s.drain(server, listener)
	}
}

// servePipe gives a pipe to the bridge.
func (s *shared) servePipe(conn net.Conn) {
	s.touch()
	s.bridge.ServePipe(conn)
}

func (s *shared) serveCommand(w http.ResponseWriter, r *http.Request) {
	s.touch()
	defer s.touch()
	s.server.ServeHTTP(w, r)
}

func (s *shared) touch() { s.active.Store(time.Now().UnixNano()) }

func (s *shared) idle() bool {
	if s.windows.Running(host.PaneWindow) || len(s.host.Running()) > 0 || s.bridge.Open() > 0 || s.loopback.Open() {
		s.touch()
	}
	return time.Since(time.Unix(0, s.active.Load())) > idleExit()
}

// drain takes no more connections, ends the calls, whose requests then get their answer, and lets the answers leave.
func (s *shared) drain(server *http.Server, listener net.Listener) error {
	listener.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	err := s.host.Close()
	s.parking.Wait()
	s.loopback.Close()
	s.bridge.Close()
	if shut := server.Shutdown(ctx); shut != nil {
		server.Close()
	}
	return err
}

func (s *shared) stop() { s.stopOnce.Do(func() { close(s.stopped) }) }

func (s *shared) close() {
	s.host.Close()
	s.parking.Wait()
	s.loopback.Close()
	s.bridge.Close()
	s.results.Close()
	s.broker.Close()
	s.windows.Close()
	s.record.Close()
}
