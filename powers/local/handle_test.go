package local_test

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"gatehouse/powers"
	"gatehouse/powers/local"
)

func open(t *testing.T, f powers.Files, o powers.Open) powers.File {
	t.Helper()
	file, err := f.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestReadingInPieces(t *testing.T) {
	h := newHouse(t)
	file := open(t, h.files(t, granting(t).yes()), powers.Open{Path: "/workspace/notes.md", Read: true})
	for _, c := range []struct {
		off  int64
		size int
		want string
	}{{0, 3, "the"}, {4, 100, "notes"}, {9, 1, ""}, {1 << 40, 1, ""}, {0, 0, ""}} {
		b := make([]byte, c.size)
		n, err := file.ReadAt(t.Context(), b, c.off)
		if got := string(b[:n]); got != c.want || err != nil {
			t.Errorf("ReadAt(%d bytes, %d) = %q, %v; want %q", c.size, c.off, got, err, c.want)
		}
	}
	if _, err := file.ReadAt(t.Context(), make([]byte, 1), -1); !errors.Is(err, powers.ErrIO) {
		t.Errorf("ReadAt(-1) = %v; want %v", err, powers.ErrIO)
	}
}

func TestWriting(t *testing.T) {
	for _, c := range []struct {
		name string
		open powers.Open
		want string
	}{
		{"in place", powers.Open{Path: "/workspace/notes.md", Write: true}, "theNEWtes"},
		{"at the end", powers.Open{Path: "/workspace/notes.md", Append: true}, "the notesNEW"},
		{"over what was cut", powers.Open{Path: "/workspace/notes.md", Write: true, Truncate: true}, "\x00\x00\x00NEW"},
		{"into a file that may be made", powers.Open{Path: "/workspace/notes.md", Write: true, Create: true}, "theNEWtes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			file := open(t, h.files(t, granting(t).yes()), c.open)
			if n, err := file.WriteAt(t.Context(), []byte("NEW"), 3); n != 3 || err != nil {
				t.Fatalf("WriteAt() = %d, %v; want 3", n, err)
			}
			if err := errors.Join(file.Sync(t.Context()), file.Close(t.Context())); err != nil {
				t.Fatal(err)
			}
			if got := content(t, h.ws("notes.md")); got != c.want {
				t.Errorf("the file holds %q; want %q", got, c.want)
			}
		})
	}
}

func TestAHandleDoesWhatItWasOpenedFor(t *testing.T) {
	h := newHouse(t)
	f := h.files(t, granting(t).yes())
	for name, file := range map[string]powers.File{
		"a file for reading": open(t, f, powers.Open{Path: "/workspace/notes.md", Read: true}),
		"a folder":           open(t, f, powers.Open{Path: "/workspace/docs", Folder: true}),
	} {
		_, written := file.WriteAt(t.Context(), []byte("x"), 0)
		for did, err := range map[string]error{
			"writing": written, "cutting": file.Truncate(t.Context(), 0), "touching": file.Touch(t.Context(), time.Now(), time.Now()),
		} {
			if !errors.Is(err, powers.ErrClosed) {
				t.Errorf("%s, %s = %v; want %v", name, did, err, powers.ErrClosed)
			}
		}
	}
	writing := open(t, f, powers.Open{Path: "/workspace/notes.md", Write: true})
	if _, err := writing.ReadAt(t.Context(), make([]byte, 1), 0); !errors.Is(err, powers.ErrClosed) {
		t.Errorf("reading what was opened for writing = %v; want %v", err, powers.ErrClosed)
	}
	if _, err := writing.List(t.Context()); !errors.Is(err, powers.ErrNotFolder) {
		t.Errorf("listing a file = %v; want %v", err, powers.ErrNotFolder)
	}
}

func TestTouchLeavesAZeroTime(t *testing.T) {
	h := newHouse(t)
	file := open(t, h.files(t, granting(t).yes()), powers.Open{Path: "/workspace/notes.md", Write: true})
	then := time.Unix(1e9, 0)
	if err := file.Touch(t.Context(), then, time.Time{}); err != nil {
		t.Fatal(err)
	}
	info, err := file.Info(t.Context())
	if err != nil || !info.Accessed.Equal(then) || info.Modified.Equal(then) {
		t.Errorf("Info() = %+v, %v; want accessed %v and modified as it was", info, err, then)
	}
}

func TestListIsSortedAndComplete(t *testing.T) {
	h := newHouse(t)
	file := open(t, h.files(t, granting(t).yes()), powers.Open{Path: "/workspace", Folder: true})
	for range 2 { // a second time from the start
		entries, err := file.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range entries {
			got = append(got, e.Name+" "+string(e.Kind))
		}
		if want := []string{".env file", "docs folder", "notes.md file", "other folder"}; !slices.Equal(got, want) {
			t.Errorf("List() = %q; want %q", got, want)
		}
	}
}

