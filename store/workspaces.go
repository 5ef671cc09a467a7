package store

import (
	"errors"
	"fmt"

	"go.etcd.io/bbolt"
)

// Workspaces remember the last folder of each client, to propose it again. They confirm nothing: a confirmed folder is
// a permissions.Decision.
type Workspaces struct{ bolt *bbolt.DB }

// Workspaces returns the clients' last folders.
func (db *DB) Workspaces() *Workspaces { return &Workspaces{db.bolt} }

// Kept returns the client's last folder, if there is one that can be read.
func (w *Workspaces) Kept(client string) (path string, ok bool) {
	err := w.bolt.View(func(tx *bbolt.Tx) error {
		value := tx.Bucket(workspacesBucket).Get([]byte(client))
		path, ok = string(value), value != nil
		return nil
	})
	return path, ok && err == nil
}

// Keep remembers path for client.
func (w *Workspaces) Keep(client, path string) error {
	return w.change(client, func(b *bbolt.Bucket) error { return b.Put([]byte(client), []byte(path)) })
}

// Forget forgets the client's folder, if there is one.
func (w *Workspaces) Forget(client string) error {
	return w.change(client, func(b *bbolt.Bucket) error { return b.Delete([]byte(client)) })
}

func (w *Workspaces) change(client string, do func(*bbolt.Bucket) error) error {
	if client == "" {
		return fmt.Errorf("keeping a folder: %w", errors.New("the client has no name"))
	}
	err := w.bolt.Update(func(tx *bbolt.Tx) error { return do(tx.Bucket(workspacesBucket)) })
	if err != nil {
		return fmt.Errorf("keeping the folder of client %q: %w", client, err)
	}
	return nil
}
