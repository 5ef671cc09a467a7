package sandbox

import (
	"slices"
	"sync"

	"github.com/tetratelabs/wazero/experimental"
)

// memory hands a call its linear memory, counts it and refuses what goes past the limit. Unlike the library's own
// limit it knows afterwards whether anything was refused.
type memory struct {
	limit uint64
	peak  uint64
	// refused is the largest size that was asked for and not given.
	refused uint64
	rooms   *rooms
	room    *room
}

// Allocate starts the call's one memory; more than one is a feature that is off.
func (m *memory) Allocate(_, _ uint64) experimental.LinearMemory { return m }

// Reallocate returns the memory size bytes long, what is added zero, or nil, which makes memory.grow fail in the guest.
func (m *memory) Reallocate(size uint64) []byte {
	if m.room == nil {
		m.room = m.rooms.take(m.limit)
	}
	if size <= m.limit && m.room != nil {
		if buffer := m.room.grow(size); buffer != nil {
			m.peak = max(m.peak, size)
			return buffer
		}
	}
	m.refused = max(m.refused, size)
	return nil
}

// Free gives the memory back. Nobody may hold a piece of it any more.
func (m *memory) Free() {
	if m.room != nil {
		m.rooms.put(m.room, m.peak)
		m.room = nil
	}
}

// rooms keeps what calls gave back for those that follow: touching new memory takes longer than clearing old. It is
// cleared once the call is over, beside whatever comes next.
type rooms struct {
	mu     sync.Mutex
	kept   []usedRoom
	closed bool
}

// usedRoom is all zero when cleared is closed.
type usedRoom struct {
	*room
	cleared chan struct{}
}

// keptRooms is how many rooms wait for a call at most; one of which more than keptBytes were used is not kept.
const (
	keptRooms = 4
	keptBytes = 32 << 20
)

// take returns a room for limit bytes, all zero, or nil where the system has none.
func (r *rooms) take(limit uint64) *room {
	r.mu.Lock()
	i := slices.IndexFunc(r.kept, func(u usedRoom) bool { return u.limit == limit })
	if i < 0 {
		r.mu.Unlock()
		return newRoom(limit)
	}
	found := r.kept[i] // the one that was given back first
	r.kept = slices.Delete(r.kept, i, i+1)
	r.mu.Unlock()
	<-found.cleared
	return found.room
}

// put takes a room back of which the first bytes were used.
func (r *rooms) put(back *room, used uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if used > keptBytes || r.closed || len(r.kept) == keptRooms {
		back.free()
		return
	}
	u := usedRoom{back, make(chan struct{})}
	r.kept = append(r.kept, u)
	go func() {
		clear(back.all[:used])
		close(u.cleared)
	}()
}

func (r *rooms) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, kept := range r.kept {
		<-kept.cleared
		kept.free()
	}
	r.kept, r.closed = nil, true
}
