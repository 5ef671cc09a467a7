package store

import (
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"

	"gatehouse/permissions"
)

// Inbox is what rests in the person's inbox: the questions whose calls are gone, and how often each was dismissed.
type Inbox struct{ bolt *disk }

// Inbox returns what rests in the inbox.
func (db *DB) Inbox() *Inbox { return &Inbox{db.bolt} }

// Load returns what was kept last. An inbox that cannot be read is empty: what it held is asked again.
func (i *Inbox) Load() (kept permissions.Inbox, err error) {
	err = i.bolt.View(func(tx *bbolt.Tx) error {
		bucket := tx.Bucket(inboxBucket)
		if bucket == nil {
			return nil
		}
		if json.Unmarshal(bucket.Get(inboxKey), &kept) != nil {
			kept = permissions.Inbox{}
		}
		return nil
	})
	if err != nil {
		return kept, fmt.Errorf("reading the inbox: %w", err)
	}
	return kept, nil
}

// Keep replaces what was kept, and returns once that is on disk.
func (i *Inbox) Keep(in permissions.Inbox) error {
	value, err := json.Marshal(in)
	if err == nil {
		err = i.bolt.decide(func(tx *bbolt.Tx) error {
			bucket, err := tx.CreateBucketIfNotExists(inboxBucket)
			if err != nil {
				return err
			}
			return bucket.Put(inboxKey, value)
		})
	}
	if err != nil {
		return fmt.Errorf("keeping the inbox: %w", err)
	}
	return nil
}
