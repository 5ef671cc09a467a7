// Package guesttest is scaffolding for tests that run guests: a Go program for WASI preview 1 that does what its
// standard input says, modules made by hand for what Go cannot do, and a file system in memory.
package guesttest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

var build = sync.OnceValues(func() ([]byte, error) {
	_, file, _, _ := runtime.Caller(0)
	folder, err := os.MkdirTemp("", "guest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	out := filepath.Join(folder, "guest.wasm")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", out, ".")
	cmd.Dir = filepath.Join(filepath.Dir(file), "testdata", "guest")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	return os.ReadFile(out)
})

// Go returns the guest of testdata/guest, built once a test program.
func Go(tb testing.TB) []byte {
	tb.Helper()
	wasm, err := build()
	if err != nil {
		tb.Fatalf("building the guest: %v", err)
	}
	return wasm
}

// Order is what the guest of Go is told to do; testdata/guest/main.go lists the deeds.
type Order struct {
	Do             string
	Path, To, Text string
	N              int
	Header         []string
}

// Stdin is o as the guest reads it.
func (o Order) Stdin() []byte {
	b, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return b
}
