package worker_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/guesttest"
	"gatehouse/powers"
	"gatehouse/skill"
	"gatehouse/worker"
)

// shelf is a cache with one entry for each of two guests.
type shelf struct {
	root string
	// guests do nothing, each in its own way.
	guests [2][]byte
}

func newShelf(t *testing.T) shelf {
	s := shelf{root: filepath.Join(t.TempDir(), "cache")}
	s.guests[0] = guesttest.Module{}.Bytes()
	s.guests[1] = guesttest.Module{Pages: 2}.Bytes()
	if state := s.run(t); state.Entries != 2 || state.Dropped != 0 || state.Off != "" {
		t.Fatalf("two guests left %+v; want two entries", state)
	}
	return s
}

// run runs both guests in a new pool and returns its cache's state.
func (s shelf) run(t *testing.T) worker.CacheState {
	t.Helper()
	p := pool(t, func(o *worker.Options) { o.Cache = s.root })
	defer p.Close()
	for _, g := range s.guests {
		if _, err := p.Run(t.Context(), task(g, guesttest.Order{}), powers.Set{}); err != nil {
			t.Fatalf("Run() = %v; want that it is compiled anew", err)
		}
	}
	return p.Cache()
}

// entry returns the one file that is kept for a guest.
func (s shelf) entry(t *testing.T, guest int) string {
	t.Helper()
	digest := strings.TrimPrefix(string(skill.DigestOf(s.guests[guest])), "sha256:")
	found, err := filepath.Glob(filepath.Join(s.root, digest, "*"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%d entries are kept: %v, %v; want 1", len(found), found, err)
	}
	return found[0]
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsKeptIsUsed(t *testing.T) {
	s := newShelf(t)
	before := read(t, s.entry(t, 0))
	if state := s.run(t); state.Dropped != 0 {
		t.Errorf("the second time left %+v; want nothing dropped", state)
	}
	if !bytes.Equal(before, read(t, s.entry(t, 0))) {
		t.Error("the entry was made again; want it to be used")
	}
	for _, name := range []string{s.root, filepath.Join(s.root, "key"), filepath.Dir(s.entry(t, 0)), s.entry(t, 0)} {
		if info, err := os.Stat(name); err != nil || runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has the mode %v, %v; want it for nobody else", name, info.Mode(), err)
		}
	}
	if left, _ := os.ReadDir(filepath.Join(s.root, "private")); len(left) != 0 {
		t.Errorf("private folders are left: %v", left)
	}
}

// Each of these is dropped, counted, and the guest compiled anew.
func TestWhatIsNotBelieved(t *testing.T) {
	for _, test := range []struct {
		name   string
		spoil  func(*testing.T, shelf)
		reason string
	}{
		{"two entries change places", func(t *testing.T, s shelf) {
			a, b := read(t, s.entry(t, 0)), read(t, s.entry(t, 1))
			write(t, s.entry(t, 0), b)
			write(t, s.entry(t, 1), a)
		}, "not made here"},
		{"an entry is brought from another guest with its name", func(t *testing.T, s shelf) {
			os.Remove(s.entry(t, 0))
			from := s.entry(t, 1)
			digest := strings.TrimPrefix(string(skill.DigestOf(s.guests[0])), "sha256:")
			write(t, filepath.Join(s.root, digest, filepath.Base(from)), read(t, from))
		}, "not made here"},
		{"a cut off entry", func(t *testing.T, s shelf) {
			write(t, s.entry(t, 0), read(t, s.entry(t, 0))[:len(read(t, s.entry(t, 0)))-1])
		}, "not made here"},
		{"an empty entry", func(t *testing.T, s shelf) { write(t, s.entry(t, 0), nil) }, "cut off"},
		{"a longer entry", func(t *testing.T, s shelf) {
			write(t, s.entry(t, 0), append(read(t, s.entry(t, 0)), 0))
		}, "not made here"},
		{"an entry of another version", func(t *testing.T, s shelf) {
			whole := read(t, s.entry(t, 0))
			whole[33+whole[32]-1] ^= 1 // in the name of the compiler's folder, which tells version and system
			write(t, s.entry(t, 0), whole)
		}, "not made here"},
		{"the compiler's own file, which has no signature", func(t *testing.T, s shelf) {
			whole := read(t, s.entry(t, 0))
			write(t, s.entry(t, 0), whole[33+whole[32]:])
		}, ""},
		{"a huge entry", func(t *testing.T, s shelf) {
			if err := os.Truncate(s.entry(t, 0), 300<<20); err != nil {
				t.Skip("this file system has no large files: ", err)
			}
		}, "too large"},
		{"a link to the true entry", func(t *testing.T, s shelf) {
			away := filepath.Join(t.TempDir(), "entry")
			write(t, away, read(t, s.entry(t, 0)))
			name := s.entry(t, 0)
			if err := errors.Join(os.Remove(name), os.Symlink(away, name)); err != nil {
				t.Fatal(err)
			}
		}, "foreign"},
		{"a folder in the entry's place", func(t *testing.T, s shelf) {
			name := s.entry(t, 0)
			if err := errors.Join(os.Remove(name), os.Mkdir(name, 0o700)); err != nil {
				t.Fatal(err)
			}
		}, "foreign"},
		{"files of strangers", func(t *testing.T, s shelf) {
			write(t, filepath.Join(s.root, "notes.txt"), []byte("x"))
			write(t, filepath.Join(filepath.Dir(s.entry(t, 0)), "notes.txt"), []byte("x"))
		}, "foreign"},
		{"another key", func(t *testing.T, s shelf) { write(t, filepath.Join(s.root, "key"), bytes.Repeat([]byte{1}, 32)) }, "not made here"},
		{"half a key", func(t *testing.T, s shelf) { write(t, filepath.Join(s.root, "key"), []byte("short")) }, "not made here"},
		{"a key that others could read", func(t *testing.T, s shelf) {
			if err := os.Chmod(filepath.Join(s.root, "key"), 0o644); err != nil || runtime.GOOS == "windows" {
				t.Skip("modes are kept in another way here")
			}
		}, "not made here"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newShelf(t)
			test.spoil(t, s)
			state := s.run(t)
			if state.Dropped == 0 || !strings.Contains(state.Reason, test.reason) {
				t.Errorf("the cache says %+v; want something dropped for %q", state, test.reason)
			}
			if state = s.run(t); state.Dropped != 0 || state.Entries != 2 {
				t.Errorf("the time after, it says %+v; want two sound entries", state)
			}
		})
	}
}

