package main_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"time"
)

// process is a program that a test runs. Its output may be read once it has ended.
type process struct {
	cmd      *exec.Cmd
	out, err bytes.Buffer
	ended    chan struct{}
	// late is set where it did not end by itself.
	late bool
}

// begun starts cmd.
func begun(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &p.out, &p.err, time.Second
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// wait returns the exit status, -1 for a signal's. What does not end in time is killed.
func (p *process) wait() int {
	late := time.AfterFunc(patience, func() { p.cmd.Process.Kill() })
	<-p.ended
	p.late = !late.Stop()
	return p.cmd.ProcessState.ExitCode()
}

func (p *process) kill() {
	p.cmd.Process.Kill()
	<-p.ended
}

// String says how it ended, for a failure's message.
func (p *process) String() string {
	how := p.cmd.ProcessState.String()
	if p.late {
		how = "did not end by itself"
	}
	return fmt.Sprintf("%q: %s\n%s%s", p.cmd.Args, how, &p.out, &p.err)
}
