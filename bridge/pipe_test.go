package bridge_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"gatehouse/bridge"
)

// wires is a pipe between a client and hosts that are both the test's.
type wires struct {
	t     *testing.T
	in    io.WriteCloser
	out   *bufio.Reader
	hosts chan *peer
	ended chan error
}

// peer is the host's end of one connection.
type peer struct {
	net.Conn
	lines *bufio.Reader
}

func newWires(t *testing.T, dial func(context.Context) (net.Conn, error)) *wires {
	t.Helper()
	w := &wires{t: t, hosts: make(chan *peer, 10), ended: make(chan error, 1)}
	if dial == nil {
		dial = func(context.Context) (net.Conn, error) {
			ours, theirs := net.Pipe()
			w.hosts <- &peer{ours, bufio.NewReader(ours)}
			return theirs, nil
		}
	}
	in, ourIn := io.Pipe()
	ourOut, out := io.Pipe()
	w.in, w.out = ourIn, bufio.NewReader(ourOut)
	p := &bridge.Pipe{In: in, Out: out, Dial: dial, Introduction: bridge.Introduction{Token: "one", Folder: "/home/x"}}
	go func() { w.ended <- p.Run(t.Context()) }()
	t.Cleanup(func() { ourIn.Close(); ourOut.Close() })
	return w
}

func (w *wires) host() *peer {
	w.t.Helper()
	select {
	case h := <-w.hosts:
		h.SetDeadline(time.Now().Add(patience))
		if line := h.next(w.t); !strings.Contains(line, `"token":"one"`) || !strings.Contains(line, `"session":"`) {
			w.t.Errorf("the pipe introduces itself with %s", line)
		}
		return h
	case <-time.After(patience):
		w.t.Fatal("no host was dialed")
		return nil
	}
}

