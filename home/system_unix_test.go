//go:build unix

package home_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"gatehouse/home"
)

func TestOnlyASystemsOwnFileIsBelieved(t *testing.T) {
	root := os.Geteuid() == 0
	for _, c := range []struct {
		name   string
		change func(file string) error
		ok     bool
	}{
		{"root's alone", func(string) error { return nil }, true},
		{"a file that its group may write", func(f string) error { return os.Chmod(f, 0o664) }, false},
		{"a file that everybody may write", func(f string) error { return os.Chmod(f, 0o646) }, false},
		{"a folder that everybody may write", func(f string) error { return os.Chmod(filepath.Dir(f), 0o757) }, false},
		{"a folder like /tmp", func(f string) error { return os.Chmod(filepath.Dir(f), os.ModeSticky|0o777) }, false},
		{"a folder above that everybody may write", func(f string) error { return os.Chmod(filepath.Dir(filepath.Dir(f)), 0o777) }, false},
		{"a folder above like /tmp", func(f string) error { return os.Chmod(filepath.Dir(filepath.Dir(f)), os.ModeSticky|0o777) }, true},
		{"a file of another", func(f string) error { return os.Chown(f, 12345, -1) }, false},
		{"a folder of another", func(f string) error { return os.Chown(filepath.Dir(f), 12345, -1) }, false},
		{"a link", func(f string) error { return errors.Join(os.Rename(f, f+"2"), os.Symlink(f+"2", f)) }, false},
		{"a folder in its place", func(f string) error { return errors.Join(os.Remove(f), os.Mkdir(f, 0o755)) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "gatehouse", "policy.json")
			err := errors.Join(os.Mkdir(filepath.Dir(file), 0o755), os.WriteFile(file, nil, 0o644))
			if err != nil {
				t.Fatal(err)
			}
			if err := c.change(file); err != nil && root {
				t.Fatal(err)
			}
			// Whoever is not root owns what they have just made, so none of it is the system's.
			if err := home.CheckSystem(file); (err == nil) != (c.ok && root) {
				t.Errorf("CheckSystem = %v; want it believed: %t", err, c.ok && root)
			}
		})
	}
}
