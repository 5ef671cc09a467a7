package meter

import (
	"errors"
	"fmt"
)

// reader reads the pieces of a binary. The first error stays, and whatever is read after it is zero, so that a caller
// looks once at the end of each piece.
type reader struct {
	data []byte
	at   int
	err  error
}

var errShort = errors.New("it is cut off")

func (r *reader) fail(format string, a ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, a...)
	}
}

func (r *reader) more() bool { return r.err == nil && r.at < len(r.data) }

func (r *reader) byte() byte {
	if r.err != nil || r.at >= len(r.data) {
		r.fail("%w", errShort)
		return 0
	}
	r.at++
	return r.data[r.at-1]
}

func (r *reader) take(n uint32) []byte {
	if r.err != nil || uint64(n) > uint64(len(r.data)-r.at) {
		r.fail("%w", errShort)
		return nil
	}
	r.at += int(n)
	return r.data[r.at-int(n) : r.at]
}

// u32 reads an unsigned number of at most 32 bits (WebAssembly 2.0, section 5.2.2).
func (r *reader) u32() uint32 {
	if r.err == nil && r.at < len(r.data) && r.data[r.at] < 0x80 { // nearly all of them
		r.at++
		return uint32(r.data[r.at-1])
	}
	var n uint64
	for shift := 0; shift < 35; shift += 7 {
		b := r.byte()
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			break
		}
		if shift == 28 {
			n = 1 << 32
		}
	}
	if n >= 1<<32 {
		r.fail("a number is longer than 32 bits")
		return 0
	}
	return uint32(n)
}

// skipNumber passes over a number of at most this many bytes, signed or not.
func (r *reader) skipNumber(most int) {
	for range most {
		if r.byte() < 0x80 {
			return
		}
	}
	r.fail("a number is too long")
}

// s32 reads a signed number of 32 bits.
func (r *reader) s32() int32 { return int32(r.s33()) }

// s33 reads a signed number of at most 33 bits. A block type is one: negative for a value type or none, else an index.
func (r *reader) s33() int64 {
	var n int64
	for shift := 0; shift < 35; shift += 7 {
		b := r.byte()
		n |= int64(b&0x7f) << shift
		if b < 0x80 {
			if b&0x40 != 0 {
				n |= -1 << (shift + 7)
			}
			return n
		}
	}
	r.fail("a number is too long")
	return 0
}

// valueType reads a value type (section 5.3.4). Those of other proposals are longer than the one byte that all of these
// are: whoever took one for another would read on in the wrong place.
func (r *reader) valueType() byte {
	t := r.byte()
	switch t {
	case i32, i64, f32, f64, v128, funcref, externref:
	default:
		r.fail("the type %#x is not supported", t)
	}
	return t
}

func (r *reader) referenceType() byte {
	t := r.byte()
	if t != funcref && t != externref {
		r.fail("the type of reference %#x is not supported", t)
	}
	return t
}

// valueTypes reads a list of value types.
func (r *reader) valueTypes() []byte {
	n, start := r.count(), r.at
	for range n {
		r.valueType()
	}
	return r.since(start)
}

// globalType reads a value type and whether it changes.
func (r *reader) globalType() {
	r.valueType()
	if r.byte() > 1 {
		r.fail("a global neither stays nor changes")
	}
}

// count reads how many things follow, each of them at least one byte long.
func (r *reader) count() int {
	n := r.u32()
	if uint64(n) > uint64(len(r.data)-r.at) {
		r.fail("%w", errShort)
		return 0
	}
	return int(n)
}

// most is count for what there may be only so many of.
func (r *reader) most(n int, what string) int {
	have := r.count()
	if have > n {
		r.fail("it has more than %d %s", n, what)
		return 0
	}
	return have
}

func (r *reader) name() string { return string(r.take(r.u32())) }

// since returns what was read from start on.
func (r *reader) since(start int) []byte {
	if r.err != nil {
		return nil
	}
	return r.data[start:r.at]
}

// end says that nothing may follow.
func (r *reader) end(what string) error {
	if r.err == nil && r.at != len(r.data) {
		r.fail("the %s has %d bytes too many", what, len(r.data)-r.at)
	}
	return r.err
}

func appendU32(b []byte, n uint32) []byte {
	for n >= 0x80 {
		b = append(b, byte(n)|0x80)
		n >>= 7
	}
	return append(b, byte(n))
}

func appendS64(b []byte, n int64) []byte {
	for {
		low := byte(n & 0x7f)
		n >>= 7
		if n == 0 && low&0x40 == 0 || n == -1 && low&0x40 != 0 {
			return append(b, low)
		}
		b = append(b, low|0x80)
	}
}

func appendName(b []byte, name string) []byte {
	return append(appendU32(b, uint32(len(name))), name...)
}
