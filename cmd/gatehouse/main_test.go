package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	builtinskills "gatehouse/builtin-skills"
)

// patience is how long anything may take that a test waits for; only a failure takes as long.
const patience = 30 * time.Second

// programs is the folder in which TestMain built the console program, with the listener through which the tests
// answer as the person would in ask.
var programs string

// parts are what this test program plays in a process of its own, by its first argument.
var parts = map[string]func(args []string) error{}

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-test.") {
		os.Exit(play(os.Args[1], os.Args[2:]))
	}
	os.Exit(buildAndRun(m))
}

func play(part string, args []string) int {
	do, ok := parts[part]
	if !ok {
		// Running the tests here would start this part again, without an end.
		do = func([]string) error { return fmt.Errorf("there is no part %q", part) }
	}
	if err := do(args); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func buildAndRun(m *testing.M) int {
	if programs = os.Getenv("GATEHOUSE_TEST_PROGRAMS"); programs != "" {
		return m.Run() // a test that runs again in a process of its own
	}
	if len(builtinskills.List()) == 0 {
		fmt.Fprintln(os.Stderr, builtinskills.ErrNotBuilt)
		return 1
	}
	dir, err := os.MkdirTemp("", "gatehouse-program-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	programs = dir
	if err := build(); err != nil {
		fmt.Fprintf(os.Stderr, "building the program: %v\n", err)
		return 1
	}
	return m.Run()
}

func build() error {
	// Another user runs the program too, where the tests may give files away.
	if err := os.Chmod(programs, 0o755); err != nil {
		return err
	}
	cmd := exec.Command("go", "build", "-buildvcs=false", "-tags", "dev", "-o", program(), ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, said)
	}
	return nil
}

// program is the console program's path.
func program() string { return filepath.Join(programs, "gatehouse") }
