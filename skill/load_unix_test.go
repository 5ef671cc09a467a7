//go:build unix

package skill_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gatehouse/skill"
)

func TestLoadDoesNotWaitForAPipe(t *testing.T) {
	dir := folder(t, goodManifest, goodText, command())
	path := filepath.Join(dir, "skill.wasm")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := skill.Load(dir); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("Load() = %v; want an error about the pipe", err)
	}
}
