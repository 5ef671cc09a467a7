package sandbox

import (
	"errors"
	"fmt"
)

// InvalidError says why code cannot run at all. Reason is a sentence about "it"; it may quote the code and is hostile.
type InvalidError struct {
	Reason string
	// Unsupported is true for a kind of WebAssembly that cannot run yet, rather than a broken one.
	Unsupported bool

	cause error
}

func (e *InvalidError) Error() string { return "the code cannot run: " + e.Reason }

// Unwrap returns what the runtime said, where it said something.
func (e *InvalidError) Unwrap() error { return e.cause }

func invalid(format string, a ...any) *InvalidError {
	return &InvalidError{Reason: fmt.Sprintf(format, a...)}
}

// Resource is what a limit bounds.
type Resource string

// The limited resources. Memory, Stack and Output are counted in bytes, Time in nanoseconds, Fuel as package meter does.
const (
	Memory Resource = "memory"
	Stack  Resource = "stack"
	Time   Resource = "time"
	Fuel   Resource = "fuel"
	Output Resource = "output"
)

// LimitError is returned for a call that went past a limit: it had Limit and wanted or used Used.
type LimitError struct {
	Resource    Resource
	Limit, Used uint64
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("the call went past its %s: %d of %d", e.Resource, e.Used, e.Limit)
}

// ExitError is returned for a guest that ended itself with a code other than 0. What it said is in Result.Stderr.
type ExitError struct{ Code uint32 }

func (e *ExitError) Error() string { return fmt.Sprintf("the guest exited with code %d", e.Code) }

// TrapError is returned for a guest that did what no guest may, such as reading outside its memory.
type TrapError struct{ Reason string }

func (e *TrapError) Error() string { return "the guest trapped: " + e.Reason }

// ErrPower is returned where a power panicked: a fault of ours, not of the guest.
var ErrPower = errors.New("a power failed")
