package local_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gatehouse/powers"
)

// TestACopyNeverHasAName looks at a copy that was made where nobody chose a folder for it: one that had a name, if only
// for a moment, would keep it where the host is killed in that moment.
func TestACopyNeverHasAName(t *testing.T) {
	scratch := t.TempDir()
	t.Setenv("TMPDIR", scratch)
	if fd, err := unix.Open(scratch, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600); err != nil {
		t.Skipf("the file system of %s has no files without a name: %v", scratch, err)
	} else {
		unix.Close(fd)
	}
	h := newHouse(t)
	open(t, h.files(t, granting(t).yes()), powers.Open{Path: "/workspace/new", Create: true})
	descriptors, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	var copies []string
	for _, d := range descriptors {
		// The system calls what never had a name "#" and its number.
		if file, err := os.Readlink("/proc/self/fd/" + d.Name()); err == nil && filepath.Dir(file) == scratch {
			copies = append(copies, filepath.Base(file))
		}
	}
	if len(copies) != 1 || !strings.HasPrefix(copies[0], "#") {
		t.Errorf("the copies are %q; want one that was never called anything", copies)
	}
}
