// Package host conducts one call from tool call to result: it finds the skill, makes the subject, confirms what the
// skill requires, gives the worker the powers of this call, and writes down how it ended. It owns everything below
// it: broker, workers, record.
//
// It does not know who is at the door: host/api and bridge take calls in and say for whom; a terminal's `run --here`
// puts the same Host together over a map and a terminal. It decides nothing either: package permissions does.
package host

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"slices"
	"sync"
	"time"

	"gatehouse/audit"
	"gatehouse/permissions"
	"gatehouse/powers/local"
	"gatehouse/skill"
	"gatehouse/store"
	"gatehouse/worker"
)

// Library is the skills that may be called. Load returns skill.ErrNotFound (wrapped) for a name it does not hold and a
// *skill.DriftError for one that is no longer what was installed.
type Library interface {
	Load(name string) (*skill.Package, error)
	Names() ([]string, error)
}

// Options are the parts of a Host. All are needed but Policies, Network, Profiles, Undo and Drafts.
type Options struct {
	Library Library
	Broker  *permissions.Broker
	Pool    *worker.Pool
	Audit   *audit.Log
	Changes *Changes
	// Policies are those that Broker decides by, and watched while calls run; nil has none that may change.
	Policies *Policies
	// Home is the person's home folder, Own the folders of Gatehouse itself, Programs the one that its programs lie in: none
	// of them becomes a workspace.
	Home     string
	Own      []string
	Programs string
	// Network is what calls' requests travel by; nil is the system's.
	Network *local.Network
	// Profiles returns the profiles that hold for a client that named one; nil returns none.
	Profiles func(client, named string) ([]store.Profile, error)
	// Undo keeps what calls change; nil keeps nothing.
	Undo *Undo
	// Drafts is the folder of the copies that guests write; empty is the system's for temporary files.
	Drafts string
}

// Host runs calls. Its methods may be called from any goroutine.
type Host struct {
	Options

	turns turns

	mu      sync.Mutex
	running map[string]*Running
	unwatch func() // while calls run
	hashed  map[string]hashed
	closed  bool
}

// hashed is the skill that a name last stood for, and what it asks for with its hash.
type hashed struct {
	pkg          *skill.Package
	capabilities permissions.Capabilities
	hash         string
}

// New returns a Host over its parts and owns Pool from then on.
func New(o Options) *Host {
	if o.Network == nil {
		o.Network = &local.Network{}
	}
	return &Host{Options: o, running: map[string]*Running{}, hashed: map[string]hashed{}}
}

// Close cancels every call in flight, which withdraws their questions, and ends the workers.
func (h *Host) Close() error {
	h.mu.Lock()
	h.closed = true
	for _, r := range h.running {
		r.cancel(permissions.ErrEnded)
	}
	h.mu.Unlock()
	return h.Pool.Close()
}

// Running lists the calls in flight, the oldest first.
func (h *Host) Running() []Running {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []Running
	for _, r := range h.running {
		list = append(list, *r)
	}
	slices.SortFunc(list, func(a, b Running) int { return a.Began.Compare(b.Began) })
	return list
}

// Cancel ends a call in flight; its caller gets CodeCancelled. It returns permissions.ErrNotFound where no such call
// is running.
func (h *Host) Cancel(id string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	r, ok := h.running[id]
	if !ok {
		return permissions.ErrNotFound
	}
	r.cancel(permissions.ErrEnded)
	return nil
}

// Stop ends every call of a skill in flight and does not wait for that.
func (h *Host) Stop(skill string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.running {
		if r.Call.Skill == skill {
			r.cancel(permissions.ErrEnded)
		}
	}
}

// StopClient ends every call of a client in flight and does not wait for that.
func (h *Host) StopClient(client string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.running {
		if r.Call.Client == client {
			r.cancel(permissions.ErrEnded)
		}
	}
}

// Call runs c to its end. It blocks while the guest runs and while a person is asked, and returns early when ctx ends:
// the question is withdrawn then and nothing is granted. Every error is an *Error.
func (h *Host) Call(ctx context.Context, c Call) (Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	id := "c-" + randomHex(16)
	if err := h.begin(id, c, cancel); err != nil {
		return Result{Call: id}, err
	}
	defer h.end(id)
	result, err := h.conduct(ctx, id, c)
	result.Call = id
	if err == nil {
		return result, nil
	}
	explained := *Explain(err)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		explained.Code, explained.Message, explained.Hint = CodeCancelled, "the call was cancelled", ""
	}
	explained.Call = id
	return result, &explained
}

func (h *Host) begin(id string, c Call, cancel func(error)) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return &Error{Code: CodeNoHost, Message: "the host is stopping", Call: id}
	}
	if len(h.running) == 0 {
		h.unwatch = h.watch()
	}
	h.running[id] = &Running{ID: id, Call: c, Began: time.Now(), cancel: cancel}
	h.Changes.Touch(TopicCalls, TopicStatus)
	return nil
}

// watch has the policies watched until what it returns is called.
func (h *Host) watch() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	if h.Policies != nil {
		go h.Policies.Watch(ctx, h.Broker)
	}
	return cancel
}

func (h *Host) end(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.running, id)
	if len(h.running) == 0 {
		h.unwatch()
	}
	h.Changes.Touch(TopicCalls, TopicStatus)
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	rand.Read(b)
	return hex.EncodeToString(b)
}
