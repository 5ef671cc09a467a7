package guesttest

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// workers is the folder of the program that Worker built; empty where nobody needed it.
var workers struct {
	sync.Once
	folder string
	err    error
}

// Worker returns the command of a worker, the console program's own, built once a test program. The race detector is
// not in it: it makes compiling a guest take ten times as long, and finds nothing in a process that a test only uses.
// What it compiled serves a test program's own workers: its compiler calls itself "dev", as it does in every test program.
// A test program that calls it calls Cleanup at its end.
func Worker(tb testing.TB) []string {
	tb.Helper()
	workers.Do(func() {
		if workers.folder, workers.err = os.MkdirTemp("", "worker"); workers.err != nil {
			return
		}
		_, file, _, _ := runtime.Caller(0)
		cmd := exec.Command("go", "build", "-buildvcs=false",
			"-ldflags", "-X github.com/tetratelabs/wazero/internal/version.version=dev", "-o", workers.folder, "gatehouse/cmd/gatehouse")
		cmd.Dir = filepath.Dir(file)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		cmd.Stderr = os.Stderr
		workers.err = cmd.Run()
	})
	if workers.err != nil {
		tb.Fatalf("building the worker: %v", workers.err)
	}
	return []string{filepath.Join(workers.folder, "gatehouse"), "worker"}
}

// Cleanup removes what Worker built.
func Cleanup() {
	if workers.folder != "" {
		os.RemoveAll(workers.folder)
	}
}
