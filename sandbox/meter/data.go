package meter

// widestGap is how many zero bytes between two pieces of data are written out so that the two become one.
const widestGap = 64

// mergeData joins pieces of data that follow each other in memory. Go's compiler writes tens of thousands of them with
// a few zero bytes between, and a runtime copies each by itself whenever an instance begins. Memory is zero then, so
// what is written in the end is the same; where a piece does not fit the instance fails to begin either way. It is for
// modules whose code cannot name a piece: those without a count of data. Anything but plain pieces in rising order, and
// whatever cannot be read, is left as it is.
func mergeData(section []byte) []byte {
	r := &reader{data: section}
	var out entries
	var open piece
	for range r.count() {
		flags := r.u32()
		op := r.byte()
		offset := constI32(r)
		end := r.byte()
		content := r.take(r.u32())
		if r.err != nil || flags != 0 || op != opI32Const || end != opEnd || uint64(offset) < open.end() {
			return section
		}
		gap := uint64(offset) - open.end()
		if open.content == nil || gap > widestGap {
			open.close(&out)
			open = piece{offset: offset, content: append([]byte{}, content...)}
			continue
		}
		open.content = append(append(open.content, make([]byte, gap)...), content...)
	}
	if r.end("data") != nil {
		return section
	}
	open.close(&out)
	return out.encode()
}

// piece is data that belongs at one offset.
type piece struct {
	offset  uint32
	content []byte
}

func (p piece) end() uint64 { return uint64(p.offset) + uint64(len(p.content)) }

func (p piece) close(out *entries) {
	if p.content == nil {
		return
	}
	thing := appendS64([]byte{0, opI32Const}, int64(int32(p.offset)))
	out.add(appendName(append(thing, opEnd), string(p.content)))
}

// constI32 reads a signed number of 32 bits as the offset that it is.
func constI32(r *reader) uint32 {
	var n int64
	for shift := 0; shift < 35; shift += 7 {
		b := r.byte()
		n |= int64(b&0x7f) << shift
		if b < 0x80 {
			if b&0x40 != 0 {
				n |= -1 << (shift + 7)
			}
			return uint32(n)
		}
	}
	r.fail("a number is too long")
	return 0
}
