//go:build linux

// Package desktop is a person's desktop for tests: a virtual display with a
// window manager, a message bus and accessibility of its own, and a person who
// finds what is on it by what a screen reader would say, presses, types, looks
// and takes pictures. It drives any program and knows nothing of Gatehouse.
//
// It keeps godbus, which speaks the accessibility bus's protocol; the other way
// to that bus is a C library. The rest is programs of the system: Xvfb, openbox,
// dbus-daemon, at-spi2-core, xdotool and ImageMagick's import.
package desktop

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/godbus/dbus/v5"
)

// programs are what a session runs, all from the system.
var programs = []string{"Xvfb", "openbox", "dbus-daemon", "xdotool", "import"}

// accessibility is the file by which the session's bus starts AT-SPI.
const accessibility = "/usr/share/dbus-1/services/org.a11y.Bus.service"

// ErrMissing is returned by Start when a program of the system is not
// installed. It is the only true reason to skip a test of a real window.
var ErrMissing = errors.New("not installed")

// Session is a running desktop. Its methods may be called from several
// goroutines, but it has one keyboard.
type Session struct {
	dir     string
	display string
	bus     string
	screen  *dbus.Conn // the accessibility bus
	servers []*server  // in the order of their start
}

// Start starts a desktop of 1280 by 960 points, which takes less than a second.
// ctx bounds the start only. Whoever calls Start calls Close.
func Start(ctx context.Context) (*Session, error) {
	for _, name := range programs {
		if _, err := exec.LookPath(name); err != nil {
			return nil, fmt.Errorf("%s: %w", name, ErrMissing)
		}
	}
	if _, err := os.Stat(accessibility); err != nil {
		return nil, fmt.Errorf("at-spi2-core: %w", ErrMissing)
	}
	dir, err := os.MkdirTemp("", "desktop-")
	if err != nil {
		return nil, err
	}
	s := &Session{dir: dir}
	if err := s.start(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("starting a desktop: %w", err)
	}
	return s, nil
}

// start starts the servers one after the other: each prints a line when it is
// ready, and the later ones need what the earlier ones said.
func (s *Session) start(ctx context.Context) error {
	number, err := s.serve(ctx, "Xvfb", "-displayfd", "1", "-screen", "0", "1280x960x24", "-nolisten", "tcp")
	if err != nil {
		return err
	}
	s.display = ":" + number
	// The bus starts the accessibility bus when it is asked for, in this environment.
	s.bus, err = s.serve(ctx, "dbus-daemon", "--session", "--nofork", "--nopidfile",
		"--address=unix:path="+filepath.Join(s.dir, "bus"), "--print-address=1")
	if err != nil {
		return err
	}
	if _, err := s.serve(ctx, "openbox", "--sm-disable", "--startup", "echo ready"); err != nil {
		return err
	}
	s.screen, err = accessibilityBus(ctx, s.bus)
	return err
}

// Env is the environment that makes a program one of this desktop, as NAME=value,
// to be appended to another environment (the later one of two wins) or given to
// `gatehouse open`.
func (s *Session) Env() []string {
	return []string{
		"DISPLAY=" + s.display,
		"DBUS_SESSION_BUS_ADDRESS=" + s.bus,
		"XDG_RUNTIME_DIR=" + s.dir,
		"XDG_SESSION_TYPE=x11",
		"GDK_BACKEND=x11", // not the Wayland of the person who runs the test
		"WAYLAND_DISPLAY=",
		"GSETTINGS_BACKEND=memory", // not that person's settings
	}
}

// Close ends the desktop and every server that it has started, and waits for
// them. Programs that were started on it lose their display. A second Close does
// nothing.
func (s *Session) Close() {
	if s.screen != nil {
		s.screen.Close()
	}
	for i := len(s.servers) - 1; i >= 0; i-- {
		s.servers[i].end()
	}
	os.RemoveAll(s.dir)
}

// server is one program that runs as long as the session.
type server struct {
	end func() // asks it to end, insists after 5 s, and waits
}

// serve starts a server and returns the first line that it prints.
func (s *Session) serve(ctx context.Context, name string, args ...string) (string, error) {
	life, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(life, name, args...)
	cmd.Env = append(os.Environ(), s.Env()...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	// A test that is killed leaves nothing behind.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.StdoutPipe()
	if err != nil {
		stop()
		return "", err
	}
	if err := cmd.Start(); err != nil {
		stop()
		return "", err
	}
	line := make(chan string, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		lines := bufio.NewReader(out)
		first, _ := lines.ReadString('\n')
		line <- strings.TrimSpace(first)
		io.Copy(io.Discard, lines)
		cmd.Wait()
	}()
	s.servers = append(s.servers, &server{end: func() { stop(); <-done }})
	select {
	case first := <-line:
		if first != "" {
			return first, nil
		}
		stop()
		<-done
		return "", fmt.Errorf("%s ended at once: %s", name, strings.TrimSpace(complaints.String()))
	case <-ctx.Done():
		return "", fmt.Errorf("%s was not ready: %w", name, context.Cause(ctx))
	}
}
