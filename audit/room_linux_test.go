package audit_test

import (
	"errors"
	"syscall"
	"testing"

	"gatehouse/audit"
	"gatehouse/internal/smalldisk"
)

// TestTheReserveIsForDecisions fills the disk: what must be written still is, nothing else gets at the reserve, and with
// room again all is as it was.
func TestTheReserveIsForDecisions(t *testing.T) {
	dir := smalldisk.Mount(t, 4<<20)
	if dir == "" {
		return
	}
	o := audit.Options{File: &keeper{}}
	l := openWith(t, dir, o)
	add(t, l, audit.Record{Kind: audit.KindCall})
	empty := smalldisk.Fill(t, dir)

	// What the current page of the file still holds is no matter.
	var err error
	for range 100 {
		if err = l.Append(audit.Record{Kind: audit.KindRequest}); err != nil {
			break
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("a hundred requests on a full disk: %v; want that it is full", err)
	}
	for i := range 500 {
		if err := l.Append(audit.Record{Kind: audit.KindRevoke}); err != nil {
			t.Fatalf("the %dth revoke on a full disk: %v", i+1, err)
		}
	}
	for range 100 {
		if err := l.Append(audit.Record{Kind: audit.KindRequest}); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("a request in the reserve's room: %v; want that the disk is full", err)
		}
	}
	if r := verify(t, dir, o); r.Bad != nil || r.Signed != r.Last {
		t.Errorf("Verify = %+v, %+v; want all whole and signed", r, r.Bad)
	}

	empty()
	add(t, l, audit.Record{Kind: audit.KindRequest})
	l.Close()
	l = openWith(t, dir, o)
	add(t, l, audit.Record{Kind: audit.KindCall})
	if r := verify(t, dir, o); r.Bad != nil {
		t.Errorf("with room again: %+v", r.Bad)
	}
}
