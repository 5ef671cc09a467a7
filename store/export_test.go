package store

import "go.etcd.io/bbolt"

// OpenWith opens a database as a program would that knows these steps and no more.
func OpenWith(path string, steps ...func(*bbolt.Tx) error) (*DB, error) {
	all := make([]migration, len(steps))
	for i, step := range steps {
		all[i] = step
	}
	return open(path, all)
}