func TestInfoTellsObjectsApart(t *testing.T) {
	h := newHouse(t)
	f := h.files(t, granting(t, "fs:list:${workspace}/**", "fs:read:${workspace}/**"))
	stat := func(name string, follow bool) powers.Info {
		t.Helper()
		info, err := f.Stat(t.Context(), name, follow)
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	notes, linked, followed, docs := stat("/workspace/notes.md", false), stat("/workspace/docs/back", false),
		stat("/workspace/docs/back", true), stat("/workspace/docs", true)
	if notes.Kind != powers.RegularFile || notes.Size != 9 || notes.Links != 1 || docs.Kind != powers.Folder || linked.Kind != powers.Link {
		t.Errorf("Stat() = %+v, %+v, %+v; want a file of 9 bytes, a folder, a link", notes, docs, linked)
	}
	if notes.Inode != followed.Inode || notes.Device != followed.Device || notes.Inode == linked.Inode || notes.Inode == docs.Inode {
		t.Errorf("inodes %d, %d, %d, %d; want the first two equal and no others", notes.Inode, followed.Inode, linked.Inode, docs.Inode)
	}
	opened, err := open(t, f, powers.Open{Path: "/workspace/notes.md", Read: true}).Info(t.Context())
	if err != nil || opened.Inode != notes.Inode {
		t.Errorf("Info() = %+v, %v; want inode %d", opened, err, notes.Inode)
	}
}

func TestStatIsAllowedByAnyRightOnTheNameOrItsFolder(t *testing.T) {
	for _, grant := range []string{
		"fs:read:${workspace}/docs/a.txt", "fs:write:${workspace}/docs/a.txt", "fs:list:${workspace}/docs", "fs:list:${workspace}/docs/a.txt",
	} {
		j := granting(t, grant)
		if _, err := newHouse(t).files(t, j).Stat(t.Context(), "/workspace/docs/a.txt", true); err != nil {
			t.Errorf("with %s: Stat() = %v", grant, err)
		}
		if got := j.questions(); len(got) != 0 {
			t.Errorf("with %s asked %q; Stat never asks", grant, got)
		}
	}
}

func TestFoldersAboveARootAreBare(t *testing.T) {
	h := newHouse(t)
	outside := filepath.ToSlash(h.outside)
	f, err := local.NewFiles(local.FilesOptions{
		Checker: granting(t), Workspace: h.workspace, Roots: []string{outside, "/workspace/docs/deep"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, name := range []string{"/", "/workspace", "/workspace/docs", filepath.Dir(outside)} {
		info, err := f.Stat(t.Context(), name, true)
		if err != nil || info.Kind != powers.Folder || !info.Modified.IsZero() || !info.Accessed.IsZero() {
			t.Errorf("Stat(%q) = %+v, %v; want a folder without times", name, info, err)
		}
		if _, err := f.Open(t.Context(), powers.Open{Path: name, Folder: true}); err == nil {
			t.Errorf("Open(%q) = nil; want a refusal", name)
		}
	}
	for _, name := range []string{outside, "/workspace/docs/deep", "/workspace/other"} {
		if info, err := f.Stat(t.Context(), name, true); err == nil {
			t.Errorf("Stat(%q) = %+v; want a refusal", name, info)
		}
	}
}

func TestNoMoreFilesThanTheLimit(t *testing.T) {
	h := newHouse(t)
	j := granting(t).yes()
	f := h.files(t, j)
	var last powers.File
	for range 8 {
		last = open(t, f, powers.Open{Path: "/workspace/notes.md", Read: true})
	}
	asked := len(j.questions())
	if _, err := read(t, f, "/workspace/notes.md"); !errors.Is(err, powers.ErrTooMany) || len(j.questions()) != asked {
		t.Errorf("one more = %v after %d questions; want %v after none", err, len(j.questions())-asked, powers.ErrTooMany)
	}
	for range 2 { // the second gives nothing back
		last.Close(t.Context())
	}
	open(t, f, powers.Open{Path: "/workspace/notes.md", Read: true})
	if _, err := read(t, f, "/workspace/notes.md"); !errors.Is(err, powers.ErrTooMany) {
		t.Errorf("after a close and an open, one more = %v; want %v", err, powers.ErrTooMany)
	}
	if err := f.Revoke(); err != nil {
		t.Fatal(err)
	}
	j.answer = nil
	for range 20 { // refusals keep no place
		if _, err := read(t, f, "/workspace/notes.md"); errors.Is(err, powers.ErrTooMany) {
			t.Fatal("a refused file takes a place")
		}
	}
}

func TestRevokeClosesWhatIsOpen(t *testing.T) {
	h := newHouse(t)
	j := granting(t).yes()
	f := h.files(t, j)
	file := open(t, f, powers.Open{Path: "/workspace/notes.md", Read: true})
	folder := open(t, f, powers.Open{Path: "/workspace/docs", Folder: true})
	if err := f.Revoke(); err != nil {
		t.Fatal(err)
	}
	_, readErr := file.ReadAt(t.Context(), make([]byte, 1), 0)
	_, listErr := folder.List(t.Context())
	if !errors.Is(readErr, powers.ErrClosed) || !errors.Is(listErr, powers.ErrClosed) {
		t.Errorf("after Revoke: %v and %v; want %v", readErr, listErr, powers.ErrClosed)
	}
	if got, err := read(t, f, "/workspace/notes.md"); got != "the notes" || err != nil || len(j.questions()) != 3 {
		t.Errorf("opening again = %q, %v after %q; want to be asked again", got, err, j.questions())
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := read(t, f, "/workspace/notes.md"); !errors.Is(err, powers.ErrClosed) {
		t.Errorf("after Close: %v; want %v", err, powers.ErrClosed)
	}
}
