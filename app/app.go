// Package app is the window program: one program that is the window, or, told
// so by its flag, ask. It shows the pages of the frontend in a web view, carries
// their requests to the host over the connection it was started with, and
// shows, hides and raises itself when the host says so.
//
// It holds no state and no credential: what it may do is what its connection
// may do, and the connection's end is its own. It knows nothing of grants,
// prompts or skills, imports no room of ours and speaks only HTTP.
//
// The room keeps Wails. It is worth it because it puts the system's own web
// view into a small window on three systems and is the only part of the program
// that needs cgo; without its build tags everything here builds and is tested
// without GTK. We use the window and the asset server, and none of its
// bindings: those can be called by any frame.
package app

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// Role says which of its two programs the window program is.
type Role string

// The two programs. Their values are the word "as" in the host's first line.
const (
	Window Role = "window" // shows everything, may narrow
	Ask    Role = "ask"    // shows one question, and alone may answer it
)

// ErrNoHost is returned by Inherit when this process was started by something
// other than the host, by a double click for example.
var ErrNoHost = errors.New("no connection from the host")

// Open runs `gatehouse open`, the console program beside this one, and waits
// for it. It is what a window program does that was started without a host:
// the host then starts a window of its own.
func Open() error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}
	name := "gatehouse"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	open := exec.Command(filepath.Join(filepath.Dir(self), name), "open")
	open.Stdout, open.Stderr = os.Stdout, os.Stderr
	open.SysProcAttr = noConsole()
	if err := open.Run(); err != nil {
		return fmt.Errorf("running %q: %w", open.String(), err)
	}
	return nil
}
