package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/audit"
)

// agent is an MCP client of the Go SDK at the other end of a real `gatehouse mcp`.
type agent struct {
	*mcp.ClientSession
	t    *testing.T
	pipe *exec.Cmd

	mu   sync.Mutex
	said []string // in progress messages
}

// agentOptions are what a test's client can do.
type agentOptions struct {
	revision string
	elicit   func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error)
	changed  func()
	args     []string
	token    string
}

// agent starts a pipe with no more than agents give it, and connects to it.
func (d *desk) agent(o agentOptions) *agent {
	d.t.Helper()
	a := &agent{t: d.t}
	cmd := exec.Command(program(), append([]string{"mcp", "--home", d.home, "--workspace", d.folder}, o.args...)...)
	cmd.Dir = "/"
	for _, name := range []string{"HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER"} {
		cmd.Env = append(cmd.Env, name+"="+os.Getenv(name))
	}
	if o.token != "" {
		cmd.Env = append(cmd.Env, "GATEHOUSE_CLIENT="+o.token)
	}
	cmd.Stderr = os.Stderr
	a.pipe = cmd
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, &mcp.ClientOptions{
		ElicitationHandler: o.elicit,
		ProgressNotificationHandler: func(_ context.Context, r *mcp.ProgressNotificationClientRequest) {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.said = append(a.said, r.Params.Message)
		},
		ToolListChangedHandler: func(context.Context, *mcp.ToolListChangedRequest) {
			if o.changed != nil {
				o.changed()
			}
		},
	})
	session, err := client.Connect(d.t.Context(), &mcp.CommandTransport{Command: cmd, TerminateDuration: 3 * time.Second},
		&mcp.ClientSessionOptions{ProtocolVersion: o.revision})
	if err != nil {
		d.t.Fatal(err)
	}
	a.ClientSession = session
	d.t.Cleanup(func() { session.Close() })
	return a
}

// outcome is a tool's result, or the error of the protocol.
type outcome struct {
	*mcp.CallToolResult
	err error
}

func (o outcome) text() string {
	if o.err != nil {
		return o.err.Error()
	}
	var all []string
	for _, c := range o.Content {
		if text, ok := c.(*mcp.TextContent); ok {
			all = append(all, text.Text)
		}
	}
	return strings.Join(all, "\n")
}

func (o outcome) meta(name string) string {
	if o.CallToolResult == nil {
		return ""
	}
	text, _ := o.Meta[name].(string)
	return text
}

// call begins a tool call whose outcome comes on the channel.
func (a *agent) call(tool string, arguments any) <-chan outcome {
	return a.callIn(a.t.Context(), tool, arguments)
}

func (a *agent) callIn(ctx context.Context, tool string, arguments any) <-chan outcome {
	out := make(chan outcome, 1)
	params := &mcp.CallToolParams{Name: tool, Arguments: arguments}
	params.SetProgressToken(tool)
	go func() {
		result, err := a.CallTool(ctx, params)
		out <- outcome{result, err}
	}()
	return out
}

func (a *agent) told(message string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, said := range a.said {
		if said == message {
			return true
		}
	}
	return false
}

func path(name string) map[string]any { return map[string]any{"path": name} }

// await returns what comes on the channel, in time.
func await(t *testing.T, out <-chan outcome) outcome {
	t.Helper()
	select {
	case o := <-out:
		return o
	case <-time.After(3 * patience): // a skill may be compiled on the way
		t.Fatal("no outcome came")
		return outcome{}
	}
}

// collect returns what comes of a call that nobody has to be asked for any more, also where it takes so long that its
// client gets a ticket first.
func (a *agent) collect(out <-chan outcome) outcome {
	a.t.Helper()
	o := await(a.t, out)
	for late := time.Now().Add(patience); o.meta("gatehouse/code") == "approval_pending" && time.Now().Before(late); {
		o = await(a.t, a.call("gatehouse_resume", ticketOf(o)))
	}
	return o
}

// allow answers every question with its quick yes until the outcome comes.
func (d *desk) allow(out <-chan outcome) outcome {
	d.t.Helper()
	ctx, stop := context.WithCancel(d.t.Context())
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		for d.answer(ctx, "-", "quick") == nil {
		}
	}()
	defer func() { stop(); <-answered }()
	return await(d.t, out)
}

// recordOf returns the record's lines of one kind, the newest first.
func (d *desk) recordOf(kind string) []audit.Record {
	d.t.Helper()
	var lines []audit.Record
	for before := uint64(0); ; {
		var body struct{ Records []audit.Record }
		if err := d.window.get(d.t.Context(), fmt.Sprintf("/api/audit?limit=1000&before=%d", before), &body); err != nil {
			d.t.Fatal(err)
		}
		for _, r := range body.Records {
			before = r.Seq
			if r.Kind == kind {
				lines = append(lines, r)
			}
		}
		if len(body.Records) < 1000 || before <= 1 {
			return lines
		}
	}
}

func TestAgentOfEveryRevisionReadsAFile(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, revision := range []string{"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"} {
		t.Run(revision, func(t *testing.T) {
			a := d.agent(agentOptions{revision: revision})
			if got := a.InitializeResult().ProtocolVersion; got != revision {
				t.Fatalf("it speaks %s", got)
			}
			tools, err := a.ListTools(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			byName := map[string]*mcp.Tool{}
			for _, tool := range tools.Tools {
				byName[tool.Name] = tool
			}
			read := byName["files_read"]
			if read == nil || byName["gatehouse_resume"] == nil || byName["gatehouse_search_skills"] == nil {
				t.Fatalf("the tools are %v", byName)
			}
			if read.OutputSchema == nil || !read.Annotations.ReadOnlyHint || !strings.HasPrefix(read.Description, "The skill files says: ") {
				t.Errorf("files_read is %+v; want schema, annotations, and whose words they are", read)
			}

			call := a.call("files_read", path("letter.txt"))
			o := d.allow(call)
			if o.err != nil || o.IsError || !strings.Contains(o.text(), letter) {
				t.Fatalf("the call: %v %s", o.err, o.text())
			}
			structured, _ := json.Marshal(o.StructuredContent)
			if has := strings.Contains(string(structured), letter); has != (revision >= "2025-06-18") {
				t.Errorf("structured content at %s: %s", revision, structured)
			}
			if !a.told("waiting for your permission in Gatehouse") {
				t.Error("nobody told the client that the call waits")
			}

			refused := a.call("files_read", path("letter.txt"))
			d.must("letter.txt", "deny")
			o = await(t, refused)
			if o.err != nil || !o.IsError || o.meta("gatehouse/code") != "denied" || !strings.Contains(o.meta("gatehouse/grant"), "letter.txt") {
				t.Errorf("the refusal: %v %+v", o.err, o.CallToolResult)
			}
			if text := o.text(); text != "Gatehouse: denied: fs:read:${workspace}/letter.txt was not permitted. The person can decide in Gatehouse." {
				t.Errorf("the refusal says %q; want code, grant, that the person can decide, and no more", text)
			}
			a.Close()
		})
	}
}
