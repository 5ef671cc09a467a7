package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"
)

// folder is the workspace's folder; the tools are its methods.
type folder string

// at returns where a path of the input lies: a relative one in the workspace, an absolute one at itself.
func (root folder) at(name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join(string(root), name)
}

// shown is the reverse of at: how a path is called in an answer.
func (root folder) shown(full string) string {
	if full == string(root) {
		return "."
	}
	if inside, ok := strings.CutPrefix(full, string(root)+"/"); ok {
		return inside
	}
	return full
}

// refused tells whether err is the host's no.
func refused(err error) bool { return errors.Is(err, fs.ErrPermission) }

// sentence says in plain words why something could not be done to the file called name.
func sentence(doing, name string, err error) error {
	switch {
	case refused(err):
		return fmt.Errorf("%s %q was not permitted", doing, name)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s %q: there is no such file or folder", doing, name)
	case errors.Is(err, syscall.EISDIR):
		return fmt.Errorf("%s %q: it is a folder", doing, name)
	case errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("%s %q: it is not a folder", doing, name)
	}
	var where *fs.PathError
	if errors.As(err, &where) {
		err = where.Err
	}
	return fmt.Errorf("%s %q: %w", doing, name, err)
}

// room is how many bytes of JSON an answer may still take. The host bounds output at 1 MiB, agents far below.
type room int

const wholeRoom room = 256 << 10

// take takes what text needs as JSON and tells whether there was room for it.
func (r *room) take(text string) bool {
	need := len(text)
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\n' || c == '\t' || c == '\r' || c == '"' || c == '\\':
			need++
		case c < 0x20:
			need += 5
		}
	}
	if room(need) > *r {
		return false
	}
	*r -= room(need)
	return true
}
