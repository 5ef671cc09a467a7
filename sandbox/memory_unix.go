//go:build unix

package sandbox

import "golang.org/x/sys/unix"

// room is address space for all that a memory may become, of which the system gives a page when it is first touched. So
// a memory never moves: growing copies nothing, leaves nothing for the collector, and never takes twice the space.
type room struct {
	limit uint64
	all   []byte
	// open is how much of it may be used.
	open uint64
}

// newRoom returns nil where the system has none.
func newRoom(limit uint64) *room {
	page := uint64(unix.Getpagesize())
	all, err := unix.Mmap(-1, 0, int((limit+page-1)/page*page), unix.PROT_NONE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil
	}
	return &room{limit: limit, all: all}
}

// grow returns the first size bytes, or nil where the system refuses them. A guest's pages are whole pages of the
// system's.
func (r *room) grow(size uint64) []byte {
	if size > r.open {
		if unix.Mprotect(r.all[r.open:size], unix.PROT_READ|unix.PROT_WRITE) != nil {
			return nil
		}
		r.open = size
	}
	return r.all[:size:size]
}

func (r *room) free() { _ = unix.Munmap(r.all) }
