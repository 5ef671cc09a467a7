package local_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"gatehouse/permissions"
	"gatehouse/powers"
	"gatehouse/powers/local"
)

// judge is a Checker with standing grants and one answer to every question; it keeps what it was asked.
type judge struct {
	standing []permissions.Grant
	// answer is called for what is not granted; nil refuses.
	answer func(permissions.Need) error

	mu    sync.Mutex
	asked []permissions.Need
}

func granting(t testing.TB, grants ...string) *judge {
	t.Helper()
	j := &judge{}
	for _, s := range grants {
		g, err := permissions.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		j.standing = append(j.standing, g)
	}
	return j
}

// yes makes j allow whatever it is asked.
func (j *judge) yes() *judge {
	j.answer = func(permissions.Need) error { return nil }
	return j
}

func (j *judge) Check(ctx context.Context, n permissions.Need) error {
	refusal := j.Granted(ctx, n)
	if refusal == nil {
		return nil
	}
	j.mu.Lock()
	j.asked = append(j.asked, n)
	j.mu.Unlock()
	if j.answer == nil {
		return refusal
	}
	return j.answer(n)
}

// Possible is yes where j answers questions.
func (j *judge) Possible(ctx context.Context, n permissions.Need) error {
	if j.answer != nil {
		return nil
	}
	return j.Granted(ctx, n)
}

func (j *judge) Granted(_ context.Context, n permissions.Need) error {
	for _, g := range j.standing {
		if g.Covers(n.Grant, "") {
			return nil
		}
	}
	return refuse(n)
}

// Picked says that nobody picked anything.
func (j *judge) Picked(permissions.Need) (string, bool) { return "", false }

// Made is nothing to a judge: its grants are for names.
func (j *judge) Made(permissions.Need, string) {}

func refuse(n permissions.Need) error {
	return &permissions.DeniedError{Code: permissions.CodeUndeclared, Grant: n.Grant.String()}
}

// questions are the grants that j was asked for, in order.
func (j *judge) questions() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	grants := []string{}
	for _, n := range j.asked {
		grants = append(grants, n.Grant.String())
	}
	return grants
}

// house is a workspace of known files with something private beside it.
type house struct {
	workspace, outside string
}

func newHouse(t testing.TB) house {
	t.Helper()
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	h := house{filepath.Join(top, "ws"), filepath.Join(top, "outside")}
	for name, content := range map[string]string{
		"ws/notes.md": "the notes", "ws/.env": "the secret", "ws/docs/a.txt": "the first", "ws/docs/b.txt": "the second",
		"ws/docs/deep/c.txt": "the third", "ws/other/x.txt": "the other", "outside/private.txt": "the private",
	} {
		write(t, filepath.Join(top, name), content)
	}
	for name, target := range map[string]string{
		"ws/docs/env": "../.env", "ws/docs/out": "../../outside/private.txt", "ws/docs/abs": h.outside + "/private.txt",
		"ws/docs/back": h.workspace + "/notes.md", "ws/docs/folder": "../other", "ws/docs/far": h.outside,
		"ws/docs/loop": "pool", "ws/docs/pool": "loop", "ws/docs/gone": "../nothing", "ws/docs/twice": "env",
		"ws/docs/round": "../../ws/notes.md", "ws/docs/top": "..", "ws/docs/same": "./a.txt",
	} {
		link(t, target, filepath.Join(top, name))
	}
	return h
}

func write(t testing.TB, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func link(t testing.TB, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}

func content(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// ws is the real name of something in the workspace.
func (h house) ws(name string) string { return filepath.Join(h.workspace, name) }

func (h house) files(t testing.TB, c local.Checker) *local.Files {
	t.Helper()
	f, err := local.NewFiles(local.FilesOptions{Checker: c, Workspace: h.workspace, OpenFiles: 8})
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

// read opens name for reading and returns all of it.
func read(t testing.TB, f powers.Files, name string) (string, error) {
	t.Helper()
	return readOpen(t, f, powers.Open{Path: name, Read: true})
}

func readOpen(t testing.TB, f powers.Files, o powers.Open) (string, error) {
	t.Helper()
	file, err := f.Open(t.Context(), o)
	if err != nil {
		return "", err
	}
	defer file.Close(t.Context())
	b := make([]byte, 4096)
	n, err := file.ReadAt(t.Context(), b, 0)
	return string(b[:n]), err
}
