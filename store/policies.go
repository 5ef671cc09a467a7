package store

import (
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"
)

// Policies are the texts of policy files as they were seen, so that a file that breaks or disappears lets nothing
// through that it stopped.
type Policies struct{ bolt *disk }

// Policies returns the policy files that were seen.
func (db *DB) Policies() *Policies { return &Policies{db.bolt} }

// Find returns the texts that hold for the file at path; none where none were kept.
func (p *Policies) Find(path string) (texts []string, err error) {
	err = p.bolt.View(func(tx *bbolt.Tx) error {
		value := tx.Bucket(policiesBucket).Get([]byte(path))
		if value == nil {
			return nil
		}
		return json.Unmarshal(value, &texts)
	})
	if err != nil {
		return nil, fmt.Errorf("finding the policy %q: %w", path, err)
	}
	return texts, nil
}

// Keep makes texts all that hold for the file at path, and returns once that is on disk. None forgets the file.
func (p *Policies) Keep(path string, texts []string) error {
	value, err := json.Marshal(texts)
	if err != nil {
		return fmt.Errorf("keeping the policy %q: %w", path, err)
	}
	err = p.bolt.Update(func(tx *bbolt.Tx) error {
		if len(texts) == 0 {
			return tx.Bucket(policiesBucket).Delete([]byte(path))
		}
		return tx.Bucket(policiesBucket).Put([]byte(path), value)
	})
	if err != nil {
		return fmt.Errorf("keeping the policy %q: %w", path, err)
	}
	return nil
}

// List returns the paths of all files of which something is kept.
func (p *Policies) List() (paths []string, err error) {
	err = p.bolt.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(policiesBucket).ForEach(func(path, _ []byte) error {
			paths = append(paths, string(path))
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("listing policies: %w", err)
	}
	return paths, nil
}
