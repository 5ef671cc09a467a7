package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	"gatehouse/internal/guesttest"
)

// guests are the wasm files that scripts put into skills, by name.
var guests = map[string]func() ([]byte, error){
	"guest":     sync.OnceValues(buildGuest),
	"trap":      module(guesttest.Module{Body: []byte{guesttest.Unreachable}}),
	"import":    module(guesttest.Module{Import: [2]string{"wasi_snapshot_preview1", "no_such_power"}}),
	"truncated": func() ([]byte, error) { whole := guesttest.Spinning(); return whole[:len(whole)-4], nil },
}

func module(m guesttest.Module) func() ([]byte, error) {
	return func() ([]byte, error) { return m.Bytes(), nil }
}

// buildGuest builds testdata/guest.
func buildGuest() ([]byte, error) {
	out := filepath.Join(programs, "guest.wasm")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", out, "./testdata/guest")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=")
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the guest: %w\n%s", err, said)
	}
	return os.ReadFile(out)
}
