package host_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"gatehouse/host"
	"gatehouse/permissions"
	"gatehouse/skill"
	"gatehouse/worker"
)

func TestExplain(t *testing.T) {
	denied := func(c permissions.Code) error { return &permissions.DeniedError{Code: c, Grant: "fs:read:/x"} }
	for _, c := range []struct {
		name string
		err  error
		code host.Code
		exit int
		said string
	}{
		{"no", denied(permissions.CodeDenied), "denied", 3, "may not have fs:read:/x"},
		{"never declared", denied(permissions.CodeUndeclared), "undeclared", 3, "manifest does not ask for"},
		{"nobody answered", denied(permissions.CodeTimeout), "approval_timeout", 5, "nobody answered"},
		{"nobody to ask", denied(permissions.CodeUnavailable), "approver_unavailable", 5, "nobody could be asked"},
		{"a full queue", denied(permissions.CodeTooMany), "too_many_requests", 4, "too many questions"},
		{"a full disk", denied(permissions.CodeStorage), "storage", 7, "could not be written"},
		{"a refusal under other words", fmt.Errorf("opening: %w", denied(permissions.CodeDenied)), "denied", 3, "may not have"},
		{"drift", &skill.DriftError{Skill: "s"}, "drift", 6, "has changed"},
		{"a broken skill", &skill.InvalidError{Place: "skill.json#", Reason: "no"}, "invalid_skill", 2, "no"},
		{"broken code", &worker.InvalidError{Reason: "no"}, "invalid_skill", 2, "cannot run"},
		{"a limit", &worker.LimitError{Code: worker.CodeTime, Limit: "1s", Used: "2s"}, "limit_time", 4, "the limit is 1s"},
		{"a worker out of memory", fmt.Errorf("%w: %w", worker.ErrCrashed, &worker.LimitError{Code: worker.CodeMemory, Limit: "1GiB", Used: "more"}), "limit_memory", 4, "the limit is 1GiB"},
		{"too many files", &worker.LimitError{Code: worker.CodeFiles, Limit: "64", Used: "more"}, "limit_files", 4, "files open at once"},
		{"a guest that fails", &worker.GuestError{Exit: 3, Stderr: "first\nsecond"}, "guest_error", 1, "the skill says: first"},
		{"a guest that fails without a word", &worker.GuestError{Exit: 3}, "guest_error", 1, "status 3 and said nothing"},
		{"a trap", &worker.TrapError{Reason: "unreachable"}, "guest_error", 1, "unreachable"},
		{"a crash", fmt.Errorf("%w: signal", worker.ErrCrashed), "guest_error", 1, "signal"},
		{"a call that went away", fmt.Errorf("asking: %w", context.Canceled), "cancelled", 130, "cancelled"},
		{"one of our own", &host.Error{Code: host.CodeNotFound, Message: "none"}, "not_found", 2, "none"},
		{"what nobody knows", errors.New("surprise"), "internal", 7, "surprise"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := host.Explain(c.err)
			if e.Code != c.code || e.Code.Exit() != c.exit || !strings.Contains(e.Message, c.said) {
				t.Errorf("Explain() = %s, exit %d, %q; want %s, exit %d, with %q", e.Code, e.Code.Exit(), e.Message, c.code, c.exit, c.said)
			}
		})
	}
	if e := host.Explain(nil); e != nil {
		t.Errorf("Explain(nil) = %v", e)
	}
}

// The table of the docs is what programs are written against.
func TestExitStatusesAreThoseOfTheDocs(t *testing.T) {
	text, err := os.ReadFile("../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`(?m)^\| (\d+) \|(.*)$`).FindAllStringSubmatch(string(text), -1)
	if len(rows) < 8 {
		t.Fatalf("docs/architecture.md has %d rows of statuses; want all", len(rows))
	}
	for _, row := range rows {
		want, _ := strconv.Atoi(row[1])
		for _, code := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(row[2], -1) {
			if got := host.Code(code[1]).Exit(); got != want {
				t.Errorf("%s exits with %d; docs/architecture.md says %d", code[1], got, want)
			}
		}
	}
}
