package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	builtinskills "gatehouse/builtin-skills"
	"gatehouse/home"
	"gatehouse/host/api"
	"gatehouse/internal/desktop"
	"gatehouse/internal/trip"
)

// private is the file that nobody gave, so that reading it is asked every time.
const private = "private.txt"

// windows measures how long a question takes to the screen, on a desktop that nobody sits at, and prints a table of
// its own: a desktop beside them would disturb the other rows.
func windows(ctx context.Context, program string, rounds int) error {
	t, err := trip.New(ctx, program)
	if errors.Is(err, desktop.ErrMissing) {
		fmt.Printf("\nquestions on the screen are not measured: %v. hint: build/setup.sh display\n", err)
		return nil
	}
	if err != nil {
		return err
	}
	defer t.Close()
	s, err := newScreen(ctx, t)
	if err != nil {
		return err
	}
	rows := []*row{
		{name: "from the pause to the question on the screen, ask running", once: s.question},
		{name: "from the pause to the question on the screen, ask not running", once: func(ctx context.Context) ([]time.Duration, error) {
			if err := s.endAsk(ctx); err != nil {
				return nil, err
			}
			return s.question(ctx)
		}},
		{name: "one look at the screen, which both contain", once: s.looked},
	}
	if err := measure(ctx, rounds, rows); err != nil {
		return err
	}
	fmt.Println()
	write(os.Stdout, rows)
	return nil
}

// screen is a desktop on which questions appear.
type screen struct {
	trip   *trip.Trip
	client *client
	// host is the host's process.
	host int
	// looks are the last looks of questions: how far off the figures may be.
	looks []time.Duration
}

// newScreen starts the host on t's desktop, without a window, for a question needs none. The worker is warm.
func newScreen(ctx context.Context, t *trip.Trip) (*screen, error) {
	pkg, err := builtinskills.Package("files")
	if err != nil {
		return nil, err
	}
	paths, err := home.Find(t.Home)
	if err != nil {
		return nil, err
	}
	err = errors.Join(t.Write(letterName, letterText), t.Write(private, letterText), given(paths, pkg, t.Folder), offer(ctx, t))
	if err != nil {
		return nil, err
	}
	conn, err := home.Dial(ctx, paths, home.Hello{Version: "bench", Role: "cli"})
	if err != nil {
		return nil, err
	}
	conn.Close()
	s := &screen{trip: t, host: conn.Peer.PID}
	if s.client, err = dial(paths, t.Program); err != nil {
		return nil, err
	}
	return s, s.client.read(ctx, t.Folder)
}

// offer tells the host of t's desktop, starting it where none runs, and closes the window that this opens.
func offer(ctx context.Context, t *trip.Trip) error {
	if err := t.Open(ctx); err != nil {
		return err
	}
	if _, err := t.Desk.Find(ctx, trip.Window, "link", "Inbox*"); err != nil {
		return err
	}
	if err := t.Desk.CloseWindow(ctx, trip.Window); err != nil {
		return err
	}
	return t.Desk.Gone(ctx, trip.Window, "frame", "")
}

// question begins a call and returns how long the screen took to show its question, from the moment at which the host
// says the call began to wait. Then it allows it once, for what is denied again and again is not asked any more, and waits
// until the screen is empty.
func (s *screen) question(ctx context.Context) ([]time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- s.client.do(ctx, http.MethodPost, "/api/calls", callOf(private, s.trip.Folder), nil) }()
	if err := s.shown(ctx, "Read "+private+"?"); err != nil {
		return nil, err
	}
	seen := time.Now()
	var inbox api.Inbox
	if err := s.client.do(ctx, http.MethodGet, "/api/inbox", nil, &inbox); err != nil {
		return nil, err
	}
	if len(inbox.Questions) != 1 {
		return nil, fmt.Errorf("%d questions wait; want 1", len(inbox.Questions))
	}
	if err := s.trip.Press(ctx, "button", "Allow once"); err != nil {
		return nil, err
	}
	if err := <-ended; err != nil {
		return nil, err
	}
	return []time.Duration{seen.Sub(time.UnixMilli(inbox.Questions[0].Asked))}, s.trip.Desk.Gone(ctx, trip.Ask, "frame", "")
}

// shown looks at the screen, much oftener than a test does, until it shows words.
func (s *screen) shown(ctx context.Context, words string) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		began := time.Now()
		text, err := s.trip.Desk.Text(ctx, trip.Ask)
		if err == nil && strings.Contains(strings.Join(strings.Fields(text), " "), words) {
			s.looks = append(s.looks, time.Since(began))
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("waiting for %q on the screen: %w; it showed %q", words, ctx.Err(), text)
		}
	}
}

// looked hands out the looks since it was last called.
func (s *screen) looked(context.Context) ([]time.Duration, error) {
	looks := s.looks
	s.looks = nil
	return looks, nil
}

// endAsk kills the ask process, a child of the host with its flag, and waits until the host knows. The host takes its
// death for the desktop's and forgets an offered one, so that is offered again.
func (s *screen) endAsk(ctx context.Context) error {
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return err
	}
	for _, line := range lines {
		said, err := os.ReadFile(line)
		if err != nil || !bytes.Contains(said, []byte("\x00--ask\x00")) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(line)))
		if err != nil || parent(pid) != s.host {
			continue
		}
		process, err := os.FindProcess(pid)
		if err != nil {
			return err
		}
		if err := process.Kill(); err != nil {
			return err
		}
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		var status api.Status
		if err := s.client.do(ctx, http.MethodGet, "/api/status", nil, &status); err != nil {
			return err
		}
		if !status.Ask {
			return offer(ctx, s.trip)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// parent is the process that started pid; 0 where there is none.
func parent(pid int) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	// The name, in brackets, may hold anything.
	_, rest, found := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if err != nil || !found || len(fields) < 2 {
		return 0
	}
	id, _ := strconv.Atoi(fields[1])
	return id
}
