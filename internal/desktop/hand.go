//go:build linux

package desktop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
)

// Activate brings the window with this title to the front and gives it the
// keyboard, as a click on it does.
func (s *Session) Activate(ctx context.Context, window string) error {
	id, err := s.window(ctx, window)
	if err != nil {
		return err
	}
	_, err = s.run(ctx, "xdotool", "windowactivate", "--sync", id)
	return err
}

// Active is the title of the window that has the keyboard, empty if none has.
func (s *Session) Active(ctx context.Context) string {
	title, err := s.run(ctx, "xdotool", "getactivewindow", "getwindowname")
	if err != nil {
		return ""
	}
	return title
}

// Keys presses keys one after the other in the window that has the keyboard,
// named as xdotool does: "Tab", "Return", "Escape", "ctrl+k".
func (s *Session) Keys(ctx context.Context, keys ...string) error {
	_, err := s.run(ctx, "xdotool", append([]string{"key", "--clearmodifiers", "--"}, keys...)...)
	return err
}

// Type types text in the window that has the keyboard.
func (s *Session) Type(ctx context.Context, text string) error {
	_, err := s.run(ctx, "xdotool", "type", "--clearmodifiers", "--", text)
	return err
}

// CloseWindow closes the window with this title as a person does, through the
// window manager, and returns before the program has done anything about it.
func (s *Session) CloseWindow(ctx context.Context, window string) error {
	if err := s.Activate(ctx, window); err != nil {
		return err
	}
	return s.Keys(ctx, "alt+F4")
}

// Screenshot writes a PNG of the window with this title to path, or of the
// whole display if window is empty. The window is brought in front of the
// others, without the keyboard, so that nothing lies on the picture.
func (s *Session) Screenshot(ctx context.Context, path, window string) error {
	id := "root"
	if window != "" {
		var err error
		if id, err = s.window(ctx, window); err != nil {
			return err
		}
		if _, err := s.run(ctx, "xdotool", "windowraise", id); err != nil {
			return err
		}
	}
	_, err := s.run(ctx, "import", "-window", id, "png:"+path)
	return err
}

// window returns the display's number of the visible window with this title, which may have more before it after a *.
func (s *Session) window(ctx context.Context, title string) (string, error) {
	pattern := "^" + regexp.QuoteMeta(title) + "$"
	if rest, open := strings.CutPrefix(title, "*"); open {
		pattern = regexp.QuoteMeta(rest) + "$"
	}
	ids, err := s.run(ctx, "xdotool", "search", "--onlyvisible", "--name", pattern)
	if err != nil || ids == "" {
		return "", fmt.Errorf("finding the window %q: it is not on the display", title)
	}
	first, _, _ := strings.Cut(ids, "\n")
	return first, nil
}

// run runs one program of the system on this desktop and returns what it prints.
func (s *Session) run(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), s.Env()...)
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w %s", err, bytes.TrimSpace(exit.Stderr))
		}
		return "", fmt.Errorf("running %s: %w", name, err)
	}
	return strings.TrimSpace(string(out)), nil
}