func (p *peer) next(t *testing.T) string {
	t.Helper()
	line, err := p.lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

func (w *wires) say(line string) {
	w.t.Helper()
	if _, err := fmt.Fprintln(w.in, line); err != nil {
		w.t.Fatal(err)
	}
}

// hears says what the client hears next.
func (w *wires) hears(want string) {
	w.t.Helper()
	line, err := w.out.ReadString('\n')
	if err != nil || !strings.Contains(line, want) {
		w.t.Fatalf("the client hears %q, %v; want %q", line, err, want)
	}
}

const (
	initialize  = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}`
	initialized = `{"jsonrpc":"2.0","method":"notifications/initialized"}`
)

func TestPipeRepeatsTheHandshakeAndNothingElse(t *testing.T) {
	w := newWires(t, nil)
	first := w.host()
	w.say(initialize)
	if line := first.next(t); line != initialize {
		t.Errorf("the host hears %s", line)
	}
	fmt.Fprintln(first, `{"jsonrpc":"2.0","id":1,"result":{"first":true}}`)
	w.hears(`"first":true`)
	w.say(initialized)
	first.next(t)
	w.say(`{"jsonrpc":"2.0","id":"a","method":"tools/call"}`)
	first.next(t)
	first.Close()
	w.hears("the host restarted; see the record")

	w.say(`{"jsonrpc":"2.0","id":"b","method":"ping"}`)
	second := w.host()
	for _, want := range []string{initialize, initialized, `{"jsonrpc":"2.0","id":"b","method":"ping"}`} {
		if line := second.next(t); line != want {
			t.Errorf("the next host hears %s; want %s", line, want)
		}
	}
	fmt.Fprintln(second, `{"jsonrpc":"2.0","id":1,"result":{"second":true}}`)
	fmt.Fprintln(second, `{"jsonrpc":"2.0","id":"b","result":{}}`)
	w.hears(`"id":"b"`)
}

func TestPipeStaysAwayFromAHostThatNobodyNeeds(t *testing.T) {
	w := newWires(t, nil)
	w.host().Close()
	select {
	case <-w.hosts:
		t.Error("it dialed a host with nothing to say")
	case <-time.After(100 * time.Millisecond):
	}
	w.say(`{"jsonrpc":"2.0","id":1,"method":"ping"}`)
	w.host().next(t)
}

func TestPipeSaysAHandshakeAgainThatNobodyAnswered(t *testing.T) {
	w := newWires(t, nil)
	first := w.host()
	w.say(initialize)
	first.next(t)
	first.Close()
	second := w.host()
	if line := second.next(t); line != initialize {
		t.Errorf("the next host hears %s", line)
	}
	fmt.Fprintln(second, `{"jsonrpc":"2.0","id":1,"result":{"second":true}}`)
	w.hears(`"second":true`)
}

// A host spells an id as it likes. What it has answered is not answered again when it is lost, and neither is what it
// refuses without one.
func TestPipeKnowsWhatIsAnswered(t *testing.T) {
	w := newWires(t, nil)
	h := w.host()
	for _, c := range []struct{ id, again string }{
		{`"\u00e9<"`, `"é\u003c"`}, {"1.0", "1"}, {"1e2", "100"}, {`"1"`, `"1"`}, {"-0", "0"},
	} {
		w.say(`{"jsonrpc":"2.0","id":` + c.id + `,"method":"ping"}`)
		h.next(t)
		fmt.Fprintln(h, `{"jsonrpc":"2.0","id":`+c.again+`,"result":{}}`)
		w.hears(`"id":` + c.again + ",")
	}
	for _, refused := range []string{
		`{"jsonrpc":"2.0","id":1.5,"method":"ping"}`, `{"jsonrpc":"2.0","ID":1,"method":"ping"}`, `{"jsonrpc":"2.0","id":1,"METHOD":"ping"}`,
		"[" + strings.Repeat(`{"jsonrpc":"2.0","id":1,"method":"ping"},`, 100) + `{"jsonrpc":"2.0","id":2,"method":"ping"}]`,
	} {
		w.say(refused)
		if line := h.next(t); line != refused {
			t.Errorf("the host hears %.60s; want %.60s", line, refused)
		}
	}
	w.say(`[{"jsonrpc":"2.0","id":"a","method":"ping"},{"jsonrpc":"2.0","method":"notifications/x"}]`)
	if line := h.next(t); !strings.HasPrefix(line, `[{"jsonrpc":"2.0","id":"a"`) {
		t.Errorf("the host hears %s", line)
	}
	h.Close()
	w.hears(`"id":"a","error":{"code":-32603,"message":"the host restarted; see the record","data":{"gatehouse/code":"host_unavailable"}}`)
	w.say(`{"jsonrpc":"2.0","id":"last","method":"ping"}`)
	h = w.host()
	h.next(t)
	fmt.Fprintln(h, `{"jsonrpc":"2.0","id":"last","result":{}}`)
	w.hears(`"id":"last"`)
}

func TestPipeDoesNotBlameTheHostForItsClientsEnd(t *testing.T) {
	w := newWires(t, nil)
	h := w.host()
	w.say(`{"jsonrpc":"2.0","id":7,"method":"tools/call"}`)
	h.next(t)
	w.in.Close() // and the host says nothing for as long as a pipe waits
	w.hears("the connection ended before the reply; see the record")
}

func TestPipeEndsWhereNoHostIs(t *testing.T) {
	w := newWires(t, func(context.Context) (net.Conn, error) { return nil, errors.New("no host") })
	if err := <-w.ended; err == nil || err.Error() != "no host" {
		t.Errorf("Run() = %v", err)
	}
}

func TestPipeEndsWithItsClient(t *testing.T) {
	w := newWires(t, nil)
	h := w.host()
	w.say(`{"jsonrpc":"2.0","id":7,"method":"ping"}`)
	h.next(t)
	w.in.Close()
	fmt.Fprintln(h, `{"jsonrpc":"2.0","id":7,"result":{}}`) // the last word is still heard
	w.hears(`"id":7`)
	select {
	case err := <-w.ended:
		if err != nil {
			t.Errorf("Run() = %v", err)
		}
	case <-time.After(patience):
		t.Error("it did not end")
	}
}
