package worker

import (
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"time"
)

// start starts cmd with pipes as its standard input and output, and returns their other ends as one connection.
func start(cmd *exec.Cmd) (net.Conn, error) {
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &pipes{ReadCloser: out, in: in}, nil
}

// Inherited returns the connection that this process was started with as its standard input and output.
func Inherited() (net.Conn, error) { return &pipes{ReadCloser: os.Stdin, in: os.Stdout}, nil }

// pipes is two pipes as one connection, without deadlines.
type pipes struct {
	io.ReadCloser
	in io.WriteCloser
}

func (p *pipes) Write(b []byte) (int, error) { return p.in.Write(b) }
func (p *pipes) Close() error                { return errors.Join(p.in.Close(), p.ReadCloser.Close()) }
func (p *pipes) LocalAddr() net.Addr         { return &net.UnixAddr{Name: "pipe"} }
func (p *pipes) RemoteAddr() net.Addr        { return &net.UnixAddr{Name: "pipe"} }

func (p *pipes) SetDeadline(time.Time) error      { return os.ErrNoDeadline }
func (p *pipes) SetReadDeadline(time.Time) error  { return os.ErrNoDeadline }
func (p *pipes) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }
