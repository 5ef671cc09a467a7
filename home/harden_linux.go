package home

import (
	"fmt"
	"os/signal"

	"golang.org/x/sys/unix"
)

// Harden closes this process to others of the same user, as far as the system can: no debugger reads its memory or
// takes its descriptors, and no core file is written. A bound on the size of files, which a starter may have left to
// it, makes a write fail instead of ending the process. The host calls it first thing.
func Harden() error {
	signal.Ignore(unix.SIGXFSZ)
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("forbidding core files: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("making this process not dumpable: %w", err)
	}
	return nil
}
