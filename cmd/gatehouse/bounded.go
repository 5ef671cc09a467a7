package main

import (
	"net"
	"sync"
	"sync/atomic"
)

// mostConnections is how many connections there may be at the port for agents, which every user of the computer reaches.
const mostConnections = 500

// bounded is a listener whose connections are at most mostConnections at once: what comes beyond that is closed at once, so
// that no program takes the host's last file from it.
type bounded struct {
	net.Listener
	open atomic.Int64
}

// Accept returns the next connection that there is room for.
func (b *bounded) Accept() (net.Conn, error) {
	for {
		conn, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if b.open.Add(1) <= mostConnections {
			return &counted{Conn: conn, gone: sync.OnceFunc(func() { b.open.Add(-1) })}, nil
		}
		b.open.Add(-1)
		conn.Close()
	}
}

// counted is one of them.
type counted struct {
	net.Conn
	gone func()
}

// Close ends it and makes room.
func (c *counted) Close() error {
	c.gone()
	return c.Conn.Close()
}
