package home

import (
	"fmt"
	"os/signal"

	"golang.org/x/sys/unix"
)

// Harden closes this process to others of the same user, as far as the system can: no core file is written. Other
// programs' debuggers are kept away by the system's own rules for signed programs. A bound on the size of files makes a write
// fail instead of ending the process. The host calls it first thing.
func Harden() error {
	signal.Ignore(unix.SIGXFSZ)
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("forbidding core files: %w", err)
	}
	return nil
}
