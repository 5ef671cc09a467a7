package permissions

import "errors"

// Code is the word for one kind of refusal; the same word stands in errors, records and on screens.
type Code string

// The codes of a refusal.
const (
	CodeDenied      Code = "denied"
	CodeUndeclared  Code = "undeclared"
	CodeTimeout     Code = "approval_timeout"
	CodeUnavailable Code = "approver_unavailable"
	CodeTooMany     Code = "too_many_requests"
	CodeStorage     Code = "storage"
)

var (
	// ErrDenied is matched by every refusal, whatever its code.
	ErrDenied = errors.New("permission denied")
	// ErrUnavailable is returned by a Prompter that can reach nobody.
	ErrUnavailable = errors.New("nobody can be asked")
	// ErrNotFound is returned by Store.Revoke and Broker.Deny for an ID that is not there.
	ErrNotFound = errors.New("not found")
)

// DeniedError is a refusal. Code and Grant may go to guest and agent; Rule is for the person alone: a refusal is not
// a map.
type DeniedError struct {
	Code  Code
	Grant string
	// Rule says what decided, as in Event.Rule.
	Rule string
}

// Error says the code and the grant and nothing of the rule.
func (e *DeniedError) Error() string { return string(e.Code) + ": " + e.Grant }

// Is makes every refusal an ErrDenied.
func (e *DeniedError) Is(target error) bool { return target == ErrDenied }
