package host_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"gatehouse/host"
	"gatehouse/permissions"
)

// looks is a person who looks at every question until it is withdrawn.
type looks chan permissions.Prompt

func (l looks) Ask(ctx context.Context, p permissions.Prompt, _ func() int) (permissions.Answer, error) {
	l <- p
	<-ctx.Done()
	return permissions.Answer{}, ctx.Err()
}

// Calls that the person ends, one after another and each at once, are not held against their client: its next question is
// shown like any.
func TestEndingCallsIsNotHeldAgainstTheirClient(t *testing.T) {
	person, pkg := make(looks), guestSkill(t)
	h := newHost(t, pkg, permissions.Options{Prompter: person})
	call := host.Call{Skill: pkg.Manifest.Name, Tool: "run", Workspace: t.TempDir(), Client: "one", Session: "s", Input: json.RawMessage(`{"do":"echo"}`)}
	for name, end := range map[string]func(string) error{
		"one call":     h.Cancel,
		"the skill's":  func(string) error { h.Stop(pkg.Manifest.Name); return nil },
		"the client's": func(string) error { h.StopClient("one"); return nil },
	} {
		for range 3 {
			done := make(chan error, 1)
			go func() {
				_, err := h.Call(t.Context(), call)
				done <- err
			}()
			select {
			case p := <-person:
				if err := end(p.Call); err != nil {
					t.Fatal(err)
				}
			case err := <-done:
				t.Fatalf("%s: the call ended with %v and no question", name, err)
			case <-time.After(time.Minute):
				t.Fatalf("%s: the question was not shown", name)
			}
			if err := <-done; host.Explain(err).Code != host.CodeCancelled {
				t.Errorf("%s: the call ended with %v, want cancelled", name, err)
			}
		}
	}
}
