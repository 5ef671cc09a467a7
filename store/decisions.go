package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"gatehouse/permissions"
)

// Decisions are the kept answers, and what was approved of each skill. They implement permissions.Store and
// permissions.Approvals.
type Decisions struct {
	bolt      *disk
	recent    *recent
	uses      *uses
	approvals *approvals
	now       func() time.Time
	// connected says that nothing is kept for a client that is not there.
	connected bool
}

var (
	_ permissions.Store     = (*Decisions)(nil)
	_ permissions.Approvals = (*Decisions)(nil)
)

// Decisions returns the kept answers.
func (db *DB) Decisions() *Decisions {
	return &Decisions{bolt: db.bolt, recent: &db.recent, uses: &db.uses, approvals: &db.approvals, now: db.now}
}

// OfClients returns the same answers, but none is kept or given back for a client that is not connected: Keep returns
// permissions.ErrNotFound then. So what is kept when Clients.Remove returns is all that there will be.
func (d *Decisions) OfClients() *Decisions {
	of := *d
	of.connected = true
	return &of
}

// Find returns the decisions whose key is k, in no order, for many to share.
func (d *Decisions) Find(k permissions.Key) (found []permissions.Decision, err error) {
	err = d.bolt.View(func(tx *bbolt.Tx) error {
		var known bool
		if found, known = d.recent.find(tx.ID(), k); known {
			return nil
		}
		hash := hashOf(k)
		c := tx.Bucket(decisionsBucket).Cursor()
		for at, value := c.Seek(hash); bytes.HasPrefix(at, hash); at, value = c.Next() {
			kept, err := decode(at, value)
			if err != nil {
				return err
			}
			// A key that is not text comes back from JSON as another.
			if kept.Key == k {
				kept.Used = written(tx, kept.ID)
				found = append(found, kept)
			}
		}
		d.recent.keep(tx.ID(), k, found)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("finding decisions: %w", err)
	}
	return found, nil
}

// Keep returns once kept is on disk; a decision with the same ID is replaced.
func (d *Decisions) Keep(kept permissions.Decision) error {
	kept.Used = time.Time{} // it has a place of its own
	value, err := json.Marshal(kept)
	if err == nil && kept.ID == "" {
		err = errors.New("it has no ID")
	}
	if err != nil {
		return fmt.Errorf("keeping a decision: %w", err)
	}
	id, hash := []byte(kept.ID), hashOf(kept.Key)
	err = d.bolt.decide(func(tx *bbolt.Tx) error {
		if err := d.mayHave(tx, kept.Key.Client); err != nil {
			return err
		}
		decisions, ids := tx.Bucket(decisionsBucket), tx.Bucket(idsBucket)
		if was := ids.Get(id); was != nil && !bytes.Equal(was, hash) {
			if err := decisions.Delete(place(was, id)); err != nil {
				return err
			}
		}
		if err := ids.Put(id, hash); err != nil {
			return err
		}
		return decisions.Put(place(hash, id), value)
	})
	if err != nil {
		return fmt.Errorf("keeping decision %q: %w", kept.ID, err)
	}
	return nil
}

// mayHave returns an error where nothing is kept for the client.
func (d *Decisions) mayHave(tx *bbolt.Tx, client string) error {
	if !d.connected || slices.Contains(reserved, client) {
		return nil
	}
	if _, err := findClient(tx, client); err != nil {
		return fmt.Errorf("for client %q: %w", client, err)
	}
	return nil
}

// Revoke removes the decision and returns it once that is on disk; permissions.ErrNotFound where there is none. It
// stands among the Gone from then on.
func (d *Decisions) Revoke(id string) (revoked permissions.Decision, err error) {
	err = d.bolt.decide(func(tx *bbolt.Tx) (err error) {
		if revoked, err = d.remove(tx, id); err != nil {
			return err
		}
		return d.bury(tx, revoked)
	})
	if err != nil {
		return permissions.Decision{}, fmt.Errorf("revoking decision %q: %w", id, err)
	}
	return revoked, nil
}

// remove takes the decision out and returns it with its last use; permissions.ErrNotFound where there is none.
func (d *Decisions) remove(tx *bbolt.Tx, id string) (permissions.Decision, error) {
	decisions, ids, uses := tx.Bucket(decisionsBucket), tx.Bucket(idsBucket), tx.Bucket(usesBucket)
	hash := ids.Get([]byte(id))
	if hash == nil {
		return permissions.Decision{}, permissions.ErrNotFound
	}
	at := place(hash, []byte(id))
	removed, err := decode(at, decisions.Get(at))
	if err != nil {
		return permissions.Decision{}, err
	}
	removed.Used = d.uses.last(tx, id)
	return removed, errors.Join(decisions.Delete(at), ids.Delete([]byte(id)), uses.Delete([]byte(id)))
}

// List returns all decisions, in no order.
func (d *Decisions) List() (all []permissions.Decision, err error) {
	err = d.bolt.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(decisionsBucket).ForEach(func(at, value []byte) error {
			kept, err := decode(at, value)
			kept.Used = d.uses.last(tx, kept.ID)
			all = append(all, kept)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("listing decisions: %w", err)
	}
	return all, nil
}

// decode reads a decision and refuses one that stands where it does not belong.
func decode(at, value []byte) (permissions.Decision, error) {
	var kept permissions.Decision
	if err := json.Unmarshal(value, &kept); err != nil {
		return kept, fmt.Errorf("a kept decision cannot be read: %w", err)
	}
	if !bytes.Equal(at[min(len(at), sha256.Size):], []byte(kept.ID)) {
		return kept, fmt.Errorf("decision %q is kept in the place of another", kept.ID)
	}
	return kept, nil
}

func place(hash, id []byte) []byte { return append(bytes.Clone(hash), id...) }

// hashOf spells every field of k with its length, so that no two keys look alike. One that came later is spelled only
// where it is set, so that older keys keep their place.
func hashOf(k permissions.Key) []byte {
	var spelled []byte
	fields := []string{k.Signer, k.Skill, k.Digest, k.Capabilities, k.Client, k.Chain, k.Workspace}
	if k.Origin != "" {
		fields = append(fields, k.Origin)
	}
	for _, field := range fields {
		spelled = binary.AppendUvarint(spelled, uint64(len(field)))
		spelled = append(spelled, field...)
	}
	sum := sha256.Sum256(spelled)
	return sum[:]
}
