package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"gatehouse/audit"
	"gatehouse/permissions"
	"gatehouse/store"
)

// checks are what a decision costs: one that was made already, and one that has to last.
func checks(m *machine) ([]*row, error) {
	db, err := store.Open(filepath.Join(m.scratch, "checks.db"))
	if err != nil {
		return nil, err
	}
	m.ends = append(m.ends, func() { db.Close() })
	record, err := audit.Open(filepath.Join(m.scratch, "checks-record"), audit.Options{})
	if err != nil {
		return nil, err
	}
	m.ends = append(m.ends, func() { record.Close() })
	if err := give(db.Decisions(), m.skill, m.folder); err != nil {
		return nil, err
	}
	// The letter is one of many things that were allowed, 20 of them to each client.
	key := subject(m.skill, m.folder).Key()
	n := 0
	keep := func(context.Context) error {
		n++
		if n > 20 {
			key.Client = fmt.Sprint("client ", n/20)
		}
		return db.Decisions().Keep(permissions.Decision{
			ID: fmt.Sprint(n), Key: key, Verdict: permissions.Allow, Lifetime: permissions.Always, Made: time.Now(),
			Grants: []permissions.Grant{permissions.FileGrant(permissions.Read, fmt.Sprintf("${workspace}/letter-%d.txt", n))},
		})
	}
	for range 200 {
		if err := keep(context.Background()); err != nil {
			return nil, err
		}
	}
	return []*row{
		{name: "a granted check", tail: 50 * time.Microsecond, once: m.granted(db, nil)},
		{name: "a granted check and its line in the record", once: m.granted(db, record)},
		{name: "a decision, on disk", tail: 25 * time.Millisecond, times: 10, once: timed(keep)},
	}, nil
}

// granted checks a hundred times what is allowed.
func (m *machine) granted(db *store.DB, record *audit.Log) func(context.Context) ([]time.Duration, error) {
	o := permissions.Options{Store: db.Decisions()}
	if record != nil {
		o.Recorder = record
	}
	guard := permissions.NewBroker(o).Begin(subject(m.skill, m.folder), m.skill.Manifest.Capabilities(), permissions.CallInfo{ID: "c", Tool: "read"})
	m.ends = append(m.ends, guard.End)
	need := m.letter()
	return func(ctx context.Context) ([]time.Duration, error) {
		took := make([]time.Duration, 100)
		for i := range took {
			began := time.Now()
			if err := guard.Check(ctx, need); err != nil {
				return nil, err
			}
			took[i] = time.Since(began)
		}
		return took, nil
	}
}

// letter is the need to read the letter.
func (m *machine) letter() permissions.Need {
	return permissions.Need{
		Grant:  permissions.FileGrant(permissions.Read, "${workspace}/"+letterName),
		Object: permissions.Object{Path: filepath.Join(m.folder, letterName), Name: letterName},
	}
}
