package sandbox_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero/api"

	"gatehouse/internal/guesttest"
	"gatehouse/powers"
	"gatehouse/powers/local"
	"gatehouse/sandbox"
)

// Where the guests of TestEveryImportIsRefusedByDefault keep what they hand over: the name of a file that is there, one of
// a file that is not, an address, and room for answers. 3 is the workspace's descriptor.
const (
	theName = "1024 10" // docs/a.txt
	newName = "1040 8"  // docs/new
	answer  = "2048"
)

// usual says why a function may do without any grant what the call in its row does.
var usual = map[string]string{
	"args_get":             "the guest's own name",
	"args_sizes_get":       "the guest's own name",
	"environ_get":          "HOME and PWD, which say nothing",
	"environ_sizes_get":    "HOME and PWD, which say nothing",
	"clock_res_get":        "every program has a clock",
	"clock_time_get":       "every program has a clock",
	"random_get":           "every program has randomness",
	"sched_yield":          "it does nothing",
	"poll_oneoff":          "sleeping, which counts as running",
	"proc_exit":            "every program may end",
	"proc_raise":           "a signal that nobody hears",
	"fd_read":              "the call's own input",
	"fd_write":             "the call's own output",
	"fd_close":             "a descriptor of the guest's own",
	"fd_renumber":          "a descriptor of the guest's own",
	"fd_advise":            "it does nothing",
	"fd_sync":              "nothing was written that could be put on disk",
	"fd_datasync":          "nothing was written that could be put on disk",
	"fd_fdstat_get":        "what kind of thing a descriptor is",
	"fd_fdstat_set_flags":  "flags of the guest's own output",
	"fd_fdstat_set_rights": "the guest may give up rights",
	"fd_filestat_get":      "that the workspace's root is a folder",
	"fd_prestat_get":       "that there is a workspace",
	"fd_prestat_dir_name":  "that it is called /workspace",
}

// calls has for every function that a guest may import the arguments of an honest call, in memory and by number.
var calls = map[string]string{
	"args_get": "2048 3072", "args_sizes_get": "2048 2052", "environ_get": "2048 3072", "environ_sizes_get": "2048 2052",
	"clock_res_get": "1 2048", "clock_time_get": "1 0 2048", "fd_advise": "3 0 0 0", "fd_allocate": "3 0 8", "fd_close": "2",
	"fd_datasync": "3", "fd_fdstat_get": "3 2048", "fd_fdstat_set_flags": "1 0", "fd_fdstat_set_rights": "1 64 0", "fd_filestat_get": "3 2048",
	"fd_filestat_set_size": "3 0", "fd_filestat_set_times": "3 0 0 5", "fd_pread": "3 1100 1 0 2048", "fd_prestat_get": "3 2048",
	"fd_prestat_dir_name": "3 2048 10", "fd_pwrite": "3 1100 1 0 2048", "fd_read": "0 1100 1 2048", "fd_readdir": "3 2048 1024 0 2044",
	"fd_renumber": "2 1", "fd_seek": "3 0 0 2048", "fd_sync": "3", "fd_tell": "3 2048", "fd_write": "1 1100 1 2048",
	"path_create_directory": "3 " + newName, "path_filestat_get": "3 1 " + theName + " " + answer, "path_filestat_set_times": "3 1 " + theName + " 0 0 5",
	"path_link": "3 0 " + theName + " 3 " + newName, "path_open": "3 1 " + theName + " 0 -1 -1 0 " + answer, "path_readlink": "3 1056 9 2048 1024 2044",
	"path_remove_directory": "3 1072 10", "path_rename": "3 " + theName + " 3 " + newName, "path_symlink": theName + " 3 " + newName,
	"path_unlink_file": "3 " + theName, "poll_oneoff": "1120 2048 1 2044", "proc_exit": "0", "proc_raise": "0", "random_get": "2048 8",
	"sched_yield": "", "sock_accept": "3 0 2048", "sock_recv": "3 1100 1 0 2048 2052", "sock_send": "3 1100 1 0 2048", "sock_shutdown": "3 3",
	// An exchange is a number; one that was never given is refused like one that was refused.
	"[static]exchange.open": "1200 3 1216 17 0 0 0 2048", "[method]exchange.write": "1 1200 3 2048", "[method]exchange.finish": "1 2048",
	"[method]exchange.read": "1 16 2048", "[resource-drop]exchange": "1",
}

