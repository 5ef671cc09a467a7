package local

import (
	"math"
	"os"

	"gatehouse/powers"
)

// mostGrown is by how many bytes the files of one call may grow together, holes included: no decision about names is one
// to fill the disk.
const mostGrown = 4 << 30

// grow takes room for a file that becomes by bytes longer. What becomes shorter gives none back.
func (f *Files) grow(by int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if by > mostGrown-f.grown {
		return powers.ErrSpace
	}
	f.grown += max(0, by)
	return nil
}

// growTo takes room for an open file that is to reach to end.
func (f *Files) growTo(file *os.File, end int64) error {
	info, err := file.Stat()
	if err != nil {
		return cause(err)
	}
	return f.grow(end - info.Size())
}

// endOf is where n bytes at off end, or the last number there is.
func endOf(off int64, n int) int64 {
	if off > math.MaxInt64-int64(n) {
		return math.MaxInt64
	}
	return off + int64(n)
}
