//go:build unix

package home

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// pair makes a socket pair, gives cmd one end as its input, and returns the other with the files that the caller
// closes after the start.
func pair(cmd *exec.Cmd) (net.Conn, []*os.File, error) {
	// Not every system can make them closed at exec from the start, so nobody forks in between.
	syscall.ForkLock.RLock()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fds[0])
		unix.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, err
	}
	mine, theirs := os.NewFile(uintptr(fds[0]), "ours"), os.NewFile(uintptr(fds[1]), "theirs")
	defer mine.Close()
	ours, err := net.FileConn(mine)
	if err != nil {
		theirs.Close()
		return nil, nil, err
	}
	cmd.Stdin = theirs
	return ours, []*os.File{theirs}, nil
}

// Inherited returns the connection that Spawn gave this process, and puts nothing in the place of standard input, so
// that no child of this process (a browser engine starts some) holds the connection too. Call it once, first thing.
func Inherited() (net.Conn, error) {
	conn, err := net.FileConn(os.Stdin)
	if err != nil {
		return nil, fmt.Errorf("taking over the inherited connection: standard input is none: %w", err)
	}
	nothing, err := os.Open(os.DevNull)
	if err == nil {
		err = unix.Dup2(int(nothing.Fd()), 0)
		nothing.Close()
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("taking over the inherited connection: %w", err)
	}
	return conn, nil
}
