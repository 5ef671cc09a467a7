package bridge_test

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"gatehouse/bridge"
)

// FuzzLines has an agent send anything: what goes on to the SDK are messages, one on a line, and nothing else.
func FuzzLines(f *testing.F) {
	for _, seed := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"ping"}`, "{}\n[]\n[1]\n", `[{"jsonrpc":"2.0","id":1,"method":"ping"}]`,
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"reason":1}}`, "\r\n\x00\n", `{"jsonrpc":"2.0","id":"` + "\u2028" + `","method":""}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		ours, theirs := net.Pipe()
		defer ours.Close()
		defer theirs.Close()
		go io.Copy(io.Discard, ours) // the errors
		passed, err := bridge.ReadLines(theirs, bytes.NewReader(said))
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(passed) {
			line = bytes.TrimSpace(line)
			if _, err := jsonrpc.DecodeMessage(line); err != nil {
				t.Errorf("%q went on: %v", line, err)
			}
		}
	})
}

// FuzzIntroduction has a pipe introduce itself as anything.
func FuzzIntroduction(f *testing.F) {
	f.Add([]byte(`{"session":"0123456789012345678901","token":"x"}` + "\n"))
	f.Add([]byte("\n"))
	f.Fuzz(func(t *testing.T, said []byte) {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		go func() {
			ours.SetWriteDeadline(time.Now().Add(time.Second))
			ours.Write(said)
			ours.Close()
		}()
		i, err := bridge.ReadIntroduction(theirs)
		if err == nil && len(i.Session) < 22 {
			t.Errorf("%q was believed", said)
		}
	})
}
