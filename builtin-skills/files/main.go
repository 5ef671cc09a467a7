// Command files is Gatehouse's built-in skill for a workspace's files. It is a guest: compiled for wasip1 it sees the
// workspace at /workspace, and every open may wait for a person. It knows nothing of grants; a refusal reaches it as
// an error of the file system. It imports the standard library only, and little of it, since every call boots it anew.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// workspace is where the host shows the workspace's folder.
const workspace = "/workspace"

func main() { os.Exit(run(os.Stdin, os.Stdout, os.Stderr, workspace)) }

// run answers one call: {"tool", "input"} on in, the output as JSON on out, or one sentence on errOut and exit code 1.
// root is the workspace's folder.
func run(in io.Reader, out, errOut io.Writer, root string) int {
	output, err := answer(in, folder(root))
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

// call is what the host sends.
type call struct {
	Tool  string          `json:"tool"`
	Input json.RawMessage `json:"input"`
}

func answer(in io.Reader, root folder) (any, error) {
	var c call
	if err := json.NewDecoder(in).Decode(&c); err != nil {
		return nil, fmt.Errorf("the call cannot be read: %w", err)
	}
	switch c.Tool {
	case "read":
		return with(c.Input, root.read)
	case "list":
		return with(c.Input, root.list)
	case "glob":
		return with(c.Input, root.glob)
	case "search":
		return with(c.Input, root.search)
	case "write":
		return with(c.Input, root.write)
	case "edit":
		return with(c.Input, root.edit)
	}
	return nil, fmt.Errorf("there is no tool %q", c.Tool)
}

// with decodes input for tool. The host has checked it against the tool's schema; what the schema cannot say, the tool
// checks.
func with[In, Out any](input json.RawMessage, tool func(In) (Out, error)) (any, error) {
	var in In
	if err := json.Unmarshal(input, &in); err != nil {
		return nil, fmt.Errorf("the input cannot be read: %w", err)
	}
	return tool(in)
}

var errNoPath = errors.New("the input names no path")
