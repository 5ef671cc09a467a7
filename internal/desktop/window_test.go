//go:build linux

package desktop_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gatehouse/internal/desktop"
)

func TestTheWindowIsDrivenByAccessibleNames(t *testing.T) {
	d, ctx := open(t)
	host := start(t, d, "window")
	host.show(`{"n":1,"visible":true}`)

	press(t, ctx, d, "Gatehouse", "Call the host")
	if got := host.next(ctx); got != `{"word":""}` {
		t.Fatalf("the host got %s", got)
	}
	check(t, d.Await(ctx, "Gatehouse", "hello from the host"))

	entry := find(t, ctx, d, "Gatehouse", "entry", "Word")
	check(t, d.Activate(ctx, "Gatehouse"))
	check(t, entry.Focus(ctx))
	check(t, d.Type(ctx, "gate"))
	check(t, d.Keys(ctx, "Tab", "space"))
	if got := host.next(ctx); got != `{"word":"gate"}` {
		t.Fatalf("after typing, the host got %s", got)
	}

	text, err := d.Text(ctx, "Gatehouse")
	check(t, err)
	for _, want := range []string{"Test page", "Nothing here is real.", "Call the host"} {
		if !strings.Contains(strings.ReplaceAll(text, "\n", " "), want) {
			t.Errorf("the window's text is %q; want %q in it", text, want)
		}
	}
	picture(t, ctx, d, "Gatehouse")

	check(t, d.CloseWindow(ctx, "Gatehouse"))
	host.ends(ctx)
}

func TestTheWindowsPageCanDoNoMoreThanItsPolicy(t *testing.T) {
	d, ctx := open(t)
	start(t, d, "window").show(`{"n":1,"visible":true}`)
	press(t, ctx, d, "Gatehouse", "Try what is not allowed")
	check(t, d.Await(ctx, "Gatehouse", "nothing worked"))
}

func TestAskComesAndGoesAsTheHostSays(t *testing.T) {
	d, ctx := open(t)
	window := start(t, d, "window")
	window.show(`{"n":1,"visible":true,"raise":true}`)
	find(t, ctx, d, "Gatehouse", "button", "Call the host")
	check(t, d.Activate(ctx, "Gatehouse"))

	ask := start(t, d, "ask")
	ask.show(`{"n":1,"visible":false}`)
	check(t, d.Gone(ctx, "Gatehouse asks", "frame", ""))

	ask.show(`{"n":2,"visible":true}`)
	check(t, d.Await(ctx, "Gatehouse asks", "Test question"))
	if got := d.Active(ctx); got != "Gatehouse" {
		t.Errorf("a question came and %q has the keyboard; want the window that had it", got)
	}
	picture(t, ctx, d, "Gatehouse asks")

	check(t, d.CloseWindow(ctx, "Gatehouse asks"))
	if got := ask.next(ctx); got != "closed {}" {
		t.Fatalf("closing told the host %q", got)
	}
	check(t, d.Gone(ctx, "Gatehouse asks", "frame", ""))

	ask.show(`{"n":3,"visible":true,"raise":true,"title":"Gatehouse asks again"}`)
	press(t, ctx, d, "Gatehouse asks again", "Call the host")
	ask.next(ctx)
	ask.hangUp()
	ask.ends(ctx)
}

func TestWithoutADisplayTheWindowSaysSo(t *testing.T) {
	open(t) // where there is no desktop, there is nothing to build the window with
	path, err := program()
	check(t, err)
	host, child := pair(t)
	defer host.Close()
	cmd := exec.Command(path)
	cmd.Stdin = child
	cmd.Env = []string{"HOME=" + t.TempDir()}
	fmt.Fprintln(host, `{"gatehouse":1,"as":"window"}`)
	out, err := cmd.CombinedOutput()
	if want := "there is no display"; err == nil || !strings.Contains(string(out), want) || strings.Contains(string(out), "goroutine") {
		t.Fatalf("it ended with %v and said %q; want an error with %q and no trace", err, out, want)
	}
}

func TestADesktopLeavesNothingBehind(t *testing.T) {
	d, _ := open(t)
	var display string
	for _, v := range d.Env() {
		if number, ok := strings.CutPrefix(v, "DISPLAY=:"); ok {
			display = "/tmp/.X11-unix/X" + number
		}
	}
	if _, err := os.Stat(display); err != nil {
		t.Fatalf("no display while the desktop is there: %v", err)
	}
	d.Close()
	if _, err := os.Stat(display); err == nil {
		t.Fatalf("%s is left behind", display)
	}
}

// open starts a desktop, and a context that ends the test before go test does.
func open(t *testing.T) (*desktop.Session, context.Context) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	d, err := desktop.Start(ctx)
	if errors.Is(err, desktop.ErrMissing) {
		t.Skip(err)
	}
	check(t, err)
	t.Cleanup(d.Close)
	return d, ctx
}

