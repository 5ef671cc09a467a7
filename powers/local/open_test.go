package local_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gatehouse/permissions"
	"gatehouse/powers"
	"gatehouse/powers/local"
)

// OUT stands for the real folder beside the workspace.
func (h house) real(s string) string {
	return strings.ReplaceAll(s, "OUT", filepath.ToSlash(h.outside))
}

func TestOpenAsksForTheRealObject(t *testing.T) {
	for _, c := range []struct {
		name  string
		open  powers.Open
		asked []string
		want  error
	}{
		{"a file is asked for reading", powers.Open{Path: "/workspace/notes.md", Read: true}, []string{"fs:read:${workspace}/notes.md"}, nil},
		{"a file with a dot is named with it", powers.Open{Path: "/workspace/.env", Read: true}, []string{"fs:read:${workspace}/.env"}, nil},
		{"a folder is asked for listing", powers.Open{Path: "/workspace/docs", Read: true}, []string{"fs:list:${workspace}/docs"}, nil},
		{"the workspace is asked for listing", powers.Open{Path: "/workspace", Folder: true}, []string{"fs:list:${workspace}"}, nil},
		{"writing is asked for writing alone", powers.Open{Path: "/workspace/notes.md", Write: true}, []string{"fs:write:${workspace}/notes.md"}, nil},
		{"appending is writing", powers.Open{Path: "/workspace/notes.md", Append: true}, []string{"fs:write:${workspace}/notes.md"}, nil},
		{"cutting is writing, and leaves nothing to read", powers.Open{Path: "/workspace/notes.md", Read: true, Truncate: true},
			[]string{"fs:write:${workspace}/notes.md"}, nil},
		{"reading and writing are two questions", powers.Open{Path: "/workspace/notes.md", Read: true, Write: true},
			[]string{"fs:read:${workspace}/notes.md", "fs:write:${workspace}/notes.md"}, nil},
		{"a new file is asked for writing", powers.Open{Path: "/workspace/new.md", Write: true, Create: true}, []string{"fs:write:${workspace}/new.md"}, nil},
		{"a link is asked for by its target", powers.Open{Path: "/workspace/docs/env", Read: true}, []string{"fs:read:${workspace}/.env"}, nil},
		{"a link to a link is asked for by the last", powers.Open{Path: "/workspace/docs/twice", Read: true}, []string{"fs:read:${workspace}/.env"}, nil},
		{"a link out is asked for by its absolute name", powers.Open{Path: "/workspace/docs/out", Read: true}, []string{"fs:read:OUT/private.txt"}, nil},
		{"an absolute link out too", powers.Open{Path: "/workspace/docs/abs", Read: true}, []string{"fs:read:OUT/private.txt"}, nil},
		{"a folder behind a link too", powers.Open{Path: "/workspace/docs/far/private.txt", Read: true}, []string{"fs:read:OUT/private.txt"}, nil},
		{"an absolute link back is in the workspace", powers.Open{Path: "/workspace/docs/back", Read: true}, []string{"fs:read:${workspace}/notes.md"}, nil},
		{"a link out and back is in the workspace", powers.Open{Path: "/workspace/docs/round", Read: true}, []string{"fs:read:${workspace}/notes.md"}, nil},
		{"a name through a linked folder is the real one", powers.Open{Path: "/workspace/docs/folder/x.txt", Read: true}, []string{"fs:read:${workspace}/other/x.txt"}, nil},
		{"a link to the folder above ends there", powers.Open{Path: "/workspace/docs/top/notes.md", Read: true}, []string{"fs:read:${workspace}/notes.md"}, nil},
		{"a new file behind a link is made at its target", powers.Open{Path: "/workspace/docs/gone", Write: true, Create: true}, []string{"fs:write:${workspace}/nothing"}, nil},
		{"an absolute name is itself", powers.Open{Path: "OUT/private.txt", Read: true}, []string{"fs:read:OUT/private.txt"}, nil},
		{"an absolute name of the workspace is in it", powers.Open{Path: "OUT/../ws/notes.md", Read: true}, []string{"fs:read:${workspace}/notes.md"}, nil},
		{"a missing file is asked for before it is said to be missing", powers.Open{Path: "/workspace/nope", Read: true}, []string{"fs:read:${workspace}/nope"}, powers.ErrNotExist},
		{"a missing folder too", powers.Open{Path: "/workspace/nope/a/b", Read: true}, []string{"fs:read:${workspace}/nope/a/b"}, powers.ErrNotExist},
		{"a file is no folder on the way", powers.Open{Path: "/workspace/notes.md/a", Read: true}, []string{"fs:read:${workspace}/notes.md/a"}, powers.ErrNotFolder},
		{"a file is no folder at the end", powers.Open{Path: "/workspace/notes.md", Folder: true}, []string{"fs:list:${workspace}/notes.md"}, powers.ErrNotFolder},
		{"a folder is not written", powers.Open{Path: "/workspace/docs", Write: true}, []string{"fs:write:${workspace}/docs"}, powers.ErrFolder},
		{"what exists is not made exclusively", powers.Open{Path: "/workspace/notes.md", Write: true, Create: true, Exclusive: true}, []string{"fs:write:${workspace}/notes.md"}, powers.ErrExist},
		{"nor through a link", powers.Open{Path: "/workspace/docs/gone", Write: true, Create: true, Exclusive: true}, []string{"fs:write:${workspace}/docs/gone"}, powers.ErrExist},
		{"a link is not followed where that is refused", powers.Open{Path: "/workspace/docs/same", Read: true, NoFollow: true}, []string{"fs:read:${workspace}/docs/same"}, powers.ErrLink},
		{"links in a circle end", powers.Open{Path: "/workspace/docs/loop", Read: true}, []string{"fs:read:${workspace}/docs/loop"}, powers.ErrLink},
		{"upper case is another name", powers.Open{Path: "/workspace/NOTES.md", Read: true}, []string{"fs:read:${workspace}/NOTES.md"}, powers.ErrNotExist},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			j := granting(t).yes()
			if c.want == nil && (c.open.Write || c.open.Append || c.open.Truncate) {
				j = granting(t, "fs:list:${workspace}/**").yes() // so that the guest may know what stands there
			}
			c.open.Path = filepath.Clean(h.real(c.open.Path))
			file, err := h.files(t, j).Open(t.Context(), c.open)
			if !errors.Is(err, c.want) {
				t.Fatalf("Open() = %v; want %v", err, c.want)
			}
			if (file == nil) != (err != nil) {
				t.Errorf("Open() = %v, %v; want one of them", file, err)
			}
			if file != nil {
				if got := j.questions(); slices.ContainsFunc(got, func(g string) bool { return strings.HasPrefix(g, "fs:write:") }) {
					t.Errorf("asked %q before anything was written", got)
				}
				file.WriteAt(t.Context(), []byte("something else"), 0)
				if err := file.Close(t.Context()); err != nil {
					t.Error(err)
				}
			}
			for i, a := range c.asked {
				c.asked[i] = h.real(a)
			}
			if got := j.questions(); !slices.Equal(got, c.asked) {
				t.Errorf("asked %q; want %q", got, c.asked)
			}
		})
	}
}

