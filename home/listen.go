package home

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"sync"
	"time"
)

// Listener is the host's socket. It is a net.Listener whose connections are all *Conn.
type Listener struct {
	socket *net.UnixListener
	path   string
	file   fs.FileInfo
	hello  Hello
	ready  chan *Conn
	closed chan struct{}

	mu       sync.Mutex
	greeting map[net.Conn]struct{}
	work     sync.WaitGroup
}

// Listen opens the host's socket and greets whoever connects as hello. Only the holder of the database's lock may
// call it: a socket of ours that lies there is a dead host's and is removed. ErrNotOurs where something else lies
// there.
func Listen(paths Paths, hello Hello) (*Listener, error) {
	if err := checkSocket(paths.Socket); err == nil {
		if err := os.Remove(paths.Socket); err != nil {
			return nil, fmt.Errorf("removing the socket of a host that ended: %w", err)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	socket, err := net.ListenUnix("unix", &net.UnixAddr{Name: paths.Socket, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("listening: %w", err)
	}
	socket.SetUnlinkOnClose(false)
	file, err := os.Lstat(paths.Socket)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listening: %w", err), socket.Close())
	}
	l := &Listener{
		socket: socket, path: paths.Socket, file: file, hello: hello,
		ready: make(chan *Conn), closed: make(chan struct{}), greeting: map[net.Conn]struct{}{},
	}
	l.work.Go(l.serve)
	return l, nil
}

// Accept returns the next *Conn that has greeted; net.ErrClosed after Close.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.ready:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close stops listening and removes the socket, unless another host has put its own there; connections that Accept
// returned live on. Close before the database is closed, so that the next host finds the place empty.
func (l *Listener) Close() error {
	l.mu.Lock()
	select {
	case <-l.closed:
		l.mu.Unlock()
		return net.ErrClosed
	default:
	}
	close(l.closed)
	for c := range l.greeting {
		c.Close()
	}
	l.mu.Unlock()
	err := l.socket.Close()
	if now, statErr := os.Lstat(l.path); statErr == nil && os.SameFile(now, l.file) {
		err = errors.Join(err, os.Remove(l.path))
	}
	l.work.Wait()
	return err
}

// Addr is the socket's address.
func (l *Listener) Addr() net.Addr { return l.socket.Addr() }

// serve accepts until Close. A failing accept, as with no descriptors left, is tried again after a moment.
func (l *Listener) serve() {
	for {
		c, err := l.socket.AcceptUnix()
		if err == nil {
			if l.begin(c) {
				l.work.Go(func() { l.admit(c) })
			}
			continue
		}
		select {
		case <-l.closed:
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// begin keeps c where Close finds it.
func (l *Listener) begin(c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.closed:
		c.Close()
		return false
	default:
		l.greeting[c] = struct{}{}
		return true
	}
}

// admit greets c and hands it to Accept, or closes it.
func (l *Listener) admit(c *net.UnixConn) {
	conn, err := l.welcome(c)
	l.mu.Lock()
	delete(l.greeting, c)
	l.mu.Unlock()
	if err != nil {
		c.Close()
		return
	}
	select {
	case l.ready <- conn:
	case <-l.closed:
		c.Close()
	}
}

func (l *Listener) welcome(c *net.UnixConn) (*Conn, error) {
	peer, err := peerOf(c)
	if err != nil {
		return nil, err
	}
	reader := bufio.NewReaderSize(c, maxHello)
	hello, err := greet(c, reader, l.hello, time.Time{})
	if err != nil {
		return nil, err
	}
	return &Conn{Conn: c, Peer: peer, Hello: hello, reader: reader}, nil
}
