package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
)

// protocol is the number in the host's first line that this program speaks.
const protocol = 1

// longestGreeting bounds the host's first line, in bytes.
const longestGreeting = 256

// Host is the connection to the host. It is an http.RoundTripper: requests run
// over it at the same time, whatever address they name.
type Host struct {
	conn  *http.ClientConn
	ended chan struct{}
}

// Inherit takes over the connection that the host has put in the place of
// standard input (on Windows: of standard input and output), so that no child
// of this process gets it, and joins it. It must be called first in main and
// once. It returns ErrNoHost where there is no such connection.
func Inherit(role Role) (*Host, error) {
	conn, err := inherited()
	if err != nil {
		return nil, err
	}
	return Join(conn, role)
}

// Join reads the host's first line from conn and speaks HTTP/2 in clear over
// the rest, with the host as the server. It blocks until the line is there, and
// fails, closing conn, when the line is meant for another role or protocol.
func Join(conn net.Conn, role Role) (*Host, error) {
	if err := readGreeting(conn, role); err != nil {
		conn.Close()
		return nil, err
	}
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{
		Protocols:          protocols,
		DisableCompression: true,
		DialContext:        func(context.Context, string, string) (net.Conn, error) { return conn, nil },
	}
	client, err := transport.NewClientConn(context.Background(), "http", address+":80")
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("speaking with the host: %w", err)
	}
	h := &Host{conn: client, ended: make(chan struct{})}
	end := sync.OnceFunc(func() { close(h.ended) })
	client.SetStateHook(func(c *http.ClientConn) {
		if c.Err() != nil {
			end()
		}
	})
	return h, nil
}

// Ended is closed when the connection has ended, from either side.
func (h *Host) Ended() <-chan struct{} { return h.ended }

// RoundTrip sends one request to the host.
func (h *Host) RoundTrip(r *http.Request) (*http.Response, error) { return h.conn.RoundTrip(r) }

// Close ends the connection.
func (h *Host) Close() error { return h.conn.Close() }

// readGreeting reads byte by byte, because what follows the line is not ours.
func readGreeting(r io.Reader, role Role) error {
	var line bytes.Buffer
	for one := make([]byte, 1); ; {
		if _, err := io.ReadFull(r, one); err != nil {
			return fmt.Errorf("reading the host's first line: %w", err)
		}
		if one[0] == '\n' {
			break
		}
		if line.Len() == longestGreeting {
			return errors.New("the host's first line is too long")
		}
		line.WriteByte(one[0])
	}
	var greeting struct {
		Gatehouse int  `json:"gatehouse"`
		As        Role `json:"as"`
	}
	if err := json.Unmarshal(line.Bytes(), &greeting); err != nil {
		return fmt.Errorf("reading the host's first line %q: %w", line.String(), err)
	}
	if greeting.Gatehouse != protocol {
		return fmt.Errorf("the host speaks protocol %d, this program %d", greeting.Gatehouse, protocol)
	}
	if greeting.As != role {
		return fmt.Errorf("the host has started %q, this program is %q", greeting.As, role)
	}
	return nil
}
