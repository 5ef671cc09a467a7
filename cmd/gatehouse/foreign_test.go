//go:build foreign && unix

package main_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// foreign is the folder of the clients and suites that are not ours; make test installs them.
const foreign = "../../build/mcp-clients"

// node runs a program of foreign with the Node that the suites want.
func node(ctx context.Context, program string, args ...string) *exec.Cmd {
	modules := filepath.Join(foreign, "node_modules")
	cmd := exec.CommandContext(ctx, filepath.Join(modules, "node", "bin", "node"), append([]string{program}, args...)...)
	cmd.WaitDelay = time.Second
	return cmd
}

// TestConformance runs the protocol's own suites against our server with real skills. What does not apply to it stands in
// lists with reasons, which cannot grow by themselves: the suites fail for what passes in spite of them, and this counts.
func TestConformance(t *testing.T) {
	d := emptyDesk(t)
	install(t, d.home, "test", "json")
	d.sit()
	for _, c := range []struct {
		suite, list   string
		version       []string
		left, written int
	}{
		{"conformance-0.1", "0.1", nil, 17, 15},
		{"conformance-0.2", "2025-11-25", []string{"--spec-version", "2025-11-25"}, 17, 16},
		{"conformance-0.2", "2026-07-28", []string{"--spec-version", "2026-07-28"}, 28, 13},
	} {
		t.Run(c.suite+" "+c.list, func(t *testing.T) {
			list, err := filepath.Abs(filepath.Join(foreign, "not-applicable-"+c.list+".yaml"))
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(list)
			if err != nil {
				t.Fatal(err)
			}
			entries := regexp.MustCompile(`(?m)^  - \S+ # .{10,}$`).FindAllString(string(text), -1)
			if all := strings.Count(string(text), "\n  - "); len(entries) != c.left || all != c.left {
				t.Fatalf("%s has %d entries, %d of them with a reason; want %d: more may be left out only with a reason, here and there", list, all, len(entries), c.left)
			}
			program := filepath.Join(foreign, "node_modules", c.suite, "dist", "index.js")
			args := append([]string{"server", "--url", d.agents, "--suite", "all", "--expected-failures", list}, c.version...)
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			said, err := node(ctx, program, args...).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, said)
			}
			passed := len(regexp.MustCompile(`(?m)^✓ .*: [1-9][0-9]* passed`).FindAllString(string(said), -1))
			if passed < c.written {
				t.Errorf("only %d scenarios passed; want at least %d\n%s", passed, c.written, said)
			}
			t.Logf("%d scenarios passed", passed)
		})
	}
}

// step is a line of call.mjs.
type step struct {
	Step    string
	Names   []string
	Message string
	Text    string
	Result  struct {
		Content           []struct{ Type, Text string }
		StructuredContent struct{ Content string }
		IsError           bool
	}
}

// typescript begins call.mjs.
func (d *desk) typescript(tool, arguments string) <-chan step {
	d.t.Helper()
	cmd := node(d.t.Context(), filepath.Join(foreign, "call.mjs"), tool, arguments, program(), "mcp", "--home", d.home, "--workspace", d.folder)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	steps := make(chan step, 100)
	go func() {
		defer close(steps)
		for in := bufio.NewScanner(out); in.Scan(); {
			var s step
			if err := json.Unmarshal(in.Bytes(), &s); err != nil {
				s = step{Step: "error", Message: fmt.Sprint(err, in.Text())}
			}
			steps <- s
		}
		cmd.Wait()
	}()
	return steps
}

func (d *desk) wantStep(steps <-chan step, kind string) step {
	d.t.Helper()
	select {
	case s, ok := <-steps:
		if !ok || s.Step != kind {
			d.t.Fatalf("the client says %+v; want %q", s, kind)
		}
		return s
	case <-time.After(90 * time.Second):
		d.t.Fatalf("the client says nothing; want %q", kind)
		return step{}
	}
}

func TestTypeScriptClientWaitsForAnAnswer(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	steps := d.typescript("files_read", `{"path":"letter.txt"}`)
	if s := d.wantStep(steps, "tools"); !strings.Contains(strings.Join(s.Names, " "), "files_read") {
		t.Errorf("it sees %v", s.Names)
	}
	d.must(d.folder, "quick")
	d.must("letter.txt", "quick")
	if s := d.wantStep(steps, "result"); s.Result.IsError || !strings.Contains(s.Result.StructuredContent.Content, letter) {
		t.Errorf("the result is %+v", s.Result)
	}
	d.onlyOne()
}

// TestTypeScriptClientOutlastsItsSixtySeconds has the person answer when they are over. internal/trip waits two minutes, in a real
// window.
func TestTypeScriptClientOutlastsItsSixtySeconds(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	steps := d.typescript("files_read", `{"path":"letter.txt"}`)
	d.wantStep(steps, "tools")
	d.must(d.folder, "quick")
	d.look()
	if s := d.wantStep(steps, "waits"); !strings.Contains(s.Text, "gatehouse_resume") {
		t.Errorf("the client is told %q", s.Text)
	}
	time.Sleep(25 * time.Second) // the very thing that is tried
	d.must("letter.txt", "quick")
	for s := range steps {
		switch s.Step {
		case "waits":
		case "error": // it gave up a request that collects, from which the host learns
			if !strings.Contains(s.Message, "timed out") {
				t.Fatalf("the client failed: %s", s.Message)
			}
		default:
			if s.Result.IsError || !strings.Contains(s.Result.StructuredContent.Content, letter) {
				t.Errorf("the result is %+v", s.Result)
			}
			d.onlyOne()
			return
		}
	}
	t.Error("the client ended without a result")
}

func TestInspector(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	config := filepath.Join(t.TempDir(), "mcp.json")
	text, err := json.Marshal(map[string]any{"mcpServers": map[string]any{"gatehouse": map[string]any{
		"command": program(), "args": []string{"mcp", "--home", d.home, "--workspace", d.folder},
	}}})
	if err == nil {
		err = os.WriteFile(config, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	inspect := func(args ...string) (string, error) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		launcher := filepath.Join(foreign, "node_modules", "@modelcontextprotocol", "inspector", "clients", "launcher", "build", "index.js")
		cmd := node(ctx, launcher, append([]string{"--cli", "--config", config, "--server", "gatehouse"}, args...)...)
		cmd.Env = append(os.Environ(), "MCP_INSPECTOR_SECRET_STORE=memory")
		out, err := cmd.Output()
		return string(out), err
	}
	if out, err := inspect("--method", "tools/list"); err != nil || !strings.Contains(out, `"files_read"`) {
		t.Fatalf("tools/list: %v\n%s", err, out)
	}
	type said struct {
		out string
		err error
	}
	done := make(chan said, 1)
	go func() {
		out, err := inspect("--method", "tools/call", "--tool-name", "files_read", "--tool-arg", "path=letter.txt")
		done <- said{out, err}
	}()
	d.must(d.folder, "quick")
	d.must("letter.txt", "quick")
	if s := <-done; s.err != nil || !strings.Contains(s.out, letter) {
		t.Errorf("tools/call: %v\n%s", s.err, s.out)
	}
}
