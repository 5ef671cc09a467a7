package main

import (
	"net"

	"gatehouse/home"
)

// doors is the host's socket for commands: the pipes among those who connect are taken out and handed on.
type doors struct {
	net.Listener
	pipe func(net.Conn)
}

// Accept returns the next connection that is no pipe.
func (d *doors) Accept() (net.Conn, error) {
	for {
		conn, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if conn.(*home.Conn).Hello.Role != "pipe" {
			return conn, nil
		}
		d.pipe(conn)
	}
}
