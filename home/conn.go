package home

import (
	"bufio"
	"net"
)

// Conn is a connection between a program and the host after both greeted each other.
type Conn struct {
	net.Conn
	// Peer is the other end as the system knows it.
	Peer Peer
	// Hello is the other end's own word for itself.
	Hello Hello

	reader *bufio.Reader
}

// Peer is a process of this user at the other end of a connection. It proves the user, not the program.
type Peer struct {
	// UID is the user, -1 on Windows, where the security id was compared instead; PID the process that connected.
	UID, PID int
	// Login names the login session of that process: the same for all processes of one terminal, and never used
	// again for another. It is empty where the system does not tell, and then serves no one.
	Login string
}

// Read reads what follows the greeting.
func (c *Conn) Read(p []byte) (int, error) { return c.reader.Read(p) }
