package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"gatehouse/home"
	"gatehouse/store"
)

// starts are what the first of something costs. The programs' files are in the system's memory, as they are for
// everybody's second start.
func starts(m *machine) ([]*row, error) {
	host, err := m.host("starts")
	if err != nil {
		return nil, err
	}
	warm, err := m.host("warm")
	if err != nil {
		return nil, err
	}
	if _, err := dial(warm.paths, m.program); err != nil {
		return nil, err
	}
	list := func(s shared) func(context.Context) error {
		return func(ctx context.Context) error {
			return s.command(ctx, m.folder, "skill", "list", "--json").Run()
		}
	}
	hello := home.Hello{Version: "bench", Role: "cli"}
	greeted := func(ctx context.Context) error {
		conn, err := home.DialOrStart(ctx, host.paths, m.program, hello)
		if err != nil {
			return err
		}
		return conn.Close()
	}
	return []*row{
		{name: "gatehouse skill list, with a host", once: timed(list(warm))},
		{name: "gatehouse skill list, which starts the host", goal: 100 * time.Millisecond, once: host.afresh(timed(list(host)))},
		{name: "host start to its greeting", once: host.afresh(timed(greeted))},
		{name: "worker start to the first answer of files read, code in the cache", goal: 100 * time.Millisecond, once: m.newWorker("cache")},
		{name: "the same, compiling the code", once: m.newWorker("")},
	}, nil
}

// afresh stops the host first, and waits until it is gone, lock and all.
func (s shared) afresh(once func(context.Context) ([]time.Duration, error)) func(context.Context) ([]time.Duration, error) {
	return func(ctx context.Context) ([]time.Duration, error) {
		conn, err := home.Dial(ctx, s.paths, home.Hello{Version: "bench", Role: "cli"})
		if err != nil && !errors.Is(err, home.ErrNoHost) {
			return nil, err
		}
		if err == nil {
			conn.Close()
			if said, err := s.command(ctx, "/", "host", "stop").CombinedOutput(); err != nil {
				return nil, fmt.Errorf("stopping the host: %w: %s", err, said)
			}
			if err := unlocked(ctx, s.paths.Database); err != nil {
				return nil, err
			}
		}
		return once(ctx)
	}
}

// unlocked waits until no host holds the database.
func unlocked(ctx context.Context, database string) error {
	for ctx.Err() == nil {
		db, err := store.Open(database)
		if err == nil {
			return db.Close()
		}
		if !errors.Is(err, store.ErrLocked) {
			return err
		}
	}
	return ctx.Err()
}

// newWorker makes a call whose worker is not there. With no cache named, each has one of its own, which is empty.
func (m *machine) newWorker(cache string) func(context.Context) ([]time.Duration, error) {
	return func(ctx context.Context) ([]time.Duration, error) {
		folder := cache
		if cache == "" {
			empty, err := os.MkdirTemp(m.scratch, "cache-")
			if err != nil {
				return nil, err
			}
			defer os.RemoveAll(empty)
			folder = filepath.Base(empty)
		}
		pool := m.newPool(folder)
		defer pool.Close()
		call, err := m.atWorker(pool)
		if err != nil {
			return nil, err
		}
		return timed(call)(ctx)
	}
}
