package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"gatehouse/home"
	"gatehouse/internal/guesttest"
	"gatehouse/permissions"
	"gatehouse/powers"
	"gatehouse/powers/local"
	"gatehouse/skill"
	"gatehouse/store"
	"gatehouse/worker"
)

const (
	readInput = `{"path":"` + letterName + `"}`
	readCall  = `{"tool":"read","input":` + readInput + `}`
)

// calls are the ways to one and the same answer: what files read says about the letter. Everything is warm and allowed.
func calls(m *machine) ([]*row, error) {
	native, err := m.native()
	if err != nil {
		return nil, err
	}
	atWorker, err := m.atWorker(m.pool)
	if err != nil {
		return nil, err
	}
	host, err := m.host("calls")
	if err != nil {
		return nil, err
	}
	client, err := dial(host.paths, m.program)
	if err != nil {
		return nil, err
	}
	process := &row{name: "files read as a process, without a sandbox", times: 5, once: timed(native)}
	guest := &row{name: "files read at the worker", times: 5, goal: 5 * time.Millisecond, than: process, once: timed(atWorker)}
	return []*row{
		process,
		{name: "a guest that does nothing, at the worker", times: 5, once: timed(m.nothing())},
		guest,
		{name: "files read through the host", times: 5, goal: 5 * time.Millisecond, than: guest, once: timed(func(ctx context.Context) error {
			return client.read(ctx, m.folder)
		})},
		{name: "gatehouse run files read, the whole command", times: 2, than: process, once: timed(func(ctx context.Context) error {
			return right(host.command(ctx, m.folder, "run", "files", "read", "--input", readInput, "--json").Output())
		})},
	}, nil
}

// right checks that what was said holds the letter.
func right(said []byte, err error) error {
	if err == nil && !bytes.Contains(said, []byte("Dear reader,")) {
		err = fmt.Errorf("the letter was not read: %q", said)
	}
	return err
}

// native builds the skill's own source for this machine, with the workspace's folder in the place of a guest's
// /workspace, and runs it as a process a call.
func (m *machine) native() (func(context.Context) error, error) {
	source, err := filepath.Abs("builtin-skills/files/main.go")
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(source)
	if err != nil {
		return nil, err
	}
	plain := strings.Replace(string(text), `const workspace = "/workspace"`, fmt.Sprintf("const workspace = %q", m.folder), 1)
	if plain == string(text) {
		return nil, fmt.Errorf("%s no longer says where the workspace is", source)
	}
	changed, overlay, out := filepath.Join(m.scratch, "main.go"), filepath.Join(m.scratch, "overlay.json"), filepath.Join(m.scratch, "files")
	if err := os.WriteFile(changed, []byte(plain), 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(overlay, fmt.Appendf(nil, `{"Replace":{%q:%q}}`, source, changed), 0o600); err != nil {
		return nil, err
	}
	build := exec.Command("go", "build", "-overlay", overlay, "-trimpath", "-ldflags=-s -w", "-o", out, "./builtin-skills/files")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the skill for this machine: %w: %s", err, said)
	}
	return func(ctx context.Context) error {
		cmd := exec.CommandContext(ctx, out)
		cmd.Stdin, cmd.Env = strings.NewReader(readCall), []string{}
		return right(cmd.Output())
	}, nil
}

// atWorker returns a call as the host makes it, from its files to the worker's answer: with a broker over a database.
func (m *machine) atWorker(pool *worker.Pool) (func(context.Context) error, error) {
	db, err := store.Open(filepath.Join(m.scratch, fmt.Sprintf("worker-%d.db", len(m.ends))))
	if err != nil {
		return nil, err
	}
	m.ends = append(m.ends, func() { db.Close() })
	if err := give(db.Decisions(), m.skill, m.folder); err != nil {
		return nil, err
	}
	broker := permissions.NewBroker(permissions.Options{Store: db.Decisions()})
	s, asked := subject(m.skill, m.folder), m.skill.Manifest.Capabilities()
	return func(ctx context.Context) error {
		guard := broker.Begin(s, asked, permissions.CallInfo{ID: "c", Tool: "read", Arguments: readInput})
		defer guard.End()
		if err := guard.Start(ctx); err != nil {
			return err
		}
		files, err := local.NewFiles(local.FilesOptions{Checker: guard, Workspace: m.folder, OpenFiles: int(m.skill.Manifest.Limits.Filled().Files)})
		if err != nil {
			return err
		}
		defer files.Close()
		result, err := pool.Run(ctx, worker.Task{
			Digest: m.skill.Digest, Wasm: m.skill.Wasm, Limits: m.skill.Manifest.Limits, Input: []byte(readCall),
		}, powers.Set{Files: files})
		return right(result.Output, err)
	}, nil
}

// nothing returns a call of a module that ends at once.
func (m *machine) nothing() func(context.Context) error {
	wasm := guesttest.Module{}.Bytes()
	return func(ctx context.Context) error {
		_, err := m.pool.Run(ctx, worker.Task{Digest: skill.DigestOf(wasm), Wasm: wasm}, powers.Set{})
		return err
	}
}

// shared is a shared host's home. The host is started by whoever calls first.
type shared struct {
	program string
	paths   home.Paths
}

// host makes a home in which the letter may be read.
func (m *machine) host(name string) (shared, error) {
	paths, err := home.Find(filepath.Join(m.scratch, name))
	if err != nil {
		return shared{}, err
	}
	s := shared{m.program, paths}
	m.ends = append(m.ends, func() { s.command(context.Background(), m.scratch, "host", "stop").Run() })
	return s, given(paths, m.skill, m.folder)
}

// command is one command of the console program, with HOME and PATH alone.
func (s shared) command(ctx context.Context, folder string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.program, append(args, "--home", s.paths.Root)...)
	cmd.Env = []string{"HOME=" + os.Getenv("HOME"), "PATH=" + os.Getenv("PATH")}
	cmd.Dir = folder
	return cmd
}
