package store_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gatehouse/permissions"
	"gatehouse/store"
)

// sector is the most that a disk writes whole.
const sector = 512

// TestEveryPrefixOfAChangeIsTheOldOrTheNew replays the writes of one change as far as each sector, and any of them that
// may reach the disk before the others. What opens is the database from before the change or the one from after it.
func TestEveryPrefixOfAChangeIsTheOldOrTheNew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gatehouse.db")
	torn := filepath.Join(t.TempDir(), "torn.db")
	changes := []struct {
		name string
		do   func(d *store.Decisions, i int) error
	}{
		{"keeping one", func(d *store.Decisions, i int) error { return d.Keep(decision(1000 + i)) }},
		{"replacing one", func(d *store.Decisions, i int) error {
			other := decision(i)
			other.Verdict = permissions.Deny
			return d.Keep(other)
		}},
		{"revoking one", func(d *store.Decisions, i int) error { _, err := d.Revoke(fmt.Sprint(i)); return err }},
	}
	for i := range 100 {
		change(t, path, func(d *store.Decisions) error { return d.Keep(decision(i)) })
	}
	prefixes := 0
	for i := range 5 {
		for _, c := range changes {
			before, old := stateOf(t, path)
			change(t, path, func(d *store.Decisions) error { return c.do(d, i) })
			after, new := stateOf(t, path)
			writes := writesBetween(before, after)
			if old == new || len(writes) < 3 {
				t.Fatalf("%s changed %d sectors", c.name, len(writes))
			}
			check := func(how string, some []int) {
				t.Helper()
				write(t, torn, replay(before, after, some))
				prefixes++
				db, err := store.Open(torn)
				if err != nil {
					t.Fatalf("%s, %s: Open = %v; want the database, since one of its two heads is whole", c.name, how, err)
				}
				got := listed(t, db)
				db.Close()
				if got != old && got != new {
					t.Fatalf("%s, %s: neither the old nor the new decisions:\n%s", c.name, how, got)
				}
			}
			for n := range len(writes) + 1 {
				check(fmt.Sprintf("%d of %d sectors", n, len(writes)), writes[:n])
			}
			// bbolt waits for its pages to be on disk before it writes the head, which is the last page of all.
			pages := writes[:len(writes)-sectorsOfHeads(writes)]
			for range 10 {
				some := slices.Clone(pages)
				rand.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
				check("some of the sectors", some[:rand.IntN(len(some)+1)])
			}
		}
	}
	t.Logf("%d states of the file", prefixes)
}

// writesBetween lists the sectors that differ in the order in which bbolt writes them: pages by their number, and then
// the head.
func writesBetween(before, after []byte) []int {
	var pages, heads []int
	for at := 0; at < len(after); at += sector {
		if at < len(before) && bytes.Equal(before[at:at+sector], after[at:at+sector]) {
			continue
		}
		if at < 2*os.Getpagesize() {
			heads = append(heads, at)
		} else {
			pages = append(pages, at)
		}
	}
	return append(pages, heads...)
}

func sectorsOfHeads(writes []int) int {
	n := 0
	for _, at := range writes {
		if at < 2*os.Getpagesize() {
			n++
		}
	}
	return n
}

// replay is before with these sectors of after. The file grows before anything is written.
func replay(before, after []byte, sectors []int) []byte {
	content := make([]byte, max(len(before), len(after)))
	copy(content, before)
	for _, at := range sectors {
		copy(content[at:at+sector], after[at:])
	}
	return content
}

func change(t *testing.T, path string, do func(*store.Decisions) error) {
	t.Helper()
	db := openAt(t, path)
	defer db.Close()
	if err := do(db.Decisions()); err != nil {
		t.Fatal(err)
	}
}

// stateOf returns the file at path, and the decisions in it.
func stateOf(t *testing.T, path string) ([]byte, string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	db := openAt(t, path)
	defer db.Close()
	return content, listed(t, db)
}

func listed(t *testing.T, db *store.DB) string {
	t.Helper()
	list, err := db.Decisions().List()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, d := range list {
		lines = append(lines, fmt.Sprintln(d))
	}
	slices.Sort(lines)
	return fmt.Sprint(lines)
}
