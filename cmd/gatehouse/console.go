package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/home"
	"gatehouse/host"
)

// console is one run of the program: where it reads and writes, and the flags that every verb has.
//
// What a person asked for goes to out. Everything else (progress, hints, errors) goes to err: lower case, no period,
// so that out may be read by a program.
type console struct {
	in       io.Reader
	out, err io.Writer

	home string
	json bool
}

func (c *console) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "gatehouse",
		Short: "run skills in a sandbox that asks you before they touch anything",
		Long: "Gatehouse runs agents' skills as WebAssembly in a sandbox on this machine and asks you before a skill\n" +
			"touches anything it was not given.",
		Example: `  gatehouse run files list --input '{"path":"."}'
  gatehouse grant list
  gatehouse open`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.PersistentFlags().StringVar(&c.home, "home", "", "folder that holds all state (default $GATEHOUSE_HOME, else your system's custom)")
	root.PersistentFlags().BoolVar(&c.json, "json", false, "print one JSON value")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	root.AddCommand(
		c.runCommand(), c.skillCommand(), c.grantCommand(), c.policyCommand(), c.profileCommand(), c.undoCommand(), c.auditCommand(), c.hostCommand(),
		c.workerCommand(),
		c.mcpCommand(), c.openCommand(), c.doctorCommand(), c.versionCommand(),
	)
	wrapArgs(root)
	return root
}

// wrapArgs makes a wrong count of arguments the same kind of error as a wrong value.
func wrapArgs(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usage(fmt.Errorf("%w; usage: %s", err, cmd.UseLine()))
			}
			return nil
		}
	}
	for _, child := range cmd.Commands() {
		wrapArgs(child)
	}
}

func usage(err error) error {
	return &host.Error{Code: host.CodeInput, Message: err.Error(), Hint: "gatehouse --help"}
}

// fail tells err to the person, or as JSON, and returns the exit status.
func (c *console) fail(err error) int {
	if err == nil {
		return 0
	}
	e := explain(err)
	if c.json {
		json.NewEncoder(c.err).Encode(map[string]any{"error": e})
		return e.Code.Exit()
	}
	fmt.Fprintf(c.err, "gatehouse: %s\n", visible(e.Message))
	if e.Detail != "" && !strings.Contains(e.Message, e.Detail) {
		fmt.Fprintf(c.err, "the skill's own words: %s\n", visible(e.Detail))
	}
	if e.Hint != "" {
		fmt.Fprintf(c.err, "hint: %s\n", visible(e.Hint))
	}
	return e.Code.Exit()
}

// explain is host.Explain with the words for what goes wrong on the way to the host.
func explain(err error) *host.Error {
	var known *host.Error
	if errors.As(err, &known) {
		return known
	}
	e := host.Explain(err)
	switch {
	case errors.Is(err, home.ErrNotOurs):
		e.Code = host.CodeNoHost
	case errors.Is(err, home.ErrNoHost), errors.Is(err, home.ErrProtocol):
		e.Code, e.Hint = host.CodeNoHost, "'gatehouse doctor' says what is wrong"
	}
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		e.Hint = hinted.Hint()
	}
	return e
}

// print writes v as JSON where --json is set, and else calls text.
func (c *console) print(v any, text func(io.Writer)) error {
	if !c.json {
		text(c.out)
		return nil
	}
	return json.NewEncoder(c.out).Encode(v)
}

func (c *console) paths() (home.Paths, error) { return home.Find(c.home) }
