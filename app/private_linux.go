package app

import "syscall"

// keepPrivate makes the process not dumpable: no core file, and no other
// process of the person can read its memory or take its descriptors. Where the
// system refuses, the program is no worse than any other of the person's.
func keepPrivate() {
	syscall.Syscall(syscall.SYS_PRCTL, syscall.PR_SET_DUMPABLE, 0, 0)
}
