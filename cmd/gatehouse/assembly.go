package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
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

// assembly puts the shared host together over its database, from the ground up: each step needs what those before it
// made.
type assembly struct {
	*shared
	paths    home.Paths
	db       *store.DB
	program  string
	changes  *host.Changes
	policies *host.Policies
	rules    *host.Rulebook
	skills   *library
	shelf    *host.Shelf
}

// assemble puts the shared host together over its database and record.
func assemble(paths home.Paths, db *store.DB) (*shared, error) {
	program, _, _, err := home.Program()
	if err != nil {
		return nil, err
	}
	a := assembly{
		shared: &shared{stopped: make(chan struct{}), place: paths.Root},
		paths:  paths, db: db, program: program, changes: host.NewChanges(),
	}
	for _, step := range []func() error{a.openRecord, a.makeWindows, a.makeBroker, a.makeHost, a.openForAgents, a.openForPeople} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return a.shared, nil
}

func (a *assembly) openRecord() error {
	options, err := recordOptions(a.paths, a.db)
	if err != nil {
		return err
	}
	if a.record, err = audit.Open(a.paths.Audit, options); err != nil {
		return unusable(err)
	}
	return nil
}

func (a *assembly) makeWindows() error {
	s := a.shared
	s.windows = host.NewWindows(host.WindowsOptions{
		Program: windowProgram(a.program), Desktop: home.Desktop, Serve: s.servePane,
		Changed: func() { a.changes.Touch(host.TopicStatus) },
	})
	s.startAsk = func() (<-chan struct{}, error) { return s.windows.Start(host.PaneAsk) }
	s.asker = api.NewAsker(api.AskerOptions{
		Start: func() (<-chan struct{}, error) { return s.startAsk() },
		Mark:  markOf(a.db),
	})
	return nil
}

func (a *assembly) makeBroker() error {
	wait, err := approvalWait(a.db)
	if err != nil {
		return err
	}
	inbox, err := a.db.Inbox().Load()
	if err != nil {
		return unusable(err)
	}
	paused, err := a.db.Settings().Get(store.Paused)
	if err != nil {
		return unusable(err)
	}
	a.policies = host.NewPolicies(host.PoliciesOptions{
		Managed: home.ManagedPolicy(), Trusted: home.CheckSystem, Kept: a.db.Policies(), Rules: a.db.Rules(), Audit: a.record,
		Profiles: a.db.Profiles().Of,
		Changed:  func() { a.changes.Touch(host.TopicPolicies) },
	})
	decisions := a.db.Decisions().OfClients()
	badge := &home.Badge{Count: func() int { return len(a.broker.Waiting()) }, Desktop: a.windows.Environment}
	a.broker = permissions.NewBroker(permissions.Options{
		Inbox: inbox, KeepInbox: a.db.Inbox().Keep, Paused: paused == "yes", KeepPaused: keepPaused(a.db),
		Stopped: func(skill string) { a.host.Stop(skill) }, Kept: decisions.List,
		Store: decisions, Used: decisions.Used, Prompter: a.asker, Recorder: a.record, Count: local.CountFiles, Wait: wait,
		Policies: a.policies.For, Settled: a.asker.Settled,
		Never: permissions.Never{Home: homeFolder(), Own: []string{a.paths.Root, filepath.Dir(a.program)}},
		Changed: func() {
			a.asker.Recount()
			badge.Recount()
			a.changes.Touch(host.TopicInbox, host.TopicSkills, host.TopicCalls, host.TopicStatus, host.TopicDecisions)
		},
	})
	if kept, err := decisions.List(); err == nil {
		_ = a.broker.Lapse(kept) // what has lapsed does not count, cleared up or not
	}
	a.rules = &host.Rulebook{Policies: a.policies, Broker: a.broker}
	return nil
}

func (a *assembly) makeHost() error {
	var err error
	if a.undo, err = host.OpenUndo(host.UndoOptions{Folder: a.paths.Undo, Audit: a.record}); err != nil {
		return unusable(err)
	}
	for _, folder := range []string{a.paths.Drafts, a.paths.Results} {
		if err := empty(folder); err != nil {
			return unusable(err)
		}
	}
	a.skills = newLibrary(a.db.Skills(a.paths.Skills), a.db.Profiles())
	a.host = host.New(host.Options{
		Library: a.skills, Broker: a.broker, Audit: a.record, Changes: a.changes, Policies: a.policies, Home: homeFolder(), Own: []string{a.paths.Root},
		Programs: filepath.Dir(a.program), Undo: a.undo, Drafts: a.paths.Drafts, Profiles: a.db.Profiles().Of,
		Pool: worker.NewPool(worker.Options{Cache: a.paths.Cache, CacheKey: cacheKey(a.paths)}),
	})
	a.shelf = &host.Shelf{Skills: a.skills, Broker: a.broker, Audit: a.record, Changes: a.changes, Add: a.skills.Add}
	return nil
}

func (a *assembly) openForAgents() error {
	clients := knownClients{a.db.Clients()}
	a.parking, a.results = host.NewParking(a.host.Call), bridge.NewResults(a.paths.Results)
	a.loopback = &loopback{settings: a.db.Settings(), clients: clients}
	a.bridge = bridge.NewServer(bridge.Options{
		Parking: a.parking, Library: a.skills, Changes: a.changes, Results: a.results, Version: version,
		Clients: clients, Workspace: ownFolder(a.paths, a.program), Patience: patience(),
		Sparing: a.loopback.Sparing, Wassette: a.loopback.Wassette, Shelf: a.shelf,
	})
	a.loopback.bridge = a.bridge
	if err := a.loopback.open(); err != nil {
		fmt.Fprintln(os.Stderr, "gatehouse:", err) // the host's log; agents have the pipe still
	}
	return nil
}

func (a *assembly) openForPeople() error {
	profiles := a.db.Profiles()
	a.server = api.NewServer(api.Options{
		Host: a.host, Broker: a.broker, Skills: a.skills, Decisions: a.db.Decisions().OfClients(), Audit: a.record,
		Rules: a.rules, Windows: a.windows, Shelf: a.shelf,
		Connections: host.NewConnections(host.ConnectionsOptions{
			Clients: a.db.Clients(), Profiles: profiles, Decisions: a.db.Decisions(), Broker: a.broker, Rules: a.rules,
			Audit: a.record, Changes: a.changes, Home: homeFolder(), Own: []string{a.paths.Root}, Program: a.program,
			State: unusualState(a.paths),
			Stop: func(client string) {
				a.bridge.Recognize()
				a.host.StopClient(client)
			},
		}),
		Profiles: &host.Profiles{Kept: profiles, Clients: a.db.Clients(), Broker: a.broker, Audit: a.record, Changes: a.changes},
		Changes:  a.changes, Asker: a.asker, Agents: a.loopback, Connected: a.bridge.Connected, Version: version,
		Place: a.paths.Root, Stop: a.stop,
	})
	return nil
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
