//go:build unix

package main_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// The scripts run the program as a person's terminal does. Besides testscript's own commands they have those below;
// each of them ends by itself, so that a script that fails ends at once and says why.
func TestScripts(t *testing.T) {
	haveSession(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Deadline:            time.Now().Add(6 * time.Minute),
		Setup:               setUp,
		Condition: func(name string) (bool, error) {
			if name != "root" {
				return false, fmt.Errorf("there is no condition %q", name)
			}
			return os.Geteuid() == 0, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"person":       meetPerson,
			"kill9":        kill9,
			"answer":       answer,
			"shows":        shows,
			"withdrawn":    withdrawn,
			"begin":        begin,
			"end":          end,
			"exits":        exits,
			"unprivileged": unprivileged,
			"signal":       signal,
			"killworkers":  killWorkers,
			"wasm":         writeWasm,
			"web":          web,
			"arrived":      arrived,
			"database":     putDatabase,
			"untouched":    untouched,
			"holddatabase": holdDatabase,
		},
	})
}

// haveSession gives the scripts a session as every terminal has one. Where the tests were started from outside their
// process namespace, as in some containers, theirs has no leader that anybody inside can see, and an answer for a
// session is rightly not offered.
func haveSession(t *testing.T) {
	id, err := unix.Getsid(0)
	if err == nil && id == 0 {
		_, err = unix.Setsid()
	}
	if err != nil {
		t.Fatalf("having a session: %v", err)
	}
}

// stageKey is where a script keeps its stage.
type stageKey struct{}

// stage is what one script has set up.
type stage struct {
	person  *person
	running map[string]*process
	// database is what the script found in the database's place.
	database []byte
	web      *page
}

func on(ts *testscript.TestScript) *stage { return ts.Value(stageKey{}).(*stage) }

func setUp(env *testscript.Env) error {
	// The state folder is outside the workspace, and short enough for a socket's path.
	home, err := os.MkdirTemp("", "gh-")
	if err != nil {
		return err
	}
	if err := warm(home); err != nil {
		return err
	}
	env.Setenv("GATEHOUSE_HOME", home)
	env.Setenv("PATH", programs+string(os.PathListSeparator)+os.Getenv("PATH"))
	s := &stage{running: map[string]*process{}}
	env.Values[stageKey{}] = s
	env.Defer(func() {
		for _, p := range s.running {
			p.kill()
		}
		if s.person != nil {
			s.person.leave()
		}
		killHosts(home)
		os.RemoveAll(home)
	})
	return nil
}

// killHosts ends every host that commands started for the state folder home, also one that has not come so far as to
// listen.
func killHosts(home string) {
	said, _ := exec.Command("pgrep", "-f", "host --home "+home+"$").Output()
	killAll(said)
}

// killAll kills the processes that pgrep found.
func killAll(pids []byte) error {
	var errs []error
	for _, pid := range strings.Fields(string(pids)) {
		number, err := strconv.Atoi(pid)
		if err == nil {
			err = syscall.Kill(number, syscall.SIGKILL)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// meetPerson starts a host of this script with a person before it: `person`. After kill9, or a stop, it starts another.
func meetPerson(ts *testscript.TestScript, _ bool, _ []string) {
	if before := on(ts).person; before != nil {
		before.ended()
	}
	p, err := sitDown(ts.Getenv("GATEHOUSE_HOME"))
	ts.Check(err)
	on(ts).person = p
}

// kill9 ends the host of this script at once, as a crash would: `kill9`.
func kill9(ts *testscript.TestScript, _ bool, _ []string) { on(ts).person.leave() }

// answer waits for a question and answers it as a click in ask would:
//
//	answer NAME quick | deny [LIFETIME] | close | RUNG LIFETIME
//
// NAME must stand in the question's title or path, or be - for any; RUNG counts from 1, "last" is the widest.
func answer(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: answer NAME quick|deny|close|RUNG LIFETIME")
	}
	ts.Check(on(ts).person.answer(context.Background(), args[0], args[1:]...))
}

// shows waits for a question and looks for patterns in its JSON, without answering: `shows PATTERN...`.
func shows(ts *testscript.TestScript, neg bool, args []string) {
	s, err := on(ts).person.next(context.Background())
	ts.Check(err)
	text, err := json.Marshal(s.Prompt)
	ts.Check(err)
	for _, pattern := range args {
		if found, err := regexp.Match(pattern, text); err != nil || found == neg {
			ts.Fatalf("the question shows %q: %v, %v\n%s", pattern, found, err, text)
		}
	}
}

// withdrawn waits until ask shows no question: `withdrawn`.
func withdrawn(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Check(on(ts).person.nothing(context.Background()))
}

// begin starts a program in the background: `begin NAME PROGRAM ARGUMENT...`.
func begin(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: begin NAME PROGRAM ARGUMENT...")
	}
	on(ts).running[args[0]] = start(ts, ts.MkAbs("."), nil, args[1:])
}

// end waits for a program that begin started, and checks its exit status: `end NAME STATUS`.
func end(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: end NAME STATUS")
	}
	finish(ts, on(ts).running[args[0]], args[1])
	delete(on(ts).running, args[0])
}

