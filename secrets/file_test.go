package secrets_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/secretstest"
	"gatehouse/secrets"
)

func TestFileIsAKeeper(t *testing.T) {
	secretstest.Run(t, secrets.File{Dir: filepath.Join(t.TempDir(), "keys")})
}

func TestAFileIsForItsUserAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	f := secrets.File{Dir: dir}
	if err := f.Set("record", []byte("seed")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "record"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has the mode %v, %v; want %v", path, info.Mode().Perm(), err, want)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "record"), 0o640); err != nil {
		t.Fatal(err)
	}
	if v, err := f.Get("record"); err == nil || !strings.Contains(err.Error(), "others") {
		t.Errorf("Get = %q, %v; want that others may read it", v, err)
	}
}

func TestALinkIsNoSecret(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "elsewhere"), []byte("theirs"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("elsewhere", filepath.Join(dir, "record")); err != nil {
		t.Fatal(err)
	}
	if v, err := (secrets.File{Dir: dir}).Get("record"); err == nil {
		t.Errorf("Get = %q through a link", v)
	}
}

func TestANameIsNoPath(t *testing.T) {
	f := secrets.File{Dir: t.TempDir()}
	for _, name := range []string{"", ".", "..", "../x", "a/b", ".hidden", "A", "a.b", "a\x00", strings.Repeat("a", 65)} {
		if err := f.Set(name, []byte("x")); err == nil {
			t.Errorf("Set(%q) = nil", name)
		}
		if _, err := f.Get(name); err == nil {
			t.Errorf("Get(%q) = nil", name)
		}
	}
}
