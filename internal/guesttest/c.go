package guesttest

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// C returns the program testdata/c/NAME.c, built by the machine's own compiler for C.
func C(tb testing.TB, name string) []byte {
	tb.Helper()
	_, file, _, _ := runtime.Caller(0)
	out := filepath.Join(tb.TempDir(), name+".wasm")
	cmd := exec.Command("clang", "--target=wasm32-wasi", "-O2", "-Wall", "-o", out, name+".c")
	cmd.Dir = filepath.Join(filepath.Dir(file), "testdata", "c")
	if said, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("building %s.c, for which build/setup.sh installs what is needed: %v\n%s", name, err, said)
	}
	wasm, err := os.ReadFile(out)
	if err != nil {
		tb.Fatal(err)
	}
	return wasm
}
