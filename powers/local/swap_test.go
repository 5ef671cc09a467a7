package local_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"gatehouse/permissions"
	"gatehouse/powers"
)

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Error(err)
	}
}

// swapping allows everything and does swap while the first question is open.
func swapping(t *testing.T, swap func()) *judge {
	j := granting(t)
	var once sync.Once
	j.answer = func(permissions.Need) error {
		once.Do(swap)
		return nil
	}
	return j
}

func TestWhatChangesDuringThePauseIsAskedAgain(t *testing.T) {
	const first = "fs:read:${workspace}/docs/a.txt"
	for _, c := range []struct {
		name string
		swap func(t *testing.T, h house)
		then string // the second question
		want string
		err  error
	}{
		{"a file becomes a link out", func(t *testing.T, h house) {
			link(t, h.outside+"/private.txt", h.ws("l"))
			rename(t, h.ws("l"), h.ws("docs/a.txt"))
		}, "fs:read:OUT/private.txt", "the private", nil},
		{"a file becomes a link inside", func(t *testing.T, h house) {
			link(t, "../.env", h.ws("l"))
			rename(t, h.ws("l"), h.ws("docs/a.txt"))
		}, "fs:read:${workspace}/.env", "the secret", nil},
		{"a file becomes another file", func(t *testing.T, h house) { rename(t, h.ws(".env"), h.ws("docs/a.txt")) }, first, "the secret", nil},
		{"a file becomes a folder", func(t *testing.T, h house) {
			rename(t, h.ws("docs/a.txt"), h.ws("moved"))
			rename(t, h.ws("other"), h.ws("docs/a.txt"))
		}, "fs:list:${workspace}/docs/a.txt", "", powers.ErrFolder},
		{"its folder is replaced", func(t *testing.T, h house) {
			write(t, h.ws("new/a.txt"), "the new")
			rename(t, h.ws("docs"), h.ws("old"))
			rename(t, h.ws("new"), h.ws("docs"))
		}, first, "the new", nil},
		{"its folder becomes a link", func(t *testing.T, h house) {
			write(t, h.outside+"/a.txt", "the outer")
			rename(t, h.ws("docs"), h.ws("old"))
			link(t, h.outside, h.ws("docs"))
		}, "fs:read:OUT/a.txt", "the outer", nil},
		{"it vanishes", func(t *testing.T, h house) { rename(t, h.ws("docs/a.txt"), h.ws("docs/z.txt")) }, first, "", powers.ErrNotExist},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			j := swapping(t, func() { c.swap(t, h) })
			got, err := read(t, h.files(t, j), "/workspace/docs/a.txt")
			if got != c.want || !errors.Is(err, c.err) {
				t.Errorf("reading = %q, %v; want %q, %v", got, err, c.want, c.err)
			}
			if want := []string{first, h.real(c.then)}; !slices.Equal(j.questions(), want) {
				t.Errorf("asked %q; want %q", j.questions(), want)
			}
		})
	}
}

func TestANewFileIsMadeInTheFolderThatWasShown(t *testing.T) {
	create := powers.Open{Path: "/workspace/docs/new", Write: true, Create: true, Truncate: true}
	for _, c := range []struct {
		name string
		swap func(t *testing.T, h house)
		then string
	}{
		{"the folder becomes a link out", func(t *testing.T, h house) {
			rename(t, h.ws("docs"), h.ws("old"))
			link(t, h.outside, h.ws("docs"))
		}, ""},
		{"the name becomes a link", func(t *testing.T, h house) { link(t, "../.env", h.ws("docs/new")) }, ""},
		{"the file appears", func(t *testing.T, h house) { write(t, h.ws("docs/new"), "somebody's") }, "fs:write:${workspace}/docs/new"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			j := swapping(t, func() { c.swap(t, h) })
			allow := j.answer
			j.answer = func(n permissions.Need) error {
				if len(j.questions()) > 1 {
					return refuse(n)
				}
				return allow(n)
			}
			if err := open(t, h.files(t, j), create).Close(t.Context()); !errors.Is(err, permissions.ErrDenied) {
				t.Errorf("Close() = %v; want a refusal", err)
			}
			want := []string{"fs:write:${workspace}/docs/new"}
			if c.then != "" {
				want = append(want, c.then)
			}
			if !slices.Equal(j.questions(), want) {
				t.Errorf("asked %q; want %q", j.questions(), want)
			}
			if content(t, h.ws(".env")) != "the secret" {
				t.Error("the file behind the link was cut")
			}
			if _, err := os.Lstat(h.outside + "/new"); err == nil {
				t.Error("a file was made outside")
			}
		})
	}
}

