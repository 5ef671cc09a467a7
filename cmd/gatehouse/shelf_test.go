package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"gatehouse/skill"
	"gatehouse/store"
)

// conformanceGuest builds testdata/conformance.
func conformanceGuest() ([]byte, error) {
	out := filepath.Join(programs, "conformance.wasm")
	if wasm, err := os.ReadFile(out); err == nil {
		return wasm, nil
	}
	cmd := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", out, "./testdata/conformance")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=")
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the guest: %w\n%s", err, said)
	}
	return os.ReadFile(out)
}

// install puts skills of testdata/conformance on the shelf of a state folder whose host does not run, and turns them on.
func install(t *testing.T, home string, names ...string) {
	t.Helper()
	wasm, err := conformanceGuest()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(home, "skills"), 0o700); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(filepath.Join(home, "gatehouse.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	installed := db.Skills(filepath.Join(home, "skills"))
	for _, name := range names {
		dir := filepath.Join(t.TempDir(), name)
		if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "conformance", name))); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "skill.wasm"), wasm, 0o600); err != nil {
			t.Fatal(err)
		}
		pkg, err := skill.Pack(dir)
		if err == nil {
			pkg, err = installed.Add(pkg)
		}
		if err == nil {
			err = installed.TurnOn(pkg)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
