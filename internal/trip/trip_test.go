//go:build trip

package trip_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/desktop"
	"gatehouse/internal/trip"
)

var pictures = flag.String("pictures", "../../bin/pictures", "where the pictures of the windows go")

const secret = "only who was allowed reads this line"

// machine is a person's machine with the window open and a letter in the workspace.
func machine(t *testing.T) (*trip.Trip, context.Context) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	m, err := trip.New(ctx, "../../bin/gatehouse")
	if errors.Is(err, desktop.ErrMissing) {
		t.Skip(err)
	}
	must(t, err)
	t.Cleanup(m.Close)
	t.Cleanup(func() {
		if t.Failed() {
			m.Desk.Screenshot(context.Background(), filepath.Join(*pictures, "failed-"+t.Name()+".png"), "")
		}
	})
	must(t, m.Write("letter.txt", secret+"\n"))
	must(t, os.MkdirAll(*pictures, 0o755))
	return m, ctx
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func picture(t *testing.T, ctx context.Context, m *trip.Trip, name, window string) {
	t.Helper()
	if window == trip.Ask {
		must(t, m.Desk.Activate(ctx, window))
		_, err := m.Ready(ctx, "button", "Allow*")
		must(t, err)
	}
	path, err := filepath.Abs(filepath.Join(*pictures, name+".png"))
	must(t, err)
	must(t, m.Desk.Screenshot(ctx, path, window))
}

// read begins a call of files read.
func read(t *testing.T, ctx context.Context, m *trip.Trip) *trip.Call {
	t.Helper()
	call, err := m.Start(ctx, "run", "files", "read", "--input", `{"path":"letter.txt"}`, "--json")
	must(t, err)
	return call
}

// ends checks how a call ended: 0 with the letter, or another status without it.
func ends(t *testing.T, call *trip.Call, exit int) trip.Outcome {
	t.Helper()
	o, err := call.Wait()
	must(t, err)
	if o.Exit != exit || strings.Contains(o.Out, secret) != (exit == 0) {
		t.Fatalf("the call ended with %d, want %d; it said %s%s", o.Exit, exit, o.Out, o.Err)
	}
	return o
}

func press(t *testing.T, ctx context.Context, m *trip.Trip, role, name string) {
	t.Helper()
	must(t, m.Press(ctx, role, name))
}

// TestTheGate is the main job: once, once more, no, close, the folder for good, and after a restart of everything.
func TestTheGate(t *testing.T) {
	m, ctx := machine(t)

	// The host is started by this first command, which has nothing but HOME and PATH: it knows of no display.
	o, err := m.Run(ctx, "run", "files", "read", "--input", `{"path":"letter.txt"}`, "--json")
	must(t, err)
	if o.Exit != 5 || !strings.Contains(o.Err, "approver_unavailable") {
		t.Fatalf("before there was a display: %d, %s", o.Exit, o.Err)
	}
	must(t, m.Open(ctx))

	call := read(t, ctx, m)
	must(t, m.Asked(ctx, "Let skills work in letters?"))
	picture(t, ctx, m, "start", trip.Ask)
	press(t, ctx, m, "button", "Allow")
	must(t, m.Asked(ctx, "Read letter.txt?"))
	picture(t, ctx, m, "ask", trip.Ask)
	press(t, ctx, m, "button", "Allow once")
	ends(t, call, 0)

	// Once was once. No is a refusal with a code of its own, and the guest reports it.
	call = read(t, ctx, m)
	must(t, m.Asked(ctx, "Read letter.txt?"))
	press(t, ctx, m, "button", "Deny*")
	said := ends(t, call, 3).Err
	for _, want := range []string{`"code":"denied"`, `"grant":"fs:read:${workspace}/letter.txt"`, "was not permitted"} {
		if !strings.Contains(said, want) {
			t.Errorf("the refusal lacks %s: %s", want, said)
		}
	}

	// Closing the window in the middle: nothing hangs, nothing is granted. It is another letter, since one that was
	// denied three times is not asked for again.
	must(t, m.Write("second.txt", secret+"\n"))
	call, err = m.Start(ctx, "run", "files", "read", "--input", `{"path":"second.txt"}`, "--json")
	must(t, err)
	must(t, m.Asked(ctx, "Read second.txt?"))
	must(t, m.Desk.CloseWindow(ctx, trip.Ask))
	ends(t, call, 3)

	// By keyboard alone: Escape denies.
	call = read(t, ctx, m)
	must(t, m.Asked(ctx, "Read letter.txt?"))
	must(t, m.Desk.Activate(ctx, trip.Ask))
	must(t, m.Desk.Keys(ctx, "Escape"))
	ends(t, call, 3)

	// This folder, always.
	call = read(t, ctx, m)
	must(t, m.Asked(ctx, "Read letter.txt?"))
	press(t, ctx, m, "button", "Allow more*")
	press(t, ctx, m, "radio button", "Everything in this folder*")
	press(t, ctx, m, "radio button", "Always*")
	picture(t, ctx, m, "more", trip.Ask)
	press(t, ctx, m, "button", "Allow this")
	ends(t, call, 0)
	ends(t, read(t, ctx, m), 0)

	// After a restart of everything it is still there, and nobody is asked.
	_, err = m.Run(ctx, "host", "stop")
	must(t, err)
	ends(t, read(t, ctx, m), 0)
}

