package home

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"syscall"
)

// Dial connects to the host and greets it as hello. It returns ErrNoHost where nobody listens, ErrNotOurs where the
// socket, its folder or its listener is another user's, ErrProtocol where the two do not speak the same. It blocks
// for at most two seconds after it connected, or until ctx ends.
func Dial(ctx context.Context, paths Paths, hello Hello) (*Conn, error) {
	if err := checkSocket(paths.Socket); errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoHost
	} else if err != nil {
		return nil, err
	}
	var dialer net.Dialer
	raw, err := dialer.DialContext(ctx, "unix", paths.Socket)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
		return nil, ErrNoHost
	case err != nil:
		return nil, fmt.Errorf("dialing the host: %w", err)
	}
	conn, err := introduce(ctx, raw.(*net.UnixConn), hello)
	if err != nil {
		raw.Close()
		return nil, err
	}
	return conn, nil
}

func introduce(ctx context.Context, c *net.UnixConn, hello Hello) (*Conn, error) {
	peer, err := peerOf(c)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	reader := bufio.NewReaderSize(c, maxHello)
	deadline, _ := ctx.Deadline()
	theirs, err := greet(c, reader, hello, deadline)
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("greeting the host: %w", ctx.Err())
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		// The host took its leave while we stood in the queue.
		return nil, fmt.Errorf("greeting the host: it closed: %w", ErrNoHost)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, &plainError{
			fmt.Sprintf("A Gatehouse host listens, as process %d, but does not answer", peer.PID),
			"end that process and try again", err,
		}
	case err != nil:
		return nil, fmt.Errorf("greeting the host: %w", err)
	}
	return &Conn{Conn: c, Peer: peer, Hello: theirs, reader: reader}, nil
}