// A link that takes the place of a folder while the cache is in use leads to nothing that is read, kept or removed.
func TestAFolderThatBecomesALink(t *testing.T) {
	s := newShelf(t)
	p := pool(t, func(o *worker.Options) { o.Cache = s.root })
	away := t.TempDir()
	precious := filepath.Join(away, "precious.txt")
	write(t, precious, []byte("x"))
	folder := filepath.Dir(s.entry(t, 0))
	if err := errors.Join(os.Rename(folder, folder[:len(folder)-1]), os.Symlink(away, folder)); err != nil {
		t.Fatal(err)
	}
	for _, memory := range []skill.Size{2 << 20, 3 << 20} { // a worker each
		job := task(s.guests[0], guesttest.Order{})
		job.Limits.Memory = memory
		if _, err := p.Run(t.Context(), job, powers.Set{}); err != nil {
			t.Errorf("Run() = %v; want that it is compiled anew", err)
		}
	}
	if names, err := os.ReadDir(away); err != nil || len(names) != 1 || string(read(t, precious)) != "x" {
		t.Errorf("where the link led to is now %v, %v; want what was there", names, err)
	}
	if info, err := os.Lstat(s.entry(t, 0)); err != nil || !info.Mode().IsRegular() {
		t.Errorf("the entry that was made instead is %v, %v", info, err)
	}
}

