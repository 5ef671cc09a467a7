package home

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"time"
)

// pair makes two pipes, gives cmd one's end as its input and the other's as its output, and returns the other ends
// as one connection with the files that the caller closes after the start.
func pair(cmd *exec.Cmd) (net.Conn, []*os.File, error) {
	theirIn, ourOut, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	ourIn, theirOut, err := os.Pipe()
	if err != nil {
		return nil, nil, errors.Join(err, theirIn.Close(), ourOut.Close())
	}
	cmd.Stdin, cmd.Stdout = theirIn, theirOut
	return &pipes{in: ourIn, out: ourOut}, []*os.File{theirIn, theirOut}, nil
}

// Inherited returns the connection that Spawn gave this process: its standard input and output together. Afterwards
// standard output is standard error, so that nothing printed by accident gets into the connection. Call it once,
// first thing.
func Inherited() (net.Conn, error) {
	conn := &pipes{in: os.Stdin, out: os.Stdout}
	os.Stdout = os.Stderr
	return conn, nil
}

// pipes is a connection made of two pipes. It has no deadlines.
type pipes struct{ in, out *os.File }

func (p *pipes) Read(b []byte) (int, error)  { return p.in.Read(b) }
func (p *pipes) Write(b []byte) (int, error) { return p.out.Write(b) }
func (p *pipes) Close() error                { return errors.Join(p.in.Close(), p.out.Close()) }

func (p *pipes) LocalAddr() net.Addr  { return pipeAddr{} }
func (p *pipes) RemoteAddr() net.Addr { return pipeAddr{} }

func (p *pipes) SetDeadline(t time.Time) error      { return os.ErrNoDeadline }
func (p *pipes) SetReadDeadline(t time.Time) error  { return os.ErrNoDeadline }
func (p *pipes) SetWriteDeadline(t time.Time) error { return os.ErrNoDeadline }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "inherited" }
