package home_test

import (
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gatehouse/home"
)

func TestFind(t *testing.T) {
	t.Run("the folder named comes before the environment", func(t *testing.T) {
		named, other := t.TempDir(), t.TempDir()
		t.Setenv("GATEHOUSE_HOME", other)
		if got := find(t, named).Root; got != real(t, named) {
			t.Errorf("Root = %q; want %q", got, named)
		}
		if got := find(t, "").Root; got != real(t, other) {
			t.Errorf("Root = %q; want %q", got, other)
		}
	})
	t.Run("a relative folder becomes absolute", func(t *testing.T) {
		t.Chdir(t.TempDir())
		if got := find(t, "state").Root; !filepath.IsAbs(got) || filepath.Base(got) != "state" {
			t.Errorf("Root = %q; want an absolute path ending in state", got)
		}
	})
	t.Run("everything lies in the root", func(t *testing.T) {
		p := find(t, filepath.Join(t.TempDir(), "a", "b"))
		for _, path := range []string{p.Database, p.Cache, p.Skills, p.Audit, p.Log, p.Socket} {
			if filepath.Dir(path) != p.Root {
				t.Errorf("%q does not lie in %q", path, p.Root)
			}
		}
	})
	t.Run("two names of one folder are one place", func(t *testing.T) {
		dir := t.TempDir()
		link := filepath.Join(t.TempDir(), "link")
		if err := os.Symlink(dir, link); err != nil {
			t.Fatal(err)
		}
		if a, b := find(t, dir), find(t, link); a != b {
			t.Errorf("Find = %v and %v; want the same", a, b)
		}
	})
	t.Run("a long path gets a short socket in a folder of its own", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
		p := find(t, dir)
		t.Cleanup(func() { os.RemoveAll(filepath.Dir(p.Socket)) })
		if len(p.Socket) > 100 || strings.HasPrefix(p.Socket, p.Root) {
			t.Errorf("Socket = %q; want at most 100 bytes and elsewhere", p.Socket)
		}
		if again := find(t, dir); again != p {
			t.Errorf("Find = %v, then %v", p, again)
		}
	})
	t.Run("a file in its place is an error", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := home.Find(file); err == nil {
			t.Error("Find took a file for its folder")
		}
	})
}

func TestHomeIsTheUserDatabases(t *testing.T) {
	me, err := user.Current()
	if err != nil {
		t.Skipf("the user database does not know this user: %v", err)
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	root, err := home.CustomRoot()
	if err != nil || !strings.HasPrefix(root, me.HomeDir) {
		t.Errorf("the root is %q, %v; want it below %q", root, err, me.HomeDir)
	}
}

func TestFolderOpenToOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has access lists in place of modes")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	p := find(t, dir)
	if info, err := os.Stat(p.Root); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("an empty folder has mode %v, %v; want 0700", info.Mode(), err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := home.Find(dir)
	wantRefusal(t, err, home.ErrNotOurs, "chmod 700")
}

func find(t testing.TB, dir string) home.Paths {
	t.Helper()
	p, err := home.Find(dir)
	if err != nil {
		t.Fatalf("Find(%q): %v", dir, err)
	}
	return p
}

func real(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// wantRefusal checks that err is of its kind, and that it is a sentence with a hint.
func wantRefusal(t *testing.T, err, kind error, hint string) {
	t.Helper()
	var hinter interface{ Hint() string }
	if !errors.Is(err, kind) || !errors.As(err, &hinter) || !strings.Contains(hinter.Hint(), hint) {
		t.Errorf("error = %v (%#v); want %v with the hint %q", err, err, kind, hint)
	}
}