// importing is a command that calls one function and exits with the error number that it returns. Where it returns none,
// the result's case, or -1, says how it went.
func importing(module string, f api.FunctionDefinition) string {
	name := f.ExportNames()[0]
	var params, constants strings.Builder
	given := strings.Fields(calls[name])
	for i, p := range f.ParamTypes() {
		fmt.Fprintf(&params, " %s", api.ValueTypeName(p))
		fmt.Fprintf(&constants, "(%s.const %s) ", api.ValueTypeName(p), given[i])
	}
	result, exit := "", `(call $f `+constants.String()+`) (call $exit (i32.load8_u (i32.const 2048)))`
	if len(f.ResultTypes()) > 0 {
		result, exit = "(result i32)", `(call $exit (call $f `+constants.String()+`))`
	}
	if name == "proc_exit" {
		exit = "(call $f (i32.const 0))"
	}
	return fmt.Sprintf(`(module
  (import %q %q (func $f (param%s) %s))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8192))
  (data (i32.const 1024) "docs/a.txt") (data (i32.const 1040) "docs/new") (data (i32.const 1056) "docs/link") (data (i32.const 1072) "docs/empty")
  (data (i32.const 1100) "\00\09\00\00\08\00\00\00") (data (i32.const 1120) "\00") (data (i32.const 1136) "\01")
  (data (i32.const 1200) "GET") (data (i32.const 1216) "http://127.0.0.1/")
  (data (i32.const 2048) "\ff")
  (func (export "_start") %s))`, module, name, params.String(), result, exit)
}

// A guest that was granted nothing calls every function that there is, as an honest program does. What is not in usual is
// refused, and nothing is touched. A function that is added fails here until it has a row, and so does a reason that no
// longer holds.
func TestEveryImportIsRefusedByDefault(t *testing.T) {
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		os.MkdirAll(filepath.Join(folder, "docs", "empty"), 0o755), os.WriteFile(filepath.Join(folder, "docs", "a.txt"), []byte("private"), 0o644),
		os.Symlink("a.txt", filepath.Join(folder, "docs", "link")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	before := listed(t, folder)
	r, err := sandbox.New(t.Context(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close(t.Context())
	var known []string
	for module, functions := range r.Imports() {
		for name, f := range functions {
			known = append(known, name)
			if _, row := calls[name]; !row {
				t.Errorf("%s of %s is new: say here how it is called, and why it may do without a grant what it does", name, module)
				continue
			}
			t.Run(name, func(t *testing.T) {
				m, err := r.Compile(t.Context(), guesttest.Wat(t, importing(module, f)))
				if err != nil {
					t.Fatal(err)
				}
				files, err := local.NewFiles(local.FilesOptions{Workspace: folder, OpenFiles: 64})
				if err != nil {
					t.Fatal(err)
				}
				defer files.Close()
				result, err := m.Run(t.Context(), sandbox.Call{
					Args: []string{"guest"}, Stdin: []byte("input"), Limits: generous,
					Powers: powers.Set{Files: files, Env: local.NewEnv(nil, os.LookupEnv), HTTP: local.NewHTTP(local.HTTPOptions{Requests: 100, Payload: 1 << 20})},
				})
				reason, allowed := usual[name]
				switch {
				case err == nil && !allowed:
					t.Errorf("it succeeds without a grant, and no reason is given for that")
				case err != nil && allowed:
					t.Errorf("it ended with %v, and needs no reason (%q) to succeed", err, reason)
				}
				if strings.Contains(string(result.Stdout)+string(result.Stderr), "private") {
					t.Errorf("the guest said %q", result.Stdout)
				}
			})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(calls)) {
		if !slices.Contains(known, name) {
			t.Errorf("there is no function %s any more", name)
		}
	}
	if after := listed(t, folder); after != before {
		t.Errorf("the workspace was changed:\n%s\n%s", before, after)
	}
}

// listed is a picture of a folder.
func listed(t *testing.T, folder string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(folder, func(name string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		content, _ := os.ReadFile(name)
		fmt.Fprintln(&b, name, info.Mode(), info.ModTime(), string(content))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
