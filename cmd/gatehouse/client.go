package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"gatehouse/home"
	"gatehouse/host"
	"gatehouse/host/api"
	"gatehouse/store"
)

// client speaks to the shared host over its socket.
type client struct {
	http  *http.Client
	paths home.Paths
	hello home.Hello
}

// connect reaches the host, starting it where none runs, and asks an idle older one to make way first.
func (c *console) connect(ctx context.Context) (*client, error) {
	paths, err := c.paths()
	if err != nil {
		return nil, err
	}
	program, hello, err := greeting("cli")
	if err != nil {
		return nil, err
	}
	conn, err := home.DialOrStart(ctx, paths, program, hello)
	if err != nil {
		return nil, fmt.Errorf("reaching the host: %w", whyNoHost(paths, err))
	}
	theirs := conn.Hello
	conn.Close()
	cl := newClient(paths, hello, func(ctx context.Context) (net.Conn, error) {
		return home.DialOrStart(ctx, paths, program, hello)
	})
	if home.Newer(hello, theirs) {
		cl.takeOver(ctx)
	}
	return cl, nil
}

// whyNoHost is err, or what is wrong with the database where that kept a host from starting: its exit status and its
// log do not tell the kinds of failure apart.
func whyNoHost(paths home.Paths, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, home.ErrNotOurs) || errors.Is(err, home.ErrProtocol) {
		return err
	}
	db, failed := store.Open(paths.Database)
	switch {
	case failed == nil:
		db.Close()
		return err
	case errors.Is(failed, store.ErrLocked):
		return fmt.Errorf("%w: %w", err, failed)
	}
	return unusable(failed)
}

// connectRunning reaches the host only if one is running; home.ErrNoHost where none is.
func (c *console) connectRunning(ctx context.Context) (*client, error) {
	paths, err := c.paths()
	if err != nil {
		return nil, err
	}
	_, hello, err := greeting("cli")
	if err != nil {
		return nil, err
	}
	dial := func(ctx context.Context) (net.Conn, error) { return home.Dial(ctx, paths, hello) }
	conn, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	conn.Close()
	return newClient(paths, hello, dial), nil
}

func newClient(paths home.Paths, hello home.Hello, dial func(context.Context) (net.Conn, error)) *client {
	return &client{paths: paths, hello: hello, http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
	}}}
}

// greeting is this program's first line on a connection.
func greeting(role string) (program string, hello home.Hello, err error) {
	program, digest, built, err := home.Program()
	return program, home.Hello{Version: version, Built: built, Program: digest, Role: role}, err
}

// takeOver asks an older host to stop and waits until its socket is gone. A busy one stays: it finishes its calls, and
// a later command finds it idle.
func (c *client) takeOver(ctx context.Context) {
	if c.post(ctx, "/api/handover", nil, nil) == nil {
		c.gone(ctx)
	}
}

// gone waits for at most five seconds until the host that was asked to stop has ended: it answers no more, and what it
// had open is closed, the database last.
func (c *client) gone(ctx context.Context) {
	defer c.http.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for c.answers(ctx) || c.holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// answers says whether a host takes connections.
func (c *client) answers(ctx context.Context) bool {
	conn, err := home.Dial(ctx, c.paths, c.hello)
	if err == nil {
		conn.Close()
	}
	return err == nil
}

// holds says whether a host has the database.
func (c *client) holds() bool {
	db, err := store.Open(c.paths.Database)
	if err == nil {
		db.Close()
	}
	return errors.Is(err, store.ErrLocked)
}

func (c *client) get(ctx context.Context, path string, out any) error {
	return c.do(ctx, http.MethodGet, path, nil, out)
}

func (c *client) post(ctx context.Context, path string, in, out any) error {
	if in == nil {
		in = struct{}{}
	}
	return c.do(ctx, http.MethodPost, path, in, out)
}

// do makes one request. A problem that the host answers comes back as *host.Error; a host that is gone in the middle
// as one with CodeNoHost.
func (c *client) do(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://gatehouse"+path, body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(request)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return lost(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return lost(err)
	}
	if response.StatusCode >= 400 {
		return readProblem(response.StatusCode, text)
	}
	if out == nil || len(text) == 0 {
		return nil
	}
	return json.Unmarshal(text, out)
}

func lost(err error) error {
	if errors.Is(err, home.ErrNotOurs) || errors.Is(err, home.ErrNoHost) || errors.Is(err, home.ErrProtocol) {
		return err
	}
	return &host.Error{Code: host.CodeNoHost, Message: "the host ended in the middle: " + err.Error(),
		Hint: "'gatehouse audit list' shows how far the call came; it is not run again by itself"}
}

// orList adds to an error that says there is nothing of this name the command that lists what there is.
func orList(err error, list string) error {
	var e *host.Error
	if !errors.As(err, &e) || e.Code != host.CodeNotFound || e.Hint != "" {
		return err
	}
	said := *e
	said.Hint = list
	return &said
}

func readProblem(status int, text []byte) error {
	var p api.Problem
	if err := json.Unmarshal(text, &p); err != nil || p.Code == "" {
		return &host.Error{Code: host.CodeInternal, Message: fmt.Sprintf("the host answered with status %d", status)}
	}
	return &host.Error{Code: p.Code, Message: p.Detail, Hint: p.Hint, Grant: p.Grant, Call: p.Call, Detail: p.Said}
}
