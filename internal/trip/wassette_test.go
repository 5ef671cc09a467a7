//go:build trip

package trip_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/trip"
)

// TestAnAgentForWassette turns Wassette's tools on, has an agent grant a skill a folder with them, and answers as a person
// in the real window: no first, and then yes.
func TestAnAgentForWassette(t *testing.T) {
	m, ctx := machine(t)
	must(t, m.Open(ctx))
	clients, err := filepath.Abs("../../build/mcp-clients")
	must(t, err)

	on, err := m.Start(ctx, "mcp", "wassette", "on")
	must(t, err)
	must(t, m.Asked(ctx, "Give agents the tools of Wassette?"))
	picture(t, ctx, m, "wassette", trip.Ask)
	press(t, ctx, m, "button", "Allow")
	if o, err := on.Wait(); err != nil || o.Exit != 0 {
		t.Fatalf("mcp wassette on ended with %d, %v: %s", o.Exit, err, o.Err)
	}

	grant := func() (end func() string) {
		agent := exec.CommandContext(ctx, filepath.Join(clients, "node_modules", "node", "bin", "node"), filepath.Join(clients, "call.mjs"),
			"grant-storage-permission", `{"component_id":"files","details":{"uri":"fs://**","access":["read"]}}`,
			m.Program, "mcp", "--home", m.Home, "--workspace", m.Folder)
		agent.Env = []string{"HOME=" + os.Getenv("HOME"), "PATH=" + os.Getenv("PATH")}
		var said strings.Builder
		agent.Stdout, agent.Stderr = &said, os.Stderr
		must(t, agent.Start())
		return func() string {
			if err := agent.Wait(); err != nil {
				t.Fatalf("the agent: %v\n%s", err, said.String())
			}
			return said.String()
		}
	}
	end := grant()
	must(t, m.Asked(ctx, "Let skills work in letters?"))
	press(t, ctx, m, "button", "Allow")
	must(t, m.Asked(ctx, "Give permissions to files?"))
	picture(t, ctx, m, "grant", trip.Ask)
	press(t, ctx, m, "button", "Deny*")
	if said := end(); !strings.Contains(said, "denied") || strings.Contains(said, "granted successfully") {
		t.Errorf("after a no the agent heard %s", said)
	}

	end = grant() // in a session of its own, in which nobody has seen this nameless client
	must(t, m.Asked(ctx, "Let skills work in letters?"))
	press(t, ctx, m, "button", "Allow")
	must(t, m.Asked(ctx, "Give permissions to files?"))
	press(t, ctx, m, "button", "Allow")
	if said := end(); !strings.Contains(said, "permission granted successfully") {
		t.Errorf("after a yes the agent heard %s", said)
	}
}
