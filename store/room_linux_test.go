package store_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"syscall"
	"testing"

	"gatehouse/internal/smalldisk"
	"gatehouse/permissions"
	"gatehouse/store"
)

// TestTheReserveIsForDecisions fills the disk: what a person decides is kept and taken back, what may wait is refused,
// and with room again all is as it was.
func TestTheReserveIsForDecisions(t *testing.T) {
	dir := smalldisk.Mount(t, 8<<20)
	if dir == "" {
		return
	}
	path := filepath.Join(dir, "gatehouse.db")
	db := openAt(t, path)
	decisions := db.Decisions()
	var want []permissions.Decision
	keep := func(i int) {
		t.Helper()
		if err := decisions.Keep(decision(i)); err != nil {
			t.Fatalf("keeping decision %d: %v", i, err)
		}
		want = append(want, decision(i))
	}
	for i := range 100 {
		keep(i)
	}
	empty := smalldisk.Fill(t, dir)
	for i := range 100 {
		keep(100 + i)
	}
	for i := range 50 {
		if _, err := decisions.Revoke(fmt.Sprint(i)); err != nil {
			t.Fatalf("revoking on a full disk: %v", err)
		}
	}
	if err := db.Settings().Set(store.Paused, "yes"); err != nil {
		t.Errorf("pausing everything on a full disk: %v", err)
	}
	if err := decisions.Forget("0"); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("what may wait, on a full disk: %v; want that it is full", err)
	}
	empty()
	if err := decisions.Forget("0"); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	wantDecisions(t, openAt(t, path), want[50:]...)
}
