package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gatehouse/host/api"
	"gatehouse/internal/smalldisk"
)

// TestAFullDisk has a person say always while the host's disk is full: the answer is no and says why, what was kept
// before stays, and with room again all is as it was.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if err := os.WriteFile(filepath.Join(d.folder, "other.txt"), []byte(letter), 0o600); err != nil {
		t.Fatal(err)
	}
	first := d.read("letter.txt")
	d.must("-", "quick")
	d.must("letter.txt", "1", "always")
	if first.wait() != 0 {
		t.Fatal(first)
	}

	call := d.read("other.txt")
	d.look()
	d.room(0)
	if err := d.answer(t.Context(), "other.txt", "1", "always"); err == nil || !strings.Contains(err.Error(), "does not hold") {
		t.Errorf("the answer was taken: %v; want to be told that it does not hold", err)
	}
	if status := call.wait(); status != 7 || !strings.Contains(call.err.String(), `"code":"storage"`) || strings.Contains(call.out.String(), letter) {
		t.Errorf("an always on a full disk: %s; want status 7, storage, and nothing of the file", call)
	}
	// Nothing runs that cannot be recorded, not even what is granted.
	if granted := d.read("letter.txt"); granted.wait() != 7 || !strings.Contains(granted.err.String(), `"code":"storage"`) {
		t.Errorf("a granted call on a full disk: %s; want status 7 and storage", granted)
	}

	d.room(unix.RLIM_INFINITY)
	if kept := d.kept(); kept["fs:read:${workspace}/letter.txt"] != "allow" || kept["fs:read:${workspace}/other.txt"] != "" {
		t.Errorf("kept is %v; want letter.txt from before and not other.txt", kept)
	}
	if granted := d.read("letter.txt"); granted.wait() != 0 {
		t.Errorf("with room again: %s", granted)
	}
	again := d.read("other.txt")
	d.must("other.txt", "deny")
	if again.wait() != 3 {
		t.Errorf("asked again and denied: %s", again)
	}
	d.leave()
	d.sit()
	if kept := d.kept(); kept["fs:read:${workspace}/letter.txt"] != "allow" {
		t.Errorf("after a restart kept is %v; want letter.txt from before", kept)
	}
}

// TestRevokeOnAFullDisk fills the disk of the host's state to the last byte: nothing runs any more, and what was allowed
// can be taken back all the same.
func TestRevokeOnAFullDisk(t *testing.T) {
	disk := smalldisk.Mount(t, 128<<20, "GATEHOUSE_TEST_PROGRAMS="+programs)
	if disk == "" {
		return
	}
	d := &desk{t: t, home: filepath.Join(disk, "home"), folder: t.TempDir()}
	if err := os.WriteFile(filepath.Join(d.folder, "letter.txt"), []byte(letter), 0o600); err != nil {
		t.Fatal(err)
	}
	d.sit()
	first := d.read("letter.txt")
	d.must("-", "quick")
	d.must("letter.txt", "1", "always")
	if first.wait() != 0 {
		t.Fatal(first)
	}
	empty := smalldisk.Fill(t, disk)

	var body struct{ Decisions []api.KeptDecision }
	if err := d.window.get(t.Context(), "/api/decisions", &body); err != nil {
		t.Fatal(err)
	}
	for _, kept := range body.Decisions {
		if revoke := d.run("grant", "revoke", kept.ID); revoke.wait() != 0 {
			t.Errorf("revoking %s on a full disk: %s", kept.ID, revoke)
		}
	}
	if kept := d.kept(); len(kept) > 0 {
		t.Errorf("kept is %v; want nothing", kept)
	}
	// The reserve made room for that, and for nothing else.
	if call := d.read("letter.txt"); call.wait() != 7 || !strings.Contains(call.err.String(), `"code":"storage"`) {
		t.Errorf("a call on a full disk: %s; want status 7 and storage", call)
	}

	empty()
	again := d.read("letter.txt")
	d.must("-", "deny")
	if again.wait() != 3 {
		t.Errorf("with room again, asked and denied: %s", again)
	}
	d.leave()
	if verify := d.run("audit", "verify"); verify.wait() != 0 {
		t.Errorf("the record afterwards: %s", verify)
	}
}

// room bounds the size of the files that the host writes.
func (d *desk) room(bytes uint64) {
	d.t.Helper()
	limit := unix.Rlimit{Cur: bytes, Max: unix.RLIM_INFINITY}
	if err := unix.Prlimit(d.host.Process.Pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil {
		d.t.Fatal(err)
	}
}