func TestWhatKeepsChangingIsRefused(t *testing.T) {
	h := newHouse(t)
	j := granting(t)
	j.answer = func(permissions.Need) error {
		write(t, h.ws("fresh"), "fresh")
		rename(t, h.ws("fresh"), h.ws("notes.md"))
		return nil
	}
	if got, err := read(t, h.files(t, j), "/workspace/notes.md"); !errors.Is(err, permissions.ErrDenied) || len(j.questions()) > 5 {
		t.Errorf("reading = %q, %v after %d questions; want a refusal after a few", got, err, len(j.questions()))
	}
}

func TestAMovedWorkspaceIsRefused(t *testing.T) {
	for name, replace := range map[string]func(t *testing.T, h house){
		"by another folder": func(t *testing.T, h house) { write(t, h.ws("notes.md"), "not the notes") },
		"by a link to itself": func(t *testing.T, h house) {
			link(t, filepath.Join(filepath.Dir(h.workspace), "elsewhere"), h.workspace)
		},
		"by nothing": func(*testing.T, house) {},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			move := func() {
				rename(t, h.workspace, filepath.Join(filepath.Dir(h.workspace), "elsewhere"))
				replace(t, h)
			}
			f := h.files(t, swapping(t, move))
			for range 2 { // during the pause, and from then on
				if got, err := read(t, f, "/workspace/notes.md"); !errors.Is(err, permissions.ErrDenied) {
					t.Errorf("reading = %q, %v; want a refusal", got, err)
				}
			}
			if err := f.Change(t.Context(), powers.Change{Operation: powers.MakeFolder, Path: "/workspace/new"}); !errors.Is(err, permissions.ErrDenied) {
				t.Errorf("making a folder = %v; want a refusal", err)
			}
			if name == "by another folder" { // its absolute name is no way round
				if got, err := read(t, f, filepath.ToSlash(h.ws("notes.md"))); !errors.Is(err, permissions.ErrDenied) {
					t.Errorf("reading by the absolute name = %q, %v; want a refusal", got, err)
				}
			}
		})
	}
}

// TestSwapRace reads and writes a name that leads now to a file that is granted and now to one that is not.
func TestSwapRace(t *testing.T) {
	h := newHouse(t)
	f := h.files(t, granting(t, "fs:read:${workspace}/docs/**", "fs:write:${workspace}/docs/**"))
	done := make(chan struct{})
	var swaps, reads, writes int
	var all sync.WaitGroup
	all.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			for i, target := range []string{"../.env", "a.txt", h.outside + "/private.txt"} {
				link(t, target, h.ws("l"))
				rename(t, h.ws("l"), h.ws("docs/race"))
				if i == 0 { // the folder on the way changes too
					rename(t, h.ws("docs/deep"), h.ws("docs/shallow"))
					link(t, h.outside, h.ws("docs/deep"))
					rename(t, h.ws("docs/deep"), h.ws("l"))
					rename(t, h.ws("docs/shallow"), h.ws("docs/deep"))
					os.Remove(h.ws("l"))
				}
				swaps++
			}
		}
	})
	all.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			switch got, err := read(t, f, "/workspace/docs/race"); {
			case err == nil && (got == "the secret" || got == "the private"):
				t.Errorf("read %q", got)
			case err == nil:
				reads++
			}
			if got, err := read(t, f, "/workspace/docs/deep/private.txt"); err == nil {
				t.Errorf("read %q through the folder", got)
			}
		}
	})
	all.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			file, err := f.Open(t.Context(), powers.Open{Path: "/workspace/docs/race", Write: true, Create: true, Truncate: true})
			if err != nil {
				continue
			}
			if _, err := file.WriteAt(t.Context(), []byte("overwritten"), 0); err != nil {
				t.Error(err)
			}
			file.Close(t.Context())
			writes++
		}
	})
	time.AfterFunc(2*time.Second, func() { close(done) })
	all.Wait()
	if content(t, h.ws(".env")) != "the secret" || content(t, h.outside+"/private.txt") != "the private" {
		t.Error("a file that is not granted was written")
	}
	if swaps == 0 || reads == 0 || writes == 0 {
		t.Errorf("%d swaps, %d reads, %d writes; want some of each", swaps, reads, writes)
	}
	t.Logf("%d swaps, %d reads, %d writes", swaps, reads, writes)
}
