package wasip1_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gatehouse/internal/guesttest"
	"gatehouse/powers"
	"gatehouse/sandbox"
)

var limits = sandbox.Limits{Memory: 64 << 20, Time: time.Minute, Fuel: 10_000_000_000, Stack: 1 << 20, Output: 1 << 20}

// cache spares compiling the guest for every test.
var cache string

func TestMain(m *testing.M) {
	cache, _ = os.MkdirTemp("", "wasip1")
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.RemoveAll(cache)
		os.Exit(code)
	}))
}

func guest(t *testing.T) *sandbox.Module {
	t.Helper()
	r, err := sandbox.New(t.Context(), sandbox.Options{Cache: cache})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(context.Background()) })
	m, err := r.Compile(t.Context(), guesttest.Go(t))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// do runs one order; a failure is the guest's own words.
func do(t *testing.T, m *sandbox.Module, files powers.Files, o guesttest.Order) string {
	t.Helper()
	result, err := m.Run(t.Context(), sandbox.Call{Stdin: o.Stdin(), Powers: powers.Set{Files: files}, Limits: limits})
	if err != nil {
		return fmt.Sprintf("%v: %s", err, result.Stderr)
	}
	return string(result.Stdout)
}

func tree() *guesttest.Files {
	return guesttest.NewFiles(map[string]string{
		"/workspace/notes.txt": "notes", "/workspace/sub/deep.txt": "deep", "/srv/other.txt": "other",
	})
}

func TestFiles(t *testing.T) {
	m := guest(t)
	for _, test := range []struct {
		name  string
		order guesttest.Order
		want  string
		after map[string]string
	}{
		{"a name is read from the workspace", guesttest.Order{Do: "read", Path: "notes.txt"}, "notes", nil},
		{"an absolute path is itself", guesttest.Order{Do: "read", Path: "/srv/other.txt"}, "other", nil},
		{"dots inside a path are cleaned", guesttest.Order{Do: "read", Path: "sub/../sub/./deep.txt"}, "deep", nil},
		{"what is missing is missing", guesttest.Order{Do: "read", Path: "none"}, "the guest exited with code 3: open none: No such file or directory", nil},
		{"a folder is no file", guesttest.Order{Do: "read", Path: "sub"}, "the guest exited with code 3: read sub: Is a directory", nil},
		{"a file is no folder", guesttest.Order{Do: "list", Path: "notes.txt"}, "the guest exited with code 3: open notes.txt: Not a directory", nil},
		{"a slash demands a folder", guesttest.Order{Do: "stat", Path: "notes.txt/"}, "the guest exited with code 3: stat notes.txt/: Not a directory", nil},
		{"a folder is listed", guesttest.Order{Do: "list", Path: "sub"}, "deep.txt false\n", nil},
		{"the workspace is listed", guesttest.Order{Do: "list", Path: "."}, "notes.txt false\nsub true\n", nil},
		{"the workspace is walked", guesttest.Order{Do: "walk", Path: "."}, ".\nnotes.txt\nsub\nsub/deep.txt\n", nil},
		{"a file is described", guesttest.Order{Do: "stat", Path: "notes.txt"}, "notes.txt 5 false\n", nil},
		{"the roots are there for everyone", guesttest.Order{Do: "stat", Path: "/"}, "/ 0 true\n", nil},
		{"a file is written", guesttest.Order{Do: "write", Path: "new", Text: "text"}, "", map[string]string{"/workspace/new": "text"}},
		{"writing replaces", guesttest.Order{Do: "write", Path: "notes.txt", Text: "x"}, "", map[string]string{"/workspace/notes.txt": "x"}},
		{"appending keeps", guesttest.Order{Do: "append", Path: "notes.txt", Text: "+"}, "", map[string]string{"/workspace/notes.txt": "notes+"}},
		{"much is written whole", guesttest.Order{Do: "fill", Path: "big", N: 3 << 20}, "", map[string]string{"/workspace/big": strings.Repeat("\x00", 3<<20)}},
		{"a file is renamed", guesttest.Order{Do: "rename", Path: "notes.txt", To: "sub/n"}, "", map[string]string{"/workspace/sub/n": "notes"}},
		{"a file is removed", guesttest.Order{Do: "remove", Path: "none"}, "the guest exited with code 3: remove none: No such file or directory", nil},
		{"a link is made and read", guesttest.Order{Do: "link", Path: "l", To: "notes.txt"}, "notes.txt", nil},
		{"a file is renamed out of the workspace", guesttest.Order{Do: "rename", Path: "notes.txt", To: "/srv/n"}, "", map[string]string{"/srv/n": "notes"}},
		{"a folder is made", guesttest.Order{Do: "mkdir", Path: "fresh"}, "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := tree()
			if got := do(t, m, files, test.order); got != test.want {
				t.Errorf("the guest said %q; want %q", got, test.want)
			}
			for path, want := range test.after {
				if got, _ := files.Content(path); got != want {
					t.Errorf("%s holds %.50q; want %.50q", path, got, want)
				}
			}
			if held := files.Held(); held != 0 {
				t.Errorf("%d objects are still open; want 0", held)
			}
		})
	}
}

