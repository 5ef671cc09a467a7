//go:build !unix

package sandbox

// room is Go's own memory, which is copied when it grows.
type room struct {
	limit uint64
	all   []byte
}

func newRoom(limit uint64) *room { return &room{limit: limit} }

// grow returns the first size bytes. Go clears what it allocates, and what was used before was cleared.
func (r *room) grow(size uint64) []byte {
	if size > uint64(len(r.all)) {
		grown := make([]byte, size, min(size+size/4, r.limit))
		copy(grown, r.all)
		r.all = grown
	}
	return r.all[:size:size]
}

func (r *room) free() { r.all = nil }
