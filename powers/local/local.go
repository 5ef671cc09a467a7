// Package local does the powers of package powers in the host, asking first. It is the only room that opens a file for
// a guest.
//
// A name from a guest is walked one segment at a time. Links are resolved here and nowhere else, every object on the
// way is pinned, and the need put to the Checker names the object that was found: its real path, without links. After
// the answer the name is walked again. Where it leads to another object than the one that was shown, the question is
// put anew; otherwise that very object is opened, never the name.
//
// Content is written to a copy. When the guest closes or syncs it, the person is shown what it changes, and a yes puts it
// in place as a whole. What stood there goes to the Keeper before.
//
// The room does not know who the subject is, what was granted or how a person is asked: it has a Checker for that. It
// knows nothing of guests' binary interfaces either.
//
// It needs golang.org/x/sys for the calls that work relative to an open folder, which the standard library offers only
// with links followed.
package local

import (
	"context"

	"gatehouse/permissions"
)

// Checker decides. permissions.Guard implements it.
type Checker interface {
	// Check returns nil only if the need is allowed. It blocks while a person is asked.
	Check(ctx context.Context, n permissions.Need) error
	// Possible returns nil where need is allowed or would be asked for. It never asks.
	Possible(ctx context.Context, n permissions.Need) error
	// Granted is the decision as it stands: it never asks.
	Granted(ctx context.Context, n permissions.Need) error
	// Picked returns the real path of the file that the person picked for reading in place of what n names, and
	// whether they did. It is asked after a Check of a Pickable need that returned nil.
	Picked(n permissions.Need) (path string, ok bool)
	// Made says which object stands now, by what was done, where n was allowed.
	Made(n permissions.Need, identity string)
}

// checked is c, or a Checker that refuses everything where there is none.
func checked(c Checker) Checker {
	if c == nil {
		return nobody{}
	}
	return c
}

type nobody struct{}

func (nobody) Check(_ context.Context, n permissions.Need) error {
	return &permissions.DeniedError{Code: permissions.CodeDenied, Grant: n.Grant.String(), Rule: "there is nobody to decide"}
}

func (n nobody) Possible(ctx context.Context, need permissions.Need) error { return n.Check(ctx, need) }

func (n nobody) Granted(ctx context.Context, need permissions.Need) error { return n.Check(ctx, need) }

func (nobody) Picked(permissions.Need) (string, bool) { return "", false }

func (nobody) Made(permissions.Need, string) {}
