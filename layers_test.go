// Package main_test keeps the rules of the house that no compiler keeps.
package main_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// room is what one folder may reach. Everything that is not listed is refused.
type room struct {
	// ours are the rooms that it may import.
	ours []string
	// keeps are the prefixes of foreign modules that it alone, or it with others named here, imports.
	keeps []string
}

// rooms is the map of the house, docs/architecture.md in a form that fails.
var rooms = map[string]room{
	"permissions":          {keeps: []string{"golang.org/x/net/idna", "golang.org/x/net/publicsuffix"}},
	"skill":                {ours: []string{"permissions"}, keeps: []string{"github.com/santhosh-tekuri/jsonschema", "github.com/gowebpki/jcs", "github.com/goccy/go-yaml"}},
	"audit":                {ours: []string{"permissions", "skill", "reserve"}},
	"secrets":              {keeps: []string{"github.com/zalando/go-keyring"}},
	"reserve":              {},
	"home":                 {keeps: []string{"github.com/godbus/dbus", "golang.org/x/sys"}},
	"powers":               {ours: []string{"permissions"}},
	"powers/dry":           {ours: []string{"powers", "permissions"}},
	"powers/local":         {ours: []string{"powers", "permissions"}, keeps: []string{"golang.org/x/sys"}},
	"sandbox":              {ours: []string{"powers", "permissions", "sandbox/gatehouse", "sandbox/meter", "sandbox/wasip1"}, keeps: []string{"github.com/tetratelabs/wazero", "golang.org/x/sys"}},
	"sandbox/gatehouse":    {ours: []string{"powers", "permissions"}, keeps: []string{"github.com/tetratelabs/wazero"}},
	"sandbox/hostile":      {},
	"sandbox/meter":        {},
	"sandbox/wasip1":       {ours: []string{"powers", "permissions"}, keeps: []string{"github.com/tetratelabs/wazero"}},
	"worker":               {ours: []string{"sandbox", "powers", "skill", "permissions", "worker/wire"}, keeps: []string{"github.com/containerd/ttrpc", "github.com/landlock-lsm/go-landlock", "github.com/containerd/log", "google.golang.org/protobuf", "google.golang.org/grpc", "golang.org/x/sys"}},
	"clients":              {keeps: []string{"github.com/tailscale/hujson", "github.com/pelletier/go-toml", "github.com/goccy/go-yaml"}},
	"guest":                {},
	"store":                {ours: []string{"permissions", "skill", "reserve"}, keeps: []string{"go.etcd.io/bbolt"}},
	"host":                 {ours: []string{"permissions", "skill", "powers", "powers/local", "powers/dry", "worker", "audit", "secrets", "store", "home", "clients"}},
	"host/api":             {ours: []string{"host", "clients", "registry", "store", "skill", "permissions", "audit", "secrets"}, keeps: []string{"github.com/danielgtaylor/huma"}},
	"bridge":               {ours: []string{"host", "home", "skill", "permissions"}, keeps: []string{"github.com/modelcontextprotocol/go-sdk"}},
	"app":                  {keeps: []string{"github.com/wailsapp/wails"}},
	".":                    {ours: []string{"app"}},
	"builtin-skills":       {ours: []string{"skill", "permissions"}},
	"builtin-skills/pack":  {ours: []string{"skill"}},
	"builtin-skills/fetch": {ours: []string{"guest"}},
	"builtin-skills/files": {},
	"cmd/gatehouse": {
		ours:  []string{"home", "host", "host/api", "bridge", "clients", "worker", "store", "skill", "permissions", "powers/local", "audit", "secrets", "registry", "builtin-skills"},
		keeps: []string{"github.com/spf13/cobra"},
	},
}

// sandboxed are the rooms that decide, or stand before a guest: they can reach no file, no network and no system.
var sandboxed = []string{"permissions", "powers/dry", "sandbox/component", "sandbox/gatehouse", "sandbox/meter", "sandbox/wasip1", "sandbox/wasip2", "sandbox/extism"}

// forbidden is what a sandboxed room may not import of the standard library.
var forbidden = []string{"os", "net", "net/http", "os/exec", "syscall", "os/user", "os/signal", "plugin", "unsafe"}

// starters are the only rooms that start programs, and what each starts.
var starters = map[string]string{"home": "the host", "host": "window and ask", "worker": "workers", "app": "gatehouse open",
	"builtin-skills/pack": "the Go toolchain, when Gatehouse is built"}

// speakers are the only rooms that speak HTTP, and to whom.
var speakers = map[string]string{"powers/local": "whomever a guest may reach", "host/api": "window and ask", "bridge": "agents of this machine", "app": "the host", "cmd/gatehouse": "the host"}

