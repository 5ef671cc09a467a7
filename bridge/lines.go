package bridge

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"gatehouse/host"
)

const (
	// maxLine bounds one message in bytes, either way.
	maxLine = 16 << 20
	// maxBatch bounds the messages of a batch, which revisions up to 2025-03-26 know.
	maxBatch = 100
)

// writeTime is how long a client may read nothing before its connection ends; what it called goes on, and waits for it.
var writeTime = 60 * time.Second

// lines is an MCP connection of newline-delimited JSON as the SDK takes it, from which everything has been taken that
// would end it there: what is no message is answered with an error, and the next line is read.
type lines struct {
	conn net.Conn
	in   *bufio.Reader
	// batches says whether this connection's revision knows batches.
	batches func() bool
	// cancelled is told why the client took a request back.
	cancelled func(reason string)
	// gone is called once the other end is, before the SDK knows it.
	gone func()

	left     []byte // of what was read
	requests requests
	writing  sync.Mutex
}

func newLines(conn net.Conn, in *bufio.Reader) *lines {
	return &lines{conn: conn, in: in, batches: func() bool { return true }, cancelled: func(string) {}, gone: func() {}}
}

// Read gives out sound messages only.
func (l *lines) Read(p []byte) (int, error) {
	for len(l.left) == 0 {
		line, err := readLine(l.in, maxLine)
		switch {
		case errors.Is(err, errLong):
			l.refuse(nil, jsonrpc.CodeInvalidRequest, "the message is larger than 16 MiB")
			continue
		case err != nil:
			l.gone()
			return 0, err
		}
		l.left = l.sound(line)
	}
	n := copy(p, l.left)
	l.left = l.left[n:]
	return n, nil
}

// Write writes whole messages, one of the SDK's each time.
func (l *lines) Write(p []byte) (int, error) {
	return len(p), l.send(l.requests.reply(p))
}

// send writes a line. A client that reads nothing for writeTime is gone.
func (l *lines) send(line []byte) error {
	if len(line) == 0 {
		return nil
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	if err := l.conn.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return err
	}
	_, err := l.conn.Write(line)
	if err != nil {
		l.gone()
		l.conn.Close()
	}
	return err
}

// Close ends the connection.
func (l *lines) Close() error { return l.conn.Close() }

// sound returns the messages of line that may go on, one a line, and answers what may not.
func (l *lines) sound(line []byte) []byte {
	line = bytes.TrimSpace(line)
	switch {
	case len(line) == 0:
		return nil
	case !json.Valid(line):
		l.refuse(nil, jsonrpc.CodeParseError, "the message is not JSON")
		return nil
	case line[0] == '[':
		return l.array(line)
	}
	m, decoded := l.message(line)
	switch {
	case decoded == nil:
		l.refuse(idOf(m), jsonrpc.CodeInvalidRequest, notOne)
		return nil
	case m.isRequest() && !l.begin([]message{m}, nil):
		return nil
	}
	return append(line, '\n')
}

// array is sound for a batch: all of it goes on, or nothing.
func (l *lines) array(line []byte) (all []byte) {
	var parts []json.RawMessage
	json.Unmarshal(line, &parts) // it is an array
	if len(parts) == 0 || len(parts) > maxBatch {
		l.refuse(nil, jsonrpc.CodeInvalidRequest, "a batch has between 1 and 100 messages")
		return nil
	}
	var open []message
	wrong := ""
	if !l.batches() {
		wrong = "this revision of MCP has no batches"
	}
	for _, part := range parts {
		m, decoded := l.message(part)
		if decoded == nil && wrong == "" {
			wrong = "a message of this batch is not one of JSON-RPC 2.0, so nothing of it was done"
		}
		if m.method == "initialize" && wrong == "" {
			wrong = "initialize is no part of a batch"
		}
		if m.isRequest() {
			open = append(open, m)
		}
		all = append(append(all, part...), '\n')
	}
	if wrong != "" {
		l.refuseAll(open, wrong)
		return nil
	}
	if !l.begin(open, &batch{left: len(open)}) {
		return nil
	}
	return all
}

// notOne is said of a message that is none.
const notOne = "the message is not one of JSON-RPC 2.0"

// message reads one; nil for what is none.
func (l *lines) message(text []byte) (message, jsonrpc.Message) {
	m, ok := messageOf(text)
	decoded, err := jsonrpc.DecodeMessage(text)
	if !ok || err != nil {
		return m, nil
	}
	if request, ok := decoded.(*jsonrpc.Request); ok && request.Method == "notifications/cancelled" {
		var why struct{ Reason string }
		if json.Unmarshal(request.Params, &why) == nil {
			l.cancelled(why.Reason)
		}
	}
	return m, decoded
}

// begin notes requests that go on, in b where they came as one; where they may not, it answers them and returns false.
func (l *lines) begin(open []message, b *batch) bool {
	var keys []string
	seen := map[string]bool{}
	for _, m := range open {
		key, ok := keyOf(m.id)
		switch {
		case !ok:
			l.refuseAll(open, "an id is a text, or a whole number of less than 54 bits")
			return false
		case seen[key]:
			l.refuseAll(open, "two messages of the batch have one id")
			return false
		}
		seen[key], keys = true, append(keys, key)
	}
	if l.requests.begin(keys, open, b) {
		return true
	}
	// One whose id is in use is answered without it: the reply would be taken for the other's.
	var free []message
	for i, m := range open {
		if !l.requests.has(keys[i]) {
			free = append(free, m)
		}
	}
	l.refuseAll(free, "a request with this id has no reply yet, or too many have none")
	return false
}

// refuseAll answers each of some requests, once for each id, and where there is none says it all the same.
func (l *lines) refuseAll(open []message, why string) {
	if len(open) == 0 {
		l.refuse(nil, jsonrpc.CodeInvalidRequest, why)
	}
	said := map[string]bool{}
	for _, m := range open {
		if key, ok := keyOf(m.id); !ok || !said[key] {
			said[key] = true
			l.refuse(idOf(m), jsonrpc.CodeInvalidRequest, why)
		}
	}
}

func (l *lines) refuse(id json.RawMessage, code int64, why string) {
	l.send(errorLine(id, code, host.CodeInput, why))
}

// idOf is the id of something that may be a request; nil where it has none that a reply may carry.
func idOf(m message) json.RawMessage {
	if len(m.id) == 0 || len(m.id) > longestID || !bytes.ContainsAny(m.id[:1], `"-0123456789`) {
		return nil
	}
	return m.id
}

// errorLine is a JSON-RPC error of ours as a line. The id stands in it as it was written.
func errorLine(id json.RawMessage, code int64, word host.Code, why string) []byte {
	if id == nil {
		id = json.RawMessage("null")
	}
	e, _ := json.Marshal(mistake(code, word, why, "")) // numbers and texts
	return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"error":%s}`+"\n", id, e)
}

// errLong is returned by readLine for a line that was skipped.
var errLong = errors.New("the line is too long")

// readLine returns the next line without its end, a copy. One of more than most bytes is read to its end and errLong
// returned; a last one without an end counts.
func readLine(in *bufio.Reader, most int) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := in.ReadSlice('\n')
		if !long {
			line = append(line, part...)
		}
		if len(line) > most {
			line, long = nil, true
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (!errors.Is(err, io.EOF) || len(line) == 0):
			return nil, err
		case long:
			return nil, errLong
		}
		return bytes.TrimRight(line, "\r\n"), nil
	}
}
