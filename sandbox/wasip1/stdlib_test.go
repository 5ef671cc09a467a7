package wasip1_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/powers"
	"gatehouse/sandbox"
)

// stdlib are packages of Go's own library whose tests run as guests, and which of them fail. docs/wasi.md says the same.
var stdlib = map[string]map[string]string{
	"os": {
		`^TestHardLink/(NoRoot|InRoot)$`:         "there are no hard links",
		`^TestRootLinkFrom/`:                     "there are no hard links",
		`^TestLongPath/`:                         "there are no hard links",
		`^TestRootRenameFrom/`:                   "a link does not move to another folder",
		`^TestRootMulti[A-Za-z]+/bs?Sdpbs?[DF]$`: "a link does not say that it goes down and up again",
		`^TestOpenFileDevNull$`:                  "there is no /dev/null",
		`^TestDevNullFile$`:                      "there is no /dev/null",
	},
	"io/fs":         {`^TestGlob$`: "it looks for the folder beside its own, and a guest starts at the top of the workspace"},
	"path/filepath": {`^TestGlob$`: "it looks for the folder beside its own, and a guest starts at the top of the workspace"},
}

// fewest is how many tests of each must pass, so that what is skipped cannot grow unseen.
var fewest = map[string]int{"os": 130, "io/fs": 20, "path/filepath": 35}

func TestGosOwnTests(t *testing.T) {
	if testing.Short() {
		t.Skip("compiling and running them takes most of a minute: they have a step of their own, without the race detector")
	}
	root := goRoot(t)
	for name, exceptions := range stdlib {
		t.Run(name, func(t *testing.T) {
			output := runTests(t, root, name, compileTests(t, name))
			failed, passed := outcomes(output)
			if passed < fewest[name] {
				t.Errorf("%d tests passed; want at least %d", passed, fewest[name])
			}
			t.Logf("%d tests passed, %d were skipped, %d with their parts failed as expected", passed, strings.Count(output, "\n--- SKIP"), len(failed))
			checkFailures(t, failed, exceptions)
		})
	}
}

func checkFailures(t *testing.T, failed []string, exceptions map[string]string) {
	t.Helper()
	met := map[string]bool{}
	for _, test := range failed {
		excepted := false
		for pattern := range exceptions {
			if regexp.MustCompile(pattern).MatchString(test) {
				met[pattern], excepted = true, true
			}
		}
		if !excepted {
			t.Errorf("%s failed", test)
		}
	}
	for pattern, reason := range exceptions {
		if !met[pattern] {
			t.Errorf("nothing that matches %s failed: it is no exception any more (%s)", pattern, reason)
		}
	}
}

func goRoot(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func compileTests(t *testing.T, name string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "test.wasm")
	cmd := exec.Command("go", "test", "-c", "-o", out, name)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=", "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("compiling the tests of %s: %v: %s", name, err, text)
	}
	wasm, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

// runTests runs the tests in a copy of their folder, and returns what they print.
func runTests(t *testing.T, root, name string, wasm []byte) string {
	t.Helper()
	folder := t.TempDir()
	copyFolder(t, filepath.Join(root, "src", name), folder)
	for _, part := range []string{"tmp", "home", "goroot/src"} {
		if err := os.MkdirAll(filepath.Join(folder, part), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"go.env", "LICENSE", "README.md", "CONTRIBUTING.md", "VERSION"} {
		b, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			continue // not every distribution has them all
		}
		if err := os.WriteFile(filepath.Join(folder, "goroot", file), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	copyFolder(t, filepath.Join(root, "src", "unicode"), filepath.Join(folder, "goroot", "src", "unicode"))
	result, err := compile(t, wasm).Run(t.Context(), sandbox.Call{
		Args: []string{"test", "-test.v", "-test.short"},
		Env:  map[string]string{"TMPDIR": "/workspace/tmp", "HOME": "/workspace/home", "GOROOT": "/workspace/goroot"},
		// Some of these tests leave what they open to the collector.
		Powers: powers.Set{Files: ground(t, folder, 1000)}, Limits: generous,
	})
	if _, exited := err.(*sandbox.ExitError); err != nil && !exited {
		t.Fatalf("%v: %.2000s", err, result.Stderr)
	}
	return string(result.Stdout)
}

// outcomes returns the tests that failed and have no part that failed, and how many passed.
func outcomes(output string) (failed []string, passed int) {
	for line := range strings.Lines(output) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "--- FAIL: "); ok {
			name, _, _ = strings.Cut(name, " ")
			failed = append(failed, name)
		}
		if strings.HasPrefix(line, "--- PASS") {
			passed++
		}
	}
	leaf := func(name string) bool {
		return !slices.ContainsFunc(failed, func(other string) bool { return strings.HasPrefix(other, name+"/") })
	}
	var leaves []string
	for _, name := range failed {
		if leaf(name) {
			leaves = append(leaves, name)
		}
	}
	return leaves, passed
}
