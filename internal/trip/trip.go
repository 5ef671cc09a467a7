// Package trip goes the whole way with real parts: the console program, a host that one of its commands started,
// workers, and the ask and window programs on a desktop that nobody sits at. It is for tests, and for showing the main
// job where there is no display.
//
// Commands run with HOME and PATH in their environment and nothing else, as an agent's program would start them. Only
// `gatehouse open` is run from the desktop, and so gives the host its display.
package trip

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"gatehouse/internal/desktop"
)

// Titles of the two programs' windows. Ask's begins with the number of questions where there are several.
const (
	Window = "Gatehouse"
	Ask    = "*Gatehouse asks"
)

// Trip is one person's machine: a desktop, a state folder, a workspace.
type Trip struct {
	Desk *desktop.Session
	// Program is the console program, Home its state, Folder the workspace.
	Program, Home, Folder string

	scratch string
}

// New makes a machine for the console program at program. The caller calls Close.
func New(ctx context.Context, program string) (*Trip, error) {
	program, err := filepath.Abs(program)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(program); err != nil {
		return nil, fmt.Errorf("%w; hint: make build", err)
	}
	desk, err := desktop.Start(ctx)
	if err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp("", "trip-")
	if err != nil {
		desk.Close()
		return nil, err
	}
	t := &Trip{Desk: desk, Program: program, scratch: scratch,
		Home: filepath.Join(scratch, "state"), Folder: filepath.Join(scratch, "letters")}
	return t, os.Mkdir(t.Folder, 0o700)
}

// Close stops the host, then the desktop, and removes every file.
func (t *Trip) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	t.Command(ctx, "host", "stop").Run()
	t.Desk.Close()
	os.RemoveAll(t.scratch)
}

// Write puts a file into the workspace.
func (t *Trip) Write(name, text string) error {
	path := filepath.Join(t.Folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o600)
}

// Command is one command of the console program, started as an agent's program would: with HOME and PATH alone.
func (t *Trip) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, t.Program, append(args, "--home", t.Home)...)
	cmd.Env = []string{"HOME=" + os.Getenv("HOME"), "PATH=" + os.Getenv("PATH")}
	cmd.Dir = t.Folder
	return cmd
}

// Open runs `gatehouse open` in a terminal of the desktop.
func (t *Trip) Open(ctx context.Context) error {
	cmd := t.Command(ctx, "open")
	cmd.Env = append(cmd.Env, t.Desk.Env()...)
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("gatehouse open: %w: %s", err, said)
	}
	return nil
}

// Outcome is how a command ended.
type Outcome struct {
	Out, Err string
	Exit     int
}

// Call is a command that has not ended.
type Call struct {
	cmd      *exec.Cmd
	out, err bytes.Buffer
}

// Start begins a command.
func (t *Trip) Start(ctx context.Context, args ...string) (*Call, error) {
	c := &Call{cmd: t.Command(ctx, args...)}
	c.cmd.Stdout, c.cmd.Stderr = &c.out, &c.err
	return c, c.cmd.Start()
}

// Wait returns how it ended.
func (c *Call) Wait() (Outcome, error) {
	err := c.cmd.Wait()
	var status *exec.ExitError
	if err != nil && !errors.As(err, &status) {
		return Outcome{}, err
	}
	return Outcome{Out: c.out.String(), Err: c.err.String(), Exit: c.cmd.ProcessState.ExitCode()}, nil
}

// Run runs a command to its end.
func (t *Trip) Run(ctx context.Context, args ...string) (Outcome, error) {
	c, err := t.Start(ctx, args...)
	if err != nil {
		return Outcome{}, err
	}
	return c.Wait()
}

// Press presses what ask calls by this name, as soon as it may be pressed.
func (t *Trip) Press(ctx context.Context, role, name string) error {
	node, err := t.Ready(ctx, role, name)
	if err != nil {
		return err
	}
	return node.Press(ctx)
}

// Ready waits until what ask calls by this name may be pressed: what allows is not ready while a question is new.
func (t *Trip) Ready(ctx context.Context, role, name string) (*desktop.Node, error) {
	node, err := t.Desk.Find(ctx, Ask, role, name)
	if err != nil {
		return nil, err
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if ready, err := node.Is(ctx, desktop.Enabled); ready || err != nil {
			return node, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("%s %q was never ready: %w", role, name, ctx.Err())
		}
	}
}

// Asked waits until ask shows a question with these words that can be answered. The words of one that is over may stay
// on the screen for a moment, without its buttons.
func (t *Trip) Asked(ctx context.Context, words string) error {
	if _, err := t.Desk.Find(ctx, Ask, "button", "Deny*"); err != nil {
		return err
	}
	return t.Desk.Await(ctx, Ask, words)
}
