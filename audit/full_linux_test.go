package audit_test

import (
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"gatehouse/audit"
)

// TestAFullDiskIsAnError runs itself with a bound on the size of files: what cannot be written whole is an error, and
// nothing of it stays.
func TestAFullDiskIsAnError(t *testing.T) {
	if dir := os.Getenv("GATEHOUSE_TEST_FULL"); dir != "" {
		fill(t, dir)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestAFullDiskIsAnError$", "-test.v")
	dir := t.TempDir()
	cmd.Env = append(os.Environ(), "GATEHOUSE_TEST_FULL="+dir)
	if said, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(said), "--- PASS") {
		t.Fatalf("%v\n%s", err, said)
	}
	l := open(t, dir)
	if got, err := l.List(audit.Filter{Limit: 1000}); err != nil || len(got) == 0 || got[0].Kind == audit.KindTorn {
		t.Errorf("afterwards: %d lines, %v", len(got), err)
	}
}

func fill(t *testing.T, dir string) {
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 8192, Max: 8192}); err != nil {
		t.Fatal(err)
	}
	l, err := audit.Open(dir, audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for range 1000 {
		if l.Append(audit.Record{Kind: audit.KindDecision, Grant: strings.Repeat("g", 300)}) != nil {
			return
		}
	}
	t.Error("8 KiB took a thousand lines")
}
