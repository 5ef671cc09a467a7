package sandbox

import "github.com/tetratelabs/wazero/experimental"

// memory hands a call its linear memory, counts it and refuses what goes past the limit. Unlike the library's own
// limit it knows afterwards whether anything was refused.
type memory struct {
	limit uint64
	peak  uint64
	// usual is what calls of this guest needed so far: a memory that has room for it is not copied while it grows.
	usual uint64
	// refused is the largest size that was asked for and not given.
	refused uint64
	buffer  []byte
}

// Allocate starts the call's one memory; more than one is a feature that is off.
func (m *memory) Allocate(_, _ uint64) experimental.LinearMemory { return m }

// Reallocate returns the memory size bytes long, or nil, which makes memory.grow fail in the guest. Go clears what it
// allocates, and nothing beyond the length was ever written, so what is added is zero.
func (m *memory) Reallocate(size uint64) []byte {
	if size > m.limit {
		m.refused = max(m.refused, size)
		return nil
	}
	if size > uint64(cap(m.buffer)) {
		spare := max(size, min(m.usual, m.limit))
		if m.buffer != nil {
			spare = min(size+size/4, m.limit)
		}
		grown := make([]byte, size, spare)
		copy(grown, m.buffer)
		m.buffer = grown
	}
	m.buffer = m.buffer[:size]
	m.peak = max(m.peak, size)
	return m.buffer
}

// Free drops the memory with its call.
func (m *memory) Free() { m.buffer = nil }
