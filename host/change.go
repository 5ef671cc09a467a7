package host

import (
	"context"
	"io"
	"sync"

	"gatehouse/audit"
	"gatehouse/permissions"
	"gatehouse/powers/local"
)

// Change is one change that a call made to files. Its paths are hostile.
type Change struct {
	// ID takes the change back with Undo.Take; empty where that cannot be.
	ID string
	// Path is the real path, Other the one that a rename led to.
	Path, Other string
	Folder      bool
	Done        Done
	// Added and Removed count lines.
	Added, Removed int
}

// Done says what happened to a file or folder.
type Done string

// What can happen.
const (
	Replaced Done = "replaced"
	Created  Done = "created"
	Removed  Done = "removed"
	Renamed  Done = "renamed"
	Touched  Done = "touched"
)

// DoneBy is the word for what an operation has done.
func DoneBy(o permissions.Operation) Done {
	switch o {
	case permissions.Create, permissions.MakeFolder, permissions.MakeLink:
		return Created
	case permissions.Remove:
		return Removed
	case permissions.Rename:
		return Renamed
	case permissions.Touch:
		return Touched
	}
	return Replaced
}

// ledger writes down what one call changes and sends, and lets Undo keep what it changes. It implements local.Keeper and
// local.Journal.
type ledger struct {
	host    *Host
	call    string
	tool    string
	subject permissions.Subject

	mu      sync.Mutex
	changes []Change
}

// mostListed bounds the changes of one call's result.
const mostListed = 1000

// Keep has w in the record, and on disk what is needed to take it back, before it happens.
func (l *ledger) Keep(_ context.Context, w local.Written, old io.Reader) (done func(bool), err error) {
	change := Change{Path: w.Path, Other: w.Other, Folder: w.Folder, Done: DoneBy(w.Operation), Added: w.Added, Removed: w.Removed}
	kept := func(bool) {}
	if l.host.Undo != nil && reversible(w, old) {
		change.ID = "u-" + randomHex(8)
		k := KeptChange{ID: change.ID, Call: l.call, Tool: l.tool, Subject: l.subject, Written: w}
		if kept, err = l.host.Undo.keep(k, old); err != nil {
			return nil, err
		}
	}
	if err := l.host.Audit.Append(writeRecord(audit.KindWrite, l.call, l.tool, l.subject, w)); err != nil {
		kept(false)
		return nil, err
	}
	return func(happened bool) {
		kept(happened)
		if happened {
			l.add(change)
		}
	}, nil
}

// Sent has a request in the record that was sent.
func (l *ledger) Sent(_ context.Context, s local.Sent) error {
	return l.host.Audit.Append(sentRecord(l.call, l.tool, l.subject, s))
}

// reversible says whether w can be taken back with old: what it leaves can be told from anything else, and what it
// replaces is there.
func reversible(w local.Written, old io.Reader) bool {
	switch w.Operation {
	case permissions.Touch:
		return false
	case permissions.MakeFolder:
		return true
	case permissions.Remove:
		return w.Folder || old != nil
	}
	return w.AfterDigest != "" && (old != nil || !w.Replaces)
}

func (l *ledger) add(c Change) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.changes) < mostListed {
		l.changes = append(l.changes, c)
	}
	l.host.Changes.Touch(TopicCalls)
}

// list returns the changes in the order in which they happened.
func (l *ledger) list() []Change {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changes
}
