// Package reserve keeps a little of the disk for what must be written even when the disk is full: decisions, and above
// all taking them back. It is a file of nothing that is given up when the room is needed and filled again when there is
// room. It does not know what is written in its place.
package reserve

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
)

// File is a reserve on disk. It belongs to one goroutine at a time.
type File struct {
	path string
	size int64
	// left is how many bytes of it there are.
	left int64
}

// Open returns the reserve of size bytes at path and fills it as far as it goes. On a disk that is full already it is
// smaller, or empty: look at Whole.
func Open(path string, size int64) *File {
	f := &File{path: path, size: size}
	if info, err := os.Stat(path); err == nil {
		f.left = min(info.Size(), size)
	}
	_ = f.Refill()
	return f
}

// Whole says whether nothing of the reserve is given up.
func (f *File) Whole() bool { return f.left == f.size }

// Give gives bytes of the reserve back to the disk, or what is left of it, and reports whether there was any.
func (f *File) Give(bytes int64) bool {
	if f.left == 0 {
		return false
	}
	left := max(0, f.left-bytes)
	if os.Truncate(f.path, left) != nil {
		return false
	}
	f.left = left
	return true
}

// Refill takes back from the disk what was given up. Where there is no room for all of it, it takes nothing.
func (f *File) Refill() (err error) {
	if f.Whole() {
		return nil
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("filling the reserve %q: %w", f.path, err)
		}
	}()
	file, err := os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	// Noise, since a disk may keep a file of zeros in no room at all.
	noise := make([]byte, f.size-f.left)
	rand.Read(noise)
	_, err = file.WriteAt(noise, f.left)
	if err == nil {
		err = file.Sync()
	}
	if err != nil {
		return errors.Join(err, file.Truncate(f.left), file.Close())
	}
	f.left = f.size
	return file.Close()
}

// Full says whether err is that of a full disk, or of a person who has used up their share of it.
func Full(err error) bool {
	for _, full := range full {
		if errors.Is(err, full) {
			return true
		}
	}
	return false
}
