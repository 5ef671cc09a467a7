package main_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"gatehouse/host/api"
)

// desk is a person before a host, and a workspace with a letter in it.
type desk struct {
	*person
	t *testing.T
	// home is the host's state folder, folder the workspace.
	home, folder string
}

const letter = "Dear reader, only for your eyes."

// newDesk returns a desk that the test cleans up.
func newDesk(t *testing.T) *desk {
	t.Helper()
	d := emptyDesk(t)
	d.sit()
	return d
}

// emptyDesk is a desk before its host has started.
func emptyDesk(t *testing.T) *desk {
	t.Helper()
	// A socket's path is short, and t.TempDir's is not.
	home, err := os.MkdirTemp("", "gh-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	d := &desk{t: t, home: home, folder: t.TempDir()}
	if err := warm(home); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(d.folder, "letter.txt"), []byte(letter), 0o600); err != nil {
		t.Fatal(err)
	}
	return d
}

// compiled is the folder with what a host keeps of the built-in skills' code once it has compiled it, and with the key
// under which it believes that: state folders of tests begin with a copy, for compiling takes seconds.
var compiled = sync.OnceValues(func() (string, error) {
	home, err := os.MkdirTemp("", "gh-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(home)
	letters, err := os.MkdirTemp("", "letters-") // not where programs are, which no skill gets
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(letters)
	p, err := sitDown(home)
	if err != nil {
		return "", err
	}
	defer p.leave()
	cmd := exec.Command(program(), "run", "files", "list", "--home", home)
	cmd.Dir = letters
	call, err := begun(cmd)
	if err != nil {
		return "", err
	}
	if err := p.answer(context.Background(), "-", "quick"); err != nil {
		call.kill()
		return "", err
	}
	if call.wait() != 0 {
		return "", errors.New(call.String())
	}
	out, err := os.MkdirTemp(programs, "compiled-")
	if err != nil {
		return "", err
	}
	return out, copyCompiled(home, out)
})

// warm puts compiled code into a state folder.
func warm(home string) error {
	from, err := compiled()
	if err != nil {
		return fmt.Errorf("compiling the built-in skills: %w", err)
	}
	return copyCompiled(from, home)
}

func copyCompiled(from, to string) error {
	if err := os.MkdirAll(filepath.Join(to, "cache"), 0o700); err != nil {
		return err
	}
	key, err := os.ReadFile(filepath.Join(from, "cache.key"))
	if err == nil {
		err = os.WriteFile(filepath.Join(to, "cache.key"), key, 0o600)
	}
	if err == nil {
		err = os.CopyFS(filepath.Join(to, "cache"), os.DirFS(filepath.Join(from, "cache")))
	}
	return err
}

// sit starts a host, the first or after a crash.
func (d *desk) sit() {
	d.t.Helper()
	p, err := sitDown(d.home)
	if err != nil {
		d.t.Fatal(err)
	}
	d.person = p
	d.t.Cleanup(p.leave)
}

// run starts one command in the workspace.
func (d *desk) run(args ...string) *process {
	d.t.Helper()
	cmd := exec.Command(program(), append(args, "--home", d.home)...)
	cmd.Dir = d.folder
	p, err := begun(cmd)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(p.kill)
	return p
}

// read starts a call that wants a file.
func (d *desk) read(name string) *process {
	d.t.Helper()
	return d.run("run", "files", "read", "--json", "--input", `{"path":"`+name+`"}`)
}

// must answers the next question, which is about something.
func (d *desk) must(about string, how ...string) {
	d.t.Helper()
	if err := d.answer(d.t.Context(), about, how...); err != nil {
		d.t.Fatal(err)
	}
}

// look returns the next question without answering it.
func (d *desk) look() api.PromptState {
	d.t.Helper()
	s, err := d.next(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	return s
}

// kept lists what is kept, by the grants of each decision.
func (d *desk) kept() map[string]string {
	d.t.Helper()
	var body struct{ Decisions []api.KeptDecision }
	if err := d.window.get(d.t.Context(), "/api/decisions", &body); err != nil {
		d.t.Fatal(err)
	}
	kept := map[string]string{}
	for _, decision := range body.Decisions {
		for _, g := range decision.Grants {
			kept[g.Grant] = string(decision.Verdict)
		}
	}
	return kept
}
