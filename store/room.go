package store

import (
	"fmt"
	"sync"

	"go.etcd.io/bbolt"

	"gatehouse/reserve"
)

// reserveSize is what is kept of the disk for decisions, in bytes.
const reserveSize = 1 << 20

// disk is the database where it lies, with a reserve beside it.
type disk struct {
	*bbolt.DB
	mu      sync.Mutex
	reserve *reserve.File
}

func newDisk(bolt *bbolt.DB) *disk {
	return &disk{DB: bolt, reserve: reserve.Open(bolt.Path()+".reserve", reserveSize)}
}

// Update makes a change that may wait for a disk with room. While the reserve is not whole it makes none, so that the
// reserve's room goes to nothing else.
func (d *disk) Update(change func(*bbolt.Tx) error) error {
	d.mu.Lock()
	err := d.reserve.Refill()
	d.mu.Unlock()
	if err != nil {
		return fmt.Errorf("the disk is full: %w", err)
	}
	return d.DB.Update(change)
}

// decide makes a change that a person decided: it may not wait. On a full disk the reserve makes room for it, and change
// is run once more.
func (d *disk) decide(change func(*bbolt.Tx) error) error {
	err := d.DB.Update(change)
	if !reserve.Full(err) {
		return err
	}
	d.mu.Lock()
	gave := d.reserve.Give(reserveSize)
	d.mu.Unlock()
	if !gave {
		return err
	}
	return d.DB.Update(change)
}
