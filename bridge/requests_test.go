package bridge_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"gatehouse/bridge"
	"gatehouse/host"
)

// wire is an agent that speaks lines, whatever they are.
type wire struct {
	net.Conn
	t     *testing.T
	heard chan string // closed at the end
	asked int
}

// wire connects one and shakes hands.
func (g *gate) wire(revision string) *wire {
	g.t.Helper()
	w := g.listen(g.dial(bridge.Introduction{Token: "one", Session: session()}))
	w.say(`{"jsonrpc":"2.0","id":"hello","method":"initialize","params":{"protocolVersion":"` + revision + `","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}`)
	w.hear()
	w.say(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	return w
}

// listen makes an agent of a connection.
func (g *gate) listen(conn net.Conn) *wire {
	conn.SetDeadline(time.Now().Add(patience))
	w := &wire{Conn: conn, t: g.t, heard: make(chan string, 1000)}
	go func() {
		defer close(w.heard)
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			w.heard <- lines.Text()
		}
	}()
	return w
}

func (w *wire) say(line string) {
	w.t.Helper()
	if _, err := fmt.Fprintln(w.Conn, line); err != nil {
		w.t.Fatal(err)
	}
}

func (w *wire) hear() string {
	w.t.Helper()
	line, ok := <-w.heard
	if !ok {
		w.t.Fatal("the connection ended")
	}
	return line
}

// says is what comes back for a line: as many lines as are expected, and whatever else comes before a request after it is
// answered.
func (w *wire) says(line string, expected int) (heard []string) {
	w.t.Helper()
	w.say(line)
	for range expected {
		heard = append(heard, w.hear())
	}
	w.asked++
	mark := fmt.Sprintf("mark %d", w.asked)
	w.say(`{"jsonrpc":"2.0","id":"` + mark + `","method":"ping"}`)
	for {
		line := w.hear()
		if strings.Contains(line, mark) {
			return heard
		}
		heard = append(heard, line)
	}
}

func refusal(id, why string) string {
	return `{"jsonrpc":"2.0","id":` + id + `,"error":{"code":-32600,"message":"` + why + `","data":{"gatehouse/code":"invalid_input"}}}`
}

// An id that does not come back as it was would be another's; a batch that the SDK cannot take would end the connection.
func TestIDsAndBatchesOfAnyKind(t *testing.T) {
	const (
		whole = "an id is a text, or a whole number of less than 54 bits"
		twice = "two messages of the batch have one id"
		none  = "the message is not one of JSON-RPC 2.0"
		part  = "a message of this batch is not one of JSON-RPC 2.0, so nothing of it was done"
	)
	ping := func(id string) string { return `{"jsonrpc":"2.0","id":` + id + `,"method":"ping"}` }
	pong := func(id string) string { return `{"jsonrpc":"2.0","id":` + id + `,"result":{}}` }
	long := `"` + strings.Repeat("x", 1<<10) + `"`
	many := strings.TrimSuffix(strings.Repeat(ping("1")+",", 101), ",")
	const notice = `{"jsonrpc":"2.0","method":"notifications/x"}`
	g := newGate(t, 0, echo)
	w := g.wire("2025-03-26")
	for _, c := range []struct {
		name, line string
		want       []string
	}{
		{"a fraction", ping("1.5"), []string{refusal("1.5", whole)}},
		{"a number that readers round", ping("9007199254740993"), []string{refusal("9007199254740993", whole)}},
		{"a number that no reader holds", ping("1e400"), []string{refusal("1e400", none)}},
		{"a whole number in another spelling", ping("1e2"), []string{pong("100")}},
		{"half a character", ping(`"\ud800"`), []string{refusal(`"\ud800"`, whole)}},
		{"one that is no end", ping(long), []string{refusal("null", whole)}},
		{"none", `{"jsonrpc":"2.0","ID":7,"method":"ping"}`, nil},
		{"a truth", ping("true"), []string{refusal("null", none)}},
		{"a batch", "[" + ping(`"1"`) + "]", []string{"[" + pong(`"1"`) + "]"}},
		{"a batch with notices", "[" + notice + "," + ping("1") + "," + notice + "]", []string{"[" + pong("1") + "]"}},
		{"a batch of notices", "[" + notice + "]", nil},
		{"another", "[" + notice + "," + notice + "]", nil},
		{"a batch of replies", "[" + pong("1") + "," + pong("1") + "]", nil},
		{"one id in two spellings", "[" + ping("2") + "," + ping("2.0") + "]", []string{refusal("2", twice)}},
		{"one text in two spellings", "[" + ping(`"a"`) + "," + ping(`"\u0061"`) + "]", []string{refusal(`"a"`, twice)}},
		{"a batch with a fraction", "[" + ping("3") + "," + ping("3.5") + "]", []string{refusal("3", whole), refusal("3.5", whole)}},
		{"a batch with no message in it", "[" + ping("4") + ",5]", []string{refusal("4", part)}},
		{"a batch in a batch", "[[" + ping("4") + "]]", []string{refusal("null", part)}},
		{"a handshake in a batch", `[{"jsonrpc":"2.0","id":5,"method":"initialize","params":{}}]`, []string{refusal("5", "initialize is no part of a batch")}},
		{"too many", "[" + many + "]", []string{refusal("null", "a batch has between 1 and 100 messages")}},
	} {
		if got := w.says(c.line, len(c.want)); strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s: heard %.300q; want %q", c.name, got, c.want)
		}
	}
	old := g.wire("2025-06-18")
	if got := old.says("["+ping("1")+","+ping("2")+"]", 2); len(got) != 2 || !strings.Contains(got[1], "has no batches") {
		t.Errorf("a batch in a revision without: %q", got)
	}
}

// Two requests with one id have one reply, and it belongs to the first.
func TestAnIDThatIsInUseIsNotTakenAgain(t *testing.T) {
	begun, let := make(chan struct{}, 10), make(chan struct{})
	g := newGate(t, time.Minute, func(context.Context, host.Call) (host.Result, error) {
		begun <- struct{}{}
		<-let
		return host.Result{Call: "c", Output: json.RawMessage(`"done"`)}, nil
	})
	w := g.wire("2025-03-26")
	call := func(id string) string {
		return `{"jsonrpc":"2.0","id":` + id + `,"method":"tools/call","params":{"name":"files_read","arguments":{}}}`
	}
	const used = "a request with this id has no reply yet, or too many have none"
	w.say("[" + call("1") + "," + call("2") + "]")
	<-begun
	<-begun
	if got := w.says(call("1.0"), 1); len(got) != 1 || got[0] != refusal("null", used) {
		t.Errorf("the id of one that runs: %q", got)
	}
	if got := w.says("["+call("2")+","+call("3")+"]", 1); len(got) != 1 || got[0] != refusal("3", used) {
		t.Errorf("in a batch: %q", got)
	}
	close(let)
	reply := w.hear()
	var replies []struct{ ID int }
	if err := json.Unmarshal([]byte(reply), &replies); err != nil || len(replies) != 2 || replies[0].ID+replies[1].ID != 3 {
		t.Errorf("the first two: %s, %v", reply, err)
	}
	if len(begun) != 0 {
		t.Error("a refused one ran")
	}
	if got := w.says(call("1"), 1); len(got) != 1 || !strings.Contains(got[0], "done") {
		t.Errorf("the id once it is free: %q", got)
	}
}
