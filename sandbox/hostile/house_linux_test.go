package hostile_test

import (
	"context"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gatehouse/internal/guesttest"
	"gatehouse/permissions"
	"gatehouse/powers"
	"gatehouse/powers/local"
	"gatehouse/skill"
)

// canary is in the name and in the content of everything that no guest may learn of, and size is how long each of them
// is: neither may be in what a guest says.
const canary, canarySize = "CANARY", 31_337

// house is a workspace of which the folder docs is given to the guest, with private things in it and beside it.
type house struct{ top, workspace, outside string }

// given is what the guest of a house may do without a question; nothing else is declared.
var given = []string{"fs:read:${workspace}/docs/**", "fs:list:${workspace}/docs/**", "fs:write:${workspace}/docs/**"}

func newHouse(t *testing.T) house {
	t.Helper()
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	h := house{top, filepath.Join(top, "ws"), filepath.Join(top, "outside-"+canary)}
	for _, name := range []string{"ws/docs/a.txt", "ws/docs/b.txt", "ws/docs/deep/c.txt", "ws/docs/empty/.keep"} {
		put(t, filepath.Join(top, name), "given to the guest")
	}
	secret := strings.Repeat(canary+"!", canarySize)[:canarySize]
	for _, name := range []string{h.workspace + "/private/secret.txt", h.workspace + "/.env", h.workspace + "/notes.md",
		h.outside + "/private.txt", h.outside + "/folder/deep.txt", h.outside + "/a.txt", h.outside + "/c.txt"} {
		put(t, name, secret)
	}
	// A name that begins with a dot is not given with its folder; that it is there is, for the folder may be listed.
	put(t, h.ws("docs/.hidden"), canary)
	for name, target := range map[string]string{
		"out": "../../outside-" + canary + "/private.txt", "absolute": h.outside + "/private.txt", "far": h.outside,
		"up": "../private", "top": "..", "self": ".", "env": "../.env", "hop": "out", "hop2": "hop", "loop": "pool", "pool": "loop",
		"dangling": "../../outside-" + canary + "/new", "nowhere": "../private/new", "round": "../../ws/notes.md",
		"back": h.workspace + "/notes.md", "hidden": ".hidden", "null": "/dev/null", "fds": "/proc/self/fd",
		"root": "/proc/self/root", "cwd": "/proc/self/cwd", "environ": "/proc/self/environ", "memory": "/proc/self/mem",
	} {
		link(t, target, h.ws("docs/"+name))
	}
	if err := os.Link(h.outside+"/private.txt", h.ws("docs/hard")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(h.ws("docs/pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	putSocket(t, h.ws("docs"))
	if os.Getuid() == 0 { // nobody else can make one
		if err := syscall.Mknod(h.ws("docs/device"), syscall.S_IFCHR|0o600, 1<<8|5); err != nil { // /dev/zero
			t.Logf("no device could be made here: %v", err)
		}
	}
	return h
}

func (h house) ws(name string) string { return filepath.Join(h.workspace, name) }

func put(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}

// putSocket makes a socket in a folder whose name may be longer than that of a socket.
func putSocket(t *testing.T, folder string) {
	t.Helper()
	at, err := os.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer at.Close()
	socket, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(socket)
	if err := syscall.Bind(socket, &syscall.SockaddrUnix{Name: fmt.Sprintf("/proc/self/fd/%d/socket", at.Fd())}); err != nil {
		t.Fatal(err)
	}
}

// files are the house's for one call of a subject with these grants, through the broker that people have. What the
// grants declare is allowed always; person answers whatever else is asked, nil refuses.
func (h house) files(t *testing.T, person permissions.Prompter, grants ...string) *local.Files {
	t.Helper()
	store := permissions.NewMap()
	subject := permissions.Subject{Skill: "raw", Signer: "unsigned", Digest: "sha256:0", Client: "terminal", Workspace: h.workspace}
	var asked permissions.Capabilities
	var allowed []permissions.Grant
	for _, s := range grants {
		g, err := permissions.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		asked.Optional = append(asked.Optional, permissions.Line{Grant: g, Why: "it is hostile"})
		allowed = append(allowed, g)
	}
	for id, d := range map[string]permissions.Decision{
		"workspace": {Key: subject.WorkspaceKey()}, "grants": {Key: subject.Key(), Grants: allowed},
	} {
		d.ID, d.Verdict, d.Lifetime, d.Made = id, permissions.Allow, permissions.Always, time.Now()
		if err := store.Keep(d); err != nil {
			t.Fatal(err)
		}
	}
	broker := permissions.NewBroker(permissions.Options{
		Store: store, Prompter: person, Never: permissions.Never{Home: filepath.Join(h.top, "home")},
	})
	t.Cleanup(broker.Close)
	guard := broker.Begin(subject, asked, permissions.CallInfo{ID: "c", Tool: "run"})
	t.Cleanup(guard.End)
	files, err := local.NewFiles(local.FilesOptions{Checker: guard, Workspace: h.workspace, OpenFiles: 64, Scratch: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { files.Close() })
	return files
}

// person says yes to whatever may be allowed, as widely as is offered.
type person struct{}

func (person) Ask(_ context.Context, p permissions.Prompt, _ func() int) (permissions.Answer, error) {
	return permissions.Answer{
		Nonce: p.Nonce, Shown: p.Hash(), Verdict: permissions.Allow, Rung: p.Quick.Rung, Lifetime: p.Quick.Lifetime,
	}, nil
}

// private is a picture of everything that was not given to the guest: names, kinds, modes, times, content.
func (h house) private(t *testing.T) map[string]string {
	t.Helper()
	seen := map[string]string{}
	err := filepath.WalkDir(h.top, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(name, h.ws("docs")) && name != h.ws("docs/.hidden") {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		picture := fmt.Sprint(info.Mode(), info.Size())
		if !d.IsDir() {
			picture += info.ModTime().String()
		}
		if info.Mode().IsRegular() {
			content, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			picture += string(content)
		}
		seen[name] = picture
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

// untouched compares two pictures.
func untouched(t *testing.T, before, after map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if before[name] != after[name] {
			t.Errorf("%s was changed", name)
		}
	}
	for name := range after {
		if _, known := before[name]; !known {
			t.Errorf("%s was made", name)
		}
	}
}

// order is one line for the guest of testdata/raw.c.
func order(verb, root, from, to string) string {
	return fmt.Sprintf("%s %s x%s x%s\n", verb, root, hex.EncodeToString([]byte(from)), hex.EncodeToString([]byte(to)))
}

//go:embed testdata/raw.c
var rawSource string

var rawGuest struct {
	sync.Mutex
	wasm []byte
}

// raw is the guest of testdata/raw.c, compiled once.
func raw(t *testing.T) []byte {
	t.Helper()
	rawGuest.Lock()
	defer rawGuest.Unlock()
	if rawGuest.wasm == nil {
		rawGuest.wasm = guesttest.C(t, rawSource)
	}
	return rawGuest.wasm
}

// answers runs the raw guest over files and returns its lines. It may take so long besides a minute.
func (c cell) answers(t *testing.T, files powers.Files, orders string, long time.Duration) string {
	t.Helper()
	job := patient(raw(t), orders)
	job.Limits.Time += skill.Time(long)
	job.Limits.Fuel = 1 << 60
	result, err := c.Run(t.Context(), job, powers.Set{Files: files})
	if err != nil {
		t.Fatalf("running the raw guest: %v; it said %.500q", err, result.Stderr)
	}
	return string(result.Output)
}
