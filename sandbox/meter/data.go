package meter

import (
	"cmp"
	"slices"
)

// widestGap is how many zero bytes between two pieces of data are written out so that the two become one.
const widestGap = 64

// readData reads the three forms of section 5.5.14, and joins pieces where nobody can tell.
func (m *module) readData(r *reader) error {
	var pieces []piece
	n := r.count()
	for range n {
		start := r.at
		flags := r.u32()
		if flags > 2 {
			r.fail("data with flags %d is not supported", flags)
		}
		if flags == 2 && r.u32() != 0 {
			r.fail("it uses more than one memory")
		}
		var offset []byte
		if flags != 1 {
			offset = m.constant(r, nil)
		}
		content := r.take(r.u32())
		m.data.add(r.since(start))
		if at, known := constantOffset(offset); known && flags == 0 {
			pieces = append(pieces, piece{at, content})
		}
	}
	if r.err == nil && len(pieces) == n && m.sections[dataCountSection] == nil {
		m.join(pieces)
	}
	return r.err
}

// join makes one piece of those that lie beside each other in memory. Go's compiler writes tens of thousands of them with
// a few zero bytes between, and a runtime copies each by itself whenever an instance begins. Memory is zero then, so
// what is written in the end is the same, and where a piece does not fit the instance fails to begin either way. Their
// order counts only where one lies over another: then they stay as they are.
func (m *module) join(pieces []piece) {
	slices.SortStableFunc(pieces, func(a, b piece) int { return cmp.Compare(a.offset, b.offset) })
	var out entries
	var open piece
	for i, p := range pieces {
		if i > 0 && uint64(p.offset) < open.end() {
			return
		}
		gap := uint64(p.offset) - open.end()
		switch {
		case i > 0 && gap <= widestGap:
			open.content = append(append(open.content, make([]byte, gap)...), p.content...)
			continue
		case i > 0:
			out.add(open.encode())
		}
		open = piece{p.offset, slices.Clone(p.content)}
	}
	if len(pieces) > 0 {
		out.add(open.encode())
		m.data = out
	}
}

// piece is data that belongs at one offset.
type piece struct {
	offset  uint32
	content []byte
}

func (p piece) end() uint64 { return uint64(p.offset) + uint64(len(p.content)) }

func (p piece) encode() []byte {
	thing := appendS64([]byte{0, opI32Const}, int64(int32(p.offset)))
	return appendName(append(thing, opEnd), string(p.content))
}

// constantOffset reads an offset that is one number.
func constantOffset(expression []byte) (offset uint32, known bool) {
	r := reader{data: expression}
	op := r.byte()
	n := r.s32()
	end := r.byte()
	return uint32(n), r.end("offset") == nil && op == opI32Const && end == opEnd
}
