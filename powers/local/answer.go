package local

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"gatehouse/powers"
)

// answer is what came back: its head, and its body as far as it was read.
type answer struct {
	hop      *hop
	response *http.Response
	most     uint64
	// decoded is what the guest reads: the body after what compresses it. It is made at the first read, since making it
	// reads too.
	decoded io.Reader
	coding  string
	sum     hash.Hash
	size    uint64
	past    func(used uint64) error
}

// codings are those that are taken off. Whatever else a server sends, unasked, goes to the guest as it is.
var codings = []string{"gzip", "x-gzip", "deflate"}

// newAnswer takes in a response. A body that says itself that it is longer than most is refused before it comes.
func newAnswer(e *exchange, r *http.Response) (*answer, error) {
	a := &answer{hop: e.hop, response: r, most: e.http.options.Payload, sum: sha256.New(),
		past: func(used uint64) error { return e.http.pastPayload("the body of an answer", used) }}
	bodiless := e.hop.target.Method == "HEAD"
	if !bodiless && r.ContentLength > 0 && uint64(r.ContentLength) > a.most {
		r.Body.Close()
		return nil, a.past(uint64(r.ContentLength))
	}
	coding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding")))
	if !bodiless && r.StatusCode != http.StatusPartialContent && len(r.Header["Content-Encoding"]) == 1 && slices.Contains(codings, coding) {
		a.coding = coding
	}
	return a, nil
}

// head is what the guest learns first. What was taken off is not named any more.
func (a *answer) head() powers.Response {
	out := powers.Response{Status: a.response.StatusCode, URL: a.response.Request.URL.String()}
	for _, name := range slices.Sorted(maps.Keys(a.response.Header)) {
		if a.coding != "" && (name == "Content-Encoding" || name == "Content-Length") {
			continue
		}
		for _, value := range a.response.Header[name] {
			out.Header = append(out.Header, powers.Header{Name: name, Value: strings.ToValidUTF8(value, "\uFFFD")})
		}
	}
	return out
}

// read reads from the body. Both before and after it is decompressed it has at most so many bytes.
func (a *answer) read(p []byte) (int, error) {
	if a.decoded == nil {
		decoded, err := a.decode()
		if err != nil {
			return 0, err
		}
		a.decoded = decoded
	}
	p = p[:min(uint64(len(p)), a.most-a.size+1)]
	for range 100 { // a reader that gives nothing for ever is no reader
		n, err := a.decoded.Read(p)
		if a.size += uint64(n); a.size > a.most {
			return 0, a.past(a.size)
		}
		a.sum.Write(p[:n])
		if n > 0 || len(p) == 0 {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
	}
	return 0, io.ErrNoProgress
}

// decode puts what decompresses over the body.
func (a *answer) decode() (io.Reader, error) {
	raw := bufio.NewReader(&arriving{a, 0})
	switch a.coding {
	case "gzip", "x-gzip":
		if _, err := raw.Peek(1); err == io.EOF { // no body, as for 304
			return bytes.NewReader(nil), nil
		}
		return gzip.NewReader(raw)
	case "deflate":
		// The name means zlib's form; many servers send the bare one.
		head, err := raw.Peek(2)
		if err == io.EOF && len(head) == 0 {
			return bytes.NewReader(nil), nil
		}
		if len(head) == 2 && head[0]&0x0f == 8 && (uint(head[0])<<8|uint(head[1]))%31 == 0 {
			return zlib.NewReader(raw)
		}
		return flate.NewReader(raw), nil
	}
	return raw, nil
}

// arriving counts the bytes of a body as they come, and ends one that is too long.
type arriving struct {
	answer *answer
	size   uint64
}

func (r *arriving) Read(p []byte) (int, error) {
	n, err := r.answer.response.Body.Read(p)
	r.answer.hop.in.Add(int64(n))
	if r.size += uint64(n); r.size > r.answer.most {
		return 0, r.answer.past(r.size)
	}
	return n, err
}

// taken is the digest and the size of what the guest has read.
func (a *answer) taken() (digest string, size int64) {
	if a.size == 0 {
		return "", 0
	}
	return "sha256:" + hex.EncodeToString(a.sum.Sum(nil)), int64(a.size)
}
