package home

import (
	"fmt"
	"net"
	"os/exec"
)

// Spawn starts cmd with one end of a new connection as its standard input, where Inherited finds it, and returns the
// other end; on Windows the standard output goes with it. No other process has either end, and none of cmd's own
// children gets one. The child sees the end of the connection when the caller closes it or dies. The caller calls
// cmd.Wait.
func Spawn(cmd *exec.Cmd) (net.Conn, error) {
	ours, theirs, err := pair(cmd)
	if err != nil {
		return nil, fmt.Errorf("making a connection for %q: %w", cmd.Path, err)
	}
	err = cmd.Start()
	for _, f := range theirs {
		f.Close()
	}
	if err != nil {
		ours.Close()
		return nil, fmt.Errorf("starting %q: %w", cmd.Path, err)
	}
	return ours, nil
}