func TestTimesReachThePower(t *testing.T) {
	files := tree()
	if got := do(t, guest(t), files, guesttest.Order{Do: "touch", Path: "notes.txt", N: 1_000_000}); got != "" {
		t.Errorf("the guest said %q", got)
	}
	if got := files.Touched("/workspace/notes.txt"); got.Unix() != 1_000_000 {
		t.Errorf("touched at %v; want 1000000", got)
	}
}

func TestARefusalIsPermissionDenied(t *testing.T) {
	m := guest(t)
	refusing := tree()
	refusing.Before = func(context.Context, powers.Open) error { return guesttest.Refuse("fs:read:/srv/other.txt") }
	for name, files := range map[string]powers.Files{"refused": refusing, "no power at all": nil} {
		for _, o := range []guesttest.Order{
			{Do: "read", Path: "/srv/other.txt"}, {Do: "list", Path: "."}, {Do: "list", Path: "/"}, {Do: "write", Path: "new"},
		} {
			got := do(t, m, files, o)
			if !strings.Contains(got, "Permission denied") || strings.Contains(got, "eyes only") {
				t.Errorf("%s: %s %s = %q; want Permission denied and nothing of the rule", name, o.Do, o.Path, got)
			}
		}
	}
}

// Hostile names either fail in the guest or arrive as an absolute, cleaned path.
func TestHostileNames(t *testing.T) {
	m := guest(t)
	names := []string{
		"..", "../etc/passwd", "../../../../etc/passwd", "/workspace/../etc/passwd", "sub/../../etc", "/..", "/../..",
		"a\x00b", "a/\x00/../..", "\xff\xfe", "//etc//passwd", "/./etc/./passwd", "....//....//etc", `..\..\etc`,
		strings.Repeat("a/", 3000), strings.Repeat("x", 70_000),
	}
	for _, o := range []string{"read", "stat", "list", "write", "mkdir", "remove", "rename", "touch"} {
		for _, name := range names {
			files := tree()
			do(t, m, files, guesttest.Order{Do: o, Path: name, To: name})
			for _, path := range files.Paths() {
				dirty := len(path) > 4096 || !strings.HasPrefix(path, "/") || strings.ContainsRune(path, 0) || strings.Contains(path, "//")
				if dirty || slices.Contains(strings.Split(path, "/"), "..") {
					t.Errorf("%s %.80q reached the power as %.80q", o, name, path)
				}
			}
		}
	}
}

func TestDescriptorsAreBounded(t *testing.T) {
	m := guest(t)
	for _, path := range []string{".", "notes.txt"} {
		files := tree()
		if got := do(t, m, files, guesttest.Order{Do: "open", Path: path, N: 2000}); !strings.Contains(got, "exited with code 3") {
			t.Errorf("2000 times %s = %q; want it to end", path, got)
		}
		if held := files.Held(); held == 0 && path != "." {
			t.Error("what a guest left open that did not end well was closed, which saves it")
		}
	}
}
