package worker

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Bounds says in words what the system itself holds a worker to on this machine, whatever its code does.
func Bounds() string {
	return "data in memory, 64 descriptors, 256 MiB a file and no core file by the system; it ends with its host"
}

// endWithParent makes the system kill the child when the thread that starts it ends.
func endWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }

// giveUpRights is done before any byte of a guest is here: no core file, few descriptors, nothing to gain by starting
// a program, nothing for another process of the person to read.
func giveUpRights() error {
	return errors.Join(
		limit(unix.RLIMIT_CORE, 0),
		limit(unix.RLIMIT_NOFILE, 64),
		limit(unix.RLIMIT_FSIZE, mostEntry),
		noNewPrivileges(),
		unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0),
	)
}

func limit(what int, n uint64) error {
	return unix.Setrlimit(what, &unix.Rlimit{Cur: n, Max: n})
}

// noNewPrivileges holds for every thread, where a program without cgo can say so; else for this one and those that it
// starts.
func noNewPrivileges() error {
	_, _, errno := syscall.AllThreadsSyscall6(syscall.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0)
	switch errno {
	case 0:
		return nil
	case syscall.ENOTSUP:
		return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	}
	return errno
}

// limitRoom bounds the data of this process at what it has now and room more bytes. Go's collector works harder from
// three quarters of it, so that garbage alone does not end a worker.
func limitRoom(room uint64) error {
	now, err := dataNow()
	if err != nil {
		return err
	}
	debug.SetMemoryLimit(int64(room / 4 * 3))
	return limit(unix.RLIMIT_DATA, now+room)
}

// dataNow is the sixth number of statm: private, writable memory, in pages.
func dataNow() (uint64, error) {
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	fields := bytes.Fields(statm)
	if len(fields) < 6 {
		return 0, fmt.Errorf("statm is %q", statm)
	}
	pages, err := strconv.ParseUint(string(fields[5]), 10, 64)
	return pages * uint64(os.Getpagesize()), err
}
