package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gatehouse/host"
	"gatehouse/host/api"
	"gatehouse/skill"
)

// runOptions are the flags of `gatehouse run`.
type runOptions struct {
	input, workspace string
	wait             time.Duration
	here, dry        bool
	allow            []string
	answers          string
}

func (c *console) runCommand() *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run SKILL TOOL",
		Short: "call one tool of a skill",
		Long: "Run calls one tool of a skill. What the skill was not given is asked for in the Gatehouse window while the\n" +
			"call waits; with --here it is asked in this terminal, and nothing of the answer is kept. With --dry nobody is\n" +
			"asked and nothing is touched: it says what the skill asks for, and what its manifest should have.",
		Example: `  gatehouse run files read --input '{"path":"notes.txt"}'
  echo '{"path":"."}' | gatehouse run files list --input -
  gatehouse run --here ./my-skill greet --input @input.json --workspace ~/work/acme
  gatehouse run --dry ./my-skill greet --input @input.json --answers ./examples`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args[0], args[1], o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.input, "input", "{}", "the tool's input: JSON, @FILE, or - for standard input")
	f.StringVar(&o.workspace, "workspace", "", "the folder the skill works in (default the current folder)")
	f.DurationVar(&o.wait, "wait", 10*time.Minute, "how long to wait for an answer")
	f.BoolVar(&o.here, "here", false, "run in this process tree and ask in this terminal; nothing is kept")
	f.StringArrayVar(&o.allow, "allow", nil, "answer questions for this grant with yes; implies --here")
	f.BoolVar(&o.dry, "dry", false, "touch nothing and ask nobody; say what the skill asks for")
	f.StringVar(&o.answers, "answers", "", "with --dry, a folder that stands for the workspace (default: every file is there, and empty)")
	return cmd
}

func (c *console) run(ctx context.Context, name, tool string, o runOptions) error {
	input, err := c.readInput(o.input)
	if err != nil {
		return err
	}
	if o.workspace, err = filepath.Abs(o.workspace); err != nil {
		return fmt.Errorf("finding the current folder: %w", err)
	}
	call := host.Call{Skill: name, Tool: tool, Input: input, Workspace: o.workspace, Dry: o.dry}
	switch {
	case o.dry && len(o.allow) > 0:
		return usage(errors.New("--allow answers questions, and a dry run has none"))
	case o.answers != "" && !o.dry:
		return usage(errors.New("--answers is for --dry"))
	case o.answers != "":
		if call.Answers, err = readAnswers(o.answers); err != nil {
			return err
		}
	}
	var result api.CallResult
	if o.here || len(o.allow) > 0 || o.dry && skill.CheckName(name) != nil {
		result, err = c.runHere(ctx, call, o)
	} else {
		result, err = c.runShared(ctx, call, o)
	}
	if err != nil {
		return err
	}
	return c.print(result, func(w io.Writer) {
		if result.Dry != nil {
			tellDry(w, result)
			return
		}
		for _, r := range result.Refusals {
			fmt.Fprintf(c.err, "gatehouse: %s: %s\n", r.Code, visible(r.Grant))
		}
		for _, change := range result.Changes {
			fmt.Fprintf(c.err, "gatehouse: %s\n", told(change))
		}
		fmt.Fprintln(w, visibleJSON(pretty(result.Output)))
	})
}

// readInput returns the tool's input, a JSON value.
func (c *console) readInput(flag string) (json.RawMessage, error) {
	text, err := []byte(flag), error(nil)
	switch {
	case flag == "-":
		text, err = io.ReadAll(c.in)
	case strings.HasPrefix(flag, "@"):
		text, err = os.ReadFile(flag[1:])
	}
	if err != nil {
		return nil, &host.Error{Code: host.CodeInput, Message: "the input cannot be read: " + err.Error()}
	}
	var value json.RawMessage
	if err := json.Unmarshal(text, &value); err != nil {
		return nil, &host.Error{Code: host.CodeInput, Message: "the input is not JSON: " + err.Error(), Hint: `--input '{"path":"notes.txt"}'`}
	}
	return value, nil
}

// errWait ends a call whose caller said how long it would wait.
var errWait = errors.New("the wait is over")

// runShared makes the call in the shared host, where ask puts the questions.
func (c *console) runShared(ctx context.Context, call host.Call, o runOptions) (api.CallResult, error) {
	cl, err := c.connect(ctx)
	if err != nil {
		return api.CallResult{}, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, o.wait, errWait)
	defer cancel()
	body := map[string]any{"skill": call.Skill, "tool": call.Tool, "input": call.Input, "workspace": call.Workspace}
	if call.Dry {
		body = map[string]any{"skill": call.Skill, "tool": call.Tool, "input": call.Input, "dry": true}
		if call.Answers != nil {
			body["answers"] = call.Answers
		}
	} else {
		told := make(chan struct{})
		telling, stopTelling := context.WithCancel(ctx)
		go func() {
			defer close(told)
			c.tellWaiting(telling, call)
		}()
		defer func() { stopTelling(); <-told }()
	}
	var result api.CallResult
	err = cl.post(ctx, "/api/calls", body, &result)
	if errors.Is(err, errWait) {
		return result, &host.Error{Code: host.CodePending, Message: fmt.Sprintf("no answer came within %s; the question is withdrawn", o.wait),
			Hint: "call it again, and answer in the Gatehouse window, or give --wait more time"}
	}
	return result, err
}

// tellWaiting says once that the call waits for the person, and where to answer; nothing with --json, where standard
// error is for programs too. It looks only at the host that runs: one that ended with the call is not started again.
func (c *console) tellWaiting(ctx context.Context, call host.Call) {
	if c.json {
		return
	}
	cl, err := c.connectRunning(ctx)
	if err != nil {
		return
	}
	var seen api.Events
	for ctx.Err() == nil {
		if cl.get(ctx, fmt.Sprintf("/api/events?after=%d", seen.N), &seen) != nil {
			return
		}
		var inbox api.Inbox
		if cl.get(ctx, "/api/inbox", &inbox) != nil {
			return
		}
		for _, q := range inbox.Questions {
			if s := q.Prompt.Subject; s.Skill == call.Skill && s.Client == "terminal" {
				fmt.Fprintln(c.err, "gatehouse: waiting for your answer in the Gatehouse window")
				return
			}
		}
	}
}

// pretty indents a tool's output for a person, whose terminal acts on nothing in it.
func pretty(raw json.RawMessage) string {
	var text bytes.Buffer
	if json.Indent(&text, bytes.TrimSpace(raw), "", "  ") != nil {
		return string(raw)
	}
	return text.String()
}