// Whatever bit of an entry is flipped, nothing of it is used.
func TestAFlippedByteIsNoticed(t *testing.T) {
	s := newShelf(t)
	whole := read(t, s.entry(t, 0))
	places := []int{0, 31, 32, 33, len(whole) - 1}
	for range 25 {
		places = append(places, rand.IntN(len(whole)))
	}
	if testing.Short() {
		places = places[:10]
	}
	for _, at := range places {
		changed := bytes.Clone(whole)
		changed[at] ^= 1 << rand.IntN(8)
		write(t, s.entry(t, 0), changed)
		if state := s.run(t); state.Dropped != 1 {
			t.Errorf("byte %d of %d flipped: %+v; want it dropped", at, len(whole), state)
		}
		if !bytes.Equal(read(t, s.entry(t, 0)), whole) {
			t.Fatalf("byte %d flipped: what was compiled anew is not what it was before", at)
		}
	}
}

func TestTheOldestGoesFirst(t *testing.T) {
	s := newShelf(t)
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(s.entry(t, 0), old, old); err != nil {
		t.Fatal(err)
	}
	size := uint64(len(read(t, s.entry(t, 0))))
	p := pool(t, func(o *worker.Options) { o.Cache, o.CacheSize = s.root, 2*size+size/2 })
	third := guesttest.Module{Pages: 3}.Bytes()
	if _, err := p.Run(t.Context(), task(third, guesttest.Order{}), powers.Set{}); err != nil {
		t.Fatal(err)
	}
	if state := p.Cache(); state.Entries != 2 || state.Bytes > 2*size+size/2 || state.Dropped != 0 {
		t.Errorf("the cache says %+v; want two entries", state)
	}
	s.entry(t, 1)
	digest := strings.TrimPrefix(string(skill.DigestOf(s.guests[0])), "sha256:")
	if _, err := os.Stat(filepath.Join(s.root, digest)); err == nil {
		t.Error("the one that was not used for longest is still there")
	}
}

// A cache is a help: without one everything runs.
func TestWithoutACache(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, []byte("x"))
	for name, root := range map[string]string{
		"no folder":                      "",
		"a file in its place":            file,
		"a folder that is not to be had": "/proc/gatehouse",
	} {
		t.Run(name, func(t *testing.T) {
			p := pool(t, func(o *worker.Options) { o.Cache = root })
			for range 2 {
				if _, err := p.Run(t.Context(), task(guesttest.Module{}.Bytes(), guesttest.Order{}), powers.Set{}); err != nil {
					t.Errorf("Run() = %v; want it to run", err)
				}
			}
			if state := p.Cache(); state.Off == "" {
				t.Errorf("the cache says %+v; want why it is off", state)
			}
		})
	}
}

// What a crashed host left is removed by the next one, and not by one that starts beside a living host.
func TestPrivateFoldersOfACrashedHost(t *testing.T) {
	root := filepath.Join(t.TempDir(), "cache")
	left := filepath.Join(root, "private", "left", "behind")
	if err := os.MkdirAll(left, 0o700); err != nil {
		t.Fatal(err)
	}
	first := pool(t, func(o *worker.Options) { o.Cache = root })
	if _, err := os.Stat(left); err == nil {
		t.Error("what the crashed host left is still there")
	}
	inUse, _ := os.ReadDir(filepath.Join(root, "private"))
	second := pool(t, func(o *worker.Options) { o.Cache = root })
	now, _ := os.ReadDir(filepath.Join(root, "private"))
	if len(inUse) != 1 || len(now) != 2 {
		t.Errorf("there are %d and then %d private folders; want one for each host", len(inUse), len(now))
	}
	first.Close()
	second.Close()
	if rest, _ := os.ReadDir(filepath.Join(root, "private")); len(rest) != 0 {
		t.Errorf("private folders are left: %v", rest)
	}
}
