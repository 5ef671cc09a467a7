package home_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"gatehouse/home"
)

var (
	hostHello = home.Hello{Version: "1.0.0", Built: 100, Program: "sha256:h", Role: "host"}
	cliHello  = home.Hello{Version: "1.1.0", Built: 200, Program: "sha256:c", Role: "cli"}
)

func TestGreeting(t *testing.T) {
	paths, l := listen(t)
	client, err := home.Dial(t.Context(), paths, cliHello)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer accepted.Close()
	server := accepted.(*home.Conn)

	want := cliHello
	want.Protocol = home.Protocol
	if server.Hello != want {
		t.Errorf("the host heard %+v; want %+v", server.Hello, want)
	}
	if client.Hello.Role != "host" {
		t.Errorf("the client heard %+v; want the host's hello", client.Hello)
	}
	for _, peer := range []home.Peer{server.Peer, client.Peer} {
		if peer.PID != os.Getpid() || peer.UID != os.Geteuid() {
			t.Errorf("Peer = %+v; want this process, %d of %d", peer, os.Getpid(), os.Geteuid())
		}
	}
}

func TestWhatFollowsTheGreetingIsNotLost(t *testing.T) {
	paths, l := listen(t)
	raw := dialRaw(t, paths)
	if _, err := io.WriteString(raw, `{"gatehouse":1}`+"\nfirst\nsecond\n"); err != nil {
		t.Fatal(err)
	}
	if err := raw.(*net.UnixConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got, err := io.ReadAll(conn); string(got) != "first\nsecond\n" || err != nil {
		t.Errorf("read %q, %v; want both lines", got, err)
	}
}

func TestSlowClientHoldsUpNobody(t *testing.T) {
	paths, l := listen(t)
	slow := dialRaw(t, paths)
	if _, err := io.WriteString(slow, `{"gate`); err != nil {
		t.Fatal(err)
	}
	quick, err := home.Dial(t.Context(), paths, cliHello)
	if err != nil {
		t.Fatal(err)
	}
	defer quick.Close()
	conn, err := l.Accept()
	if err != nil || conn.(*home.Conn).Hello.Role != "cli" {
		t.Fatalf("Accept = %v, %v; want the quick client", conn, err)
	}
	defer conn.Close()
	// The slow one is sent away when its time is over, and its end is what shows it.
	if err := slow.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(slow); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the slow client is still connected")
	}
}

func TestHostSendsStrangersAway(t *testing.T) {
	tests := []struct{ name, line string }{
		{"another protocol", `{"gatehouse":2}`},
		{"no protocol", `{"version":"1"}`},
		{"not JSON", "GET / HTTP/1.1"},
		{"an empty line", ""},
		{"a line without an end", strings.Repeat("x", 5<<10)},
	}
	paths, l := listen(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			raw := dialRaw(t, paths)
			// The host may have hung up in the middle of a long line.
			_, _ = io.WriteString(raw, test.line+"\n")
			reader := bufio.NewReader(raw)
			if hello, err := reader.ReadString('\n'); err != nil || !strings.Contains(hello, `"gatehouse":1`) {
				t.Errorf("the host said %q, %v; want its hello", hello, err)
			}
			if rest, _ := io.ReadAll(reader); len(rest) != 0 {
				t.Errorf("the host went on with %q", rest)
			}
		})
	}
	go l.Close()
	if conn, err := l.Accept(); err == nil {
		t.Errorf("Accept returned %v; want none of them", conn)
	}
}

func TestDialMeetsStrangers(t *testing.T) {
	tests := []struct {
		name, says string
		want       error
	}{
		{"another protocol", `{"gatehouse":7,"version":"9"}` + "\n", home.ErrProtocol},
		{"another program", "SSH-2.0-OpenSSH\n", home.ErrProtocol},
		{"one that ends at once", "", home.ErrNoHost},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			paths := find(t, shortDir(t))
			answer(t, paths, test.says, true)
			if _, err := home.Dial(t.Context(), paths, cliHello); !errors.Is(err, test.want) {
				t.Errorf("Dial = %v; want %v", err, test.want)
			}
		})
	}
	t.Run("one that says nothing, until the context ends", func(t *testing.T) {
		paths := find(t, shortDir(t))
		answer(t, paths, "", false)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if _, err := home.Dial(ctx, paths, cliHello); err == nil {
			t.Error("Dial got a connection; want an error")
		}
	})
}

func TestNobodyListens(t *testing.T) {
	paths := find(t, shortDir(t))
	if _, err := home.Dial(t.Context(), paths, cliHello); !errors.Is(err, home.ErrNoHost) {
		t.Errorf("Dial = %v; want ErrNoHost", err)
	}
	staleSocket(t, paths)
	if _, err := home.Dial(t.Context(), paths, cliHello); !errors.Is(err, home.ErrNoHost) {
		t.Errorf("Dial on a dead host's socket = %v; want ErrNoHost", err)
	}
	l, err := home.Listen(paths, hostHello)
	if err != nil {
		t.Fatalf("Listen on a dead host's socket: %v", err)
	}
	l.Close()
	if _, err := os.Lstat(paths.Socket); !os.IsNotExist(err) {
		t.Errorf("the socket is left behind: %v", err)
	}
}

func TestCloseLeavesTheNextHostsSocket(t *testing.T) {
	paths, first := listen(t)
	second, err := home.Listen(paths, hostHello)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	conn, err := home.Dial(t.Context(), paths, cliHello)
	if err != nil {
		t.Fatalf("Dial after the first host closed: %v", err)
	}
	conn.Close()
}

func TestCloseEndsWhoIsGreeting(t *testing.T) {
	paths, l := listen(t)
	waiting := dialRaw(t, paths)
	if _, err := bufio.NewReader(waiting).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("Close took %v; want it not to wait for a silent client", took)
	}
	if err := l.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a second Close = %v; want net.ErrClosed", err)
	}
}

func TestNewer(t *testing.T) {
	a := home.Hello{Program: "sha256:a", Built: 2}
	tests := []struct {
		name string
		b    home.Hello
		want bool
	}{
		{"an older build", home.Hello{Program: "sha256:b", Built: 1}, true},
		{"a later build", home.Hello{Program: "sha256:b", Built: 3}, false},
		{"a build of the same second", home.Hello{Program: "sha256:b", Built: 2}, false},
		{"an older copy of the same build", home.Hello{Program: "sha256:a", Built: 1}, false},
	}
	for _, test := range tests {
		if got := home.Newer(a, test.b); got != test.want {
			t.Errorf("%s: Newer = %v; want %v", test.name, got, test.want)
		}
	}
}

func listen(t testing.TB) (home.Paths, *home.Listener) {
	t.Helper()
	paths := find(t, shortDir(t))
	l, err := home.Listen(paths, hostHello)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return paths, l
}

// shortDir is a folder whose socket lies in it, not beside it.
func shortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "gh")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func dialRaw(t testing.TB, paths home.Paths) net.Conn {
	t.Helper()
	raw, err := net.Dial("unix", paths.Socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close() })
	return raw
}

// answer listens as something that is no host: it says one thing to the first client, and hangs up or waits.
func answer(t *testing.T, paths home.Paths, says string, hangUp bool) {
	t.Helper()
	l, err := net.Listen("unix", paths.Socket)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprint(conn, says)
		if !hangUp {
			_, _ = io.Copy(io.Discard, conn)
		} else {
			_, _ = bufio.NewReader(conn).ReadString('\n')
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
}

func staleSocket(t *testing.T, paths home.Paths) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: paths.Socket, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
}
