//go:build unix

package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/sys/unix"

	"gatehouse/audit"
)

// letWassette has the person give agents Wassette's tools.
func (d *desk) letWassette() {
	d.t.Helper()
	on := d.run("mcp", "wassette", "on")
	d.must("Wassette", "quick")
	if on.wait() != 0 {
		d.t.Fatal(on)
	}
}

const (
	grantStorage = "grant-storage-permission"
	answered     = `{"status":"permission granted successfully","component_id":"files","permission_type":"storage","details":{"uri":"fs://","access":["read"]}}`
)

// everything wants to read all of the workspace.
func everything(d *desk) map[string]any {
	return map[string]any{"component_id": "files", "details": map[string]any{"uri": "fs://" + d.folder, "access": []string{"read"}}}
}

// TestGrantsWaitInEveryShape has agents of old and new revisions ask for a folder, and get their answer as their client can
// wait for it. What they were given is then used without a question, by them and by nobody else.
func TestGrantsWaitInEveryShape(t *testing.T) {
	d := impatient(t)
	d.letWassette()
	asked := make(chan struct{}, 20)
	elicit := func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
		asked <- struct{}{}
		return &mcp.ElicitResult{Action: "accept"}, nil
	}
	for _, c := range []struct {
		name, revision string
		elicit         func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error)
	}{
		{"it comes back with its state", "2026-07-28", elicit},
		{"the newest gets a ticket in the end", "2026-07-28", nil},
		{"the oldest gets a ticket", "2024-11-05", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := d.agent(agentOptions{revision: c.revision, elicit: c.elicit})
			d.welcome(a)
			for len(asked) > 0 {
				<-asked
			}
			call := a.call(grantStorage, everything(d))
			if s := d.look(); s.Prompt.Verb != "Give permissions to" || s.Prompt.Name != "files" || s.Prompt.Tool != "wassette:"+grantStorage ||
				slices.Contains(lifetimesOf(s), "call") || slices.Contains(lifetimesOf(s), "always") {
				t.Errorf("the question is %s, with %v", told(s), lifetimesOf(s))
			}
			var o outcome
			if c.elicit != nil {
				<-asked
				d.must("files", "quick")
				o = await(t, call)
			} else {
				if o = await(t, call); o.meta("gatehouse/code") != "approval_pending" {
					t.Fatalf("it did not wait: %v %s", o.err, o.text())
				}
				d.must("files", "quick")
				o = a.collect(a.call("gatehouse_resume", ticketOf(o)))
			}
			want := strings.Replace(answered, `"fs://"`, fmt.Sprintf("%q", "fs://"+d.folder), 1)
			if o.err != nil || o.IsError || o.text() != want || o.meta("gatehouse/skill") != "" {
				t.Fatalf("the answer: %v %s, as the words of %q; want %s", o.err, o.text(), o.meta("gatehouse/skill"), want)
			}
			if !a.told("waiting for your permission in Gatehouse") {
				t.Error("nobody told the client that it waits")
			}
			if o := a.collect(a.call("files_read", path("letter.txt"))); o.err != nil || o.IsError || !strings.Contains(o.text(), letter) {
				t.Fatalf("reading: %v %s", o.err, o.text())
			}
			other := d.agent(agentOptions{revision: c.revision})
			d.welcome(other)
			asksFor := func(a *agent) {
				t.Helper()
				read := a.call("files_read", path("letter.txt"))
				d.must("letter.txt", "quick")
				a.collect(read)
			}
			asksFor(other)
			if o := a.collect(a.call("reset-permission", map[string]any{"component_id": "files"})); o.err != nil || o.IsError {
				t.Errorf("resetting: %v %s", o.err, o.text())
			}
			asksFor(a)
		})
	}
}

// TestAGrantWhoseClientVanishedIsInTheInbox kills the agent that asked: the question stays, and so does the answer.
func TestAGrantWhoseClientVanishedIsInTheInbox(t *testing.T) {
	d := impatient(t)
	d.letWassette()
	token := d.connect("claude-code")
	a := d.agent(agentOptions{revision: "2025-11-25", token: token})
	d.welcome(a)
	a.call(grantStorage, everything(d))
	d.look()
	if err := a.pipe.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	d.must("files", "1", "always")
	eventually(t, func() bool {
		_, outcomes := d.ran("wassette:" + grantStorage)
		return len(outcomes) == 1 && outcomes[0] == ""
	})
	b := d.agent(agentOptions{revision: "2025-11-25", token: token})
	if o := b.collect(b.call("files_read", path("letter.txt"))); o.err != nil || o.IsError || !strings.Contains(o.text(), letter) {
		t.Errorf("reading: %v %s", o.err, o.text())
	}
}

