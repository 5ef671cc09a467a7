package local_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"gatehouse/permissions"
	"gatehouse/powers"
)

func TestChange(t *testing.T) {
	exists := func(name string) bool { _, err := os.Lstat(name); return err == nil }
	for _, c := range []struct {
		name   string
		change powers.Change
		asked  []string
		want   error
		after  func(h house) bool // true where the folder is as it should be
	}{
		{"a folder is made", powers.Change{Operation: powers.MakeFolder, Path: "/workspace/new"}, []string{"fs:write:${workspace}/new"}, nil,
			func(h house) bool { return exists(h.ws("new")) }},
		{"a folder is made behind a linked folder", powers.Change{Operation: powers.MakeFolder, Path: "/workspace/docs/folder/new"},
			[]string{"fs:write:${workspace}/other/new"}, nil, func(h house) bool { return exists(h.ws("other/new")) }},
		{"a folder that exists is not made", powers.Change{Operation: powers.MakeFolder, Path: "/workspace/docs"},
			[]string{"fs:write:${workspace}/docs"}, powers.ErrExist, nil},
		{"a folder is not made below nothing", powers.Change{Operation: powers.MakeFolder, Path: "/workspace/a/b"},
			[]string{"fs:write:${workspace}/a/b"}, powers.ErrNotExist, nil},
		{"a file is removed", powers.Change{Operation: powers.RemoveFile, Path: "/workspace/notes.md"}, []string{"fs:write:${workspace}/notes.md"}, nil,
			func(h house) bool { return !exists(h.ws("notes.md")) }},
		{"a link is removed and not its target", powers.Change{Operation: powers.RemoveFile, Path: "/workspace/docs/env"},
			[]string{"fs:write:${workspace}/docs/env"}, nil,
			func(h house) bool { return !exists(h.ws("docs/env")) && exists(h.ws(".env")) }},
		{"a folder is not removed as a file", powers.Change{Operation: powers.RemoveFile, Path: "/workspace/other"},
			[]string{"fs:write:${workspace}/other"}, powers.ErrFolder, func(h house) bool { return exists(h.ws("other")) }},
		{"a full folder stays", powers.Change{Operation: powers.RemoveFolder, Path: "/workspace/other"},
			[]string{"fs:write:${workspace}/other"}, powers.ErrNotEmpty, func(h house) bool { return exists(h.ws("other/x.txt")) }},
		{"a file is not removed as a folder", powers.Change{Operation: powers.RemoveFolder, Path: "/workspace/notes.md"},
			[]string{"fs:write:${workspace}/notes.md"}, powers.ErrNotFolder, func(h house) bool { return exists(h.ws("notes.md")) }},
		{"the workspace stays", powers.Change{Operation: powers.RemoveFolder, Path: "/workspace"}, nil, permissions.ErrDenied,
			func(h house) bool { return exists(h.workspace) }},
		{"a file is renamed with a question for each right at each end", powers.Change{Operation: powers.Rename, Path: "/workspace/notes.md", To: "/workspace/docs/n"},
			[]string{"fs:write:${workspace}/notes.md", "fs:read:${workspace}/notes.md", "fs:write:${workspace}/docs/n"}, nil,
			func(h house) bool { return exists(h.ws("docs/n")) && !exists(h.ws("notes.md")) }},
		{"a file is renamed over a file", powers.Change{Operation: powers.Rename, Path: "/workspace/notes.md", To: "/workspace/docs/a.txt"},
			[]string{"fs:write:${workspace}/notes.md", "fs:read:${workspace}/notes.md", "fs:write:${workspace}/docs/a.txt"}, nil,
			func(h house) bool { b, _ := os.ReadFile(h.ws("docs/a.txt")); return string(b) == "the notes" }},
		{"a file is renamed over a link and not its target", powers.Change{Operation: powers.Rename, Path: "/workspace/notes.md", To: "/workspace/docs/env"},
			[]string{"fs:write:${workspace}/notes.md", "fs:read:${workspace}/notes.md", "fs:write:${workspace}/docs/env"}, nil,
			func(h house) bool { b, _ := os.ReadFile(h.ws(".env")); return string(b) == "the secret" }},
		{"a file is not renamed over a folder", powers.Change{Operation: powers.Rename, Path: "/workspace/notes.md", To: "/workspace/docs"},
			[]string{"fs:write:${workspace}/notes.md", "fs:read:${workspace}/notes.md", "fs:write:${workspace}/docs"}, powers.ErrFolder, nil},
		{"a folder is renamed with a question for all that lies in it", powers.Change{Operation: powers.Rename, Path: "/workspace/other", To: "/workspace/moved"},
			[]string{"fs:write:${workspace}/other", "fs:list:${workspace}/other", "fs:write:${workspace}/moved",
				"fs:write:${workspace}/other/x.txt", "fs:read:${workspace}/other/x.txt", "fs:write:${workspace}/moved/x.txt"}, nil,
			func(h house) bool { return exists(h.ws("moved/x.txt")) && !exists(h.ws("other")) }},
		{"a folder with a link in it is not renamed", powers.Change{Operation: powers.Rename, Path: "/workspace/docs", To: "/workspace/moved"}, nil, permissions.ErrDenied,
			func(h house) bool { return exists(h.ws("docs/a.txt")) }},
		{"a folder is not renamed into itself", powers.Change{Operation: powers.Rename, Path: "/workspace/other", To: "/workspace/other/deeper"},
			[]string{"fs:write:${workspace}/other", "fs:list:${workspace}/other", "fs:write:${workspace}/other/deeper"}, powers.ErrName,
			func(h house) bool { return exists(h.ws("other/x.txt")) }},
		{"a folder is not renamed over a file", powers.Change{Operation: powers.Rename, Path: "/workspace/other", To: "/workspace/notes.md"},
			[]string{"fs:write:${workspace}/other", "fs:list:${workspace}/other", "fs:write:${workspace}/notes.md"}, powers.ErrNotFolder, nil},
		{"a folder is not renamed over a full one", powers.Change{Operation: powers.Rename, Path: "/workspace/other", To: "/workspace/docs"},
			[]string{"fs:write:${workspace}/other", "fs:list:${workspace}/other", "fs:write:${workspace}/docs",
				"fs:write:${workspace}/other/x.txt", "fs:read:${workspace}/other/x.txt", "fs:write:${workspace}/docs/x.txt"}, powers.ErrNotEmpty, nil},
		{"the workspace is not renamed", powers.Change{Operation: powers.Rename, Path: "/workspace", To: "/workspace/docs/moved"}, nil, permissions.ErrDenied,
			func(h house) bool { return exists(h.workspace) }},
		{"a link is renamed in its folder", powers.Change{Operation: powers.Rename, Path: "/workspace/docs/env", To: "/workspace/docs/env2"},
			[]string{"fs:write:${workspace}/docs/env", "fs:read:${workspace}/docs/env", "fs:write:${workspace}/docs/env2"}, nil,
			func(h house) bool { return exists(h.ws("docs/env2")) && !exists(h.ws("docs/env")) }},
		{"a link does not move to another folder", powers.Change{Operation: powers.Rename, Path: "/workspace/docs/env", To: "/workspace/env"}, nil, permissions.ErrDenied,
			func(h house) bool { return exists(h.ws("docs/env")) }},
		{"nothing is not renamed", powers.Change{Operation: powers.Rename, Path: "/workspace/none", To: "/workspace/moved"},
			[]string{"fs:write:${workspace}/none"}, powers.ErrNotExist, nil},
		{"a file is cut through a link", powers.Change{Operation: powers.Truncate, Path: "/workspace/docs/back", Size: 3},
			[]string{"fs:write:${workspace}/notes.md"}, nil,
			func(h house) bool { b, _ := os.ReadFile(h.ws("notes.md")); return string(b) == "the" }},
		{"a folder is not cut", powers.Change{Operation: powers.Truncate, Path: "/workspace/docs"}, []string{"fs:write:${workspace}/docs"}, powers.ErrFolder, nil},
		{"a folder is touched", powers.Change{Operation: powers.Touch, Path: "/workspace/docs", Modified: time.Unix(1e9, 0)},
			[]string{"fs:write:${workspace}/docs"}, nil,
			func(h house) bool { i, _ := os.Stat(h.ws("docs")); return i.ModTime().Equal(time.Unix(1e9, 0)) }},
		{"nothing else can be done", powers.Change{Operation: "link", Path: "/workspace/a", To: "/workspace/b"}, nil, powers.ErrIO, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			j := granting(t).yes()
			if err := h.files(t, j).Change(t.Context(), c.change); !errors.Is(err, c.want) {
				t.Errorf("Change() = %v; want %v", err, c.want)
			}
			if got := j.questions(); !slices.Equal(got, c.asked) {
				t.Errorf("asked %q; want %q", got, c.asked)
			}
			if c.after != nil && !c.after(h) {
				t.Error("the folder is not as it should be")
			}
		})
	}
}

