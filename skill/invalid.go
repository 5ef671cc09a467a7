package skill

import (
	"errors"
	"fmt"
)

// ErrUnsupported is wrapped by Load and LoadWasm for a skill that is well formed but of a kind that this release
// cannot run.
var ErrUnsupported = errors.New("this release cannot run it")

// InvalidError says what is wrong with a skill, its input or its output, and where. It may quote what a stranger
// wrote, always through %q.
type InvalidError struct {
	// Place is a file and a JSON pointer into it ("skill.json#/limits/memory"), a line or a byte; for input and
	// output the file is "input" or "output".
	Place string
	// Reason is one plain sentence without a period.
	Reason string
	// Hint says what to do about it; empty where the reason says it all.
	Hint string
}

// Error gives place and reason; the hint is for callers that print on lines of their own.
func (e *InvalidError) Error() string { return e.Place + ": " + e.Reason }

func invalid(place, format string, args ...any) *InvalidError {
	return &InvalidError{Place: place, Reason: fmt.Sprintf(format, args...)}
}

func (e *InvalidError) hint(format string, args ...any) *InvalidError {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}
