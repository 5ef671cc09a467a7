//go:build unix

package worker

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// start starts cmd with one end of a socketpair as its standard input, and returns the other. The child inherits no
// descriptor but that, its standard error and nothing for its standard output.
func start(cmd *exec.Cmd) (net.Conn, error) {
	ours, theirs, err := socketpair()
	if err != nil {
		return nil, fmt.Errorf("making a socketpair: %w", err)
	}
	defer ours.Close()
	defer theirs.Close()
	conn, err := net.FileConn(ours)
	if err != nil {
		return nil, fmt.Errorf("making a socketpair: %w", err)
	}
	cmd.Stdin = theirs
	// Its own group, so that a terminal's Ctrl-C reaches the host, which cancels, and not the worker as well.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	endWithParent(cmd.SysProcAttr)
	if err := cmd.Start(); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// socketpair returns two ends that no other child inherits: not every system can make them so in one step.
func socketpair() (ours, theirs *os.File, err error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return nil, nil, err
	}
	unix.CloseOnExec(pair[0])
	unix.CloseOnExec(pair[1])
	return os.NewFile(uintptr(pair[0]), "worker"), os.NewFile(uintptr(pair[1]), "host"), nil
}

// Inherited returns the connection that this process was started with as its standard input.
func Inherited() (net.Conn, error) {
	conn, err := net.FileConn(os.Stdin)
	if err != nil {
		return nil, fmt.Errorf("this is started by the host, with a connection as its standard input: %w", err)
	}
	return conn, os.Stdin.Close()
}