// scaffolding holds what tests and builds share; it may import every room and libraries for tests.
const scaffolding = "internal"

func TestEveryRoomReachesOnlyWhatTheMapAllows(t *testing.T) {
	for file, imports := range sources(t) {
		dir := path.Dir(file)
		if strings.HasPrefix(dir, scaffolding+"/") || strings.HasSuffix(file, "_test.go") {
			continue
		}
		here, known := rooms[dir]
		if !known {
			if under(dir, "worker") || under(dir, "skill/scaffold") {
				continue
			}
			t.Errorf("%s: the room %q is not on the map: add it to layers_test.go and docs/architecture.md, or put the file where its job is", file, dir)
			continue
		}
		for _, name := range imports {
			checkImport(t, file, dir, here, name)
		}
	}
}

func checkImport(t *testing.T, file, dir string, here room, name string) {
	t.Helper()
	own, ours := strings.CutPrefix(name, "gatehouse/")
	switch {
	case ours:
		if !slices.Contains(here.ours, own) {
			t.Errorf("%s imports %s: %s may not know of it; dependencies point down the map in docs/architecture.md", file, name, dir)
		}
	case strings.Contains(strings.Split(name, "/")[0], "."):
		if !slices.ContainsFunc(here.keeps, func(k string) bool { return under(name, k) || strings.HasPrefix(name, k+"/v") }) {
			t.Errorf("%s imports %s: every foreign library has one keeper, and %s is not this one's", file, name, dir)
		}
	case slices.Contains(sandboxed, dir) && slices.Contains(forbidden, name):
		t.Errorf("%s imports %s: %s stands before a guest or decides for one, and reaches no file, network or system", file, name, dir)
	case name == "os/exec" && starters[dir] == "":
		t.Errorf("%s imports os/exec: only home, host, worker and app start programs", file)
	case under(name, "net/http") && speakers[dir] == "":
		t.Errorf("%s imports %s: only powers/local speaks HTTP for a guest, and only the doors between our own processes do besides", file, name)
	case name == "plugin":
		t.Errorf("%s imports plugin: code of strangers runs in a worker", file)
	}
}

func TestOnlyTheWindowProgramKnowsTheWindow(t *testing.T) {
	for file, imports := range sources(t) {
		if slices.Contains(imports, "gatehouse/app") && file != "main.go" && path.Dir(file) != "app" {
			t.Errorf("%s imports gatehouse/app: the whole trip must run without a window", file)
		}
	}
}

func TestTheLibrarysOwnSystemIsNowhere(t *testing.T) {
	// wazero's own directory mount let guests out of it, and its WASI keeps a call's state on the instance. Ours is
	// sandbox/wasip1, over powers, also in tests.
	for file, imports := range sources(t) {
		for _, name := range imports {
			if under(name, "github.com/tetratelabs/wazero/imports") || strings.HasPrefix(name, "github.com/tetratelabs/wazero/experimental/sys") {
				t.Errorf("%s imports %s: what a guest may import is written over powers, which ask", file, name)
			}
		}
	}
	for file, text := range texts(t) {
		if file != "layers_test.go" && (strings.Contains(text, "WithDirMount(") || strings.Contains(text, "WithFSMount(")) {
			t.Errorf("%s mounts a directory into a guest: files go through powers.Files, which asks", file)
		}
	}
}

func TestGuestsAreStoppedByTheirMeter(t *testing.T) {
	for file, text := range texts(t) {
		if file != "layers_test.go" && strings.Contains(text, "WithCloseOnContextDone(true)") {
			t.Errorf("%s uses WithCloseOnContextDone: it slows every loop and cannot stop a tree of calls; package sandbox/meter does both better", file)
		}
	}
}

// sources maps every Go file of the module to what it imports.
func sources(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for file, text := range texts(t) {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.ImportsOnly)
		if err != nil {
			t.Fatalf("parsing %s: %v", file, err)
		}
		for _, spec := range parsed.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			found[file] = append(found[file], name)
		}
		if found[file] == nil {
			found[file] = []string{}
		}
	}
	if len(found) < 20 {
		t.Fatalf("only %d Go files were found: the test looks in the wrong place", len(found))
	}
	return found
}

// texts maps every Go file of the module to its text.
func texts(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && file != "." && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata" || name == "scaffold" || name == "bench" || name == "bin") {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(file) != ".go" {
			return nil
		}
		text, err := os.ReadFile(file)
		found[filepath.ToSlash(file)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// under says whether name is prefix or lies below it.
func under(name, prefix string) bool {
	return name == prefix || strings.HasPrefix(name, prefix+"/")
}
