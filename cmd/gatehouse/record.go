package main

import (
	"path/filepath"
	"strconv"
	"time"

	"gatehouse/audit"
	"gatehouse/home"
	"gatehouse/secrets"
	"gatehouse/store"
)

// recordKeys are the keepers of the key that signs the record: the keyring of the desktop, where each state folder has
// an entry of its own, and the file for where there is none.
func recordKeys(paths home.Paths) audit.Options {
	return audit.Options{Keyring: keyringFor(paths.Root), File: secrets.File{Dir: filepath.Join(paths.Root, "keys")}}
}

// recordOptions are the keys and the bounds that the person set.
func recordOptions(paths home.Paths, db *store.DB) (audit.Options, error) {
	o := recordKeys(paths)
	megabytes, err := numberOf(db, store.RecordSize)
	if err != nil {
		return o, err
	}
	days, err := numberOf(db, store.RecordDays)
	o.Most, o.Oldest = int64(megabytes)<<20, time.Duration(days)*24*time.Hour
	return o, err
}

func numberOf(db *store.DB, name store.Setting) (int, error) {
	text, err := db.Settings().Get(name)
	if err != nil {
		return 0, unusable(err)
	}
	return strconv.Atoi(text)
}
