//go:build unix

package home

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// ManagedPolicy is where whoever runs this machine puts the policy for everybody on it. No variable and no setting
// changes it.
func ManagedPolicy() string {
	if runtime.GOOS == "darwin" {
		return "/Library/Application Support/Gatehouse/policy.json"
	}
	return "/etc/gatehouse/policy.json"
}

// CheckSystem returns nil only if path is a regular file that root owns and nobody else may write, in a folder of which
// the same holds, below folders in which nobody else may put another in its place. Otherwise the error is ErrNotOurs,
// or the system's own.
func CheckSystem(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("checking %q: %w", path, err)
	}
	if !info.Mode().IsRegular() {
		return refuseSystem(path, "it is not a regular file")
	}
	if err := rootsAlone(path, info); err != nil {
		return err
	}
	for folder := filepath.Dir(path); ; folder = filepath.Dir(folder) {
		info, err := os.Lstat(folder)
		if err != nil {
			return fmt.Errorf("checking %q: %w", folder, err)
		}
		// In a folder like /tmp everybody may make files, and only their owner may replace them.
		shared := info.Mode()&fs.ModeSticky != 0 && folder != filepath.Dir(path)
		if err := rootsAlone(folder, info); err != nil && !(shared && isRoots(info)) {
			return err
		}
		if filepath.Dir(folder) == folder {
			return nil
		}
	}
}

func rootsAlone(path string, info fs.FileInfo) error {
	switch {
	case !isRoots(info):
		return refuseSystem(path, "root does not own it")
	case info.Mode().Type()&fs.ModeSymlink != 0:
		return refuseSystem(path, "it is a link")
	case info.Mode().Perm()&0o022 != 0:
		return refuseSystem(path, "others than root may write it")
	}
	return nil
}

func isRoots(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Uid == 0
}
