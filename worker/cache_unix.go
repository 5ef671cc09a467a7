//go:build unix

package worker

import (
	"os"

	"golang.org/x/sys/unix"
)

// noFollow opens no link, and does not wait for whoever writes to a pipe.
const noFollow = unix.O_NOFOLLOW | unix.O_NONBLOCK

// lockAlone says whether f is locked by nobody else, and then locks it.
func lockAlone(f *os.File) bool {
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil
}

// lockShared locks f unless somebody has it alone; others may lock it in this way too.
func lockShared(f *os.File) bool {
	return unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB) == nil
}
