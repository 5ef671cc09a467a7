package local_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"gatehouse/permissions"
	"gatehouse/powers"
	"gatehouse/powers/local"
)

// TestWhatStandsThereIsComparedAfterTheAnswer changes the target while the first question is open. The second answer is
// no, so nothing of the guest's may stand anywhere.
func TestWhatStandsThereIsComparedAfterTheAnswer(t *testing.T) {
	for _, c := range []struct {
		name  string
		swap  func(t *testing.T, h house)
		again string // the difference of the second question; empty where there is none
	}{
		{"its content changes", func(t *testing.T, h house) { write(t, h.ws("docs/a.txt"), "the first!") }, "@1,1|-the first!|+guest|"},
		{"another file takes its name", func(t *testing.T, h house) { rename(t, h.ws("docs/b.txt"), h.ws("docs/a.txt")) }, "@1,1|-the second|+guest|"},
		{"it vanishes", func(t *testing.T, h house) { rename(t, h.ws("docs/a.txt"), h.ws("moved")) }, "@1,1|+guest|"},
		{"its mode changes", func(t *testing.T, h house) { os.Chmod(h.ws("docs/a.txt"), 0o755) }, "@1,1|-the first|+guest|"},
		{"a link out takes its name", func(t *testing.T, h house) {
			link(t, h.outside+"/private.txt", h.ws("l"))
			rename(t, h.ws("l"), h.ws("docs/a.txt"))
		}, ""},
		{"a link inside takes its name", func(t *testing.T, h house) {
			link(t, "../.env", h.ws("l"))
			rename(t, h.ws("l"), h.ws("docs/a.txt"))
		}, ""},
		{"a folder takes its name", func(t *testing.T, h house) {
			rename(t, h.ws("docs/a.txt"), h.ws("moved"))
			rename(t, h.ws("other"), h.ws("docs/a.txt"))
		}, ""},
		{"it gets a second name", func(t *testing.T, h house) {
			if err := os.Link(h.ws("docs/a.txt"), h.ws("second")); err != nil {
				t.Error(err)
			}
		}, ""},
		{"its folder is replaced", func(t *testing.T, h house) {
			write(t, h.ws("new/a.txt"), "the new")
			rename(t, h.ws("docs"), h.ws("old"))
			rename(t, h.ws("new"), h.ws("docs"))
		}, "@1,1|-the new|+guest|"},
		{"its folder becomes a link", func(t *testing.T, h house) {
			write(t, h.outside+"/a.txt", "the outer")
			rename(t, h.ws("docs"), h.ws("old"))
			link(t, h.outside, h.ws("docs"))
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			j := granting(t, listing)
			j.answer = func(n permissions.Need) error {
				if len(j.questions()) > 1 {
					return refuse(n)
				}
				c.swap(t, h)
				return nil
			}
			file := open(t, h.files(t, j), powers.Open{Path: "/workspace/docs/a.txt", Truncate: true})
			put(t, file, "guest")
			if err := file.Close(t.Context()); err == nil {
				t.Error("closing = nil; want a refusal")
			}
			var again []string
			for _, n := range j.asked[1:] {
				again = append(again, drawn(*n.Object.Difference))
			}
			if strings.Join(again, "; ") != c.again {
				t.Errorf("asked again with %q; want %q", again, c.again)
			}
			err := filepath.WalkDir(filepath.Dir(h.workspace), func(name string, e os.DirEntry, err error) error {
				if err == nil && e.Type().IsRegular() && (strings.Contains(content(t, name), "guest") || strings.Contains(name, ".gatehouse-")) {
					t.Errorf("%s holds what the guest wrote", name)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// TestAnExclusiveFileReplacesNothing makes a file that somebody else makes meanwhile.
func TestAnExclusiveFileReplacesNothing(t *testing.T) {
	h := newHouse(t)
	j := granting(t, listing).yes()
	file := open(t, h.files(t, j), powers.Open{Path: "/workspace/new", Create: true, Exclusive: true})
	write(t, h.ws("new"), "somebody's")
	if err := file.Close(t.Context()); !errors.Is(err, powers.ErrExist) || len(j.questions()) != 0 {
		t.Errorf("closing = %v after %q; want %v and no question", err, j.questions(), powers.ErrExist)
	}
	if got := content(t, h.ws("new")); got != "somebody's" {
		t.Errorf("the file holds %q", got)
	}
}

// shelf is a Keeper that keeps everything in memory.
type shelf struct {
	written  []local.Written
	old      []string
	happened int
	// before is called ahead of every change, and may fail.
	before func() error
}

func (s *shelf) Keep(_ context.Context, w local.Written, old io.Reader) (func(bool), error) {
	if s.before != nil {
		if err := s.before(); err != nil {
			return nil, err
		}
	}
	text := "-"
	if old != nil {
		b, err := io.ReadAll(old)
		if err != nil {
			return nil, err
		}
		text = string(b)
	}
	s.written, s.old = append(s.written, w), append(s.old, text)
	return func(happened bool) {
		if happened {
			s.happened++
		}
	}, nil
}

func (h house) keeping(t *testing.T, s *shelf) *local.Files {
	t.Helper()
	f, err := local.NewFiles(local.FilesOptions{Checker: granting(t, listing).yes(), Workspace: h.workspace, OpenFiles: 8, Keeper: s})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// changes are one of each kind, with what is kept of it.
var changes = []struct {
	name string
	do   func(t *testing.T, f *local.Files) error
	old  string
}{
	{"a file is replaced", func(t *testing.T, f *local.Files) error {
		file := open(t, f, powers.Open{Path: "/workspace/notes.md", Truncate: true})
		put(t, file, "guest")
		return file.Close(t.Context())
	}, "the notes"},
	{"a file is cut", func(t *testing.T, f *local.Files) error {
		return f.Change(t.Context(), powers.Change{Operation: powers.Truncate, Path: "/workspace/notes.md", Size: 3})
	}, "the notes"},
	{"a file is made", func(t *testing.T, f *local.Files) error {
		return open(t, f, powers.Open{Path: "/workspace/docs/new", Create: true}).Close(t.Context())
	}, "-"},
	{"a folder is made", func(t *testing.T, f *local.Files) error {
		return f.Change(t.Context(), powers.Change{Operation: powers.MakeFolder, Path: "/workspace/new"})
	}, "-"},
	{"a file is removed", func(t *testing.T, f *local.Files) error {
		return f.Change(t.Context(), powers.Change{Operation: powers.RemoveFile, Path: "/workspace/notes.md"})
	}, "the notes"},
	{"a folder is removed", func(t *testing.T, f *local.Files) error {
		return f.Change(t.Context(), powers.Change{Operation: powers.RemoveFolder, Path: "/workspace/empty"})
	}, "-"},
	{"a file is renamed", func(t *testing.T, f *local.Files) error {
		return f.Change(t.Context(), powers.Change{Operation: powers.Rename, Path: "/workspace/notes.md", To: "/workspace/docs/n"})
	}, "-"},
	{"a file is renamed over another", func(t *testing.T, f *local.Files) error {
		return f.Change(t.Context(), powers.Change{Operation: powers.Rename, Path: "/workspace/notes.md", To: "/workspace/docs/a.txt"})
	}, "the first"},
}

// whole is every name in the workspace with its mode and content.
func (h house) whole(t *testing.T) (all []string) {
	t.Helper()
	err := filepath.WalkDir(h.workspace, func(name string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		line := strings.TrimPrefix(name, h.workspace) + " " + info.Mode().String()
		if info.Mode().IsRegular() {
			line += " " + info.ModTime().String() + " " + content(t, name)
		}
		all = append(all, line)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (h house) prepare(t *testing.T) {
	t.Helper()
	for name, mode := range map[string]os.FileMode{"notes.md": 0o600, "docs/a.txt": 0o640} {
		if err := os.Chmod(h.ws(name), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(h.ws("empty"), 0o700); err != nil {
		t.Fatal(err)
	}
}

func TestRestoreTakesAChangeBack(t *testing.T) {
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			h.prepare(t)
			s := &shelf{}
			before := h.whole(t)
			if err := c.do(t, h.keeping(t, s)); err != nil {
				t.Fatal(err)
			}
			if after := h.whole(t); slices.Equal(after, before) || len(s.written) != 1 || s.happened != 1 || s.old[0] != c.old {
				t.Fatalf("kept %+v, %q, %d happened; want one change and %q", s.written, s.old, s.happened, c.old)
			}
			if err := local.Restore(h.workspace, s.written[0], strings.NewReader(c.old)); err != nil {
				t.Fatal(err)
			}
			if after := h.whole(t); !slices.Equal(after, before) {
				t.Errorf("the workspace holds %q; want %q", after, before)
			}
			if err := local.Restore(h.workspace, s.written[0], strings.NewReader(c.old)); !errors.Is(err, local.ErrChanged) {
				t.Errorf("taking it back again = %v; want %v", err, local.ErrChanged)
			}
		})
	}
}

// TestRestoreOverwritesNothing changes what the change left, in all the ways that lead somewhere else.
func TestRestoreOverwritesNothing(t *testing.T) {
	for _, c := range changes {
		for name, meddle := range map[string]func(t *testing.T, h house, w local.Written){
			"something else stands there": func(t *testing.T, h house, w local.Written) {
				for _, name := range []string{w.Path, w.Other} {
					if name != "" {
						os.RemoveAll(name)
						write(t, name, "somebody's")
					}
				}
			},
			"a link stands there": func(t *testing.T, h house, w local.Written) {
				for _, name := range []string{w.Path, w.Other} {
					if name != "" {
						os.RemoveAll(name)
						link(t, h.outside+"/private.txt", name)
					}
				}
			},
			"its folder is a link": func(t *testing.T, h house, w local.Written) {
				rename(t, h.workspace, h.outside+"/ws")
				link(t, h.outside+"/ws", h.workspace)
			},
		} {
			t.Run(c.name+", "+name, func(t *testing.T) {
				h := newHouse(t)
				h.prepare(t)
				s := &shelf{}
				if err := c.do(t, h.keeping(t, s)); err != nil {
					t.Fatal(err)
				}
				meddle(t, h, s.written[0])
				before := h.whole(t)
				if err := local.Restore(h.workspace, s.written[0], strings.NewReader(c.old)); !errors.Is(err, local.ErrChanged) {
					t.Errorf("Restore() = %v; want %v", err, local.ErrChanged)
				}
				if after := h.whole(t); !slices.Equal(after, before) || content(t, h.outside+"/private.txt") != "the private" {
					t.Errorf("the workspace holds %q; want %q", after, before)
				}
			})
		}
	}
}

// TestAKeptVersionThatIsNotItIsNotPutBack gives another content than the one that stood there, and one that ends in an
// error. Both leave everything as it was, and the change can still be taken back.
func TestAKeptVersionThatIsNotItIsNotPutBack(t *testing.T) {
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			h.prepare(t)
			before := h.whole(t)
			s := &shelf{}
			if err := c.do(t, h.keeping(t, s)); err != nil {
				t.Fatal(err)
			}
			if w := s.written[0]; !w.Replaces || w.Folder {
				return // nothing is put back
			}
			after := h.whole(t)
			for _, kept := range []io.Reader{strings.NewReader("forged"), io.MultiReader(strings.NewReader(c.old), iotest.ErrReader(io.ErrUnexpectedEOF))} {
				if err := local.Restore(h.workspace, s.written[0], kept); err == nil || !slices.Equal(h.whole(t), after) {
					t.Errorf("Restore() = %v, and the workspace holds %q; want an error and %q", err, h.whole(t), after)
				}
			}
			if err := local.Restore(h.workspace, s.written[0], strings.NewReader(c.old)); err != nil || !slices.Equal(h.whole(t), before) {
				t.Errorf("Restore() = %v, and the workspace holds %q; want %q", err, h.whole(t), before)
			}
		})
	}
}

func TestWhatCannotBeKeptDoesNotHappen(t *testing.T) {
	for _, c := range changes {
		h := newHouse(t)
		h.prepare(t)
		before := h.whole(t)
		s := &shelf{before: func() error { return errors.New("the disk is full") }}
		var refusal *permissions.DeniedError
		if err := c.do(t, h.keeping(t, s)); !errors.As(err, &refusal) || refusal.Code != permissions.CodeStorage {
			t.Errorf("%s = %v; want %s", c.name, err, permissions.CodeStorage)
		}
		if after := h.whole(t); !slices.Equal(after, before) {
			t.Errorf("%s: the workspace holds %q; want %q", c.name, after, before)
		}
	}
}