func TestARefusedChangeChangesNothing(t *testing.T) {
	h := newHouse(t)
	listing := func() (names []string) {
		filepath.WalkDir(h.workspace, func(name string, _ os.DirEntry, _ error) error { names = append(names, name); return nil })
		return names
	}
	before := listing()
	// The second end of the rename is refused after the first was allowed.
	f := h.files(t, granting(t, "fs:write:${workspace}/notes.md"))
	for _, c := range []powers.Change{
		{Operation: powers.MakeFolder, Path: "/workspace/new"}, {Operation: powers.RemoveFile, Path: "/workspace/docs/a.txt"},
		{Operation: powers.RemoveFolder, Path: "/workspace/docs/deep"}, {Operation: powers.Truncate, Path: "/workspace/docs/a.txt"},
		{Operation: powers.Rename, Path: "/workspace/notes.md", To: "/workspace/docs/n"},
		{Operation: powers.Rename, Path: "/workspace/docs/a.txt", To: "/workspace/notes.md"},
	} {
		if err := f.Change(t.Context(), c); !errors.Is(err, permissions.ErrDenied) {
			t.Errorf("%s %s = %v; want %v", c.Operation, c.Path, err, permissions.ErrDenied)
		}
	}
	if after := listing(); !slices.Equal(before, after) || content(t, h.ws("docs/a.txt")) != "the first" {
		t.Errorf("the folder holds %q; want %q", after, before)
	}
}

