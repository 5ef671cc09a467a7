// Command gatehouse runs agents' skills in a sandbox on the person's own machine and asks that person before a skill
// touches anything it was not given. It is the console program: host, worker, pipe and every command are verbs of it.
//
// This package alone puts the rooms together, in two ways: `gatehouse host` over database, record and the ask window,
// and `gatehouse run --here` over a map and the terminal. It is the keeper of spf13/cobra, which gives every verb its
// help and the shells their completion. Each verb has a file.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program with its surroundings passed in. It returns the exit status of contract.md.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	log.SetOutput(io.Discard) // only libraries use it, and what they say quotes servers and agents
	c := &console{in: in, out: out, err: errOut}
	root := c.root()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	return c.fail(root.ExecuteContext(ctx))
}
