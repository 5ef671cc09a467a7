//go:build unix

package app

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

// inherited returns standard input as a connection and puts the null device in
// its place: the web view starts processes that inherit what is open.
func inherited() (net.Conn, error) {
	info, err := os.Stdin.Stat()
	if err != nil || info.Mode()&os.ModeSocket == 0 {
		return nil, ErrNoHost
	}
	conn, err := net.FileConn(os.Stdin) // a duplicate that closes on exec
	if err != nil {
		return nil, fmt.Errorf("taking over the connection: %w", err)
	}
	os.Stdin.Close()
	os.Stdin, err = os.Open(os.DevNull) // gets the lowest free descriptor, the one just closed
	if err != nil {
		return nil, fmt.Errorf("putting the null device in place of the connection: %w", err)
	}
	if os.Stdin.Fd() != 0 {
		return nil, errors.New("another part of the program has opened the standard input")
	}
	return conn, nil
}

func noConsole() *syscall.SysProcAttr { return nil }
