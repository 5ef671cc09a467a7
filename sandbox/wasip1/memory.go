package wasip1

import (
	"encoding/binary"

	"github.com/tetratelabs/wazero/api"
)

// memory is the guest's. Nothing outside of it is ever touched: what does not lie in it whole is refused.
type memory struct{ guest api.Memory }

// memoryOf finds the memory of a guest, which may have none: the library hands out a nil of its own then.
func memoryOf(guest api.Module) (m memory) {
	defer func() {
		if recover() != nil {
			m = memory{}
		}
	}()
	found := guest.Memory()
	_ = found.Size()
	return memory{found}
}

// bytes is the n bytes at at, the guest's own and not a copy, or false.
func (m memory) bytes(at, n uint32) ([]byte, bool) {
	if m.guest == nil {
		return nil, false
	}
	return m.guest.Read(at, n)
}

// has says whether the guest has n bytes at at.
func (m memory) has(at, n uint32) bool {
	_, ok := m.bytes(at, n)
	return ok
}

// put32 and put64 write a number.
func (m memory) put32(at, v uint32) errno {
	b, ok := m.bytes(at, 4)
	if !ok {
		return errFault
	}
	binary.LittleEndian.PutUint32(b, v)
	return success
}

func (m memory) put64(at uint32, v uint64) errno {
	b, ok := m.bytes(at, 8)
	if !ok {
		return errFault
	}
	binary.LittleEndian.PutUint64(b, v)
	return success
}

// mostVectors is how many pieces of memory one call reads or writes. A guest that names more is given a part, as it must
// expect: so does every system.
const mostVectors = 1024

// vectors are pieces of the guest's memory. Each was checked.
type vectors struct {
	pieces [][]byte
	total  uint64
}

// vectors reads the list of count pieces at at. Overlapping pieces are the guest's own affair.
func (p *Process) vectors(at, count uint32) (vectors, errno) {
	count = min(count, mostVectors)
	list, ok := p.memory.bytes(at, count*8)
	if !ok {
		return vectors{}, errFault
	}
	v := vectors{pieces: p.pieces[:0]}
	for ; len(list) > 0; list = list[8:] {
		piece, ok := p.memory.bytes(binary.LittleEndian.Uint32(list), binary.LittleEndian.Uint32(list[4:]))
		if !ok {
			return vectors{}, errFault
		}
		if len(piece) > 0 {
			v.pieces, v.total = append(v.pieces, piece), v.total+uint64(len(piece))
		}
		if v.total > 1<<32-1 {
			return vectors{}, errInvalid
		}
	}
	p.pieces = v.pieces
	return v, success
}
