// Package store keeps what must outlive a host in one bbolt file: decisions, the installed skills, the connected
// clients, and settings. Its lock elects the host. It knows neither who decides nor what a skill may do; it gives back
// what it was given, or an error.
//
// It is the keeper of bbolt: one file, one writer and a fsync a change is all that decisions need, and the file's lock
// is the election. A process killed at any moment leaves the last whole change.
package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

var (
	// ErrLocked is returned by Open while another process has the database: a host is running.
	ErrLocked = errors.New("database is in use")
	// ErrReadOnly is returned by Open for a file that this user may not write.
	ErrReadOnly = errors.New("database is read-only")
	// ErrTorn is returned by Open for a file that is not a whole database.
	ErrTorn = errors.New("database is damaged")
	// ErrNewer is returned by Open for a database of a later Gatehouse.
	ErrNewer = errors.New("database is newer than this program")
)

// DB is an open database. Its methods, and those of what it hands out, may be called from any goroutine. A
// change returns once it is on disk.
type DB struct {
	bolt *disk
	// skills lets one change of the skills' folder happen at a time.
	skills sync.Mutex
	recent recent
	uses   uses

	approvals approvals
	now       func() time.Time
	rules     recentRules
	profiles  recentProfiles
}

// Open opens the database at path, making it where there is none, and brings an older one up to date after copying it
// beside itself. It does not wait. Its errors are sentences for the person, with a Hint; a file that it refuses is
// left as it is.
func Open(path string) (*DB, error) { return open(path, migrations) }

func open(path string, steps []migration) (*DB, error) {
	_, statErr := os.Stat(path)
	bolt, err := openSound(path)
	if err != nil {
		return nil, explain(path, err)
	}
	if errors.Is(statErr, fs.ErrNotExist) {
		err = syncFolder(filepath.Dir(path))
	}
	if err == nil {
		err = migrate(bolt, steps)
	}
	if err != nil {
		return nil, errors.Join(err, bolt.Close())
	}
	return &DB{bolt: newDisk(bolt), now: time.Now}, nil
}

// Close ends the DB and gives up the lock.
func (db *DB) Close() error {
	db.uses.close(db.bolt)
	if err := db.bolt.Close(); err != nil {
		return fmt.Errorf("closing the database: %w", err)
	}
	return nil
}

// openSound opens the file and reads all of it, since bbolt meets a torn page with a panic, and a missing one with a
// fault, at whatever moment it comes by.
func openSound(path string) (bolt *bbolt.DB, err error) {
	var file *os.File
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if broken := recover(); broken != nil {
			// What bbolt has mapped stays so, and with it the lock, unless it is given up by name.
			unlock(file)
			file.Close()
			bolt, err = nil, fmt.Errorf("%w: %v", ErrTorn, broken)
		}
	}()
	bolt, err = bbolt.Open(path, 0o600, &bbolt.Options{
		// The shortest wait there is: with 0 bbolt waits for ever.
		Timeout: time.Nanosecond,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			var err error
			file, err = os.OpenFile(name, flag, mode)
			return file, err
		},
	})
	if err != nil {
		return nil, err
	}
	if err := bolt.View(func(tx *bbolt.Tx) error { return check(tx, file) }); err != nil {
		return nil, errors.Join(err, bolt.Close())
	}
	return bolt, nil
}

// check returns an error for a database that is not whole. A flipped bit inside an entry it does not see: bbolt has no
// checksums but its heads'.
func check(tx *bbolt.Tx, file *os.File) error {
	if info, err := file.Stat(); err != nil || info.Size() < tx.Size() {
		return errors.Join(err, errors.New("its end is missing"))
	}
	return tx.ForEach(func(_ []byte, b *bbolt.Bucket) error { return readAll(b) })
}

// readAll reads every byte of b. A length larger than the whole database is none.
func readAll(b *bbolt.Bucket) error {
	return b.ForEach(func(k, v []byte) error {
		if v == nil {
			return readAll(b.Bucket(k))
		}
		for _, content := range [][]byte{k, v} {
			if int64(len(content)) > b.Tx().Size() {
				return errors.New("an entry reaches past its end")
			}
			_ = crc32.ChecksumIEEE(content)
		}
		return nil
	})
}

// explain turns an error of opening path into a sentence.
func explain(path string, err error) error {
	var system syscall.Errno
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return &plainError{"Another Gatehouse host has the database open", "gatehouse host status", ErrLocked}
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return &plainError{
			fmt.Sprintf("The database %q cannot be written, so no decision could be kept", path),
			"give your user the right to write it and its folder, or set GATEHOUSE_HOME to another folder", ErrReadOnly,
		}
	case errors.As(err, &system):
		return fmt.Errorf("opening the database %q: %w", path, err)
	}
	return &plainError{
		fmt.Sprintf("The database %q is damaged; Gatehouse does not use it and has not changed it", path),
		"put a backup in its place, or move it away: then skills are to be added and decisions to be made again",
		fmt.Errorf("%w: %w", ErrTorn, err),
	}
}

// plainError is one sentence for a person, with a hint.
type plainError struct {
	sentence, hint string
	kind           error
}

func (e *plainError) Error() string { return e.sentence }
func (e *plainError) Unwrap() error { return e.kind }

// Hint says what the person can do.
func (e *plainError) Hint() string { return e.hint }

// number is a schema number's form in the file.
func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
