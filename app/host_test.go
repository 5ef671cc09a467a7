package app_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/app"
)

func TestJoinReadsTheFirstLine(t *testing.T) {
	for _, c := range []struct {
		name, line string
		role       app.Role
		want       string // in the error; empty: none
	}{
		{"the window's own line is taken", `{"gatehouse":1,"as":"window"}` + "\n", app.Window, ""},
		{"ask's own line is taken", `{"gatehouse":1,"as":"ask"}` + "\n", app.Ask, ""},
		{"a window does not become ask", `{"gatehouse":1,"as":"ask"}` + "\n", app.Window, `started "ask"`},
		{"ask does not become a window", `{"gatehouse":1,"as":"window"}` + "\n", app.Ask, `started "window"`},
		{"another protocol is refused", `{"gatehouse":2,"as":"window"}` + "\n", app.Window, "protocol 2"},
		{"a line without a protocol is refused", `{"as":"window"}` + "\n", app.Window, "protocol 0"},
		{"a line that is not JSON is refused", "hello\n", app.Window, `"hello"`},
		{"a line without an end is refused", `{"gatehouse":1,`, app.Window, "EOF"},
		{"a line that is too long is refused", strings.Repeat(" ", 300) + "\n", app.Window, "too long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ours, theirs := net.Pipe()
			go func() {
				io.WriteString(theirs, c.line)
				if c.want != "" {
					theirs.Close()
					return
				}
				serveOne(theirs, http.NotFoundHandler())
			}()
			host, err := app.Join(ours, c.role)
			if c.want == "" {
				if err != nil {
					t.Fatalf("Join() = %v; want no error", err)
				}
				host.Close()
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("Join() = %v; want an error with %q", err, c.want)
			}
		})
	}
}

func TestATestProgramHasNoHost(t *testing.T) {
	if _, err := app.Inherit(app.Window); !errors.Is(err, app.ErrNoHost) {
		t.Fatalf("Inherit() = %v; want ErrNoHost", err)
	}
}

func TestTheEndOfTheConnectionIsTold(t *testing.T) {
	host, end := join(t, app.Window, http.NotFoundHandler())
	select {
	case <-host.Ended():
		t.Fatal("ended before it ended")
	default:
	}
	end()
	select {
	case <-host.Ended():
	case <-time.After(10 * time.Second):
		t.Fatal("the end was not told in 10 s")
	}
}

func TestManyRequestsRunOverOneConnection(t *testing.T) {
	const many = 20
	arrived, release := make(chan struct{}, many), make(chan struct{})
	host, _ := join(t, app.Window, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		arrived <- struct{}{}
		<-release
	}))
	answers := make(chan error, many)
	for range many {
		go func() { answers <- host.Closed(context.Background()) }()
	}
	for range many {
		<-arrived
	}
	close(release)
	for range many {
		if err := <-answers; err != nil {
			t.Fatal(err)
		}
	}
}

func TestFollowShowsEachChangeOnce(t *testing.T) {
	views := map[string]string{
		"0": `{"n":1,"visible":false}`,
		"1": `{"n":1,"visible":false}`,
		"2": `{"n":7,"visible":true,"raise":true,"title":"Gatehouse asks"}`,
	}
	asked := make(chan string, 10)
	held := 0
	host, _ := join(t, app.Ask, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/show" {
			t.Errorf("asked for %q; want /api/show", r.URL.Path)
		}
		after := r.URL.Query().Get("after")
		asked <- after
		if after == "7" {
			<-r.Context().Done()
			return
		}
		if after == "1" {
			if held++; held > 1 {
				after = "2"
			}
		}
		io.WriteString(w, views[after])
	}))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	shown := make(chan app.View, 10)
	go func() {
		host.Follow(ctx, func(v app.View) { shown <- v })
		close(done)
	}()
	want := []app.View{{N: 1}, {N: 7, Visible: true, Raise: true, Title: "Gatehouse asks"}}
	for _, w := range want {
		if got := <-shown; got != w {
			t.Fatalf("shown %+v; want %+v", got, w)
		}
	}
	for _, w := range []string{"0", "1", "1", "7"} {
		if got := <-asked; got != w {
			t.Fatalf("asked after %q; want %q", got, w)
		}
	}
	cancel()
	<-done
	if len(shown) != 0 {
		t.Fatalf("shown once more: %+v", <-shown)
	}
}

func TestFollowEndsWithTheConnection(t *testing.T) {
	asked := make(chan struct{}, 1)
	host, end := join(t, app.Window, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	done := make(chan struct{})
	go func() {
		host.Follow(context.Background(), func(app.View) {})
		close(done)
	}()
	<-asked
	end()
	<-done
}

func TestARefusedCloseIsAnError(t *testing.T) {
	host, _ := join(t, app.Ask, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
	}))
	if err := host.Closed(context.Background()); err == nil {
		t.Fatal("Closed() = nil; want an error, so that the question stays in sight")
	}
}

// join returns the program's end of a connection to a host that answers with
// handler, and what ends it from the host's side.
func join(t *testing.T, role app.Role, handler http.Handler) (*app.Host, func()) {
	t.Helper()
	ours, theirs := net.Pipe()
	go func() {
		io.WriteString(theirs, `{"gatehouse":1,"as":"`+string(role)+`"}`+"\n")
		serveOne(theirs, handler)
	}()
	host, err := app.Join(ours, role)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { host.Close() })
	return host, func() { theirs.Close() }
}

// serveOne serves HTTP/2 in clear over one connection and returns at once.
func serveOne(conn net.Conn, handler http.Handler) {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{Handler: handler, Protocols: protocols}
	server.Serve(&once{conn: conn})
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
func (o *once) Addr() net.Addr { return &net.UnixAddr{Name: "test"} }
