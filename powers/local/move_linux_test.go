package local_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"gatehouse/permissions"
	"gatehouse/powers"
)

func renaming(from, to string) powers.Change {
	return powers.Change{Operation: powers.Rename, Path: from, To: to}
}

func TestAFolderMovesOnlyWithEverythingInIt(t *testing.T) {
	const everything = "fs:write:${workspace}/**"
	all := []string{everything, "fs:read:${workspace}/**", "fs:list:${workspace}/**"}
	for _, c := range []struct {
		name   string
		grants []string
		lay    func(t *testing.T, h house) // what lies in other beside x.txt
		want   error
	}{
		{"all of it is granted", all, func(t *testing.T, h house) { write(t, h.ws("other/deep/er/y.txt"), "y") }, nil},
		{"a file whose name begins with a dot is not", all, func(t *testing.T, h house) { write(t, h.ws("other/.secret"), "y") }, permissions.ErrDenied},
		{"one that may not be read is", []string{everything, "fs:list:${workspace}/**", "fs:read:${workspace}/other/x.txt"},
			func(t *testing.T, h house) { write(t, h.ws("other/y.txt"), "y") }, permissions.ErrDenied},
		{"one that may not be written is", append(all[1:], "fs:write:${workspace}/other", "fs:write:${workspace}/other/x.txt", "fs:write:${workspace}/moved/**", "fs:write:${workspace}/moved"),
			func(t *testing.T, h house) { write(t, h.ws("other/y.txt"), "y") }, permissions.ErrDenied},
		{"it holds a link", all, func(t *testing.T, h house) { link(t, "x.txt", h.ws("other/l")) }, permissions.ErrDenied},
		{"it holds a file with two names", all, func(t *testing.T, h house) {
			if err := os.Link(h.ws("notes.md"), h.ws("other/second")); err != nil {
				t.Fatal(err)
			}
		}, permissions.ErrDenied},
		{"it holds a name that is no text", all, func(t *testing.T, h house) { write(t, h.ws("other/\xff"), "y") }, permissions.ErrDenied},
		{"it holds more than a thousand things", all, func(t *testing.T, h house) {
			for i := range 1001 {
				write(t, h.ws(fmt.Sprintf("other/%d", i)), "")
			}
		}, permissions.ErrDenied},
		{"it is deeper than anybody can see", all, func(t *testing.T, h house) {
			write(t, h.ws("other/"+strings.Repeat("d/", 70)+"y"), "")
		}, permissions.ErrDenied},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			c.lay(t, h)
			err := h.files(t, granting(t, c.grants...)).Change(t.Context(), renaming("/workspace/other", "/workspace/moved"))
			if !errors.Is(err, c.want) {
				t.Errorf("Change() = %v; want %v", err, c.want)
			}
			_, there := os.Stat(h.ws("other/x.txt"))
			_, moved := os.Stat(h.ws("moved/x.txt"))
			if (there == nil) == (c.want == nil) || (moved == nil) != (c.want == nil) {
				t.Errorf("x.txt is at its old name: %v, at its new one: %v", there == nil, moved == nil)
			}
		})
	}
}

func TestAFolderWithARepositoryInItStays(t *testing.T) {
	h := newHouse(t)
	write(t, h.ws("other/.git/config"), "[core]")
	p := &person{}
	if err := h.files(t, calls(t, h, p)()).Change(t.Context(), renaming("/workspace/other", "/workspace/moved")); !errors.Is(err, permissions.ErrDenied) {
		t.Errorf("Change() = %v; want a refusal", err)
	}
	if _, err := os.Stat(h.ws("other/.git/config")); err != nil {
		t.Error(err)
	}
}

func TestAFolderThatChangesWhileItIsAskedForStays(t *testing.T) {
	for name, swap := range map[string]func(t *testing.T, h house){
		"a file appears in it":     func(t *testing.T, h house) { write(t, h.ws("other/y.txt"), "y") },
		"a file in it is another":  func(t *testing.T, h house) { rename(t, h.ws(".env"), h.ws("other/x.txt")) },
		"a link appears in it":     func(t *testing.T, h house) { link(t, h.outside, h.ws("other/l")) },
		"a pipe appears in it":     func(t *testing.T, h house) { pipe(t, h.ws("other/p")) },
		"a file in it is gone":     func(t *testing.T, h house) { rename(t, h.ws("other/x.txt"), h.ws("x.txt")) },
		"it has become a link out": func(t *testing.T, h house) { rename(t, h.ws("other"), h.ws("old")); link(t, h.outside, h.ws("other")) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			j := granting(t)
			j.answer = func(n permissions.Need) error {
				if n.Grant.String() == "fs:write:${workspace}/moved/x.txt" { // the last question
					swap(t, h)
				}
				if strings.Contains(n.Grant.String(), "private") {
					return refuse(n)
				}
				return nil
			}
			err := h.files(t, j).Change(t.Context(), renaming("/workspace/other", "/workspace/moved"))
			if _, moved := os.Lstat(h.ws("moved")); err == nil || moved == nil {
				t.Errorf("Change() = %v, and it moved: %v", err, moved == nil)
			}
		})
	}
}

func pipe(t *testing.T, name string) {
	t.Helper()
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Error(err)
	}
}

func TestWhatIsWrittenInAFolderMovesAlong(t *testing.T) {
	h := newHouse(t)
	f := h.files(t, granting(t).yes())
	file := open(t, f, powers.Open{Path: "/workspace/other/new", Write: true, Create: true})
	put(t, file, "first")
	if err := f.Change(t.Context(), renaming("/workspace/other", "/workspace/moved")); err != nil {
		t.Fatal(err)
	}
	put(t, file, "again")
	if err := file.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := content(t, h.ws("moved/new")); got != "again" {
		t.Errorf("the file holds %q; want what was written last", got)
	}
	if _, err := os.Stat(h.ws("other")); err == nil {
		t.Error("the folder is still at its old name")
	}
}
