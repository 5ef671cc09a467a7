package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"go.etcd.io/bbolt"

	"gatehouse/permissions"
)

// approvals remembers what was read of what was approved: each start of a call looks it up, and a skill's tools make it
// long. Nobody else can write the file.
type approvals struct {
	mu    sync.Mutex
	known map[permissions.Key]permissions.Approval // by place
}

// Approved returns what was approved last in k's place; permissions.ErrNotFound where nothing was.
func (d *Decisions) Approved(k permissions.Key) (permissions.Approval, error) {
	d.approvals.mu.Lock()
	defer d.approvals.mu.Unlock()
	place := k.Place()
	if a, known := d.approvals.known[place]; known {
		return a, nil
	}
	var a permissions.Approval
	err := d.bolt.View(func(tx *bbolt.Tx) error {
		value := tx.Bucket(approvalsBucket).Get(hashOf(place))
		if value == nil {
			return permissions.ErrNotFound
		}
		return json.Unmarshal(value, &a)
	})
	if err == nil && a.Key.Place() != place { // one that is not text came back from JSON as another
		err = permissions.ErrNotFound
	}
	if err != nil {
		return permissions.Approval{}, fmt.Errorf("finding what was approved: %w", err)
	}
	d.approvals.remember(a)
	return a, nil
}

// Approve returns once a is on disk, and with that the decisions in replaced are gone.
func (d *Decisions) Approve(a permissions.Approval, replaced []string) error {
	d.approvals.mu.Lock()
	defer d.approvals.mu.Unlock()
	value, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("keeping what was approved: %w", err)
	}
	err = d.bolt.decide(func(tx *bbolt.Tx) error {
		for _, id := range replaced {
			if _, err := d.remove(tx, id); err != nil && !errors.Is(err, permissions.ErrNotFound) {
				return err
			}
		}
		return tx.Bucket(approvalsBucket).Put(hashOf(a.Key.Place()), value)
	})
	if err != nil {
		return fmt.Errorf("keeping what was approved: %w", err)
	}
	d.approvals.remember(a)
	return nil
}

func (m *approvals) remember(a permissions.Approval) {
	if m.known == nil || len(m.known) >= mostRecent {
		m.known = map[permissions.Key]permissions.Approval{}
	}
	m.known[a.Key.Place()] = a
}
