package reserve_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"gatehouse/reserve"
)

func TestReserve(t *testing.T) {
	path := filepath.Join(t.TempDir(), "reserve")
	wantSize := func(want int64) {
		t.Helper()
		if info, err := os.Stat(path); err != nil || info.Size() != want {
			t.Errorf("it is %v, %v; want %d bytes", info, err, want)
		}
	}
	f := reserve.Open(path, 1000)
	wantSize(1000)
	for _, want := range []int64{600, 200, 0} {
		if !f.Give(400) || f.Whole() {
			t.Errorf("Give = false before it is empty, or it is whole after")
		}
		wantSize(want)
	}
	if f.Give(400) {
		t.Error("an empty reserve gave something")
	}
	if err := f.Refill(); err != nil || !f.Whole() {
		t.Errorf("Refill = %v, whole %v", err, f.Whole())
	}
	wantSize(1000)
	f.Give(300)
	if f = reserve.Open(path, 1000); !f.Whole() {
		t.Error("it was not filled when it was opened again")
	}
	if f = reserve.Open(path, 500); !f.Whole() || !f.Give(100) {
		t.Error("a smaller one than there was is not whole")
	}
	wantSize(400)
}

func TestNoRoomForAReserve(t *testing.T) {
	f := reserve.Open(filepath.Join(t.TempDir(), "none", "reserve"), 1000)
	if f.Whole() || f.Give(10) {
		t.Error("a reserve that could not be made gave something")
	}
	if err := f.Refill(); !errors.Is(err, os.ErrNotExist) || reserve.Full(err) {
		t.Errorf("Refill = %v; want that there is no such folder, which is no full disk", err)
	}
}
