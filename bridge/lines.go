package bridge

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
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

	left    []byte // of the line that is being read
	writing sync.Mutex
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
		if l.sound(line) {
			l.left = append(line, '\n')
		}
	}
	n := copy(p, l.left)
	l.left = l.left[n:]
	return n, nil
}

// Write writes whole messages. A client that reads nothing for writeTime is gone.
func (l *lines) Write(p []byte) (int, error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	if err := l.conn.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return 0, err
	}
	n, err := l.conn.Write(p)
	if err != nil {
		l.gone()
		l.conn.Close()
	}
	return n, err
}

// Close ends the connection.
func (l *lines) Close() error { return l.conn.Close() }

// sound says whether line may go on, and answers it if not.
func (l *lines) sound(line []byte) bool {
	line = bytes.TrimSpace(line)
	switch {
	case len(line) == 0:
		return false
	case !json.Valid(line):
		l.refuse(nil, jsonrpc.CodeParseError, "the message is not JSON")
		return false
	case line[0] != '[':
		return l.message(line)
	}
	var batch []json.RawMessage
	json.Unmarshal(line, &batch)
	switch {
	case !l.batches():
		l.refuse(nil, jsonrpc.CodeInvalidRequest, "this revision of MCP has no batches")
	case len(batch) == 0 || len(batch) > maxBatch:
		l.refuse(nil, jsonrpc.CodeInvalidRequest, "a batch has between 1 and 100 messages")
	case repeated(batch):
		l.refuse(nil, jsonrpc.CodeInvalidRequest, "two messages of the batch have one id")
	case slices.ContainsFunc(batch, func(m json.RawMessage) bool { return !isMessage(m) }):
		for _, m := range batch {
			l.refuse(idOf(m), jsonrpc.CodeInvalidRequest, "a message of this batch is not one of JSON-RPC 2.0, so nothing of it was done")
		}
	default:
		for _, m := range batch {
			l.message(m)
		}
		return true
	}
	return false
}

func isMessage(m []byte) bool {
	_, err := jsonrpc.DecodeMessage(m)
	return err == nil
}

// message says whether m is one message, and answers it if not.
func (l *lines) message(m []byte) bool {
	decoded, err := jsonrpc.DecodeMessage(m)
	if err != nil {
		l.refuse(idOf(m), jsonrpc.CodeInvalidRequest, "the message is not one of JSON-RPC 2.0")
		return false
	}
	if request, ok := decoded.(*jsonrpc.Request); ok && request.Method == "notifications/cancelled" {
		var why struct{ Reason string }
		if json.Unmarshal(request.Params, &why) == nil {
			l.cancelled(why.Reason)
		}
	}
	return true
}

func (l *lines) refuse(id json.RawMessage, code int64, why string) {
	l.Write(errorLine(id, code, why))
}

// errorLine is a JSON-RPC error as a line.
func errorLine(id json.RawMessage, code int64, why string) []byte {
	if id == nil {
		id = json.RawMessage("null")
	}
	line, _ := json.Marshal(map[string]any{ // it holds nothing that JSON cannot
		"jsonrpc": "2.0", "id": id, "error": map[string]any{"code": code, "message": why},
	})
	return append(line, '\n')
}

// idOf is the id of something that may be a request; nil where it has none that could be one.
func idOf(m []byte) json.RawMessage {
	var request struct{ ID json.RawMessage }
	if json.Unmarshal(m, &request) != nil || len(request.ID) == 0 || !bytes.ContainsAny(request.ID[:1], `"-0123456789`) {
		return nil
	}
	return request.ID
}

func repeated(batch []json.RawMessage) bool {
	seen := map[string]bool{}
	for _, m := range batch {
		id := string(idOf(m))
		if id != "" && seen[id] {
			return true
		}
		seen[id] = true
	}
	return false
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
