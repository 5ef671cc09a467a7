package local_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/permissions"
	"gatehouse/powers"
	"gatehouse/powers/local"
)

// listing lets a guest know what stands there, and so write a copy of it before anything is asked.
const listing = "fs:list:${workspace}/**"

// put writes text at the beginning of file.
func put(t testing.TB, file powers.File, text string) {
	t.Helper()
	if n, err := file.WriteAt(t.Context(), []byte(text), 0); n != len(text) || err != nil {
		t.Fatalf("WriteAt() = %d, %v; want %d", n, err, len(text))
	}
}

// left is everything in the workspace but folders, with its size.
func (h house) left(t testing.TB) (names []string) {
	t.Helper()
	err := filepath.WalkDir(h.workspace, func(name string, e os.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			rest, _ := filepath.Rel(h.workspace, name)
			names = append(names, filepath.ToSlash(rest)+"="+content(t, name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestAWriteIsAskedAtItsCommit looks at what stands on the disk and at what was asked in between.
func TestAWriteIsAskedAtItsCommit(t *testing.T) {
	for name, end := range map[string]func(*local.Files, powers.File) error{
		"at close":               func(_ *local.Files, file powers.File) error { return file.Close(t.Context()) },
		"at sync":                func(_ *local.Files, file powers.File) error { return file.Sync(t.Context()) },
		"at the end of the call": func(f *local.Files, _ powers.File) error { return f.Commit(t.Context()) },
	} {
		t.Run(name, func(t *testing.T) {
			for _, answer := range []error{nil, &permissions.DeniedError{Code: permissions.CodeDenied}} {
				h := newHouse(t)
				before := h.left(t)
				j := granting(t, listing)
				j.answer = func(permissions.Need) error { return answer }
				f := h.files(t, j)
				file := open(t, f, powers.Open{Path: "/workspace/notes.md", Write: true})
				put(t, file, "new")
				if len(j.questions()) != 0 || !slices.Equal(h.left(t), before) {
					t.Fatalf("asked %q and the workspace holds %q before anything was committed", j.questions(), h.left(t))
				}
				if err := end(f, file); errors.Is(err, permissions.ErrDenied) != (answer != nil) {
					t.Errorf("ending = %v; want %v", err, answer)
				}
				want := "the notes"
				if answer == nil {
					want = "new notes"
				}
				if got := content(t, h.ws("notes.md")); got != want || len(j.asked) != 1 {
					t.Fatalf("answered with %v the file holds %q after %q; want %q after one question", answer, got, j.questions(), want)
				}
				o := j.asked[0].Object
				if o.Unseen || o.Operation != permissions.WriteContent || drawn(*o.Difference) != "@1,1|-the notes|+new notes|" {
					t.Errorf("the question shows %+v, %q", o, drawn(*o.Difference))
				}
				if err := file.Close(t.Context()); name == "at sync" && errors.Is(err, permissions.ErrDenied) != (answer != nil) {
					t.Errorf("closing after it = %v; want %v again", err, answer)
				}
				if now := h.left(t); answer != nil && !slices.Equal(now, before) {
					t.Errorf("the workspace holds %q after a refusal; want %q", now, before)
				}
			}
		})
	}
}

func TestWhatChangesNothingIsNotAsked(t *testing.T) {
	for name, do := range map[string]func(t *testing.T, f *local.Files){
		"nothing is written": func(t *testing.T, f *local.Files) {
			open(t, f, powers.Open{Path: "/workspace/notes.md", Read: true, Write: true, Create: true}).Close(t.Context())
		},
		"the same is written": func(t *testing.T, f *local.Files) {
			file := open(t, f, powers.Open{Path: "/workspace/notes.md", Write: true, Truncate: true})
			put(t, file, "the notes")
			file.Close(t.Context())
		},
		"a new file is removed before it is there": func(t *testing.T, f *local.Files) {
			file := open(t, f, powers.Open{Path: "/workspace/new", Create: true})
			put(t, file, "x")
			if err := f.Change(t.Context(), powers.Change{Operation: powers.RemoveFile, Path: "/workspace/new"}); err != nil {
				t.Error(err)
			}
			if _, err := f.Stat(t.Context(), "/workspace/new", true); err == nil {
				t.Error("the removed file is still there for the guest")
			}
			put(t, file, "y")
			if err := file.Close(t.Context()); err != nil {
				t.Error(err)
			}
		},
		"the call ends badly": func(t *testing.T, f *local.Files) {
			put(t, open(t, f, powers.Open{Path: "/workspace/notes.md", Write: true}), "x")
			f.Close()
		},
		"a decision is taken back": func(t *testing.T, f *local.Files) {
			file := open(t, f, powers.Open{Path: "/workspace/notes.md", Write: true})
			put(t, file, "x")
			f.Revoke()
			if err := errors.Join(file.Sync(t.Context()), f.Commit(t.Context())); !errors.Is(err, powers.ErrClosed) {
				t.Errorf("saving = %v; want %v", err, powers.ErrClosed)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			j := granting(t, listing, "fs:read:${workspace}/**").yes()
			before := h.left(t)
			do(t, h.files(t, j))
			if now := h.left(t); len(j.questions()) != 0 || !slices.Equal(now, before) {
				t.Errorf("asked %q, and the workspace holds %q; want nothing and %q", j.questions(), now, before)
			}
		})
	}
}

// TestAGuestSeesItsOwnWrites reads by other handles and by name what nobody else can see yet.
func TestAGuestSeesItsOwnWrites(t *testing.T) {
	h := newHouse(t)
	j := granting(t, listing).yes()
	f := h.files(t, j)
	file := open(t, f, powers.Open{Path: "/workspace/docs/new", Read: true, Write: true, Create: true, Exclusive: true})
	put(t, file, "fresh")
	b := make([]byte, 10)
	n, err := file.ReadAt(t.Context(), b, 0)
	if got := string(b[:n]); got != "fresh" || err != nil {
		t.Errorf("ReadAt() = %q, %v; want what was written", got, err)
	}
	if got, err := read(t, f, "/workspace/docs/new"); got != "fresh" || err != nil {
		t.Errorf("reading by name = %q, %v; want what was written", got, err)
	}
	info, err := f.Stat(t.Context(), "/workspace/docs/new", false)
	if err != nil || info.Size != 5 || info.Kind != powers.RegularFile {
		t.Errorf("Stat() = %+v, %v; want a file of 5 bytes", info, err)
	}
	if own, err := file.Info(t.Context()); err != nil || own != info {
		t.Errorf("Info() = %+v, %v; want %+v", own, err, info)
	}
	entries, err := open(t, f, powers.Open{Path: "/workspace/docs", Folder: true}).List(t.Context())
	if err != nil || !slices.ContainsFunc(entries, func(e powers.Entry) bool { return e.Name == "new" && e.Inode == info.Inode }) {
		t.Errorf("List() = %+v, %v; want the new file in it", entries, err)
	}
	if _, err := f.Open(t.Context(), powers.Open{Path: "/workspace/docs/new", Create: true, Exclusive: true}); !errors.Is(err, powers.ErrExist) {
		t.Errorf("making it again = %v; want %v", err, powers.ErrExist)
	}
	if err := f.Change(t.Context(), powers.Change{Operation: powers.MakeFolder, Path: "/workspace/docs/new"}); !errors.Is(err, powers.ErrExist) {
		t.Errorf("making a folder of its name = %v; want %v", err, powers.ErrExist)
	}
	if got := j.questions(); len(got) != 0 {
		t.Errorf("asked %q", got)
	}
	// What stood in a file is not the guest's own, whatever it added to it.
	both := open(t, f, powers.Open{Path: "/workspace/notes.md", Append: true})
	put(t, both, "!")
	if got, err := read(t, f, "/workspace/notes.md"); got != "the notes!" || err != nil {
		t.Errorf("reading = %q, %v; want all of it", got, err)
	}
	if got := j.questions(); !slices.Equal(got, []string{"fs:read:${workspace}/notes.md"}) {
		t.Errorf("asked %q; want to be asked to read", got)
	}
}

func TestTwoHandlesWriteOneCopy(t *testing.T) {
	h := newHouse(t)
	j := granting(t, listing).yes()
	f := h.files(t, j)
	first := open(t, f, powers.Open{Path: "/workspace/docs/back", Write: true}) // a link to the notes
	second := open(t, f, powers.Open{Path: "/workspace/notes.md", Append: true})
	put(t, first, "our")
	put(t, second, ".")
	if err := first.Close(t.Context()); err != nil || content(t, h.ws("notes.md")) != "our notes." {
		t.Errorf("closing the first = %v; the file holds %q", err, content(t, h.ws("notes.md")))
	}
	put(t, second, ".")
	if err := second.Close(t.Context()); err != nil || content(t, h.ws("notes.md")) != "our notes.." {
		t.Errorf("closing the second = %v; the file holds %q", err, content(t, h.ws("notes.md")))
	}
	if got := len(j.questions()); got != 2 {
		t.Errorf("%d questions; want one for each change", got)
	}
	if info, err := os.Lstat(h.ws("docs/back")); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v; want it to stay one", info, err)
	}
}

// TestNamesOfWhatIsBeingWritten changes names that have an uncommitted copy.
func TestNamesOfWhatIsBeingWritten(t *testing.T) {
	h := newHouse(t)
	j := granting(t, listing, "fs:read:${workspace}/**").yes()
	f := h.files(t, j)
	change := func(c powers.Change) {
		t.Helper()
		if err := f.Change(t.Context(), c); err != nil {
			t.Error(err)
		}
	}
	change(powers.Change{Operation: powers.MakeFolder, Path: "/workspace/out"})
	made := open(t, f, powers.Open{Path: "/workspace/out/a", Create: true})
	put(t, made, "one")
	change(powers.Change{Operation: powers.Rename, Path: "/workspace/out/a", To: "/workspace/out/b"})
	put(t, made, "two")
	if err := made.Close(t.Context()); err != nil {
		t.Error(err)
	}
	target := open(t, f, powers.Open{Path: "/workspace/docs/a.txt", Write: true})
	put(t, target, "lost")
	change(powers.Change{Operation: powers.Rename, Path: "/workspace/out/b", To: "/workspace/docs/a.txt"})
	gone := open(t, f, powers.Open{Path: "/workspace/docs/b.txt", Write: true})
	put(t, gone, "lost")
	change(powers.Change{Operation: powers.RemoveFile, Path: "/workspace/docs/b.txt"})
	if err := errors.Join(target.Close(t.Context()), gone.Close(t.Context())); err != nil {
		t.Error(err)
	}
	if got := content(t, h.ws("docs/a.txt")); got != "two" {
		t.Errorf("the renamed file holds %q; want what was written to it", got)
	}
	if _, err := os.Lstat(h.ws("docs/b.txt")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the removed file: %v", err)
	}
	want := []string{"make folder", "create", "rename", "receive", "write", "rename", "receive", "remove"}
	var got []string
	for _, n := range j.asked {
		got = append(got, string(n.Object.Operation))
	}
	if !slices.Equal(got, want) {
		t.Errorf("asked to %q; want %q", got, want)
	}
}

func TestTimesComeWithTheContent(t *testing.T) {
	h := newHouse(t)
	j := granting(t, listing).yes()
	f := h.files(t, j)
	then := time.Unix(1e9, 0)
	for i, text := range []string{"x", ""} {
		file := open(t, f, powers.Open{Path: "/workspace/notes.md", Write: true})
		if text != "" {
			put(t, file, text)
		}
		then = then.Add(time.Hour)
		err := errors.Join(file.Touch(t.Context(), time.Time{}, then), file.Close(t.Context()))
		if info, _ := os.Stat(h.ws("notes.md")); err != nil || !info.ModTime().Equal(then) || len(j.asked) != i+1 {
			t.Errorf("closing = %v after %d questions; the file is from %v, want %v", err, len(j.asked), info.ModTime(), then)
		}
	}
	if o := j.asked[1].Object.Operation; o != permissions.Touch {
		t.Errorf("asked to %s where only times change; want %s", o, permissions.Touch)
	}
}

// TestAGrantedAppendGoesToTheFileItself lets another program write to the same log.
func TestAGrantedAppendGoesToTheFileItself(t *testing.T) {
	h := newHouse(t)
	write(t, h.ws("a.log"), "1\n")
	f := h.files(t, granting(t, "fs:write:${workspace}/a.log"))
	file := open(t, f, powers.Open{Path: "/workspace/a.log", Append: true})
	write(t, h.ws("a.log"), "1\n2\n")
	put(t, file, "3\n")
	if got := content(t, h.ws("a.log")); got != "1\n2\n3\n" {
		t.Errorf("the log holds %q; want the lines of both", got)
	}
	if _, written := f.Usage(); written != 2 {
		t.Errorf("Usage() = %d written; want 2", written)
	}
}

func TestUsage(t *testing.T) {
	h := newHouse(t)
	j := granting(t, listing).yes()
	f := h.files(t, j)
	if _, err := read(t, f, "/workspace/notes.md"); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"saved", "refused"} {
		file := open(t, f, powers.Open{Path: "/workspace/" + text, Create: true})
		put(t, file, text)
		if text == "refused" {
			j.answer = func(n permissions.Need) error { return refuse(n) }
		}
		file.Close(t.Context())
	}
	if read, written := f.Usage(); read != 9 || written != 5 {
		t.Errorf("Usage() = %d, %d; want 9 read and 5 written", read, written)
	}
}

// TestLargeFilesAreWrittenThemselves asks at open, and says that nothing can be shown or undone.
func TestLargeFilesAreWrittenThemselves(t *testing.T) {
	h := newHouse(t)
	const large = 64<<20 + 1
	write(t, h.ws("big"), "")
	if err := os.Truncate(h.ws("big"), large); err != nil {
		t.Fatal(err)
	}
	j := granting(t, listing).yes()
	f := h.files(t, j)
	file := open(t, f, powers.Open{Path: "/workspace/big", Write: true})
	if len(j.asked) != 1 || !j.asked[0].Object.Unseen || !j.asked[0].Object.Final || j.asked[0].Object.Difference != nil {
		t.Fatalf("opening asked %+v; want one question without a preview", j.asked)
	}
	put(t, file, "x")
	if err := file.Close(t.Context()); err != nil || len(j.asked) != 1 {
		t.Errorf("closing = %v after %d questions; want none but the first", err, len(j.asked))
	}
	// A copy that grows past it is shown by its sizes.
	file = open(t, f, powers.Open{Path: "/workspace/grows", Create: true})
	if err := errors.Join(file.Truncate(t.Context(), large), file.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	o := j.asked[1].Object
	if !o.Unseen || len(o.Difference.Hunks) != 0 || o.Difference.After != large {
		t.Errorf("closing asked about %+v", o)
	}
}

// TestCopiesAreBounded floods the host with copies.
func TestCopiesAreBounded(t *testing.T) {
	h := newHouse(t)
	scratch := t.TempDir()
	f, err := local.NewFiles(local.FilesOptions{Checker: granting(t, listing).yes(), Workspace: h.workspace, OpenFiles: 100, Scratch: scratch})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	opened := 0
	for range 10_000 {
		if _, err := f.Open(t.Context(), powers.Open{Path: "/workspace/" + strings.Repeat("x", opened+1), Create: true}); errors.Is(err, powers.ErrTooMany) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		opened++
	}
	if opened != 100 {
		t.Errorf("%d copies were opened; want 100", opened)
	}
	f.Revoke()
	first := open(t, f, powers.Open{Path: "/workspace/first", Create: true})
	second := open(t, f, powers.Open{Path: "/workspace/second", Create: true})
	if err := first.Truncate(t.Context(), 200<<20); err != nil {
		t.Fatal(err)
	}
	if err := second.Truncate(t.Context(), 57<<20); !errors.Is(err, powers.ErrSpace) {
		t.Errorf("more than all copies may hold = %v; want %v", err, powers.ErrSpace)
	}
	if _, err := second.WriteAt(t.Context(), []byte("x"), 1<<62); !errors.Is(err, powers.ErrSpace) {
		t.Errorf("a byte far out = %v; want %v", err, powers.ErrSpace)
	}
	if err := errors.Join(first.Truncate(t.Context(), 0), second.Truncate(t.Context(), 57<<20)); err != nil {
		t.Errorf("after room was given back = %v", err)
	}
	if names, err := os.ReadDir(scratch); err != nil || len(names) != 0 {
		t.Errorf("the folder of copies shows %v, %v; want no names", names, err)
	}
	f.Close()
	if got := h.left(t); len(got) != 6 {
		t.Errorf("the workspace holds %q; want what it held", got)
	}
}

// TestFilesGrowByNoMoreThanACallMay fills the disk in every way that needs no copy, and through copies.
func TestFilesGrowByNoMoreThanACallMay(t *testing.T) {
	h := newHouse(t)
	const large, most = 64<<20 + 1, 4 << 30
	for _, name := range []string{"big", "log"} {
		write(t, h.ws(name), "")
		if err := os.Truncate(h.ws(name), large); err != nil {
			t.Fatal(err)
		}
	}
	f := h.files(t, granting(t, listing).yes())
	big := open(t, f, powers.Open{Path: "/workspace/big", Write: true})
	log := open(t, f, powers.Open{Path: "/workspace/log", Append: true})
	for _, size := range []int64{1 << 62, math.MaxInt64, large + most + 1} {
		if err := big.Truncate(t.Context(), size); !errors.Is(err, powers.ErrSpace) {
			t.Errorf("making it %d bytes long = %v; want %v", size, err, powers.ErrSpace)
		}
	}
	for _, off := range []int64{large + most, 1 << 62, math.MaxInt64} {
		if _, err := big.WriteAt(t.Context(), []byte("x"), off); !errors.Is(err, powers.ErrSpace) {
			t.Errorf("a byte at %d = %v; want %v", off, err, powers.ErrSpace)
		}
	}
	if info, err := os.Stat(h.ws("big")); err != nil || info.Size() != large {
		t.Errorf("it has %d bytes, %v; want what it had", info.Size(), err)
	}
	if _, err := big.WriteAt(t.Context(), []byte("x"), large+most-3); err != nil { // two are left
		t.Errorf("the last byte but two = %v", err)
	}
	if n, err := log.WriteAt(t.Context(), []byte("xxx"), 0); n != 0 || !errors.Is(err, powers.ErrSpace) {
		t.Errorf("appending three bytes = %d, %v; want %v", n, err, powers.ErrSpace)
	}
	fresh := open(t, f, powers.Open{Path: "/workspace/fresh", Create: true})
	put(t, fresh, "xxx")
	if err := fresh.Close(t.Context()); !errors.Is(err, powers.ErrSpace) {
		t.Errorf("saving three bytes = %v; want %v", err, powers.ErrSpace)
	}
	if _, err := log.WriteAt(t.Context(), []byte("xx"), 0); err != nil {
		t.Errorf("appending two bytes = %v", err)
	}
	if _, err := big.WriteAt(t.Context(), []byte("in place"), 5); err != nil {
		t.Errorf("writing over what is there = %v", err)
	}
}

// TestAReplacedFileKeepsItsMode replaces a private file, and refuses one that may not be written.
func TestAReplacedFileKeepsItsMode(t *testing.T) {
	h := newHouse(t)
	if err := os.Chmod(h.ws("notes.md"), 0o640); err != nil {
		t.Fatal(err)
	}
	f := h.files(t, granting(t, listing).yes())
	file := open(t, f, powers.Open{Path: "/workspace/notes.md", Truncate: true})
	put(t, file, "x")
	if err := file.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(h.ws("notes.md")); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the mode is %v, %v; want 0640", info.Mode(), err)
	}
}

// TestACopyTellsNothing opens names, of which the guest may know nothing, in the ways that programs do: either what it
// sees is the same whether something stands there or not, or a person was asked.
func TestACopyTellsNothing(t *testing.T) {
	seen := func(t *testing.T, path string, o powers.Open) (string, int) {
		h := newHouse(t)
		j := granting(t).yes()
		f := h.files(t, j)
		o.Path = path
		file, err := f.Open(t.Context(), o)
		if err != nil {
			return "fails", len(j.asked)
		}
		info, err := file.Info(t.Context())
		if since := time.Since(info.Modified); since > time.Hour || since < 0 || err != nil {
			t.Errorf("Info() = %+v, %v; want a file of now", info, err)
		}
		stat, err := f.Stat(t.Context(), path, true)
		if stat != info || err != nil {
			t.Errorf("Stat() = %+v, %v; want %+v", stat, err, info)
		}
		return fmt.Sprint(info.Kind, info.Size, info.Links, info.Device != 0), len(j.asked)
	}
	for _, o := range []powers.Open{
		{Create: true, Truncate: true}, {Read: true, Create: true, Truncate: true}, {Write: true}, {Append: true}, {Truncate: true},
		{Create: true}, {Append: true, Create: true}, {Create: true, Exclusive: true}, {Create: true, Exclusive: true, Truncate: true}, {Read: true, Write: true},
	} {
		there, asked := seen(t, "/workspace/notes.md", o)
		missing, too := seen(t, "/workspace/none", o)
		if there != missing && (asked == 0 || too == 0) {
			t.Errorf("%+v: %q after %d questions where a file stands, %q after %d where none does", o, there, asked, missing, too)
		}
		if o.Create && o.Truncate && !o.Exclusive && asked+too != 0 {
			t.Errorf("%+v: %d and %d questions; want none before the commit", o, asked, too)
		}
	}
}
