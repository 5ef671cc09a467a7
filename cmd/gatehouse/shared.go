package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/audit"
	"gatehouse/bridge"
	"gatehouse/home"
	"gatehouse/host"
	"gatehouse/host/api"
	"gatehouse/permissions"
	"gatehouse/powers/local"
	"gatehouse/store"
	"gatehouse/worker"
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

// assemble puts the shared host together over its database and record.
func assemble(paths home.Paths, db *store.DB) (*shared, error) {
	options, err := recordOptions(paths, db)
	if err != nil {
		return nil, err
	}
	record, err := audit.Open(paths.Audit, options)
	if err != nil {
		return nil, unusable(err)
	}
	program, _, _, err := home.Program()
	if err != nil {
		return nil, err
	}
	s := &shared{record: record, stopped: make(chan struct{}), place: paths.Root}
	changes := host.NewChanges()
	s.windows = host.NewWindows(host.WindowsOptions{
		Program: windowProgram(program), Desktop: home.Desktop, Serve: s.servePane,
		Changed: func() { changes.Touch(host.TopicStatus) },
	})
	s.startAsk = func() (<-chan struct{}, error) { return s.windows.Start(host.PaneAsk) }
	s.asker = api.NewAsker(api.AskerOptions{
		Start: func() (<-chan struct{}, error) { return s.startAsk() },
		Mark:  markOf(db),
	})
	wait, err := approvalWait(db)
	if err != nil {
		return nil, err
	}
	inbox, err := db.Inbox().Load()
	if err != nil {
		return nil, unusable(err)
	}
	paused, err := db.Settings().Get(store.Paused)
	if err != nil {
		return nil, unusable(err)
	}
	policies := host.NewPolicies(host.PoliciesOptions{
		Managed: home.ManagedPolicy(), Trusted: home.CheckSystem, Kept: db.Policies(), Rules: db.Rules(), Audit: record,
		Profiles: db.Profiles().Of,
		Changed:  func() { changes.Touch(host.TopicPolicies) },
	})
	decisions := db.Decisions()
	broker := permissions.NewBroker(permissions.Options{
		Inbox: inbox, KeepInbox: db.Inbox().Keep, Paused: paused == "yes", KeepPaused: keepPaused(db),
		Stopped: func(skill string) { s.host.Stop(skill) }, Kept: decisions.List,
		Store: decisions, Used: decisions.Used, Prompter: s.asker, Recorder: record, Count: local.CountFiles, Wait: wait,
		Policies: policies.For, Settled: s.asker.Settled,
		Never: permissions.Never{Home: homeFolder(), Own: []string{paths.Root, filepath.Dir(program)}},
		Changed: func() {
			s.asker.Recount()
			changes.Touch(host.TopicInbox, host.TopicSkills, host.TopicCalls, host.TopicStatus, host.TopicDecisions)
		},
	})
	s.broker = broker
	if kept, err := decisions.List(); err == nil {
		_ = broker.Lapse(kept) // what has lapsed does not count, cleared up or not
	}
	skills := newLibrary(db.Skills(paths.Skills), db.Profiles())
	if s.undo, err = host.OpenUndo(host.UndoOptions{Folder: paths.Undo, Audit: record}); err != nil {
		return nil, unusable(err)
	}
	if err := empty(paths.Drafts); err != nil {
		return nil, unusable(err)
	}
	s.host = host.New(host.Options{
		Library: skills, Broker: broker, Audit: record, Changes: changes, Home: homeFolder(), Own: []string{paths.Root},
		Programs: filepath.Dir(program), Undo: s.undo, Drafts: paths.Drafts, Profiles: db.Profiles().Of,
		Pool: worker.NewPool(worker.Options{Cache: paths.Cache, CacheKey: cacheKey(paths)}),
	})
	if err := empty(paths.Results); err != nil {
		return nil, unusable(err)
	}
	s.parking, s.results = host.NewParking(s.host.Call), bridge.NewResults(paths.Results)
	s.loopback = &loopback{settings: db.Settings()}
	shelf := &host.Shelf{Skills: skills, Broker: broker, Audit: record, Changes: changes, Add: skills.Add}
	s.bridge = bridge.NewServer(bridge.Options{
		Parking: s.parking, Library: skills, Changes: changes, Results: s.results, Version: version,
		Clients: knownClients{db.Clients()}, Workspace: ownFolder(paths, program), Patience: patience(),
		Sparing: s.loopback.Sparing, Wassette: s.loopback.Wassette, Shelf: shelf,
	})
	s.loopback.bridge, s.loopback.clients = s.bridge, knownClients{db.Clients()}
	if err := s.loopback.open(); err != nil {
		fmt.Fprintln(os.Stderr, "gatehouse:", err) // the host's log
	}
	rules := &host.Rulebook{Policies: policies, Broker: broker}
	s.server = api.NewServer(api.Options{
		Host: s.host, Broker: broker, Skills: skills, Decisions: decisions, Audit: record,
		Rules: rules, Windows: s.windows, Shelf: shelf,
		Connections: host.NewConnections(host.ConnectionsOptions{
			Clients: db.Clients(), Profiles: db.Profiles(), Decisions: decisions, Broker: broker, Rules: rules, Audit: record, Changes: changes,
			Home: homeFolder(), Own: []string{paths.Root}, Program: program, State: unusualState(paths),
			Stop: func(client string) {
				s.bridge.Recognize()
				s.host.StopClient(client)
			},
		}),
		Profiles: &host.Profiles{Kept: db.Profiles(), Clients: db.Clients(), Broker: broker, Audit: record, Changes: changes},
		Changes:  changes, Asker: s.asker, Agents: s.loopback, Connected: s.bridge.Connected, Version: version, Place: paths.Root, Stop: s.stop,
	})
	return s, nil
}

