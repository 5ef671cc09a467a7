//go:build unix

package store

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// syncFolder puts the names in dir on disk.
func syncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err == nil {
		err = errors.Join(folder.Sync(), folder.Close())
	}
	if err != nil {
		return fmt.Errorf("putting the folder %q on disk: %w", dir, err)
	}
	return nil
}

// unlock gives up bbolt's lock on file.
func unlock(file *os.File) { _ = syscall.Flock(int(file.Fd()), syscall.LOCK_UN) }
