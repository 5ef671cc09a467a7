package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"

	"gatehouse/home"
)

// client is a program that stays and speaks to the host over its socket, as a window or a pipe does.
type client struct{ http http.Client }

// dial makes a client, and starts the host where none runs.
func dial(paths home.Paths, program string) (*client, error) {
	hello := home.Hello{Version: "bench", Role: "cli"}
	c := &client{http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return home.DialOrStart(ctx, paths, program, hello)
		},
	}}}
	return c, c.do(context.Background(), http.MethodGet, "/api/status", nil, nil)
}

// do makes one request and reads all of its answer.
func (c *client) do(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://gatehouse"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return err
	case response.StatusCode >= 400:
		return fmt.Errorf("%s: %s: %s", path, response.Status, text)
	case out == nil:
		return nil
	}
	return json.Unmarshal(text, out)
}

// read has the skill read the letter.
func (c *client) read(ctx context.Context, folder string) error {
	var answer struct{ Output json.RawMessage }
	err := c.do(ctx, http.MethodPost, "/api/calls", callOf(letterName, folder), &answer)
	return right(answer.Output, err)
}

// callOf is the body of a call that reads a file.
func callOf(file, folder string) any {
	return map[string]any{"skill": "files", "tool": "read", "input": map[string]string{"path": file}, "workspace": folder}
}
