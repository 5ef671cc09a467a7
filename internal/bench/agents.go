package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"gatehouse/home"
	"gatehouse/store"
)

// agent is a program that speaks MCP through the real pipe, in lines.
type agent struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
	n   int
}

// agent starts a pipe whose skills work in folder.
func (s shared) agent(folder string) (*agent, error) {
	cmd := s.command(context.Background(), folder, "mcp", "--workspace", folder)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, err
	}
	a := &agent{cmd: cmd, in: in, out: bufio.NewReaderSize(out, 1<<20)}
	_, err = a.ask("initialize", `{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}`)
	if err == nil {
		_, err = fmt.Fprintln(in, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	}
	return a, err
}

// ask makes one request and returns the line of its reply.
func (a *agent) ask(method, params string) ([]byte, error) {
	a.n++
	if _, err := fmt.Fprintf(a.in, `{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`+"\n", a.n, method, params); err != nil {
		return nil, err
	}
	for {
		line, err := a.out.ReadBytes('\n')
		if err != nil {
			return nil, err
		}
		var reply struct {
			ID    int
			Error json.RawMessage
		}
		if err := json.Unmarshal(line, &reply); err != nil || reply.Error != nil {
			return nil, fmt.Errorf("%s: %v %s", method, err, line)
		}
		if reply.ID == a.n {
			return line, nil
		}
	}
}

func (a *agent) ping(context.Context) error {
	_, err := a.ask("ping", "{}")
	return err
}

func (a *agent) read(context.Context) error {
	return right(a.ask("tools/call", `{"name":"files_read","arguments":`+readInput+`}`))
}

func (a *agent) close() {
	a.in.Close()
	a.cmd.Wait()
}

// unknown lets a client that nobody knows read the letter, as given does for the terminal.
func unknown(m *machine, paths home.Paths) error {
	db, err := store.Open(paths.Database)
	if err != nil {
		return err
	}
	defer db.Close()
	return giveTo("unknown", db.Decisions(), m.skill, m.folder)
}

// agents are the agents' door: what it adds to a call, and a message that calls nothing.
func agents(m *machine) ([]*row, error) {
	host, err := m.host("agents")
	if err == nil {
		err = unknown(m, host.paths)
	}
	if err == nil {
		err = m.tiny(host.paths)
	}
	if err != nil {
		return nil, err
	}
	client, err := dial(host.paths, m.program)
	if err != nil {
		return nil, err
	}
	a, err := host.agent(m.folder)
	if err != nil {
		return nil, err
	}
	m.ends = append(m.ends, a.close)
	through := &row{name: "files read through that host", times: 5, once: timed(func(ctx context.Context) error { return client.read(ctx, m.folder) })}
	return []*row{
		{name: "a ping through gatehouse mcp, on stdio", times: 20, goal: time.Millisecond, once: timed(a.ping)},
		{name: "a tiny call through gatehouse mcp, on stdio", times: 20, goal: time.Millisecond, once: timed(a.answer)},
		through,
		{name: "files read through gatehouse mcp, on stdio", times: 5, than: through, once: timed(a.read)},
	}, nil
}

// crowd prints what a client costs the host in memory, and how many messages and calls a second go through ten.
func crowd(ctx context.Context, m *machine) error {
	host, err := m.host("crowd")
	if err == nil {
		err = unknown(m, host.paths)
	}
	if err != nil {
		return err
	}
	first, err := host.agent(m.folder)
	if err != nil {
		return err
	}
	defer first.close()
	if err := first.read(ctx); err != nil {
		return err
	}
	before, err := hostMemory(host.paths)
	if err != nil {
		return err
	}
	const more = 40
	all := []*agent{}
	for range more {
		a, err := host.agent(m.folder)
		if err != nil {
			return err
		}
		defer a.close()
		all = append(all, a)
	}
	after, err := hostMemory(host.paths)
	if err != nil {
		return err
	}
	fmt.Printf("\na client costs the host %d KiB; ten at once get %.0f pings and %.0f calls of files read a second\n",
		(after-before)/more, perSecond(ctx, all[:10], 200, (*agent).ping), perSecond(ctx, all[:8], 20, (*agent).read))
	return nil
}

// perSecond is how often a second all agents together do something.
func perSecond(ctx context.Context, all []*agent, times int, do func(*agent, context.Context) error) float64 {
	began := time.Now()
	var work sync.WaitGroup
	var failed sync.Once
	for _, a := range all {
		work.Go(func() {
			for range times {
				if err := do(a, ctx); err != nil {
					failed.Do(func() { fmt.Fprintln(os.Stderr, "bench:", err) })
					return
				}
			}
		})
	}
	work.Wait()
	return float64(len(all)*times) / time.Since(began).Seconds()
}

// hostMemory is the resident memory of the host in KiB.
func hostMemory(paths home.Paths) (int, error) {
	conn, err := home.Dial(context.Background(), paths, home.Hello{Version: "bench", Role: "cli"})
	if err != nil {
		return 0, err
	}
	conn.Close()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", conn.Peer.PID))
	if err != nil {
		return 0, err
	}
	_, rest, _ := bytes.Cut(text, []byte("VmRSS:"))
	return strconv.Atoi(strings.Fields(string(rest))[0])
}
