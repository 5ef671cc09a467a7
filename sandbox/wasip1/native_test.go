package wasip1_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/powers"
	"gatehouse/sandbox"
)

// languages are the compilers of Debian that build one source for this machine and for guests.
var languages = []struct {
	name, source  string
	native, guest []string
	environment   []string
}{
	{name: "C", source: "files.c", native: []string{"clang", "-O1", "-o", "OUT", "SOURCE"},
		guest: []string{"clang", "--target=wasm32-wasi", "-O1", "-o", "OUT", "SOURCE"}},
	{name: "Rust", source: "files.rs", native: []string{"/usr/bin/rustc", "-O", "-o", "OUT", "SOURCE"},
		guest: []string{"/usr/bin/rustc", "-O", "--target", "wasm32-wasi", "-o", "OUT", "SOURCE"}},
	{name: "Go", source: "files.go", native: []string{"go", "build", "-o", "OUT", "SOURCE"},
		guest: []string{"go", "build", "-o", "OUT", "SOURCE"}, environment: []string{"GOOS=wasip1", "GOARCH=wasm"}},
}

// A program that uses files in every way says the same as a guest over real files as it says natively.
func TestProgramsSayTheSameAsNatively(t *testing.T) {
	if testing.Short() {
		t.Skip("three compilers, twice each: they have a step of their own, without the race detector")
	}
	for _, l := range languages {
		t.Run(l.name, func(t *testing.T) {
			source, err := filepath.Abs(filepath.Join("testdata", "files", l.source))
			if err != nil {
				t.Fatal(err)
			}
			out := t.TempDir()
			native, guest := filepath.Join(out, "native"), filepath.Join(out, "guest.wasm")
			build(t, l.native, source, native, nil)
			build(t, l.guest, source, guest, l.environment)
			want := runNatively(t, native)
			if got := runAsGuest(t, guest); got != want {
				t.Errorf("as a guest and natively it differs:\n%s", firstDifference(got, want))
			}
		})
	}
}

func build(t *testing.T, command []string, source, out string, environment []string) {
	t.Helper()
	args := make([]string, len(command))
	for i, a := range command {
		args[i] = strings.NewReplacer("OUT", out, "SOURCE", source).Replace(a)
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), append([]string{"GOFLAGS=", "CGO_ENABLED=0"}, environment...)...)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%q: %v: %s", args, err, text)
	}
}

func runNatively(t *testing.T, program string) string {
	t.Helper()
	cmd := exec.Command(program)
	cmd.Dir = t.TempDir()
	text, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("natively: %v: %s", err, text)
	}
	return string(text)
}

func runAsGuest(t *testing.T, program string) string {
	t.Helper()
	wasm, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	result, err := compile(t, wasm).Run(t.Context(), sandbox.Call{
		Args: []string{"files"}, Powers: powers.Set{Files: ground(t, t.TempDir(), 64)}, Limits: generous,
	})
	if err != nil {
		t.Errorf("as a guest: %v: %s", err, result.Stderr)
	}
	return string(result.Stdout) + string(result.Stderr)
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	var b strings.Builder
	for i := 0; i < max(len(g), len(w)); i++ {
		line := func(s []string) string {
			if i < len(s) {
				return s[i]
			}
			return "(nothing)"
		}
		if line(g) != line(w) {
			b.WriteString("guest:  " + line(g) + "\nnative: " + line(w) + "\n")
		}
	}
	return b.String()
}

// The programs of the guide do what it says, and need no more than what Debian has.
func TestTheGuidesProgramsRun(t *testing.T) {
	if testing.Short() {
		t.Skip("two more compilers: they have a step of their own, without the race detector")
	}
	guide, err := os.ReadFile(filepath.Join("..", "..", "docs", "skills.md"))
	if err != nil {
		t.Fatal(err)
	}
	for language, command := range map[string][]string{
		"c": {"clang", "--target=wasm32-wasi", "-O2", "-o", "OUT", "SOURCE"}, "rust": {"/usr/bin/rustc", "--target", "wasm32-wasi", "-O", "-o", "OUT", "SOURCE"},
	} {
		_, text, found := strings.Cut(string(guide), "```"+language+"\n")
		text, _, ended := strings.Cut(text, "```")
		if !found || !ended {
			t.Fatalf("the guide has no program in %s", language)
		}
		source, out, folder := filepath.Join(t.TempDir(), "main."+language), filepath.Join(t.TempDir(), "skill.wasm"), t.TempDir()
		for name, text := range map[string]string{source: text, filepath.Join(folder, "notes.txt"): "one\ntwo\nthree\n"} {
			if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		build(t, command, source, out, nil)
		wasm, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		result, err := compile(t, wasm).Run(t.Context(), sandbox.Call{
			Stdin: []byte(`{"tool": "count", "input": {"path": "notes.txt"}}`), Powers: powers.Set{Files: ground(t, folder, 8)}, Limits: generous,
		})
		if got := strings.TrimSpace(string(result.Stdout)); err != nil || got != `{"lines":3}` {
			t.Errorf("%s: it said %q, %v: %s", language, got, err, result.Stderr)
		}
	}
}