// TestAnAgentThatGrantsItselfThingsInALoop names a new folder each time.
func TestAnAgentThatGrantsItselfThingsInALoop(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.letWassette()
	a := d.agent(agentOptions{revision: "2025-11-25"})
	d.welcome(a)
	folder := func(n int) map[string]any {
		return map[string]any{"component_id": "files", "details": map[string]any{"uri": fmt.Sprintf("fs://docs%d", n), "access": []string{"read"}}}
	}
	// At once: a skill has so many questions at most, and the rest is refused.
	var calls []<-chan outcome
	for n := range 30 {
		calls = append(calls, a.call(grantStorage, folder(n)))
	}
	for range 3 {
		d.must("files", "deny")
	}
	codes := map[string]int{}
	for _, call := range calls {
		o := await(t, call)
		codes[o.meta("gatehouse/code")]++
	}
	if codes["denied"]+codes["too_many_requests"] != 30 || codes["denied"] < 3 {
		t.Errorf("they ended with %v", codes)
	}
	// And one after another: three were dismissed.
	for n := range 5 {
		if o := await(t, a.call(grantStorage, folder(100+n))); o.meta("gatehouse/code") != "denied" {
			t.Errorf("after three dismissals: %v %s", o.err, o.text())
		}
	}
	if err := d.nothing(t.Context()); err != nil {
		t.Error(err)
	}
	if n := len(d.recordOf(audit.KindResult)); n < 36 {
		t.Errorf("the record has the ends of %d calls; want every one", n)
	}
	// The skill itself asks as before.
	read := a.call("files_read", path("letter.txt"))
	d.must("letter.txt", "quick")
	if o := await(t, read); o.err != nil || o.IsError {
		t.Errorf("reading: %v %s", o.err, o.text())
	}
	// The person finds it among their decisions, and has it heard again.
	rest := regexp.MustCompile(`rest-[0-9a-f]{26}`).FindString(d.command("grant", "list"))
	d.command("grant", "revoke", rest)
	heard := a.call(grantStorage, folder(200))
	d.must("files", "deny")
	if o := await(t, heard); o.meta("gatehouse/code") != "denied" {
		t.Errorf("heard again: %v %s", o.err, o.text())
	}
}

// TestWhatAnAgentHasLoaded proposes what there is and what there is not. Before a yes it is all the same; after it nothing
// but a skill is installed, and what must not be read is not.
func TestWhatAnAgentHasLoaded(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.letWassette()
	dir := t.TempDir()
	huge, component := filepath.Join(dir, "huge.wasm"), filepath.Join(dir, "component.wasm")
	file, err := os.Create(huge)
	if err == nil {
		err = file.Truncate(1 << 40)
		file.Close()
	}
	if err == nil {
		err = os.WriteFile(component, []byte("\x00asm\x0d\x00\x01\x00"), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(dir, "pipe.wasm")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	a := d.agent(agentOptions{revision: "2025-11-25"})
	load := func(path, answer string) outcome {
		t.Helper()
		call := a.call("load-component", map[string]any{"path": path})
		d.must(path, answer)
		return await(t, call)
	}
	no := load(filepath.Join(dir, "nothing"), "deny")
	if no.meta("gatehouse/code") != "denied" || strings.Contains(no.text(), dir) {
		t.Errorf("after a no: %v %s", no.err, no.text())
	}
	if o := load(huge, "deny"); o.text() != no.text() {
		t.Errorf("after a no: %s; and for what is not there: %s", o.text(), no.text())
	}
	var said []string
	for _, path := range []string{filepath.Join(dir, "nothing"), dir, huge, pipe, "/etc/hostname"} {
		o := load(path, "quick")
		said = append(said, o.text())
		if o.meta("gatehouse/code") != "invalid_skill" {
			t.Errorf("%s: %v %s", path, o.err, o.text())
		}
	}
	if slices.Sort(said); len(slices.Compact(said)) != 1 {
		t.Errorf("it tells them apart: %q", said)
	}
	if o := load(component, "quick"); o.meta("gatehouse/code") != "unsupported" {
		t.Errorf("a component: %v %s", o.err, o.text())
	}
	if o := await(t, a.call("load-component", map[string]any{"path": "/etc/shadow"})); o.meta("gatehouse/code") != "denied" {
		t.Errorf("what only root may read: %v %s", o.err, o.text())
	}

	mine := d.packed("mine")
	call := a.call("load-component", map[string]any{"path": "file://" + mine})
	d.must(mine, "quick")
	if s := d.look(); s.Prompt.Verb != "Let agents use" {
		t.Errorf("then it asks %s", told(s))
	}
	d.must("mine", "quick")
	o := await(t, call)
	var loaded struct {
		Status, ID string
		Tools      []string
	}
	if err := json.Unmarshal([]byte(o.text()), &loaded); err != nil || loaded.Status != "component loaded successfully" || loaded.ID != "mine" || len(loaded.Tools) != 1 {
		t.Fatalf("a skill: %v %s", o.err, o.text())
	}
	until(t, "the agent sees it", func() bool { return slices.Contains(a.sees(), loaded.Tools[0]) })
}

// packed is the folder of a skill of this name that can be installed.
func (d *desk) packed(name string) string {
	d.t.Helper()
	folder := filepath.Join(d.t.TempDir(), name)
	wasm, err := guests["guest"]()
	if err == nil {
		err = os.Mkdir(folder, 0o700)
	}
	for file, text := range map[string]string{
		"skill.wasm": string(wasm),
		"SKILL.md":   "---\nname: " + name + "\ndescription: does things\nmetadata:\n  gatehouse: skill.json\n---\nUse it.\n",
		"skill.json": `{"manifestVersion":1,"name":"` + name + `","version":"1.0.0","description":"does things","kind":"command","wasm":"skill.wasm",
			"tools":[{"name":"behave","description":"does it","inputSchema":{}}]}`,
	} {
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, file), []byte(text), 0o600)
		}
	}
	if err != nil {
		d.t.Fatal(err)
	}
	d.command("skill", "pack", folder)
	return folder
}
