package wasip1_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/permissions"
	"gatehouse/powers"
	"gatehouse/powers/local"
	"gatehouse/sandbox"
)

// ground is a real folder that guests may do everything in.
func ground(t *testing.T, folder string, openFiles int) *local.Files {
	t.Helper()
	real, err := filepath.EvalSymlinks(folder)
	if err != nil {
		t.Fatal(err)
	}
	f, err := local.NewFiles(local.FilesOptions{Checker: &inside{}, Workspace: real, OpenFiles: openFiles, Scratch: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// inside is a Checker that allows everything in the workspace, and nothing else.
type inside struct{}

func (i *inside) Check(ctx context.Context, n permissions.Need) error { return i.Granted(ctx, n) }

func (i *inside) Possible(ctx context.Context, n permissions.Need) error { return i.Granted(ctx, n) }

func (*inside) Granted(_ context.Context, n permissions.Need) error {
	if path := n.Grant.Path(); path == "${workspace}" || strings.HasPrefix(path, "${workspace}/") {
		return nil
	}
	return &permissions.DeniedError{Code: permissions.CodeUndeclared, Grant: n.Grant.String()}
}

func (*inside) Picked(permissions.Need) (string, bool) { return "", false }

func (*inside) Made(permissions.Need, string) {}

// topped shows the workspace of files at the top too, for programs that expect to find it there.
type topped struct{ powers.Files }

func top(path string) string {
	if path == "/workspace" || strings.HasPrefix(path, "/workspace/") {
		return path
	}
	return strings.TrimSuffix("/workspace"+path, "/")
}

func (f topped) Open(ctx context.Context, o powers.Open) (powers.File, error) {
	o.Path = top(o.Path)
	return f.Files.Open(ctx, o)
}

func (f topped) Stat(ctx context.Context, path string, follow bool) (powers.Info, error) {
	return f.Files.Stat(ctx, top(path), follow)
}

func (f topped) Change(ctx context.Context, c powers.Change) error {
	c.Path = top(c.Path)
	if c.Operation == powers.Rename {
		c.To = top(c.To)
	}
	return f.Files.Change(ctx, c)
}

// generous are limits for programs that were not made to be small.
var generous = sandbox.Limits{Memory: 1 << 30, Time: 5 * time.Minute, Fuel: 1 << 50, Stack: 16 << 20, Output: 64 << 20}

// compile compiles a program, or ends the test.
func compile(t *testing.T, wasm []byte) *sandbox.Module {
	t.Helper()
	r, err := sandbox.New(t.Context(), sandbox.Options{Cache: cache})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(context.Background()) })
	m, err := r.Compile(t.Context(), wasm)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// copyFolder copies a folder of files.
func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}
