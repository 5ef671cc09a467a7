package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"gatehouse/permissions"
)

// keepGone is how long a decision that was taken back or lapsed can be given back.
const keepGone = 30 * 24 * time.Hour

// Gone returns what was taken back or lapsed in the last 30 days, in no order. What had ended by itself is not among it.
func (d *Decisions) Gone() (all []permissions.Gone, err error) {
	err = d.bolt.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(goneBucket).ForEach(func(_, value []byte) error {
			var gone permissions.Gone
			if err := json.Unmarshal(value, &gone); err != nil {
				return err
			}
			err := d.mayHave(tx, gone.Key.Client)
			if err != nil && !errors.Is(err, permissions.ErrNotFound) {
				return err
			}
			if err == nil && d.now().Sub(gone.At) < keepGone {
				all = append(all, gone)
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("listing what was taken back: %w", err)
	}
	return all, nil
}

// Forget takes a decision from what is gone, as when it was given back. It is no error where it is not there.
func (d *Decisions) Forget(id string) error {
	err := d.bolt.Update(func(tx *bbolt.Tx) error { return tx.Bucket(goneBucket).Delete([]byte(id)) })
	if err != nil {
		return fmt.Errorf("forgetting decision %q: %w", id, err)
	}
	return nil
}

// bury keeps was among what is gone, and drops what has been there for too long.
func (d *Decisions) bury(tx *bbolt.Tx, was permissions.Decision) error {
	bucket, now := tx.Bucket(goneBucket), d.now()
	var old [][]byte
	err := bucket.ForEach(func(id, value []byte) error {
		var gone permissions.Gone
		if json.Unmarshal(value, &gone) != nil || now.Sub(gone.At) >= keepGone {
			old = append(old, id)
		}
		return nil
	})
	for _, id := range old {
		if err == nil {
			err = bucket.Delete(id)
		}
	}
	if err != nil || !was.Until.IsZero() && !now.Before(was.Until) {
		return err
	}
	value, err := json.Marshal(permissions.Gone{Decision: was, At: now})
	if err != nil {
		return err
	}
	return bucket.Put([]byte(was.ID), value)
}
