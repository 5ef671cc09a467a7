// Package powers names everything the host can do for a guest: files, environment, HTTP, secrets, values and calls
// to other skills. It holds interfaces and plain values only. Every value crosses the boundary between a worker and
// the host, so nothing here points into a process: no *os.File, no channel, no function.
//
// Package powers/local does these things in the host, asking first; package worker does them from a worker by
// sending them to the host. A guest's adapter (sandbox/wasip1 and its like) is written over this package and cannot
// tell the two apart.
//
// A method returns permissions.ErrDenied (through a *permissions.DeniedError) where the answer was no; adapters turn
// that into the error of their own world, such as EACCES. Each method may block for as long as a person takes to
// answer: it returns early only when ctx ends.
package powers

import "context"

// Set is what one call may reach. A nil field is a power that this call does not have; an adapter answers for it as
// for a refusal.
type Set struct {
	Files Files
	Env   Env
	HTTP  HTTP
	// Secrets, Values and Calls are declared, and refused, until their own rooms exist.
	Secrets Secrets
	Values  Values
	Calls   Calls
}

// Env answers for single environment variables.
type Env interface {
	// Lookup returns the value that name has for this call, and whether it has one.
	Lookup(ctx context.Context, name string) (string, bool, error)
}

// Secrets hands out placeholders; the stored value stays with the host.
type Secrets interface {
	// Placeholder returns the opaque text that stands for the secret named name in this call.
	Placeholder(ctx context.Context, name string) (string, error)
}

// Values is the skill's own store, one per workspace.
type Values interface {
	Load(ctx context.Context, key string) ([]byte, bool, error)
	Store(ctx context.Context, key string, value []byte) error
}

// Calls reaches a tool of another skill.
type Calls interface {
	// Call runs skill's tool with input, a JSON value, and returns its output, a JSON value.
	Call(ctx context.Context, skill, tool string, input []byte) ([]byte, error)
}
