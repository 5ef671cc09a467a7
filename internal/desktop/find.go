//go:build linux

package desktop

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// glance is how often the screen is looked at while something is waited for.
const glance = 30 * time.Millisecond

// Find waits until the window with this title shows a node of this role and
// name, and returns the first one in reading order. An empty role or name means
// any; a name that begins or ends with * may have more there ("Deny*"); a window
// itself is its "frame". When ctx ends before, the error says what is on the
// window instead.
func (s *Session) Find(ctx context.Context, window, role, name string) (*Node, error) {
	for {
		nodes, err := s.All(ctx, window, role, name)
		if len(nodes) > 0 {
			return nodes[0], nil
		}
		if !wait(ctx) {
			return nil, fmt.Errorf("finding %s %q in window %q: %w (%v); on the screen:\n%s",
				role, name, window, context.Cause(ctx), err, s.describe())
		}
	}
}

// Gone waits until the window shows no such node, or is not there.
func (s *Session) Gone(ctx context.Context, window, role, name string) error {
	for {
		nodes, err := s.All(ctx, window, role, name)
		if err == nil && len(nodes) == 0 {
			return nil
		}
		if !wait(ctx) {
			return fmt.Errorf("waiting for %s %q in window %q to go: %w (%v)",
				role, name, window, context.Cause(ctx), err)
		}
	}
}

// All returns the nodes that Find looks for, as they are now, perhaps none.
func (s *Session) All(ctx context.Context, window, role, name string) ([]*Node, error) {
	var found []*Node
	err := s.walk(ctx, window, func(n *Node, _ int) error {
		if role != "" && role != n.role {
			return nil
		}
		if name != "" {
			if is, err := n.Name(ctx); err != nil || !matches(name, is) {
				return err
			}
		}
		found = append(found, n)
		return nil
	})
	return found, err
}

// Text is all the text that the window with this title shows now.
func (s *Session) Text(ctx context.Context, window string) (string, error) {
	frames, err := s.All(ctx, window, "frame", "")
	if err != nil {
		return "", err
	}
	if len(frames) == 0 {
		return "", fmt.Errorf("reading window %q: it is not shown", window)
	}
	return frames[0].Text(ctx)
}

// Await waits until the text that the window shows has want in it, with line
// breaks read as spaces.
func (s *Session) Await(ctx context.Context, window, want string) error {
	last := "nothing"
	for {
		text, err := s.Text(ctx, window)
		if err == nil {
			last = strings.Join(strings.Fields(text), " ")
			if strings.Contains(last, want) {
				return nil
			}
		}
		if !wait(ctx) {
			return fmt.Errorf("waiting for %q in window %q: %w; it showed %q", want, window, context.Cause(ctx), last)
		}
	}
}

// walk calls see with each node of the windows with this title that are shown, a
// parent before its children. What has scrolled out of sight is among them, as
// it is for a screen reader.
func (s *Session) walk(ctx context.Context, window string, see func(n *Node, depth int) error) error {
	root := &Node{session: s, ref: reference{registry, rootPath}}
	programs, err := root.children(ctx)
	if err != nil {
		return err
	}
	for _, program := range programs {
		frames, err := program.children(ctx)
		if err != nil {
			continue // it is just starting or ending, and its windows are not there
		}
		for _, frame := range frames {
			title, err := frame.Name(ctx)
			if err != nil || !matches(window, title) {
				continue
			}
			if shown, err := frame.Is(ctx, Showing); err != nil || !shown {
				continue
			}
			if err := frame.walk(ctx, 0, see); err != nil {
				return err
			}
		}
	}
	return nil
}

func (n *Node) walk(ctx context.Context, depth int, see func(n *Node, depth int) error) error {
	if err := see(n, depth); err != nil {
		return err
	}
	children, err := n.children(ctx)
	for _, child := range children {
		if err := child.walk(ctx, depth+1, see); err != nil {
			return err
		}
	}
	return err
}

// describe lists what is on the screen, for an error.
func (s *Session) describe() string {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var b strings.Builder
	err := s.walk(ctx, "*", func(n *Node, depth int) error {
		name, err := n.Name(ctx)
		fmt.Fprintf(&b, "%s%s %q\n", strings.Repeat("  ", depth), n.role, name)
		return err
	})
	if err != nil {
		fmt.Fprintf(&b, "(%v)\n", err)
	}
	return b.String()
}

func matches(pattern, name string) bool {
	rest, open := strings.CutSuffix(pattern, "*")
	rest, openFront := strings.CutPrefix(rest, "*")
	switch {
	case open && openFront:
		return strings.Contains(name, rest)
	case open:
		return strings.HasPrefix(name, rest)
	case openFront:
		return strings.HasSuffix(name, rest)
	}
	return name == rest
}

// wait waits until the screen is worth another look, and reports false when ctx is done.
func wait(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(glance):
		return true
	}
}
