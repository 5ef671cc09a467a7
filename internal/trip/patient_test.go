//go:build trip

package trip_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/desktop"
	"gatehouse/internal/trip"
)

// TestAnAnswerAfterTwoMinutes has an agent of the TypeScript SDK call a tool through the real pipe, with the SDK's sixty
// seconds for each request, and a person who answers in the real window after two minutes. build/test.sh runs it beside
// other tests.
func TestAnAnswerAfterTwoMinutes(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute)
	defer cancel()
	m, err := trip.New(ctx, "../../bin/gatehouse")
	if errors.Is(err, desktop.ErrMissing) {
		t.Skip(err)
	}
	must(t, err)
	t.Cleanup(m.Close)
	must(t, m.Write("letter.txt", secret+"\n"))
	must(t, m.Open(ctx))

	clients, err := filepath.Abs("../../build/mcp-clients")
	must(t, err)
	agent := exec.CommandContext(ctx, filepath.Join(clients, "node_modules", "node", "bin", "node"), filepath.Join(clients, "call.mjs"),
		"files_read", `{"path":"letter.txt"}`, m.Program, "mcp", "--home", m.Home, "--workspace", m.Folder)
	agent.Env = []string{"HOME=" + os.Getenv("HOME"), "PATH=" + os.Getenv("PATH")}
	var said strings.Builder
	agent.Stdout, agent.Stderr = &said, os.Stderr
	began := time.Now()
	must(t, agent.Start())

	must(t, m.Asked(ctx, "Let skills work in letters?"))
	press(t, ctx, m, "button", "Allow")
	must(t, m.Asked(ctx, "Read letter.txt?"))
	time.Sleep(time.Until(began.Add(2 * time.Minute))) // a person who is away
	press(t, ctx, m, "button", "Allow once")

	if err := agent.Wait(); err != nil {
		t.Fatalf("the agent: %v\n%s", err, said.String())
	}
	for _, want := range []string{`"step":"waits"`, "gatehouse_resume", `"step":"result"`, secret} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("the agent's steps lack %q:\n%s", want, said.String())
		}
	}
	o, err := m.Run(ctx, "audit", "list", "--json")
	must(t, err)
	if calls := strings.Count(o.Out, `"kind":"call"`); calls != 1 {
		t.Errorf("the record has %d calls; want one\n%s", calls, o.Out)
	}
}