func TestNeedDescribesWhatWasFound(t *testing.T) {
	h := newHouse(t)
	j := granting(t).yes()
	f := h.files(t, j)
	for _, o := range []powers.Open{
		{Path: "/workspace/docs/env", Read: true}, {Path: "/workspace/new", Create: true, Truncate: true}, {Path: "/workspace/docs", Folder: true},
	} {
		file, err := f.Open(t.Context(), o)
		if err == nil {
			err = file.Close(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(h.ws(".env"))
	if err != nil {
		t.Fatal(err)
	}
	docs, err := os.Stat(h.ws("docs"))
	if err != nil {
		t.Fatal(err)
	}
	want := []permissions.Object{
		{Path: h.ws(".env"), Name: ".env", Size: 10, Modified: info.ModTime().Unix()},
		{Path: h.ws("new"), Name: "new", Operation: permissions.Create, New: true},
		{Path: h.ws("docs"), Name: "docs", Modified: docs.ModTime().Unix(), Folder: true},
	}
	for i, n := range j.asked {
		if (n.Object.Identity == "") != want[i].New {
			t.Errorf("%s has the identity %q", n.Object.Path, n.Object.Identity)
		}
		if d := n.Object.Difference; (d == nil) == want[i].New {
			t.Errorf("%s has the difference %+v", n.Object.Path, d)
		}
		n.Object.Identity, n.Object.Difference = "", nil
		if n.Object != want[i] {
			t.Errorf("asked about %+v; want %+v", n.Object, want[i])
		}
	}
}

// TestNothingEscapes opens, describes and changes names that lead out of what was granted.
func TestNothingEscapes(t *testing.T) {
	const granted = "fs:read:${workspace}/docs/**"
	for _, c := range []struct {
		name, path string
		want       error
	}{
		{"a hidden file behind a link", "/workspace/docs/env", permissions.ErrDenied},
		{"a hidden file behind two links", "/workspace/docs/twice", permissions.ErrDenied},
		{"a link out", "/workspace/docs/out", permissions.ErrDenied},
		{"an absolute link out", "/workspace/docs/abs", permissions.ErrDenied},
		{"a linked folder", "/workspace/docs/folder/x.txt", permissions.ErrDenied},
		{"a linked folder outside", "/workspace/docs/far/private.txt", permissions.ErrDenied},
		{"a link to the workspace", "/workspace/docs/top/notes.md", permissions.ErrDenied},
		{"a link to something missing elsewhere", "/workspace/docs/gone", permissions.ErrDenied},
		{"a sibling", "/workspace/notes.md", permissions.ErrDenied},
		{"a name that begins the same", "/workspace/docs2", permissions.ErrDenied},
		{"a file with a dot", "/workspace/docs/.hidden", permissions.ErrDenied},
		{"another case", "/workspace/DOCS/a.txt", permissions.ErrDenied},
		{"an absolute name", "OUT/private.txt", permissions.ErrDenied},
		{"the top", "/", permissions.ErrDenied},
		{"something that looks like the workspace", "/workspaces/docs/a.txt", permissions.ErrDenied},
		{"dots at the end", "/workspace/docs/..", powers.ErrName},
		{"dots in the middle", "/workspace/docs/../notes.md", powers.ErrName},
		{"dots at the top", "/../etc/passwd", powers.ErrName},
		{"a single dot", "/workspace/./docs/a.txt", powers.ErrName},
		{"a slash at the end", "/workspace/docs/a.txt/", powers.ErrName},
		{"two slashes", "/workspace//docs/a.txt", powers.ErrName},
		{"a relative name", "workspace/docs/a.txt", powers.ErrName},
		{"no name", "", powers.ErrName},
		{"a NUL", "/workspace/docs/a.txt\x00.md", powers.ErrName},
		{"not UTF-8", "/workspace/docs/\xff", powers.ErrName},
		{"a long segment", "/workspace/docs/" + strings.Repeat("a", 256), powers.ErrName},
		{"a long name", "/workspace" + strings.Repeat("/docs", 1000), powers.ErrName},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			f := h.files(t, granting(t, granted))
			path := h.real(c.path)
			if got, err := read(t, f, path); !errors.Is(err, c.want) {
				t.Errorf("reading %q = %q, %v; want %v", path, got, err, c.want)
			}
			for _, o := range []powers.Open{
				{Path: path, Write: true}, {Path: path, Create: true}, {Path: path, Truncate: true}, {Path: path, Folder: true},
			} {
				if _, err := f.Open(t.Context(), o); !errors.Is(err, c.want) {
					t.Errorf("Open(%+v) = %v; want %v", o, err, c.want)
				}
			}
			for _, op := range []powers.Operation{
				powers.MakeFolder, powers.RemoveFile, powers.RemoveFolder, powers.Touch, powers.Truncate, powers.Rename,
			} {
				err := f.Change(t.Context(), powers.Change{Operation: op, Path: path, To: "/workspace/docs/moved"})
				// That docs/* is a link may be known, so "it exists" is an answer too.
				known := errors.Is(err, powers.ErrExist) || errors.Is(err, powers.ErrNotFolder)
				if !errors.Is(err, c.want) && !(known && filepath.Dir(path) == "/workspace/docs") {
					t.Errorf("%s = %v; want %v", op, err, c.want)
				}
			}
			for _, kept := range []string{h.ws("notes.md"), h.ws(".env"), h.ws("other/x.txt"), h.outside + "/private.txt"} {
				if content(t, kept) == "" {
					t.Errorf("%s was emptied", kept)
				}
			}
			if c.path == "/" {
				return // which can be described, bare
			}
			if info, err := f.Stat(t.Context(), path, true); !errors.Is(err, c.want) {
				t.Errorf("Stat() = %+v, %v; want %v", info, err, c.want)
			}
		})
	}
}

// TestARefusalTellsNothing compares what a guest gets for names that stand for quite different things.
func TestARefusalTellsNothing(t *testing.T) {
	h := newHouse(t)
	f := h.files(t, granting(t, "fs:read:${workspace}/docs/**"))
	link(t, h.outside, h.ws("far"))
	link(t, "none", h.ws("broken"))
	for _, name := range []string{
		"/workspace/notes.md", "/workspace/missing", "/workspace/missing/below", "/workspace/notes.md/below", "/workspace/other",
		"/workspace/far", "/workspace/far/private.txt", "/workspace/broken", h.outside, h.outside + "/private.txt", h.outside + "/missing",
	} {
		guest := filepath.ToSlash(name)
		grant := func(right string) string {
			return "undeclared: fs:" + right + ":" + strings.Replace(guest, "/workspace", "${workspace}", 1)
		}
		_, err := f.Stat(t.Context(), guest, true)
		if err == nil || err.Error() != grant("read") {
			t.Errorf("Stat(%q) = %v; want %q", guest, err, grant("read"))
		}
		if _, err := f.Open(t.Context(), powers.Open{Path: guest, Write: true, Create: true, Exclusive: true}); err == nil || err.Error() != grant("write") {
			t.Errorf("creating %q = %v; want %q", guest, err, grant("write"))
		}
		if err := f.Change(t.Context(), powers.Change{Operation: powers.RemoveFile, Path: guest}); err == nil || err.Error() != grant("write") {
			t.Errorf("removing %q = %v; want %q", guest, err, grant("write"))
		}
	}
}

func FuzzNames(f *testing.F) {
	for _, name := range []string{"/workspace/docs/a.txt", "/workspace/docs/env", "/workspace/docs/../.env", "/workspace/docs/top/.env", "//", "/\x00", "/proc/self/cwd"} {
		f.Add(name)
	}
	h := newHouse(f)
	files := h.files(f, granting(f, "fs:read:${workspace}/docs/**", "fs:list:${workspace}/docs/**"))
	inside := []string{"the first", "the second", "the third"}
	f.Fuzz(func(t *testing.T, name string) {
		if got, err := read(t, files, name); err == nil && !slices.Contains(inside, got) {
			t.Errorf("reading %q = %q, which is not granted", name, got)
		}
		if info, err := files.Stat(t.Context(), name, true); err == nil && info.Kind != powers.Folder && !strings.HasPrefix(name, "/workspace/docs/") {
			t.Errorf("Stat(%q) = %+v, which is not granted", name, info)
		}
	})
}

func TestMissingNamesAreNotAskedForWhereTheyMayBeKnown(t *testing.T) {
	for _, grant := range []string{"fs:list:${workspace}/**", "fs:read:${workspace}/**"} {
		j := granting(t, grant).yes()
		if _, err := read(t, newHouse(t).files(t, j), "/workspace/docs/missing"); !errors.Is(err, powers.ErrNotExist) {
			t.Errorf("with %s: %v; want %v", grant, err, powers.ErrNotExist)
		}
		if got := j.questions(); len(got) != 0 {
			t.Errorf("with %s asked %q; want nothing", grant, got)
		}
	}
}

func TestNobodyToDecideRefuses(t *testing.T) {
	h := newHouse(t)
	f := h.files(t, nil)
	if _, err := read(t, f, "/workspace/notes.md"); !errors.Is(err, permissions.ErrDenied) {
		t.Errorf("reading = %v; want %v", err, permissions.ErrDenied)
	}
	if _, err := f.Stat(t.Context(), "/workspace/notes.md", true); !errors.Is(err, permissions.ErrDenied) {
		t.Errorf("Stat() = %v; want %v", err, permissions.ErrDenied)
	}
	if _, _, err := local.NewEnv(nil, os.LookupEnv).Lookup(t.Context(), "PATH"); !errors.Is(err, permissions.ErrDenied) {
		t.Errorf("Lookup() = %v; want %v", err, permissions.ErrDenied)
	}
}

func TestWithoutAWorkspace(t *testing.T) {
	h := newHouse(t)
	f, err := local.NewFiles(local.FilesOptions{Checker: granting(t, "fs:read:"+filepath.ToSlash(h.outside)+"/**"), OpenFiles: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var refusal *permissions.DeniedError
	if _, err := read(t, f, "/workspace/notes.md"); !errors.As(err, &refusal) || refusal.Code != permissions.CodeUndeclared {
		t.Errorf("reading in it = %v; want undeclared", err)
	}
	if got, err := read(t, f, filepath.ToSlash(h.outside)+"/private.txt"); got != "the private" || err != nil {
		t.Errorf("reading elsewhere = %q, %v; want the private", got, err)
	}
}

func TestAWorkspaceIsARealFolder(t *testing.T) {
	h := newHouse(t)
	for name, path := range map[string]string{
		"a file": h.ws("notes.md"), "a link": h.ws("docs/far"), "a name behind a link": h.ws("docs/folder/../docs"), "a relative name": "docs",
		"the top": "/", "nothing": h.ws("missing"), "a name that is not clean": h.workspace + "/",
	} {
		if f, err := local.NewFiles(local.FilesOptions{Checker: granting(t).yes(), Workspace: path}); err == nil {
			t.Errorf("%s: NewFiles(%q) = %v; want an error", name, path, f)
		}
	}
}
