package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// asNobody runs f where the permissions of files count, also in a test that runs as root: the identity for files
// belongs to one thread alone on Linux.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	const nobody = 65534
	if os.Getuid() == 0 {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETFSUID, nobody, 0, 0); errno != 0 {
			t.Fatal(errno)
		}
		defer func() {
			if _, _, errno := syscall.RawSyscall(syscall.SYS_SETFSUID, 0, 0, 0); errno != 0 {
				t.Fatal(errno)
			}
		}()
	}
	f()
}

func TestRefusals(t *testing.T) {
	root := tree(t)
	for path, mode := range map[string]os.FileMode{
		filepath.Dir(root): 0o755, filepath.Join(root, "notes.txt"): 0, filepath.Join(root, "src/main.go"): 0,
		filepath.Join(root, "docs/deep"): 0,
	} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { os.Chmod(filepath.Join(root, "docs/deep"), 0o700) }) // or nobody but root can remove it
	for _, tt := range []struct{ name, tool, input, want string }{
		{"a read", "read", `{"path":"notes.txt"}`, `reading "notes.txt" was not permitted`},
		{"a list", "list", `{"path":"docs/deep"}`, `listing "docs/deep" was not permitted`},
		{"a write", "write", `{"path":"notes.txt","content":"x"}`, `writing "notes.txt" was not permitted`},
		{"an edit", "edit", `{"path":"notes.txt","old":"a","new":"b"}`, `editing "notes.txt" was not permitted`},
		{"a search that may read nothing", "search", `{"text":"beta","path":"notes.txt"}`, `searching "notes.txt" was not permitted`},
		{"a search that may read some", "search", `{"text":"beta","path":"src"}`, `"searched":2,"refused":1,"refused_paths":["src/main.go"]`},
		{"a glob that may list some", "glob", `{"pattern":"**/*.md"}`, `"total":2,"refused":1`},
		{"a glob that may list nothing", "glob", `{"pattern":"**","path":"docs/deep"}`, `listing "docs/deep" was not permitted`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			asNobody(t, func() {
				_, out, errOut := callTool(root, tt.tool, tt.input)
				if got := out + errOut; !strings.Contains(got, tt.want) {
					t.Errorf("got %s; want ...%s...", got, tt.want)
				}
			})
		})
	}
}
