//go:build unix

package main_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// wire is a real `gatehouse mcp` spoken to in lines, as no SDK would.
type wire struct {
	t     *testing.T
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan string
}

// reply is what comes back.
type reply struct {
	ID     json.RawMessage
	Method string
	Result map[string]any
	Error  struct {
		Code    int
		Message string
	}
	line string
}

func (d *desk) wire() *wire {
	d.t.Helper()
	w := &wire{t: d.t, lines: make(chan string, 10_000)}
	w.cmd = exec.Command(program(), "mcp", "--home", d.home, "--workspace", d.folder)
	w.cmd.Stderr = os.Stderr
	var err error
	if w.in, err = w.cmd.StdinPipe(); err != nil {
		d.t.Fatal(err)
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	if err := w.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { w.cmd.Process.Kill(); w.cmd.Wait() })
	go func() {
		defer close(w.lines)
		in := bufio.NewScanner(out)
		in.Buffer(nil, 64<<20)
		for in.Scan() {
			w.lines <- in.Text()
		}
	}()
	return w
}

func (w *wire) say(lines ...string) {
	w.t.Helper()
	for _, line := range lines {
		if _, err := io.WriteString(w.in, line+"\n"); err != nil {
			w.t.Fatal(err)
		}
	}
}

// hear returns the next line that is no notification.
func (w *wire) hear() reply {
	w.t.Helper()
	late := time.After(patience)
	for {
		select {
		case line, ok := <-w.lines:
			if !ok {
				w.t.Fatal("the pipe has ended")
			}
			r := reply{line: line}
			if strings.HasPrefix(line, "[") {
				return r
			}
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				w.t.Fatalf("standard output has something else than MCP: %q", line)
			}
			if r.Method == "" {
				return r
			}
		case <-late:
			w.t.Fatal("nothing was heard")
		}
	}
}

