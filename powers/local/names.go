package local

import (
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// guestWorkspace is where a guest sees the workspace.
const guestWorkspace = "/workspace"

// The longest segment and name that systems take.
const (
	maxSegment = 255
	maxName    = 4096
)

// checkName returns powers.ErrName unless guest is a name as adapters hand it on: absolute and clean.
func checkName(guest string) error {
	if len(guest) > maxName || !path.IsAbs(guest) || path.Clean(guest) != guest {
		return powers.ErrName
	}
	for _, segment := range split(guest) {
		if !validSegment(segment) {
			return powers.ErrName
		}
	}
	return nil
}

// validSegment also keeps out what means something else on this system, such as streams and devices on Windows.
func validSegment(s string) bool {
	return len(s) <= maxSegment && utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 &&
		!strings.ContainsRune(s, filepath.Separator) && filepath.IsLocal(s)
}

// split returns the segments of name; empty ones are left out.
func split(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return r == '/' })
}

// below reports whether name is folder or lies in it, and what follows folder in it.
func below(name, folder string) (string, bool) {
	rest, ok := strings.CutPrefix(name, folder)
	return rest, ok && folder != "" && (rest == "" || rest[0] == '/')
}

// grant names right on the object at the real name.
func (f *Files) grant(right permissions.Right, real string) permissions.Grant {
	if rest, ok := below(real, f.workspace); ok {
		return permissions.FileGrant(right, "${workspace}"+rest)
	}
	return permissions.FileGrant(right, real)
}

// wanted is the grant that the guest's own name asks for. Refusals carry it rather than the real one: they do not tell
// where a link leads, nor that it is one.
func (f *Files) wanted(right permissions.Right, guest string) string {
	if rest, ok := below(guest, guestWorkspace); ok {
		return permissions.FileGrant(right, "${workspace}"+rest).String()
	}
	return f.grant(right, guest).String()
}
