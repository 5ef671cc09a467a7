package host_test

import (
	"errors"
	"fmt"
	"testing"

	"gatehouse/audit"
	"gatehouse/host"
	"gatehouse/internal/guesttest"
	"gatehouse/permissions"
	"gatehouse/skill"
	"gatehouse/worker"
)

// TestEveryCallHasItsLines makes calls that fail in every way: each begins and ends in the record, with the code that
// its caller got.
func TestEveryCallHasItsLines(t *testing.T) {
	pkg := guestSkill(t)
	for _, test := range []struct {
		name    string
		library host.Library
		call    host.Call
		code    host.Code
		// requests is how many lines stand between the two.
		requests int
	}{
		{"fine", one{pkg}, host.Call{Skill: pkg.Manifest.Name, Tool: "run", Input: []byte(`{"do":"echo","text":"1"}`)}, "", 0},
		{"a skill that is not there", none{skill.ErrNotFound}, host.Call{Skill: "none", Tool: "run"}, host.CodeNotFound, 0},
		{"a skill that was changed", none{&skill.DriftError{}}, host.Call{Skill: "changed", Tool: "run"}, host.CodeDrift, 0},
		{"a tool that is not there", one{pkg}, host.Call{Skill: pkg.Manifest.Name, Tool: "none"}, host.CodeNotFound, 0},
		{"an input that does not fit", one{pkg}, host.Call{Skill: pkg.Manifest.Name, Tool: "run", Input: []byte(`[`)}, host.CodeInput, 0},
		{"a folder that cannot be one", one{pkg}, host.Call{Skill: pkg.Manifest.Name, Tool: "run", Workspace: "/", Input: []byte(`{}`)}, host.CodeInput, 0},
		{"a refusal", one{pkg}, host.Call{Skill: pkg.Manifest.Name, Tool: "run", Input: []byte(`{"do":"read","path":"/etc/hostname"}`)}, host.CodeUndeclared, 1},
		{"too much memory", one{pkg}, host.Call{Skill: pkg.Manifest.Name, Tool: "run", Input: []byte(`{"do":"grow","n":500}`)}, "limit_memory", 0},
		{"too much said", one{pkg}, host.Call{Skill: pkg.Manifest.Name, Tool: "run", Input: []byte(`{"do":"flood"}`)}, "limit_output", 0},
		{"a guest that fails", one{pkg}, host.Call{Skill: pkg.Manifest.Name, Tool: "run", Input: []byte(`{"do":"exit","n":3}`)}, host.CodeGuest, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			log, err := audit.Open(t.TempDir(), audit.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { log.Close() })
			h := host.New(host.Options{
				Library: test.library, Broker: permissions.NewBroker(permissions.Options{Recorder: log}), Audit: log,
				Pool: worker.NewPool(worker.Options{Program: guesttest.Worker(t), Cache: cache}), Changes: host.NewChanges(), Home: "/nowhere",
			})
			t.Cleanup(func() { h.Close() })
			test.call.Client, test.call.Session = "terminal", "s"
			result, err := h.Call(t.Context(), test.call)
			var code host.Code
			if failed := new(host.Error); errors.As(err, &failed) {
				code = failed.Code
			}
			if code != test.code {
				t.Fatalf("Call = %v (%s); want %q", err, code, test.code)
			}
			lines, err := log.List(audit.Filter{Call: result.Call})
			if err != nil || len(lines) != 2+test.requests {
				t.Fatalf("the record has %d lines, %v; want %d", len(lines), err, 2+test.requests)
			}
			ended, began := lines[0], lines[len(lines)-1]
			if ended.Kind != audit.KindResult || ended.Outcome != string(test.code) || ended.Refusals != test.requests {
				t.Errorf("the last line is %+v; want a result with %q", ended, test.code)
			}
			if began.Kind != audit.KindCall || began.Subject.Skill != test.call.Skill || began.Subject.Client != "terminal" || began.Tool != test.call.Tool {
				t.Errorf("the first line is %+v; want the call", began)
			}
		})
	}
}

// none is a library that fails.
type none struct{ err error }

func (n none) Names() ([]string, error) { return nil, nil }
func (n none) Load(name string) (*skill.Package, error) {
	return nil, fmt.Errorf("loading %q: %w", name, n.err)
}
