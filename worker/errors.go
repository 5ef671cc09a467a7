package worker

import (
	"errors"
	"fmt"
)

// The codes of a LimitError.
const (
	CodeMemory  = "limit_memory"
	CodeTime    = "limit_time"
	CodeFuel    = "limit_fuel"
	CodeStack   = "limit_stack"
	CodeOutput  = "limit_output"
	CodeFiles   = "limit_files"
	CodeTooMany = "too_many_requests"
)

// LimitError is returned for a call that went past one of its limits, or that was one too many. Limit and Used are
// for people, with their units. Said is what the guest said where it failed for the limit, and hostile.
type LimitError struct{ Code, Limit, Used, Said string }

func (e *LimitError) Error() string {
	return fmt.Sprintf("%s: the limit is %s, and it came to %s", e.Code, e.Limit, e.Used)
}

// GuestError is returned for a guest that ended itself with a code other than 0. Stderr is what it said, and hostile.
type GuestError struct {
	Exit   uint32
	Stderr string
}

func (e *GuestError) Error() string { return fmt.Sprintf("the guest exited with code %d", e.Exit) }

// TrapError is returned for a guest that did what no guest may. Reason is hostile.
type TrapError struct{ Reason string }

func (e *TrapError) Error() string { return fmt.Sprintf("the guest trapped: %q", e.Reason) }

// InvalidError is returned for code that cannot run. Reason may quote the code, and is hostile.
type InvalidError struct {
	Reason string
	// Unsupported is true for a kind of WebAssembly that cannot run yet, rather than a broken one.
	Unsupported bool
}

func (e *InvalidError) Error() string { return fmt.Sprintf("the code cannot run: %s", e.Reason) }

// ErrCrashed is matched by the error of a call whose worker ended under it, and of every other call of that worker.
// The next call starts a new worker. The error says how it ended: by a signal, by an exit with its first words, which
// are hostile, or killed by us and why.
var ErrCrashed = errors.New("the worker ended")

// ErrPower is returned where a power panicked: a fault of ours, not of the guest.
var ErrPower = errors.New("a power failed")
