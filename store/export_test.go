package store

import (
	"time"

	"go.etcd.io/bbolt"
)

// Schema is the schema that this program knows.
var Schema = len(migrations)

// OpenWith opens a database as a program would that knows these steps and no more.
func OpenWith(path string, steps ...func(*bbolt.Tx) error) (*DB, error) {
	all := make([]migration, len(steps))
	for i, step := range steps {
		all[i] = step
	}
	return open(path, all)
}

// SetClock gives what db hands out from now on another clock.
func SetClock(db *DB, now func() time.Time) { db.now = now }
