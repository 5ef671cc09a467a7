package guest

import (
	"encoding/binary"
	"io"
	"runtime"
	"unsafe"
)

// Exchange is one request and what comes back: Open, Write as often as there is a body, Finish, Read until io.EOF. It is
// for one goroutine.
type Exchange struct{ handle uint32 }

// Open takes in a request without its body. Nobody is contacted or asked yet.
func Open(r Request) (*Exchange, error) {
	list := make([]byte, 0, 16*len(r.Header)+1)
	for _, h := range r.Header {
		list = word(word(list, address(h.Name)), uint32(len(h.Name)))
		list = word(word(list, address(h.Value)), uint32(len(h.Value)))
	}
	stay := uint32(0)
	if r.Stay {
		stay = 1
	}
	out := newResult()
	open(address(r.Method), uint32(len(r.Method)), address(r.URL), uint32(len(r.URL)), addressOf(list), uint32(len(r.Header)), stay, out.at())
	runtime.KeepAlive(&r)
	runtime.KeepAlive(list)
	if err := out.err(); err != nil {
		return nil, err
	}
	return &Exchange{out.word(4)}, nil
}

// Write adds to the body. It may wait for a person once 64 KiB have come.
func (e *Exchange) Write(p []byte) (int, error) {
	out := newResult()
	write(e.handle, addressOf(p), uint32(len(p)), out.at())
	runtime.KeepAlive(p)
	if err := out.err(); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Finish ends the body and returns the head of the answer. It waits for a person where Write has not.
func (e *Exchange) Finish() (Response, error) {
	out := newResult()
	finish(e.handle, out.at())
	if err := out.err(); err != nil {
		return Response{}, err
	}
	r := Response{Status: int(out.word(4)), URL: out.text(16)}
	lines := take(out.word(8), 16*out.word(12))
	for ; len(lines) >= 16; lines = lines[16:] {
		part := func(at int) uint32 { return binary.LittleEndian.Uint32(lines[at:]) }
		r.Header = append(r.Header, Header{string(take(part(0), part(4))), string(take(part(8), part(12)))})
	}
	return r, nil
}

// Read implements io.Reader for the body of the answer.
func (e *Exchange) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	out := newResult()
	read(e.handle, uint32(min(len(p), 1<<20)), out.at())
	if err := out.err(); err != nil {
		return 0, err
	}
	n := copy(p, take(out.word(4), out.word(8)))
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// Close gives the exchange back, and breaks off what is under way.
func (e *Exchange) Close() error {
	drop(e.handle)
	return nil
}

// result is where a function puts what it returns: its case at 0, and at 4 the value or the error.
type result [6]uint32

// latest keeps the compiler from putting a result on the stack, which may move while the host makes us run.
var latest *result

func newResult() *result {
	latest = new(result)
	return latest
}

func (r *result) at() uint32           { return uint32(uintptr(unsafe.Pointer(r))) }
func (r *result) word(at int) uint32   { return r[at/4] }
func (r *result) text(at int) string   { return string(take(r.word(at), r.word(at+4))) }
func (r *result) caseOf(at int) uint32 { return r.word(at) & 0xff }

var (
	limits = []string{"limit_requests", "limit_payload", "limit_open"}
	faults = []string{"name", "connect", "trust", "time", "answer"}
)

func (r *result) err() error {
	if r.caseOf(0) == 0 {
		return nil
	}
	switch r.caseOf(4) {
	case 0:
		return &Error{Kind: Denied, Code: r.text(8), Grant: r.text(16)}
	case 1:
		return &Error{Kind: Invalid, Reason: r.text(8)}
	case 2:
		return &Error{Kind: Limit, Code: limits[r.caseOf(8)], Reason: r.text(12)}
	case 3:
		return &Error{Kind: Network, Code: faults[r.caseOf(8)], Reason: r.text(12)}
	}
	return &Error{Kind: Closed}
}

// rooms are what the host was given to put results in, until they are taken.
var rooms = map[uint32][]byte{}

// makeRoom is how the host asks for memory.
//
//go:wasmexport cabi_realloc
func makeRoom(_, _, align, size uint32) uint32 {
	room := make([]uint64, (size+7)/8+1) // aligned for everything there is
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(&room[0])), size)
	at := addressOf(bytes)
	rooms[at] = bytes
	return at
}

// take returns what the host has put at an address, and gives the room back to the collector.
func take(at, size uint32) []byte {
	b := rooms[at]
	delete(rooms, at)
	return b[:min(int(size), len(b))]
}

func address(s string) uint32        { return uint32(uintptr(unsafe.Pointer(unsafe.StringData(s)))) }
func addressOf(b []byte) uint32      { return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) }
func word(b []byte, v uint32) []byte { return binary.LittleEndian.AppendUint32(b, v) }

//go:wasmimport gatehouse:skill/http@0.1.0 [static]exchange.open
func open(method, methodLength, url, urlLength, headers, count, stay, result uint32)

//go:wasmimport gatehouse:skill/http@0.1.0 [method]exchange.write
func write(exchange, body, length, result uint32)

//go:wasmimport gatehouse:skill/http@0.1.0 [method]exchange.finish
func finish(exchange, result uint32)

//go:wasmimport gatehouse:skill/http@0.1.0 [method]exchange.read
func read(exchange, most, result uint32)

//go:wasmimport gatehouse:skill/http@0.1.0 [resource-drop]exchange
func drop(exchange uint32)
