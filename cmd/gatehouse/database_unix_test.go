//go:build unix

package main_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"
	"go.etcd.io/bbolt"

	"gatehouse/store"
)

// databases are what a script may find in the place of the database, made of a sound one at path.
var databases = map[string]func(path string) error{
	"sound":   func(string) error { return nil },
	"torn":    func(path string) error { return os.Truncate(path, 5000) },
	"garbage": func(path string) error { return os.WriteFile(path, bytes.Repeat([]byte("Dear diary, "), 3000), 0o600) },
	"newer":   ofLater,
}

// ofLater gives the database the schema of a Gatehouse that is not written yet.
func ofLater(path string) error {
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("meta")).Put([]byte("schema"), binary.BigEndian.AppendUint64(nil, 99))
	})
}

// putDatabase puts a database into the state folder: `database KIND`.
func putDatabase(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 || databases[args[0]] == nil {
		ts.Fatalf("usage: database KIND")
	}
	path := databaseOf(ts)
	ts.Check(os.RemoveAll(path))
	db, err := store.Open(path)
	ts.Check(err)
	ts.Check(db.Close())
	ts.Check(databases[args[0]](path))
	on(ts).database, err = os.ReadFile(path)
	ts.Check(err)
}

// untouched checks that the database is, byte for byte, what putDatabase made: `untouched`.
func untouched(ts *testscript.TestScript, _ bool, _ []string) {
	now, err := os.ReadFile(databaseOf(ts))
	ts.Check(err)
	if !bytes.Equal(now, on(ts).database) {
		ts.Fatalf("the database was changed: %d bytes; there were %d", len(now), len(on(ts).database))
	}
}

// holdDatabase keeps the database open until the script ends, as a program does that is no host: `holddatabase`.
func holdDatabase(ts *testscript.TestScript, _ bool, _ []string) {
	db, err := store.Open(databaseOf(ts))
	ts.Check(err)
	ts.Defer(func() { db.Close() })
}

func databaseOf(ts *testscript.TestScript) string {
	return filepath.Join(ts.Getenv("GATEHOUSE_HOME"), "gatehouse.db")
}
