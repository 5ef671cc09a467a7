package host_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/host"
)

func TestResolveWorkspace(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	homes := filepath.Join(root, "home")
	me := filepath.Join(homes, "me")
	state := filepath.Join(me, "state")
	for _, dir := range []string{"me/work/acme", "me/tools/bin/x", "me/.config/x", "me/state/cache", "you/work"} {
		if err := os.MkdirAll(filepath.Join(homes, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(me, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"to-work": "work/acme", "to-home": ".", "to-hidden": ".config/x", "to-you": "../you/work", "to-root": "/", "to-programs": "tools/bin"} {
		if err := os.Symlink(target, filepath.Join(me, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ name, dir, want, reason string }{
		{"a folder below home", me + "/work/acme", me + "/work/acme", ""},
		{"a name that is not clean", me + "/work//acme/../acme/.", me + "/work/acme", ""},
		{"a link to one, by its real name", me + "/to-work", me + "/work/acme", ""},
		{"no name", "", "", "not a folder's name"},
		{"a name with NUL in it", me + "/work\x00", "", "not a folder's name"},
		{"what is not there", me + "/nowhere", "", "no such folder"},
		{"a file", me + "/file", "", "not a folder"},
		{"the whole file system", "/", "", "whole file system"},
		{"the whole file system by a link", me + "/to-root", "", "whole file system"},
		{"the home", me, "", "whole home"},
		{"the home by a link", me + "/to-home", "", "whole home"},
		{"what holds the home", homes, "", "whole home"},
		{"a hidden folder", me + "/.config", "", "hidden folder"},
		{"a folder in a hidden one, by a link", me + "/to-hidden", "", "hidden folder"},
		{"another person's", homes + "/you/work", "", "another person's home"},
		{"another person's by a link", me + "/to-you", "", "another person's home"},
		{"a folder of the system", "/etc", "", "folder of the system"},
		{"one below a folder of the system", "/usr/share", "", "folder of the system"},
		{"where our own programs lie", me + "/tools/bin", "", "move them"},
		{"a folder beside our own programs", me + "/tools/bin/x", "", "move them"},
		{"a folder with that of our own programs in it", me + "/tools", me + "/tools", ""},
		{"our own state", state, "", "Gatehouse itself"},
		{"a folder in our own state", state + "/cache", "", "Gatehouse itself"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := host.ResolveWorkspace(c.dir, me, []string{state}, me+"/to-programs")
			if c.reason == "" {
				if got != c.want || err != nil {
					t.Errorf("ResolveWorkspace(%q) = %q, %v; want %q", c.dir, got, err, c.want)
				}
				return
			}
			var e *host.Error
			if !errors.As(err, &e) || e.Code != host.CodeInput || !strings.Contains(e.Message, c.reason) || e.Hint == "" || got != "" {
				t.Errorf("ResolveWorkspace(%q) = %q, %v; want %s with %q and a hint", c.dir, got, err, host.CodeInput, c.reason)
			}
		})
	}
}

func TestAFolderAroundOurOwnIsNoWorkspace(t *testing.T) {
	outer := t.TempDir()
	if got, err := host.ResolveWorkspace(outer, "/nobody's/home", []string{filepath.Join(outer, "deep", "state")}, ""); err == nil {
		t.Errorf("ResolveWorkspace(%q) = %q, which holds our own state", outer, got)
	}
	if got, err := host.ResolveWorkspace(outer, "/nobody's/home", nil, ""); err != nil {
		t.Errorf("ResolveWorkspace(%q) = %q, %v without any state in it", outer, got, err)
	}
}
