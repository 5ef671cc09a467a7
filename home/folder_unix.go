//go:build unix

package home

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

func customRoot() (string, error) {
	_, folder, err := person()
	if err != nil {
		return "", err
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(folder, "Library", "Application Support", "Gatehouse"), nil
	}
	return filepath.Join(folder, ".local", "share", "gatehouse"), nil
}

func temporary() string { return "/tmp" }

// makePrivate makes dir where it is missing and checks that it is this user's alone.
func makePrivate(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the folder %q: %w", dir, err)
	}
	err := checkPrivate(dir)
	if errors.Is(err, errOpenToOthers) {
		if entries, readErr := os.ReadDir(dir); readErr == nil && len(entries) == 0 {
			if err := os.Chmod(dir, 0o700); err != nil {
				return fmt.Errorf("closing the folder %q to others: %w", dir, err)
			}
			return checkPrivate(dir)
		}
	}
	return err
}

// errOpenToOthers tells makePrivate the one fault that it can mend.
var errOpenToOthers = fmt.Errorf("open to others: %w", ErrNotOurs)

// checkPrivate checks that dir is a folder that this user owns and nobody else may enter. A link to a folder is
// judged by the folder.
func checkPrivate(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("checking the folder %q: %w", dir, err)
	}
	switch {
	case !info.IsDir():
		return &plainError{fmt.Sprintf("%q is not a folder", dir), "move it away, or set GATEHOUSE_HOME to another folder", nil}
	case !ours(info):
		return &plainError{
			fmt.Sprintf("The folder %q belongs to another user, so Gatehouse does not use it", dir),
			"set GATEHOUSE_HOME to a folder of your own", ErrNotOurs,
		}
	case info.Mode().Perm()&0o077 != 0:
		return &plainError{
			fmt.Sprintf("Other users may enter the folder %q, so Gatehouse does not use it", dir),
			fmt.Sprintf("chmod 700 '%s', or set GATEHOUSE_HOME to a new folder", dir), errOpenToOthers,
		}
	}
	return nil
}

// checkSocket checks that path is a socket of this user's, in a folder of this user's.
func checkSocket(path string) error {
	if err := checkPrivate(filepath.Dir(path)); err != nil {
		return err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("checking the socket %q: %w", path, err)
	}
	if info.Mode().Type() != fs.ModeSocket || !ours(info) {
		return &plainError{
			fmt.Sprintf("%q is not a socket of your own, so Gatehouse does not use it", path),
			"move it away and try again", ErrNotOurs,
		}
	}
	return nil
}

func ours(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}
