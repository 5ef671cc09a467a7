// Command fetch is Gatehouse's built-in skill for pages of the web. It is a guest: every request may wait for a person,
// who sees its whole address. It knows nothing of grants; a refusal reaches it as an error of package guest. It imports
// little, since every call boots it anew.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"gatehouse/guest"
)

func main() { os.Exit(run(os.Stdin, os.Stdout, os.Stderr, network)) }

// send sends a request without a body, and returns the head of the answer and its body.
type send func(r guest.Request) (guest.Response, io.ReadCloser, error)

// run answers one call: {"tool", "input"} on in, the output as JSON on out, or one sentence on errOut and exit code 1.
func run(in io.Reader, out, errOut io.Writer, web send) int {
	output, err := answer(in, web)
	if err == nil {
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		err = encoder.Encode(output)
	}
	if err != nil {
		fmt.Fprintln(errOut, err)
		return 1
	}
	return 0
}

func answer(in io.Reader, web send) (any, error) {
	var call struct {
		Tool  string   `json:"tool"`
		Input getInput `json:"input"`
	}
	if err := json.NewDecoder(in).Decode(&call); err != nil {
		return nil, fmt.Errorf("the call cannot be read: %w", err)
	}
	if call.Tool != "get" {
		return nil, fmt.Errorf("there is no tool %q", call.Tool)
	}
	return get(call.Input, web)
}

// sentence says in plain words why url could not be fetched.
func sentence(url string, err error) error {
	var e *guest.Error
	switch {
	case !errors.As(err, &e):
		return fmt.Errorf("fetching %q: %w", url, err)
	case e.Kind == guest.Denied:
		return fmt.Errorf("fetching %q was not permitted", url)
	}
	return fmt.Errorf("fetching %q: %s", url, e)
}
