package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"gatehouse/store"
)

func TestOneHoldsTheDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gatehouse.db")
	db := openAt(t, path)
	_, err := store.Open(path)
	wantRefusal(t, err, store.ErrLocked)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	openAt(t, path)
}

func TestDamagedFileIsRefusedAndLeftAlone(t *testing.T) {
	whole := filled(t)
	tests := []struct {
		name    string
		content []byte
	}{
		{"another kind of file", []byte(strings.Repeat("Dear diary, ", 2000))},
		{"a few bytes", []byte("x")},
		{"half a page", whole[:2000]},
		{"the first two pages", whole[:2*os.Getpagesize()]},
		{"half of it", whole[:len(whole)/2]},
		{"pages of zeros", append(bytes.Clone(whole[:2*os.Getpagesize()]), make([]byte, len(whole))...)},
		{"pages of ones", append(bytes.Clone(whole[:2*os.Getpagesize()]), bytes.Repeat([]byte{0xff}, len(whole))...)},
		{"both heads gone", append(make([]byte, 2*os.Getpagesize()), whole[2*os.Getpagesize():]...)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "gatehouse.db")
			write(t, path, test.content)
			db, err := store.Open(path)
			if err == nil {
				db.Close()
			}
			wantRefusal(t, err, store.ErrTorn)
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, test.content) {
				t.Errorf("the file was changed: %d bytes, %v; want the %d there were", len(after), err, len(test.content))
			}
			// The refused file is not held: it can be moved away and begun anew.
			if err := os.Rename(path, path+".old"); err != nil {
				t.Fatal(err)
			}
			openAt(t, path)
			if _, err := store.Open(path + ".old"); !errors.Is(err, store.ErrTorn) {
				t.Errorf("opening it again = %v; want ErrTorn, not that it is in use", err)
			}
		})
	}
}

func TestFileCutOffAnywhereIsRefusedOrWhole(t *testing.T) {
	whole := filled(t)
	path := filepath.Join(t.TempDir(), "gatehouse.db")
	for size := os.Getpagesize(); size <= len(whole); size += os.Getpagesize() {
		write(t, path, whole[:size])
		db, err := store.Open(path)
		if errors.Is(err, store.ErrTorn) {
			continue
		}
		if err != nil {
			t.Fatalf("Open of the first %d bytes = %v; want ErrTorn or nothing", size, err)
		}
		// What bbolt keeps in reserve at the end is no loss.
		if list, err := db.Decisions().List(); err != nil || len(list) != 100 {
			t.Errorf("the first %d bytes have %d decisions, %v; want all 100", size, len(list), err)
		}
		db.Close()
	}
}

func TestOneOfTwoHeadsIsEnough(t *testing.T) {
	for page := range 2 {
		content := bytes.Clone(filled(t))
		copy(content[page*os.Getpagesize():], make([]byte, os.Getpagesize()))
		path := filepath.Join(t.TempDir(), "gatehouse.db")
		write(t, path, content)
		// The younger head is the one that counts: without it the change before is there, and nothing half.
		if _, err := openAt(t, path).Decisions().List(); err != nil {
			t.Errorf("without head %d: %v", page, err)
		}
	}
}

func TestAnotherProgramsDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gatehouse.db")
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(tx *bbolt.Tx) error { return bucket(tx, "theirs") }); err != nil {
		t.Fatal(err)
	}
	db.Close()
	_, err = store.Open(path)
	wantRefusal(t, err, store.ErrTorn)
}

func TestNewerDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gatehouse.db")
	nothing := func(*bbolt.Tx) error { return nil }
	db, err := store.OpenWith(path, slices.Repeat([]func(*bbolt.Tx) error{nothing}, store.Schema+1)...)
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	_, err = store.Open(path)
	wantRefusal(t, err, store.ErrNewer)
	if !strings.Contains(err.Error(), fmt.Sprint("schema ", store.Schema+1)) || !strings.Contains(err.Error(), fmt.Sprint("schema ", store.Schema)) {
		t.Errorf("error = %q; want both numbers", err)
	}
}

func TestMigration(t *testing.T) {
	first := func(tx *bbolt.Tx) error { return bucket(tx, "first") }
	second := func(tx *bbolt.Tx) error { return bucket(tx, "second") }
	broken := func(tx *bbolt.Tx) error {
		return errors.Join(bucket(tx, "third"), errors.New("it cannot be done"))
	}
	path := filepath.Join(t.TempDir(), "gatehouse.db")
	steps := func(steps ...func(*bbolt.Tx) error) error {
		db, err := store.OpenWith(path, steps...)
		if err != nil {
			return err
		}
		return db.Close()
	}
	if err := steps(first); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + ".schema-0"); err == nil {
		t.Error("a new database was copied")
	}
	if err := steps(first, second); err != nil {
		t.Fatal(err)
	}
	wantBuckets(t, path, "first", "meta", "second")
	wantBuckets(t, path+".schema-1", "first", "meta")
	if err := steps(first, second, broken); err == nil || !strings.Contains(err.Error(), "from schema 2 to 3") {
		t.Errorf("a step that fails = %v; want an error with both numbers", err)
	}
	wantBuckets(t, path, "first", "meta", "second")
	if err := steps(first, second); err != nil {
		t.Errorf("after a step that failed: %v", err)
	}
}

func TestNothingIsHeldAfterARefusal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none", "gatehouse.db")
	if _, err := store.Open(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Open without a folder = %v; want ErrNotExist", err)
	}
}

func openAt(t testing.TB, path string) *store.DB {
	t.Helper()
	db, err := store.Open(path)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func openNew(t testing.TB) *store.DB {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "gatehouse.db"))
}

// filled is the content of a database with some decisions.
func filled(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "filled.db")
	db := openAt(t, path)
	for i := range 100 {
		if err := db.Decisions().Keep(decision(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func bucket(tx *bbolt.Tx, name string) error {
	_, err := tx.CreateBucket([]byte(name))
	return err
}

func wantBuckets(t *testing.T, path string, want ...string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var got []string
	if err := db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, _ *bbolt.Bucket) error {
			got = append(got, string(name))
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%s has the buckets %q; want %q", path, got, want)
	}
}

// wantRefusal checks that err is of its kind, and that it is a sentence with a hint.
func wantRefusal(t *testing.T, err, kind error) {
	t.Helper()
	var hinter interface{ Hint() string }
	if !errors.Is(err, kind) || !errors.As(err, &hinter) || hinter.Hint() == "" {
		t.Errorf("error = %v (%#v); want %v with a hint", err, err, kind)
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, n := range []int{0, 1000} {
		b.Run(fmt.Sprintf("with %d decisions", n), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "gatehouse.db")
			db := openAt(b, path)
			for i := range n {
				if err := db.Decisions().Keep(decision(i)); err != nil {
					b.Fatal(err)
				}
			}
			db.Close()
			for b.Loop() {
				db, err := store.Open(path)
				if err != nil {
					b.Fatal(err)
				}
				db.Close()
			}
		})
	}
}
