package host

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gatehouse/permissions"
	"gatehouse/skill"
	"gatehouse/worker"
)

// Code is the word for one kind of failure. The same word stands in --json errors, API problems, records and docs.
type Code string

// The codes of contract.md. Those of refusals and limits stand in permissions and worker and are Codes too.
const (
	CodeGuest       Code = "guest_error"
	CodeInput       Code = "invalid_input"
	CodeSkill       Code = "invalid_skill"
	CodeUnsupported Code = "unsupported"
	CodeNotFound    Code = "not_found"
	CodeDrift       Code = "drift"
	CodeInternal    Code = "internal"
	CodeNoHost      Code = "host_unavailable"
	CodeStorage     Code = "storage"
	CodeCancelled   Code = "cancelled"
	CodePending     Code = "approval_pending"
	CodeChanged     Code = "changed"
	CodeDenied           = Code(permissions.CodeDenied)
	CodeUndeclared       = Code(permissions.CodeUndeclared)
	CodeTimeout          = Code(permissions.CodeTimeout)
	CodeUnavailable      = Code(permissions.CodeUnavailable)
)

var exits = map[Code]int{
	CodeGuest: 1,
	CodeInput: 2, CodeSkill: 2, CodeUnsupported: 2, CodeNotFound: 2,
	CodeDenied: 3, CodeUndeclared: 3,
	"limit_memory": 4, "limit_time": 4, "limit_fuel": 4, "limit_stack": 4, "limit_output": 4, "limit_requests": 4,
	"limit_payload": 4, "limit_files": 4, "too_many_requests": 4,
	CodePending: 5, CodeTimeout: 5, CodeUnavailable: 5,
	CodeDrift: 6, "signature": 6, CodeChanged: 6,
	CodeInternal: 7, CodeNoHost: 7, CodeStorage: 7, "secret_unavailable": 7,
	CodeCancelled: 130,
}

// Exit is the exit status of a program that ends with this code.
func (c Code) Exit() int {
	if n, ok := exits[c]; ok {
		return n
	}
	return exits[CodeInternal]
}

// Error is a failure in the words that people and programs get. Message and Hint are for people; Grant and Call are
// set where there is one. Detail is a guest's own text and hostile.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	Grant   string `json:"grant,omitempty"`
	Call    string `json:"call,omitempty"`
	Detail  string `json:"detail,omitempty"`

	cause error
}

// Error is the message alone.
func (e *Error) Error() string { return e.Message }

// Unwrap returns what caused the failure, for errors.Is in this program; it crosses no wire.
func (e *Error) Unwrap() error { return e.cause }

// Explain turns any error of the rooms below into an Error. An error it does not know is CodeInternal, told in full:
// the reader is the person whose machine it is.
func Explain(err error) *Error {
	var (
		known   *Error
		denied  *permissions.DeniedError
		invalid *skill.InvalidError
		drift   *skill.DriftError
		limit   *worker.LimitError
		guest   *worker.GuestError
		trap    *worker.TrapError
		binary  *worker.InvalidError
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return known
	case errors.As(err, &denied):
		return explainDenied(denied)
	case errors.As(err, &drift):
		return &Error{Code: CodeDrift, Message: err.Error(), cause: err,
			Hint: "if you changed it yourself, add it again: gatehouse skill add FOLDER"}
	case errors.Is(err, skill.ErrUnsupported):
		return &Error{Code: CodeUnsupported, Message: err.Error(), cause: err}
	case errors.As(err, &invalid):
		return &Error{Code: CodeSkill, Message: err.Error(), Hint: invalid.Hint, cause: err}
	case errors.As(err, &limit):
		return explainLimit(limit, err)
	case errors.As(err, &guest):
		return explainGuest(guest)
	case errors.As(err, &trap):
		return &Error{Code: CodeGuest, Message: "the skill broke off: " + trap.Reason, cause: err}
	case errors.As(err, &binary):
		return &Error{Code: CodeSkill, Message: err.Error(), cause: err}
	case errors.Is(err, worker.ErrCrashed):
		return &Error{Code: CodeGuest, Message: err.Error(), cause: err,
			Hint: "nothing else was touched; the next call starts a new worker"}
	case errors.Is(err, context.Canceled):
		return &Error{Code: CodeCancelled, Message: "the call was cancelled", cause: err}
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Code: CodeTimeout, Message: "the call took too long to be answered", cause: err}
	}
	return &Error{Code: CodeInternal, Message: err.Error(), cause: err}
}

func explainDenied(e *permissions.DeniedError) *Error {
	if e.Rule == permissions.RuleProposed {
		return explainProposal(e)
	}
	out := &Error{Code: Code(e.Code), Grant: e.Grant, cause: e}
	switch e.Code {
	case permissions.CodeUndeclared:
		out.Message = fmt.Sprintf("the skill wanted %s, which its manifest does not ask for", e.Grant)
		out.Hint = "only a new version of the skill can ask for more"
	case permissions.CodeTimeout:
		out.Message = fmt.Sprintf("nobody answered whether the skill may have %s", e.Grant)
		out.Hint = "call it again and answer in the Gatehouse window"
	case permissions.CodeUnavailable:
		out.Message = fmt.Sprintf("nobody could be asked whether the skill may have %s", e.Grant)
		out.Hint = "run 'gatehouse open' on your desktop, or use --here in a terminal"
	case permissions.CodeTooMany:
		out.Message = "too many questions of this skill wait for an answer"
	case permissions.CodeStorage:
		out.Message = "the decision or its record could not be written, so the answer is no"
		out.Hint = "'gatehouse doctor' says what is wrong with the disk"
	default:
		out.Message = fmt.Sprintf("the skill may not have %s", e.Grant)
		out.Hint = "'gatehouse grant explain' says what decides; your decisions stand in the Gatehouse window"
	}
	return out
}

// explainProposal says what became of a change that was only proposed.
func explainProposal(e *permissions.DeniedError) *Error {
	out := &Error{Code: Code(e.Code), Message: "the answer was no, so nothing has changed", cause: e}
	switch e.Code {
	case permissions.CodeTimeout:
		out.Message = "nobody answered, so nothing has changed"
	case permissions.CodeUnavailable:
		out.Message = "nobody could be asked, so nothing has changed"
		out.Hint = "run 'gatehouse open' on your desktop"
	}
	return out
}

func explainGuest(e *worker.GuestError) *Error {
	said := strings.TrimSpace(e.Stderr)
	out := &Error{Code: CodeGuest, Detail: said, cause: e}
	if first, _, _ := strings.Cut(said, "\n"); first != "" {
		out.Message = "the skill says: " + first
	} else {
		out.Message = fmt.Sprintf("the skill ended with status %d and said nothing", e.Exit)
	}
	return out
}
