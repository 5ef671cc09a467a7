package home

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Harden closes this process to others of the same user, as far as the system can: no debugger reads its memory or
// takes its descriptors, and no core file is written. The host and ask call it first thing.
func Harden() error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("forbidding core files: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("making this process not dumpable: %w", err)
	}
	return nil
}
