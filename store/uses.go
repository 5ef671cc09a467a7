package store

import (
	"encoding/binary"
	"sync"
	"time"

	"go.etcd.io/bbolt"
)

// writeUsesEvery is how long uses are only in memory: a call's hundred checks are one change of the file.
const writeUsesEvery = time.Minute

// uses is when decisions last allowed something, as far as the file does not say so yet. What a crash loses of it makes
// a decision lapse that much earlier.
type uses struct {
	mu     sync.Mutex
	at     map[string]time.Time
	timer  *time.Timer
	closed bool
}

// Used notes that the decision allowed something at that time. It does not wait for the disk.
func (d *Decisions) Used(id string, at time.Time) {
	u := d.uses
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return
	}
	if u.at == nil {
		u.at = map[string]time.Time{}
		u.timer = time.AfterFunc(writeUsesEvery, func() { u.write(d.bolt) })
	}
	u.at[id] = at
}

// close writes what is left and takes no more.
func (u *uses) close(bolt *disk) {
	u.mu.Lock()
	u.closed = true
	if u.timer != nil {
		u.timer.Stop()
	}
	u.mu.Unlock()
	u.write(bolt)
}

// write brings the uses into the file; what it cannot write is lost.
func (u *uses) write(bolt *disk) {
	u.mu.Lock()
	at := u.at
	u.at = nil
	u.mu.Unlock()
	if len(at) == 0 {
		return
	}
	_ = bolt.Update(func(tx *bbolt.Tx) error {
		ids, uses := tx.Bucket(idsBucket), tx.Bucket(usesBucket)
		for id, at := range at {
			if ids.Get([]byte(id)) == nil {
				continue // it was revoked meanwhile
			}
			if err := uses.Put([]byte(id), number(uint64(at.UnixNano()))); err != nil {
				return err
			}
		}
		return nil
	})
}

// last is when the decision last allowed something, the zero time for never.
func (u *uses) last(tx *bbolt.Tx, id string) time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	if at, ok := u.at[id]; ok {
		return at
	}
	return written(tx, id)
}

// written is what the file says of it.
func written(tx *bbolt.Tx, id string) time.Time {
	value := tx.Bucket(usesBucket).Get([]byte(id))
	if len(value) != 8 {
		return time.Time{}
	}
	return time.Unix(0, int64(binary.BigEndian.Uint64(value)))
}
