package main_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"gatehouse/host/api"
	"gatehouse/permissions"
)

// programs is the folder in which TestMain built the console program, with the listener through which the scripts
// answer as the person would in ask.
var programs string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "gatehouse-program-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	programs = dir
	build := exec.Command("go", "build", "-tags", "dev", "-o", filepath.Join(dir, "gatehouse"), ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the program: %v\n%s", err, said)
		return 1
	}
	return m.Run()
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			// The state folder is outside the workspace, and short enough for a socket's path.
			home, err := os.MkdirTemp("", "gh-")
			if err != nil {
				return err
			}
			env.Defer(func() { os.RemoveAll(home) })
			env.Setenv("GATEHOUSE_HOME", home)
			env.Setenv("PATH", programs+string(os.PathListSeparator)+os.Getenv("PATH"))
			env.Defer(func() {
				stop := exec.Command(filepath.Join(programs, "gatehouse"), "host", "stop", "--home", home)
				stop.Run()
			})
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"person": person,
			"answer": answer,
			"kill9":  kill9,
		},
	})
}

// desk is the person's place at the dev host of one script.
type desk struct {
	ask  string
	key  string
	host *exec.Cmd
}

var desks = map[string]*desk{}

// person starts a host of this script with a person at its desk: `person`. Once more after kill9 restarts it.
func person(ts *testscript.TestScript, neg bool, args []string) {
	home := ts.Getenv("GATEHOUSE_HOME")
	cmd := exec.Command(filepath.Join(programs, "gatehouse"), "host", "--dev", "127.0.0.1:0", "--home", home)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() { cmd.Process.Kill(); cmd.Wait() })
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		ts.Fatalf("the host said no address: %v\n%s", err, said.String())
	}
	var at struct{ Ask string }
	ts.Check(json.Unmarshal(line, &at))
	page, err := url.Parse(at.Ask)
	ts.Check(err)
	desks[home] = &desk{ask: page.Scheme + "://" + page.Host, key: page.Query().Get("token"), host: cmd}
}

// kill9 ends the host of this script at once, as a crash would: `kill9`.
func kill9(ts *testscript.TestScript, neg bool, args []string) {
	d := desks[ts.Getenv("GATEHOUSE_HOME")]
	ts.Check(d.host.Process.Kill())
	d.host.Wait()
}

// answer waits for a question and answers it as a click in ask would:
//
//	answer NAME quick | deny | close | RUNG LIFETIME
//
// NAME must stand in the question's title or path, or be - for any; RUNG counts from 1, "last" is the widest.
func answer(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: answer NAME quick|deny|close|RUNG LIFETIME")
	}
	d := desks[ts.Getenv("GATEHOUSE_HOME")]
	p := d.wait(ts)
	if name := args[0]; name != "-" && !strings.Contains(p.Prompt.Name+" "+p.Prompt.Object.Path, name) {
		ts.Fatalf("the question is %s %q about %q, not about %q", p.Prompt.Verb, p.Prompt.Name, p.Prompt.Object.Path, name)
	}
	a := permissions.Answer{Nonce: p.Prompt.Nonce, Shown: p.Hash, Verdict: permissions.Allow}
	switch args[1] {
	case "close":
		d.post(ts, "/api/close", struct{}{})
		return
	case "deny":
		a.Verdict, a.Lifetime = permissions.Deny, permissions.Once
		if len(args) > 2 {
			a.Lifetime = permissions.Lifetime(args[2])
		}
	case "quick":
		a.Rung, a.Lifetime = p.Prompt.Quick.Rung, p.Prompt.Quick.Lifetime
	case "last":
		a.Rung, a.Lifetime = len(p.Prompt.Rungs)-1, permissions.Lifetime(args[2])
	default:
		rung, err := strconv.Atoi(args[1])
		ts.Check(err)
		a.Rung, a.Lifetime = rung-1, permissions.Lifetime(args[2])
	}
	d.post(ts, "/api/answer", a)
}

func (d *desk) wait(ts *testscript.TestScript) api.PromptState {
	deadline := time.Now().Add(20 * time.Second)
	var state api.PromptState
	for time.Now().Before(deadline) {
		text := d.do(ts, http.MethodGet, fmt.Sprintf("/api/prompt?after=%d", state.N), nil)
		ts.Check(json.Unmarshal(text, &state))
		if state.Prompt != nil {
			return state
		}
	}
	ts.Fatalf("nothing was asked within 20 s")
	return state
}

func (d *desk) post(ts *testscript.TestScript, path string, v any) {
	text, err := json.Marshal(v)
	ts.Check(err)
	d.do(ts, http.MethodPost, path, bytes.NewReader(text))
}

func (d *desk) do(ts *testscript.TestScript, method, path string, body io.Reader) []byte {
	request, err := http.NewRequest(method, d.ask+path, body)
	ts.Check(err)
	request.Header.Set("X-Gatehouse-Key", d.key)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	ts.Check(err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	ts.Check(err)
	if response.StatusCode >= 400 {
		ts.Fatalf("%s %s: %s %s", method, path, response.Status, text)
	}
	return text
}