// TestARenameLaundersNothing reads a file under a name that may be read, having the right to write both.
func TestARenameLaundersNothing(t *testing.T) {
	h := newHouse(t)
	f := h.files(t, granting(t, "fs:write:${workspace}/.env", "fs:write:${workspace}/docs/**", "fs:read:${workspace}/docs/**"))
	for _, to := range []string{"/workspace/docs/open", "/workspace/docs/a.txt"} {
		var refusal *permissions.DeniedError
		err := f.Change(t.Context(), powers.Change{Operation: powers.Rename, Path: "/workspace/.env", To: to})
		if !errors.As(err, &refusal) || refusal.Grant != "fs:read:${workspace}/.env" {
			t.Errorf("renaming to %s = %v; want a refusal to read the source", to, err)
		}
		if got, err := read(t, f, to); got == "the secret" {
			t.Errorf("reading %s = %q, %v", to, got, err)
		}
	}
	if got := content(t, h.ws(".env")); got != "the secret" {
		t.Errorf("the source holds %q", got)
	}
}

func TestAWriteSaysWhatItDoes(t *testing.T) {
	for _, c := range []struct {
		name   string
		change powers.Change
		want   []permissions.Object // of the questions to write
	}{
		{"making a folder", powers.Change{Operation: powers.MakeFolder, Path: "/workspace/new"},
			[]permissions.Object{{Operation: permissions.MakeFolder, Name: "new", New: true}}},
		{"removing a file", powers.Change{Operation: powers.RemoveFile, Path: "/workspace/notes.md"},
			[]permissions.Object{{Operation: permissions.Remove, Name: "notes.md"}}},
		{"removing a folder", powers.Change{Operation: powers.RemoveFolder, Path: "/workspace/other"},
			[]permissions.Object{{Operation: permissions.Remove, Name: "other", Folder: true}}},
		{"setting times", powers.Change{Operation: powers.Touch, Path: "/workspace/notes.md"},
			[]permissions.Object{{Operation: permissions.Touch, Name: "notes.md"}}},
		{"cutting", powers.Change{Operation: powers.Truncate, Path: "/workspace/notes.md"},
			[]permissions.Object{{Operation: permissions.WriteContent, Name: "notes.md"}}},
		{"renaming", powers.Change{Operation: powers.Rename, Path: "/workspace/notes.md", To: "/workspace/docs/n"},
			[]permissions.Object{{Operation: permissions.Rename, Name: "notes.md", Other: "docs/n"}, {Operation: permissions.Receive, Name: "n", Other: "notes.md", New: true}}},
		{"renaming over a file", powers.Change{Operation: powers.Rename, Path: "/workspace/notes.md", To: "/workspace/docs/a.txt"},
			[]permissions.Object{{Operation: permissions.Rename, Name: "notes.md", Other: "docs/a.txt"}, {Operation: permissions.Receive, Name: "a.txt", Other: "notes.md"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			j := granting(t, "fs:read:${workspace}/**").yes()
			_ = h.files(t, j).Change(t.Context(), c.change) // a full folder stays
			var got []permissions.Object
			for _, n := range j.asked {
				o := n.Object
				got = append(got, permissions.Object{Operation: o.Operation, Name: o.Name, Other: o.Other, New: o.New, Folder: o.Folder, Unseen: o.Unseen})
			}
			for i := range c.want {
				if c.want[i].Other != "" {
					c.want[i].Other = h.ws(c.want[i].Other)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("asked about %+v; want %+v", got, c.want)
			}
		})
	}
}
