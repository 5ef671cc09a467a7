package api

import (
	"net"
	"sync"
)

// once is a listener that accepts one connection, and ends when that does.
type once struct {
	conn  chan net.Conn
	addr  net.Addr
	ended chan struct{}
	close func()
}

func newOnce(conn net.Conn) *once {
	o := &once{conn: make(chan net.Conn, 1), addr: conn.LocalAddr(), ended: make(chan struct{})}
	o.close = sync.OnceFunc(func() { close(o.ended) })
	o.conn <- &watched{Conn: conn, closed: o.close}
	return o
}

func (o *once) Accept() (net.Conn, error) {
	select {
	case c := <-o.conn:
		return c, nil
	case <-o.ended:
		return nil, net.ErrClosed
	}
}

func (o *once) Close() error {
	o.close()
	return nil
}

func (o *once) Addr() net.Addr { return o.addr }

// watched tells when its connection was closed.
type watched struct {
	net.Conn
	closed func()
}

func (w *watched) Close() error {
	defer w.closed()
	return w.Conn.Close()
}
