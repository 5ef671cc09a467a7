package store_test

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"gatehouse/store"
)

func TestReadOnlyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gatehouse.db")
	write(t, path, filled(t))
	if err := os.Chmod(path, 0o444); err != nil {
		t.Fatal(err)
	}
	// Root may write everything; one thread of it can be somebody else for files.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if os.Geteuid() == 0 {
		const nobody = 65534
		if err := syscall.Setfsuid(nobody); err != nil {
			t.Fatal(err)
		}
		defer syscall.Setfsuid(0)
	}
	db, err := store.Open(path)
	if err == nil {
		db.Close()
	}
	wantRefusal(t, err, store.ErrReadOnly)
}
