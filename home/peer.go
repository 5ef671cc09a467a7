package home

import (
	"fmt"
	"net"
)

// peerOf returns the process at the other end of c; ErrNotOurs where it is another user's.
func peerOf(c *net.UnixConn) (Peer, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return Peer{}, fmt.Errorf("reading the peer's credentials: %w", err)
	}
	var peer Peer
	var peerErr error
	if err := raw.Control(func(fd uintptr) { peer, peerErr = credentials(fd) }); err != nil {
		return Peer{}, fmt.Errorf("reading the peer's credentials: %w", err)
	}
	if peerErr != nil {
		return Peer{}, fmt.Errorf("reading the peer's credentials: %w", peerErr)
	}
	return peer, nil
}

func strangerError(pid int) error {
	return &plainError{
		fmt.Sprintf("Process %d at the other end of the socket belongs to another user", pid), "", ErrNotOurs,
	}
}
