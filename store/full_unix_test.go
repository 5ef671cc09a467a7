//go:build unix

package store_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gatehouse/store"
)

func init() { parts["full"] = playFull }

// TestFullDisk runs a writer whose files may not grow: it must be told, and what was kept before must still be there.
func TestFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gatehouse.db")
	out, err := exec.Command(os.Args[0], "full", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var kept int
	if _, err := fmt.Sscanf(string(out), "kept %d", &kept); err != nil || kept == 0 {
		t.Fatalf("the writer said %q", out)
	}
	db := openAt(t, path)
	list, err := db.Decisions().List()
	if err != nil || len(list) != kept {
		t.Errorf("List = %d decisions, %v; want the %d that were kept", len(list), err, kept)
	}
	if err := db.Decisions().Keep(decision(kept)); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

// playFull keeps decisions until the disk is full, and checks that the rest can be read.
func playFull(args []string) error {
	signal.Ignore(syscall.SIGXFSZ)
	db, err := store.Open(args[0])
	if err != nil {
		return err
	}
	limit := syscall.Rlimit{Cur: 256 << 10, Max: 256 << 10}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	kept := 0
	for ; kept < 100_000; kept++ {
		if err = db.Decisions().Keep(decision(kept)); err != nil {
			break
		}
	}
	// bbolt gives the system's reason as text alone.
	if err == nil || !strings.Contains(err.Error(), "keeping decision") || !strings.Contains(err.Error(), "file too large") {
		return fmt.Errorf("after %d decisions Keep = %v; want that the file is too large", kept, err)
	}
	if err := db.Decisions().Keep(decision(kept)); err == nil {
		return errors.New("a second Keep on a full disk went well")
	}
	if found, err := db.Decisions().Find(decision(0).Key); err != nil || len(found) == 0 {
		return fmt.Errorf("Find on a full disk = %v, %v", found, err)
	}
	if list, err := db.Decisions().List(); err != nil || len(list) != kept {
		return fmt.Errorf("List on a full disk = %d, %v; want %d", len(list), err, kept)
	}
	fmt.Printf("kept %d\n", kept)
	return nil
}
