package store_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// TestMain makes the test program play the other processes, by its first argument.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-test.") {
		play, ok := parts[os.Args[1]]
		if !ok {
			// Running the tests here would start this part again, without an end.
			play = func([]string) error { return fmt.Errorf("there is no part %q", os.Args[1]) }
		}
		if err := play(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

var parts = map[string]func(args []string) error{"writer": playWriter, "rules": playRules}