// exits runs a program and checks its exit status: `exits STATUS PROGRAM ARGUMENT...`.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM ARGUMENT...")
	}
	finish(ts, start(ts, ts.MkAbs("."), nil, args[1:]), args[0])
}

// unprivileged is exits in the folder / and, where the tests run as root, whom no file's mode stops, as nobody.
func unprivileged(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: unprivileged STATUS PROGRAM ARGUMENT...")
	}
	var nobody *syscall.SysProcAttr
	if os.Geteuid() == 0 {
		nobody = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	finish(ts, start(ts, "/", nobody, args[1:]), args[0])
}

// signal sends a running program a signal: `signal NAME INT|KILL`.
func signal(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: signal NAME INT|KILL")
	}
	number, known := map[string]syscall.Signal{"INT": syscall.SIGINT, "KILL": syscall.SIGKILL}[args[1]]
	if !known {
		ts.Fatalf("there is no signal %q", args[1])
	}
	ts.Check(on(ts).running[args[0]].cmd.Process.Signal(number))
}

// killWorkers kills every worker of the person's host, as the system does when memory runs out: `killworkers`.
func killWorkers(ts *testscript.TestScript, _ bool, _ []string) {
	said, err := exec.Command("pgrep", "-P", strconv.Itoa(on(ts).person.host.Process.Pid)).Output()
	ts.Check(err)
	ts.Check(killAll(said))
}

// writeWasm writes one of guests: `wasm FILE GUEST`.
func writeWasm(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 || guests[args[1]] == nil {
		ts.Fatalf("usage: wasm FILE GUEST")
	}
	wasm, err := guests[args[1]]()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), wasm, 0o600))
}

// page is a web of one server, at two addresses.
type page struct {
	mu  sync.Mutex
	got []string
}

// web starts it. $WEB is where pages are, $ELSEWHERE what leads to them.
func web(ts *testscript.TestScript, _ bool, _ []string) {
	p := &page{}
	server := httptest.NewServer(http.HandlerFunc(p.serve))
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.note(r)
		http.Redirect(w, r, server.URL+"/page?q=led", http.StatusFound)
	}))
	ts.Defer(server.Close)
	ts.Defer(other.Close)
	ts.Setenv("WEB", server.URL)
	ts.Setenv("ELSEWHERE", other.URL)
	on(ts).web = p
}

func (p *page) note(r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got = append(p.got, r.RequestURI)
}

func (p *page) serve(w http.ResponseWriter, r *http.Request) {
	p.note(r)
	if r.URL.Path == "/talkative" {
		saysMore(w)
		return
	}
	fmt.Fprint(w, "the page for ", r.URL.Query().Get("q"))
}

// saysMore answers, and goes on after the end of its answer.
func saysMore(w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nenough\r\nand more than that")
}

// arrived fails unless these are the requests that came to the web, in this order.
func arrived(ts *testscript.TestScript, _ bool, want []string) {
	p := on(ts).web
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Equal(p.got, want) {
		ts.Fatalf("%q arrived; want %q", p.got, want)
	}
}

// start begins a program in dir, with the script's environment as far as the program knows of it.
func start(ts *testscript.TestScript, dir string, as *syscall.SysProcAttr, args []string) *process {
	path, err := find(args[0], ts.Getenv("PATH"))
	ts.Check(err)
	cmd := exec.Command(path, args[1:]...)
	cmd.Dir, cmd.SysProcAttr = dir, as
	for _, name := range []string{"PATH", "HOME", "GATEHOUSE_HOME"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	p, err := begun(cmd)
	ts.Check(err)
	return p
}

func find(program, path string) (string, error) {
	if filepath.IsAbs(program) {
		return exec.LookPath(program)
	}
	for _, dir := range filepath.SplitList(path) {
		if found, err := exec.LookPath(filepath.Join(dir, program)); err == nil {
			return found, nil
		}
	}
	return "", fmt.Errorf("there is no program %q", program)
}

// finish waits for p, hands its output to the script, and checks its exit status.
func finish(ts *testscript.TestScript, p *process, want string) {
	if p == nil {
		ts.Fatalf("nothing of this name was begun")
	}
	if got := strconv.Itoa(p.wait()); got != want {
		ts.Fatalf("%s; want status %s", p, want)
	}
	p.out.WriteTo(ts.Stdout())
	p.err.WriteTo(ts.Stderr())
}