// knownClients are the clients that the bridge may meet. Where the database cannot say who it is, it is nobody.
type knownClients struct{ kept *store.Clients }

func (k knownClients) Lookup(token string) (bridge.Client, bool) {
	c, err := k.kept.Lookup(token)
	return bridge.Client{Name: c.Name, Workspace: c.Workspace, Profile: c.Profile}, err == nil
}

// cacheKey is the file with the key under which compiled code is believed. It is not in the cache's folder: whoever
// brings that back from elsewhere does not bring the key.
func cacheKey(paths home.Paths) string { return filepath.Join(paths.Root, "cache.key") }

// ownFolder says whether a folder that a program happens to run in may be proposed as its workspace: it can be one, and
// lies below the person's home.
func ownFolder(paths home.Paths, program string) func(string) (string, bool) {
	return func(dir string) (string, bool) {
		real, err := host.ResolveWorkspace(dir, homeFolder(), []string{paths.Root}, filepath.Dir(program))
		if err != nil {
			return "", false
		}
		below, err := filepath.Rel(homeFolder(), real)
		return real, err == nil && below != "." && filepath.IsLocal(below)
	}
}

// unusualState is the state folder where a pipe has to be told of it.
func unusualState(paths home.Paths) string {
	if home.Customary(paths.Root) {
		return ""
	}
	return paths.Root
}

// empty removes what a host before this one left in its folder of copies, where the system keeps their names.
func empty(folder string) error {
	files, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := os.Remove(filepath.Join(folder, f.Name())); err != nil {
			return err
		}
	}
	return nil
}

// windowProgram is the window program's path: it is installed beside this one.
func windowProgram(program string) string {
	name := "gatehouse-window"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(filepath.Dir(program), name)
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

// approvalWait is how long a question waits for its answer.
func approvalWait(db *store.DB) (time.Duration, error) {
	text, err := db.Settings().Get(store.ApprovalWait)
	if err != nil {
		return 0, unusable(err)
	}
	return time.ParseDuration(text)
}

// keepPaused keeps whether everything is paused, for the next host.
func keepPaused(db *store.DB) func(bool) error {
	return func(paused bool) error {
		word := "no"
		if paused {
			word = "yes"
		}
		return db.Settings().Set(store.Paused, word)
	}
}

// markOf reads the person's mark, which the first start chose.
func markOf(db *store.DB) func() api.Mark {
	return func() api.Mark {
		color, _ := db.Settings().Get(store.MarkColor)
		word, _ := db.Settings().Get(store.MarkWord)
		return api.Mark{Color: color, Word: word}
	}
}