// program builds the real window program with the test's pages in the place of the frontend's.
var program = sync.OnceValues(func() (string, error) {
	root, err := filepath.Abs("../..")
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for _, name := range []string{"index.html", "ask.html", "page.js"} {
		replace[filepath.Join(root, "frontend/dist", name)] = filepath.Join(root, "internal/desktop/testdata", name)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(made, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		return "", err
	}
	path := filepath.Join(made, "gatehouse-window")
	build := exec.Command("go", "build", "-overlay", file, "-tags", "desktop,production,webkit2_41",
		"-trimpath", "-ldflags", "-s -w", "-o", path, ".")
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the window program: %w\n%s", err, out)
	}
	return path, nil
})

// made is the folder for what the tests build once.
var made string

func TestMain(m *testing.M) {
	var err error
	if made, err = os.MkdirTemp("", "window-"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(made)
	os.Exit(code)
}

// host is the host's end of one window program.
type host struct {
	t     *testing.T
	conn  net.Conn
	heard chan string
	ended chan struct{}

	mu      sync.Mutex
	view    string
	changed chan struct{}
}

// start starts the window program on the desktop as the host does.
func start(t *testing.T, d *desktop.Session, role string) *host {
	t.Helper()
	path, err := program()
	check(t, err)
	conn, child := pair(t)
	h := &host{t: t, conn: conn, heard: make(chan string, 10), ended: make(chan struct{}), changed: make(chan struct{})}
	cmd := exec.Command(path)
	if role == "ask" {
		cmd.Args = append(cmd.Args, "--ask")
	}
	cmd.Stdin, cmd.Stderr = child, os.Stderr
	cmd.Env = append(os.Environ(), append(d.Env(), "HOME="+t.TempDir())...)
	check(t, cmd.Start())
	child.Close() // the program's copy is the last, so that its end is ours
	go func() {
		cmd.Wait()
		close(h.ended)
	}()
	t.Cleanup(func() {
		conn.Close()
		<-h.ended
	})
	fmt.Fprintf(conn, `{"gatehouse":1,"as":%q}`+"\n", role)
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	go (&http.Server{Handler: h.routes(), Protocols: protocols}).Serve(&once{conn})
	return h
}

// pair returns a connection and the file that is its other end, for a child's standard input.
func pair(t *testing.T) (net.Conn, *os.File) {
	t.Helper()
	ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	check(t, err)
	ours, theirs := os.NewFile(uintptr(ends[0]), "ours"), os.NewFile(uintptr(ends[1]), "theirs")
	defer ours.Close()
	t.Cleanup(func() { theirs.Close() })
	conn, err := net.FileConn(ours)
	check(t, err)
	return conn, theirs
}

func (h *host) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/show", func(w http.ResponseWriter, r *http.Request) {
		var n struct{ N int }
		for {
			h.mu.Lock()
			view, changed := h.view, h.changed
			h.mu.Unlock()
			json.Unmarshal([]byte(view), &n)
			if fmt.Sprint(n.N) != r.URL.Query().Get("after") {
				io.WriteString(w, view)
				return
			}
			select {
			case <-changed:
			case <-r.Context().Done():
				return
			}
		}
	})
	mux.HandleFunc("POST /api/call", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		io.WriteString(w, `{"answer":"hello from the host"}`)
		h.heard <- string(body)
	})
	mux.HandleFunc("POST /api/close", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.heard <- "closed " + string(body)
	})
	return mux
}

func (h *host) show(view string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.view = view
	close(h.changed)
	h.changed = make(chan struct{})
}

func (h *host) next(ctx context.Context) string {
	h.t.Helper()
	select {
	case body := <-h.heard:
		return body
	case <-ctx.Done():
		h.t.Fatal("the host heard nothing")
		return ""
	}
}

func (h *host) hangUp() { h.conn.Close() }

func (h *host) ends(ctx context.Context) {
	h.t.Helper()
	select {
	case <-h.ended:
	case <-ctx.Done():
		h.t.Fatal("the window program did not end")
	}
}

type once struct{ conn net.Conn }

func (o *once) Accept() (net.Conn, error) {
	if o.conn == nil {
		return nil, net.ErrClosed
	}
	conn := o.conn
	o.conn = nil
	return conn, nil
}

func (o *once) Close() error   { return nil }
func (o *once) Addr() net.Addr { return &net.UnixAddr{} }

func find(t *testing.T, ctx context.Context, d *desktop.Session, window, role, name string) *desktop.Node {
	t.Helper()
	node, err := d.Find(ctx, window, role, name)
	check(t, err)
	return node
}

func press(t *testing.T, ctx context.Context, d *desktop.Session, window, button string) {
	t.Helper()
	check(t, find(t, ctx, d, window, "button", button).Press(ctx))
}

// picture takes a picture that is more than one colour.
func picture(t *testing.T, ctx context.Context, d *desktop.Session, window string) {
	t.Helper()
	path := filepath.Join(t.ArtifactDir(), strings.ReplaceAll(window, " ", "-")+".png")
	check(t, d.Screenshot(ctx, path, window))
	file, err := os.Open(path)
	check(t, err)
	defer file.Close()
	image, err := png.Decode(file)
	check(t, err)
	colours := map[any]bool{}
	for x := range image.Bounds().Dx() {
		for y := range image.Bounds().Dy() {
			colours[image.At(image.Bounds().Min.X+x, image.Bounds().Min.Y+y)] = true
		}
	}
	if len(colours) < 3 {
		t.Errorf("the picture of %q has %d colours", window, len(colours))
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
