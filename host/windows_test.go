package host_test

import (
	"bufio"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"gatehouse/host"
)

// patience is how long a test waits for what must happen; only a failure takes as long.
const patience = 20 * time.Second

// panes is a Windows whose ask is this program, on a desktop of lines, with what ask said first.
func panes(t *testing.T, desktop ...string) (*host.Windows, <-chan string) {
	t.Helper()
	said := make(chan string, 10)
	w := host.NewWindows(host.WindowsOptions{
		Program: os.Args[0], Desktop: func() []string { return desktop }, Changed: func() {},
		Serve: func(_ host.Pane, conn net.Conn) {
			in := bufio.NewReader(conn)
			line, err := in.ReadString('\n')
			if err == nil {
				said <- line
			}
			in.ReadString('\n')
		},
	})
	t.Cleanup(func() { w.Close() })
	return w, said
}

func await[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("%s did not happen", what)
		panic("unreachable")
	}
}

func TestAskStartsOnceInAWorldOfItsOwn(t *testing.T) {
	t.Setenv("GTK_MODULES", "evil")
	t.Setenv("LD_PRELOAD_X", "evil")
	w, said := panes(t, "DISPLAY=:7")
	ended, err := w.Start(host.PaneAsk)
	if err != nil {
		t.Fatal(err)
	}
	again, err := w.Start(host.PaneAsk)
	if err != nil || again != ended {
		t.Errorf("a second Start = %v, %v; want the one that runs", again, err)
	}
	line := await(t, "ask's first line", said)
	if !strings.HasPrefix(line, `{"gatehouse":1,"as":"ask"}`+"\t/\t") || !strings.Contains(line, "DISPLAY=:7") || strings.Contains(line, "evil") {
		t.Errorf("ask was started with %q; want its role, the folder /, the display and nothing of ours", line)
	}
	if !w.Running(host.PaneAsk) || w.Running(host.PaneWindow) {
		t.Error("running is not ask alone")
	}
	w.Stop(host.PaneAsk)
	await(t, "ask's end", ended)
	if w.Running(host.PaneAsk) {
		t.Error("ask has ended and is still running")
	}
}

func TestAskThatDoesNotGoIsKilled(t *testing.T) {
	w, said := panes(t, "DISPLAY=:deaf")
	ended, err := w.Start(host.PaneAsk)
	if err != nil {
		t.Fatal(err)
	}
	await(t, "ask's first line", said)
	w.Stop(host.PaneAsk)
	await(t, "ask's end", ended)
}

func TestWithoutADisplayNothingStarts(t *testing.T) {
	w, _ := panes(t, "DBUS_SESSION_BUS_ADDRESS=unix:path=/x", "DISPLAY=")
	if _, err := w.Start(host.PaneAsk); !errors.Is(err, host.ErrNoDisplay) {
		t.Errorf("Start() = %v; want %v", err, host.ErrNoDisplay)
	}
	w.OfferDesktop([]string{"LANG=C"})
	if _, err := w.Start(host.PaneAsk); !errors.Is(err, host.ErrNoDisplay) {
		t.Errorf("Start() with a desktop offered that has no display = %v; want %v", err, host.ErrNoDisplay)
	}
}

func TestAnOfferedDesktopCountsWhileThereIsNoOther(t *testing.T) {
	w, said := panes(t)
	w.OfferDesktop([]string{"DISPLAY=:8"})
	w.OfferDesktop([]string{"DISPLAY=:9"})
	ended, err := w.Start(host.PaneAsk)
	if err != nil {
		t.Fatal(err)
	}
	if line := await(t, "ask's first line", said); !strings.Contains(line, "DISPLAY=:8") {
		t.Errorf("ask was started with %q; want the first desktop that was offered", line)
	}
	w.Stop(host.PaneAsk)
	await(t, "ask's end", ended)

	own, said := panes(t, "DISPLAY=:7")
	own.OfferDesktop([]string{"DISPLAY=:8"})
	if _, err := own.Start(host.PaneAsk); err != nil {
		t.Fatal(err)
	}
	if line := await(t, "ask's first line", said); !strings.Contains(line, "DISPLAY=:7") {
		t.Errorf("ask was started with %q; want the session's own display", line)
	}
}

func TestAnOfferedDesktopThatFailsIsForgotten(t *testing.T) {
	w, _ := panes(t)
	w.OfferDesktop([]string{"DISPLAY=:broken"})
	ended, err := w.Start(host.PaneAsk)
	if err != nil {
		t.Fatal(err)
	}
	await(t, "ask's end", ended)
	if _, err := w.Start(host.PaneAsk); !errors.Is(err, host.ErrNoDisplay) {
		t.Errorf("Start() = %v; want %v", err, host.ErrNoDisplay)
	}
}

func TestAClosedWindowsStartsNothing(t *testing.T) {
	w, _ := panes(t, "DISPLAY=:7")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Start(host.PaneAsk); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Start() = %v; want %v", err, net.ErrClosed)
	}
}
