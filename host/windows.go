package host

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"gatehouse/home"
)

// Pane is one of the two programs that the host opens on the person's desktop.
type Pane string

// The panes: the window shows everything and may narrow; ask alone answers.
const (
	PaneWindow Pane = "window"
	PaneAsk    Pane = "ask"
)

// ErrNoDisplay is returned by Windows.Start where the host knows of no desktop to open a window on.
var ErrNoDisplay = errors.New("no desktop is known to open a window on")

// WindowsOptions are what Windows needs.
type WindowsOptions struct {
	// Program is the window program's path.
	Program string
	// Desktop returns the login session's display and bus as environment lines; empty where there is none.
	Desktop func() []string
	// Serve speaks to a started program over its inherited connection until that ends. It is called in a goroutine
	// that Windows owns.
	Serve func(Pane, net.Conn)
	// Changed is called after a program started or ended; it must not call Windows.
	Changed func()
}

// Windows keeps at most one window and one ask running, as children of the host. A child's connection is inherited:
// no other program can come by it, so what arrives on ask's is the person's answer and nothing else's.
type Windows struct {
	o WindowsOptions

	mu      sync.Mutex
	open    map[Pane]*pane
	desktop []string
	closed  bool
	wg      sync.WaitGroup
}

type pane struct {
	conn  net.Conn
	cmd   *exec.Cmd
	ended chan struct{}
	// offered is true where it opened on a desktop that `gatehouse open` brought, at the time began.
	offered bool
	began   time.Time
}

// stillborn is how soon a program ends that cannot open a window on its desktop. One that ran for longer and then ended
// badly has crashed, and may be started there again.
const stillborn = 3 * time.Second

// quitGrace is how long a program has to end after its connection did.
const quitGrace = 3 * time.Second

func (p *pane) quit() {
	p.conn.Close()
	time.AfterFunc(quitGrace, func() { p.cmd.Process.Kill() })
}

// NewWindows returns Windows with nothing open.
func NewWindows(o WindowsOptions) *Windows {
	return &Windows{o: o, open: map[Pane]*pane{}}
}

// OfferDesktop takes the display and bus that `gatehouse open` was started with. They count only while the login
// session has none of its own; the first offer stays until the host ends or its window cannot open there.
func (w *Windows) OfferDesktop(environ []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.desktop == nil && hasDisplay(environ) {
		w.desktop = environ
	}
}

// Environment is that of the desktop on which windows open; empty where none is known.
func (w *Windows) Environment() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	environ, _ := w.environment()
	return environ
}

// environment is Environment, and says whether it was offered. The caller holds mu.
func (w *Windows) environment() (environ []string, offered bool) {
	if environ = w.o.Desktop(); hasDisplay(environ) {
		return environ, false
	}
	return w.desktop, true
}

// Running says whether p is open.
func (w *Windows) Running(p Pane) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.open[p] != nil
}

// Start opens p unless it is open, and returns a channel that is closed when it ends. ErrNoDisplay and errors of
// starting the program come back at once.
func (w *Windows) Start(p Pane) (<-chan struct{}, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil, net.ErrClosed
	}
	if running := w.open[p]; running != nil {
		return running.ended, nil
	}
	environ, offered := w.environment()
	if !hasDisplay(environ) {
		return nil, ErrNoDisplay
	}
	conn, cmd, err := w.spawn(p, environ)
	if err != nil {
		return nil, fmt.Errorf("opening the %s program: %w", p, err)
	}
	running := &pane{conn: conn, cmd: cmd, ended: make(chan struct{}), offered: offered, began: time.Now()}
	w.open[p] = running
	w.wg.Go(func() { w.o.Serve(p, conn) })
	w.wg.Go(func() {
		err := cmd.Wait()
		w.forget(p, running, err != nil)
	})
	w.o.Changed()
	return running.ended, nil
}

func (w *Windows) spawn(p Pane, environ []string) (net.Conn, *exec.Cmd, error) {
	cmd := exec.Command(w.o.Program)
	if p == PaneAsk {
		cmd.Args = append(cmd.Args, "--ask")
	}
	cmd.Env = append(baseEnvironment(), environ...)
	cmd.Dir = "/"
	cmd.Stderr = os.Stderr
	ours, err := home.Spawn(cmd)
	if err != nil {
		return nil, nil, err
	}
	if _, err := fmt.Fprintf(ours, `{"gatehouse":1,"as":%q}`+"\n", p); err != nil {
		ours.Close()
		cmd.Process.Kill()
		cmd.Wait()
		return nil, nil, err
	}
	return ours, cmd, nil
}

func (w *Windows) forget(p Pane, ended *pane, failed bool) {
	ended.conn.Close()
	w.mu.Lock()
	delete(w.open, p)
	if failed && ended.offered && time.Since(ended.began) < stillborn {
		w.desktop = nil
	}
	w.mu.Unlock()
	close(ended.ended)
	w.o.Changed()
}

// Stop ends p by ending its connection; it does not wait.
func (w *Windows) Stop(p Pane) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if running := w.open[p]; running != nil {
		running.quit()
	}
}

// Close ends both programs and waits for them.
func (w *Windows) Close() error {
	w.mu.Lock()
	w.closed = true
	for _, running := range w.open {
		running.quit()
	}
	w.mu.Unlock()
	w.wg.Wait()
	return nil
}

func hasDisplay(environ []string) bool {
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		if (name == "DISPLAY" || name == "WAYLAND_DISPLAY") && value != "" {
			return true
		}
	}
	return false
}

// baseEnvironment is what a window program gets besides its desktop: the host's own environment was cleared at its
// start, so that nothing of whoever started it, such as GTK_MODULES, comes through.
func baseEnvironment() []string {
	var env []string
	for _, name := range []string{"HOME", "USER", "LOGNAME", "PATH", "LANG"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}