// TestTheWindow looks at every screen with something in it, and narrows from it.
func TestTheWindow(t *testing.T) {
	m, ctx := machine(t)
	must(t, m.Open(ctx))
	call := read(t, ctx, m)
	must(t, m.Asked(ctx, "Let skills work in letters?"))
	press(t, ctx, m, "button", "Allow")
	must(t, m.Asked(ctx, "Read letter.txt?"))
	press(t, ctx, m, "button", "Allow once")
	ends(t, call, 0)

	for _, screen := range []struct{ name, shows string }{
		{"Activity", "read"},
		{"Skills", "files"},
		{"Workspaces", "letters"},
		{"Playground", "files"},
		{"Decisions", "terminal"},
		{"Inbox", "Nothing"},
	} {
		open(t, ctx, m, screen.name)
		if err := m.Desk.Await(ctx, trip.Window, screen.shows); err != nil {
			t.Errorf("%s: %v", screen.name, err)
		}
		picture(t, ctx, m, "window-"+strings.ToLower(screen.name), trip.Window)
	}

	// The window denies the question that waits: that narrows.
	call = read(t, ctx, m)
	must(t, m.Asked(ctx, "Read letter.txt?"))
	click(t, ctx, m, "button", "Deny*")
	ends(t, call, 3)

	// It revokes what was confirmed: the next call is asked from the start.
	open(t, ctx, m, "Workspaces")
	click(t, ctx, m, "button", "Forget*")
	must(t, m.Desk.Await(ctx, trip.Window, "No folder is confirmed"))
	call = read(t, ctx, m)
	must(t, m.Asked(ctx, "Let skills work in letters?"))
	press(t, ctx, m, "button", "Deny*")
	ends(t, call, 3)

	// The Playground calls a tool from a form, as a client of its own, and is asked like any other.
	open(t, ctx, m, "Skills")
	click(t, ctx, m, "link", "files*")
	click(t, ctx, m, "link", "Try it")
	fill(t, ctx, m, "path*", "letter.txt")
	fill(t, ctx, m, "Workspace*", m.Folder)
	click(t, ctx, m, "button", "Run")
	must(t, m.Asked(ctx, "Let skills work in letters?"))
	must(t, m.Asked(ctx, "playground"))
	press(t, ctx, m, "button", "Allow")
	must(t, m.Asked(ctx, "Read letter.txt?"))
	press(t, ctx, m, "button", "Allow once")
	must(t, m.Desk.Await(ctx, trip.Window, secret))
	picture(t, ctx, m, "window-playground-done", trip.Window)
}

// TestAskThatCrashesIsStartedOnceMore kills ask under its question: the question waits, and comes back.
func TestAskThatCrashesIsStartedOnceMore(t *testing.T) {
	m, ctx := machine(t)
	must(t, m.Open(ctx))
	call := read(t, ctx, m)
	must(t, m.Asked(ctx, "Let skills work in letters?"))
	began := time.Now()
	press(t, ctx, m, "button", "Allow")
	must(t, m.Asked(ctx, "Read letter.txt?"))
	// One that ends within its first seconds counts as one that cannot open on this desktop.
	for time.Since(began) < 4*time.Second {
		_, err := m.Ready(ctx, "button", "Allow once")
		must(t, err)
	}
	must(t, exec.CommandContext(ctx, "pkill", "-KILL", "-f", filepath.Join(filepath.Dir(m.Program), "gatehouse-window")+" --ask").Run())
	must(t, m.Desk.Gone(ctx, trip.Ask, "button", "Allow once"))
	must(t, m.Asked(ctx, "Read letter.txt?"))
	press(t, ctx, m, "button", "Allow once")
	ends(t, call, 0)
}

// open goes to one of the window's screens.
func open(t *testing.T, ctx context.Context, m *trip.Trip, screen string) {
	t.Helper()
	click(t, ctx, m, "link", screen+"*")
}

// fill types into a field of the window, anew where the keyboard went elsewhere meanwhile, as a person would.
func fill(t *testing.T, ctx context.Context, m *trip.Trip, name, text string) {
	t.Helper()
	node, err := m.Desk.Find(ctx, trip.Window, "entry", name)
	must(t, err)
	for range 5 {
		must(t, m.Desk.Activate(ctx, trip.Window))
		must(t, node.Focus(ctx))
		must(t, m.Desk.Keys(ctx, "ctrl+a"))
		must(t, m.Desk.Type(ctx, text))
		for began := time.Now(); time.Since(began) < 2*time.Second; {
			if got, err := node.Text(ctx); err == nil && got == text {
				return
			}
		}
	}
	t.Fatalf("%s never held %q", name, text)
}

// click presses something in the window.
func click(t *testing.T, ctx context.Context, m *trip.Trip, role, name string) {
	t.Helper()
	node, err := m.Desk.Find(ctx, trip.Window, role, name)
	must(t, err)
	must(t, node.Press(ctx))
}
