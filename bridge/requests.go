package bridge

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

const (
	// longestID is how many bytes an id may have.
	longestID = 1 << 10
	// mostOutstanding is how many requests of a client may wait for their replies.
	mostOutstanding = 10_000
	// largestArray is how many bytes of replies go into one array.
	largestArray = 2 * maxLine
)

// message is as much of a JSON-RPC message as framing needs: the id as it was written, nil for none, and the method.
type message struct {
	id     json.RawMessage
	method string
}

// messageOf reads one; false where line is no object. Names of members are taken as they are written: the SDK takes
// "ID" for no id, and so must whoever counts requests.
func messageOf(line []byte) (m message, ok bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(line, &members) != nil || members == nil {
		return message{}, false
	}
	if id := members["id"]; !bytes.Equal(id, []byte("null")) {
		m.id = id
	}
	json.Unmarshal(members["method"], &m.method) // what is no text is no method
	return m, true
}

// isRequest says whether m wants a reply.
func (m message) isRequest() bool { return m.method != "" && m.id != nil }

// keyOf is one word for all spellings of an id; false for an id that does not come back as it was, so that its reply could
// be another's: neither a text of sound Unicode nor a whole number that every reader can hold.
func keyOf(id json.RawMessage) (key string, ok bool) {
	if len(id) == 0 || len(id) > longestID {
		return "", false
	}
	if id[0] == '"' {
		var text string
		err := json.Unmarshal(id, &text)
		return `"` + text, err == nil && !strings.ContainsRune(text, utf8.RuneError)
	}
	n, err := strconv.ParseFloat(string(id), 64)
	if err != nil || n != math.Trunc(n) || math.Abs(n) >= 1<<53 {
		return "", false
	}
	return strconv.FormatInt(int64(n), 10), true
}

// requests are those of one connection that have no reply yet. Those of a batch are answered together.
type requests struct {
	mu   sync.Mutex
	open map[string]outstanding
}

// outstanding is one of them: what it asks for, and the batch it came in, nil for one that came alone.
type outstanding struct {
	method string
	*batch
}

// batch is what came as an array, which revisions up to 2025-03-26 know. The SDK never sees one: it waits for replies to
// the notifications in it.
type batch struct {
	left    int
	replies []json.RawMessage
	bytes   int
}

// begin notes requests that came together under their keys, in b where that was an array; false, and nothing is noted, where
// one of them has an id that is in use or there are too many.
func (r *requests) begin(keys []string, asked []message, b *batch) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.open)+len(keys) > mostOutstanding {
		return false
	}
	for _, key := range keys {
		if _, used := r.open[key]; used {
			return false
		}
	}
	if r.open == nil {
		r.open = map[string]outstanding{}
	}
	for i, key := range keys {
		r.open[key] = outstanding{named(asked[i].method), b}
	}
	return true
}

// has says whether a request with this id has no reply yet.
func (r *requests) has(key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, used := r.open[key]
	return used
}

// reply takes a line that the SDK wrote and returns what goes out now: the line, all replies of a batch, or nothing yet. An
// error of the SDK's is told in our words.
func (r *requests) reply(line []byte) []byte {
	id, failed := repliesTo(line)
	key, ok := keyOf(id)
	r.mu.Lock()
	defer r.mu.Unlock()
	var b *batch
	method := ""
	if ok {
		b, method = r.open[key].batch, r.open[key].method
		delete(r.open, key)
	}
	if failed {
		line = append(reworded(bytes.TrimSpace(line), method), '\n')
	}
	if b == nil {
		return line
	}
	reply := bytes.Clone(bytes.TrimSpace(line))
	b.replies, b.bytes, b.left = append(b.replies, reply), b.bytes+len(reply), b.left-1
	if b.left > 0 && b.bytes < largestArray {
		return nil
	}
	all, err := json.Marshal(b.replies)
	if err != nil {
		return nil // they were JSON already
	}
	b.replies, b.bytes = nil, 0
	return append(all, '\n')
}

// named is a method's name where it may be one, and so may be said again; empty for what is none.
func named(method string) string {
	const longest = 64
	odd := strings.ContainsFunc(method, func(r rune) bool { return !strings.ContainsRune("/_-", r) && !isLetter(r) })
	if odd || len(method) > longest {
		return ""
	}
	return method
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

// repliesTo is the id of the request that a line of the SDK's answers, and whether with an error; a line that answers none
// has no id. It does not read the answer, which may be long.
func repliesTo(line []byte) (id json.RawMessage, failed bool) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.Token() // the object's brace
	for decoder.More() {
		name, err := decoder.Token()
		var skipped json.RawMessage
		switch {
		case err != nil || name == "method":
			return nil, false
		case name == "id":
			err = decoder.Decode(&id)
		case name == "jsonrpc":
			err = decoder.Decode(&skipped)
		default:
			return id, name == "error"
		}
		if err != nil {
			return nil, false
		}
	}
	return id, false
}
