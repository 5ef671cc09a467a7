package app

import (
	"fmt"
	"net"
	"os"
	"syscall"
	"time"
)

// inherited returns the standard input and output as one connection and puts
// the null device in the place of both.
func inherited() (net.Conn, error) {
	for _, file := range []*os.File{os.Stdin, os.Stdout} {
		if info, err := file.Stat(); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
			return nil, ErrNoHost
		}
	}
	conn := pipes{os.Stdin, os.Stdout}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("putting the null device in place of the connection: %w", err)
	}
	os.Stdin, os.Stdout = null, null
	return conn, nil
}

// pipes is a connection of two pipes. It has no deadlines, which HTTP/2 in
// clear over one connection does not need.
type pipes struct{ in, out *os.File }

func (p pipes) Read(b []byte) (int, error)  { return p.in.Read(b) }
func (p pipes) Write(b []byte) (int, error) { return p.out.Write(b) }

func (p pipes) Close() error {
	p.out.Close()
	return p.in.Close()
}

func (pipes) LocalAddr() net.Addr              { return &net.UnixAddr{Name: "pipes"} }
func (pipes) RemoteAddr() net.Addr             { return &net.UnixAddr{Name: "host"} }
func (pipes) SetDeadline(time.Time) error      { return os.ErrNoDeadline }
func (pipes) SetReadDeadline(time.Time) error  { return os.ErrNoDeadline }
func (pipes) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }

// noConsole keeps a console window from flashing up for the console program.
func noConsole() *syscall.SysProcAttr { return &syscall.SysProcAttr{HideWindow: true} }