func (w *wire) initialize(revision string) {
	w.t.Helper()
	w.say(`{"jsonrpc":"2.0","id":"init","method":"initialize","params":{"protocolVersion":"`+revision+`","capabilities":{},"clientInfo":{"name":"wire","version":"1"}}}`,
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	if r := w.hear(); string(r.ID) != `"init"` || r.Result == nil {
		w.t.Fatalf("initialize: %s", r.line)
	}
}

// welcome has the person let the wire's client into the workspace.
func (w *wire) welcome(d *desk) {
	w.t.Helper()
	w.welcomeWith(d, func(tool, arguments string) string { return toolCall("welcome", tool, arguments) })
}

func (w *wire) welcomeWith(d *desk, call func(tool, arguments string) string) {
	w.t.Helper()
	out := make(chan outcome, 1)
	go func() {
		defer close(out)
		w.say(call("files_list", `{}`))
		for {
			r := w.hear()
			meta, _ := r.Result["_meta"].(map[string]any)
			state, _ := r.Result["requestState"].(string)
			switch {
			case state != "":
				w.say(round(1000, "files_list", `{}`, state))
			case meta["gatehouse/code"] == "approval_pending":
				w.say(call("gatehouse_resume", fmt.Sprintf(`{"ticket":%q}`, meta["gatehouse/ticket"])))
			default:
				return
			}
		}
	}()
	d.allow(out)
}

func toolCall(id any, tool, arguments string) string {
	name, _ := json.Marshal(id)
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":%q,"arguments":%s}}`, name, tool, arguments)
}

func TestBadMessagesHaveTheirErrorAndTheNextIsHeard(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	w := d.wire()
	w.initialize("2025-06-18")
	ping := `{"jsonrpc":"2.0","id":"after","method":"ping"}`
	for _, c := range []struct {
		name, line string
		id         string
		code       int
	}{
		{"no JSON", `{"jsonrpc":"2.0","id":1,`, "null", -32700},
		{"no JSON at all", `GET / HTTP/1.1`, "null", -32700},
		{"two values on a line", `{"jsonrpc":"2.0","id":1,"method":"ping"} {}`, "null", -32700},
		{"no message", `{"id":7,"method":"ping"}`, "7", -32600},
		{"a number", `17`, "null", -32600},
		{"an id that is none", `{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}`, "null", -32600},
		{"a batch in a revision without", `[{"jsonrpc":"2.0","id":1,"method":"ping"}]`, "1", -32600},
		{"a fraction for an id", `{"jsonrpc":"2.0","id":1.5,"method":"ping"}`, "1.5", -32600},
		{"more than a message may have", `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"x":"` + strings.Repeat("x", 17<<20) + `"}}}`, "null", -32600},
		{"an unknown method", `{"jsonrpc":"2.0","id":2,"method":"tools/grant"}`, "2", -32601},
		{"an unknown tool", toolCall(3, "files_burn", `{}`), "3", -32602},
		{"a tool of nobody", toolCall(4, "", `{}`), "4", -32602},
		{"parameters of another kind", `{"jsonrpc":"2.0","id":5,"method":"tools/call","params":[]}`, "5", -32602},
		{"a second beginning", `{"jsonrpc":"2.0","id":6,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}`, "6", 0},
		{"a forged state", `{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"files_list","arguments":{},"requestState":"AAAA"}}`, "8", -32602},
		{"a resource of nobody", `{"jsonrpc":"2.0","id":9,"method":"resources/read","params":{"uri":"gatehouse://result/ABCDEFGHIJ"}}`, "9", -32602},
		{"a resource elsewhere", `{"jsonrpc":"2.0","id":10,"method":"resources/read","params":{"uri":"file:///etc/passwd"}}`, "10", -32602},
		{"a skill's text by a way around", `{"jsonrpc":"2.0","id":11,"method":"resources/read","params":{"uri":"skill://../files/SKILL.md"}}`, "11", -32602},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			w.say(c.line, ping)
			r, next := w.hear(), w.hear()
			if string(r.ID) == `"after"` { // requests are answered as soon as they can be
				r, next = next, r
			}
			if c.code == 0 {
				c.code = r.Error.Code
			}
			if string(r.ID) != c.id || r.Error.Code != c.code || r.Error.Message == "" {
				t.Errorf("it says %.300s; want id %s and code %d", r.line, c.id, c.code)
			}
			if string(next.ID) != `"after"` || next.Result == nil {
				t.Errorf("the next message: %.300s", next.line)
			}
		})
	}
}

func TestArgumentsThatBreakTheSchema(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	w := d.wire()
	w.initialize("2025-11-25")
	for i, arguments := range []string{`{}`, `{"path":1}`, `{"path":"x","more":true}`, `{"path":""}`, `{"path":"x","offset":0}`, `[]`, `"x"`, `null`, `{"path":"x","path":"y"}`} {
		w.say(toolCall(i, "files_read", arguments))
		r := w.hear()
		meta, _ := r.Result["_meta"].(map[string]any)
		if r.Result["isError"] != true || meta["gatehouse/code"] != "invalid_input" {
			t.Errorf("%s: %s", arguments, r.line)
		}
	}
	for i, arguments := range []string{`{}`, `{"ticket":1}`, `{"ticket":"x","more":1}`, `[]`, `{"ticket":"` + strings.Repeat("x", 2000) + `"}`} {
		w.say(toolCall(i, "gatehouse_resume", arguments))
		if r := w.hear(); r.Result["isError"] != true || !strings.Contains(r.line, "invalid_input") {
			t.Errorf("%.100s: %s", arguments, r.line)
		}
	}
}

func TestBatchesOfTheRevisionThatHasThem(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	w := d.wire()
	w.initialize("2025-03-26")
	for range 2 { // a notice in it has no reply, and does not keep the others'
		w.say(`[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"notifications/x"},{"jsonrpc":"2.0","id":2,"method":"tools/list"}]`)
		if r := w.hear(); !strings.HasPrefix(r.line, "[") || !strings.Contains(r.line, "files_read") {
			t.Errorf("the batch: %.200s", r.line)
		}
	}
	for name, batch := range map[string]string{
		"empty": `[]`, "two of one id": `[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":1,"method":"ping"}]`,
		"with what is no message": `[{"jsonrpc":"2.0","method":"notifications/initialized"},3]`,
		"too long":                `[` + strings.Repeat(`1,`, 200) + `1]`,
	} {
		w.say(batch)
		if r := w.hear(); r.Error.Code != -32600 {
			t.Errorf("%s: %.200s", name, r.line)
		}
	}
	w.say(`{"jsonrpc":"2.0","id":"after","method":"ping"}`)
	if r := w.hear(); string(r.ID) != `"after"` {
		t.Errorf("the next message: %.200s", r.line)
	}
}

func TestThousandsOfCallsAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	w := d.wire()
	w.initialize("2025-11-25")
	w.welcome(d)
	const calls = 3000
	go func() {
		for i := range calls {
			io.WriteString(w.in, toolCall(i, "files_glob", `{"pattern":"*"}`)+"\n")
		}
	}()
	seen := map[string]int{}
	went, full := 0, 0
	for range calls {
		r := w.hear()
		seen[string(r.ID)]++
		meta, _ := r.Result["_meta"].(map[string]any)
		switch {
		case r.Result["isError"] == nil:
			went++
		case meta["gatehouse/code"] == "too_many_requests":
			full++
		default:
			t.Fatalf("a call: %s", r.line)
		}
	}
	// What runs and waits for its turn is more than comes at once; what would wait for too long is refused.
	if len(seen) != calls || went < 256 {
		t.Errorf("%d of %d calls were answered, %d with a result", len(seen), calls, went)
	}
	begun, outcomes := d.ran("glob")
	if begun > calls || begun < went || len(outcomes) > begun {
		t.Errorf("the record has %d calls and %d ends; %d went", begun, len(outcomes), went)
	}
	t.Logf("%d went, %d were too many", went, full)
}

func TestHostThatIsLost(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	w := d.wire()
	w.initialize("2025-06-18")
	w.say(toolCall(1, "files_list", `{}`))
	d.look() // it waits
	d.leave()
	if r := w.hear(); string(r.ID) != "1" || r.Error.Message != "the host restarted; see the record" {
		t.Errorf("the call that was lost: %s", r.line)
	}
	d.sit()
	w.say(`{"jsonrpc":"2.0","id":2,"method":"tools/list"}`)
	if r := w.hear(); string(r.ID) != "2" || r.Result == nil {
		t.Errorf("after the restart: %.200s; want the list and no second handshake", r.line)
	}
	if begun, _ := d.ran("list"); begun != 1 {
		t.Errorf("the record has %d calls; want the one that was lost", begun)
	}
	if err := d.nothing(t.Context()); err != nil {
		t.Errorf("the lost call asks again: %v", err)
	}
	// And once more, with nobody there: the pipe starts a host itself.
	d.leave()
	w.say(`{"jsonrpc":"2.0","id":3,"method":"tools/list"}`)
	r := w.hear()
	if string(r.ID) == "3" && r.Error.Message == "the host restarted; see the record" {
		// It was handed to the host that ended in that very moment, and is not said again.
		w.say(`{"jsonrpc":"2.0","id":3,"method":"tools/list"}`)
		r = w.hear()
	}
	if string(r.ID) != "3" || r.Result == nil {
		t.Errorf("after the second: %.200s", r.line)
	}
	t.Cleanup(func() { killHosts(d.home) })
}

func TestPipeEndsWithItsClient(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	w := d.wire()
	w.initialize("2025-06-18")
	w.in.Close()
	ended := make(chan error, 1)
	go func() { ended <- w.cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(patience):
		t.Error("it did not end")
	}
}
