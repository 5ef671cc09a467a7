//go:build unix

package secrets

import (
	"fmt"
	"io"
	"os"
	"syscall"
)

// readPrivate reads a file of this user's that nobody else may read or write.
func readPrivate(path string) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	owner, known := info.Sys().(*syscall.Stat_t)
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 || known && int(owner.Uid) != os.Geteuid() {
		return nil, fmt.Errorf("%q may be read or written by others: it must be a file of yours alone, mode 600", path)
	}
	return io.ReadAll(io.LimitReader(file, 64<<10))
}
