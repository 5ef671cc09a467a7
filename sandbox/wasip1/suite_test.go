package wasip1_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gatehouse/powers"
	"gatehouse/sandbox"
)

// suiteVariable names a folder with the public test programs of preview 1: the branch of github.com/WebAssembly/wasi-testsuite
// that holds them compiled, prod/testsuite-base.
const suiteVariable = "GATEHOUSE_WASI_TESTSUITE"

// suiteExceptions are the programs of the public suite that do not pass, and why. docs/wasi.md says the same.
var suiteExceptions = map[string]string{
	"assemblyscript/environ_get-multiple-variables":       "every guest finds HOME and PWD",
	"assemblyscript/environ_sizes_get-multiple-variables": "every guest finds HOME and PWD",
	"assemblyscript/environ_sizes_get-no-variables":       "every guest finds HOME and PWD",
	"c/sock_shutdown-invalid_fd":                          "3 is an open folder here, and no socket",
	"rust/fd_flags_set":                                   "a file that was opened to be appended to stays so: that was asked for",
	"rust/path_link":                                      "there are no hard links",
	"rust/symlink_filestat":                               "the times of a link itself are not set",
}

// specification is what the suite says of one program.
type specification struct {
	Root           string
	Args           []string
	Env            map[string]string
	ExitCode       uint32 `json:"exit_code"`
	Stdout, Stderr *string
}

func TestThePublicSuite(t *testing.T) {
	folder := os.Getenv(suiteVariable)
	if folder == "" {
		t.Skipf("the suite is not part of this repository: set %s to a folder that holds it", suiteVariable)
	}
	programs := suitePrograms(t, folder)
	for name := range suiteExceptions {
		if !slices.ContainsFunc(programs, func(p string) bool { return programName(p) == name }) {
			t.Errorf("%s is an exception, and not in the suite", name)
		}
	}
	if len(programs) < 70 {
		t.Errorf("only %d programs were found", len(programs))
	}
	for _, program := range programs {
		t.Run(programName(program), func(t *testing.T) {
			failure := runProgram(t, program)
			reason, excepted := suiteExceptions[programName(program)]
			switch {
			case excepted && failure == "":
				t.Errorf("it passes: it is no exception any more (%s)", reason)
			case !excepted && failure != "":
				t.Error(failure)
			}
		})
	}
}

func programName(path string) string {
	language := filepath.Base(filepath.Dir(filepath.Dir(filepath.Dir(path))))
	return language + "/" + strings.TrimSuffix(filepath.Base(path), ".wasm")
}

func suitePrograms(t *testing.T, folder string) (programs []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".wasm" && strings.Contains(path, "/testsuite/wasm32-wasip1/") {
			programs = append(programs, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return programs
}

// runProgram runs one program and returns what was wrong with it.
func runProgram(t *testing.T, program string) string {
	t.Helper()
	wasm, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	var spec specification
	if text, err := os.ReadFile(strings.TrimSuffix(program, ".wasm") + ".json"); err == nil {
		if err := json.Unmarshal(text, &spec); err != nil {
			t.Fatal(err)
		}
	}
	root := t.TempDir()
	if spec.Root != "" {
		copyFolder(t, filepath.Join(filepath.Dir(program), spec.Root), root)
	}
	files := ground(t, root, 64)
	result, err := compile(t, wasm).Run(t.Context(), sandbox.Call{
		Args: append([]string{"test"}, spec.Args...), Env: spec.Env,
		Powers: powers.Set{Files: topped{files}}, Limits: generous,
	})
	code := uint32(0)
	var exit *sandbox.ExitError
	if errors.As(err, &exit) {
		code, err = exit.Code, nil
	}
	switch {
	case err != nil:
		return err.Error() + ": " + string(result.Stderr)
	case code != spec.ExitCode:
		return string(result.Stderr) + string(result.Stdout)
	case spec.Stdout != nil && *spec.Stdout != string(result.Stdout):
		return "it printed " + string(result.Stdout)
	}
	return ""
}
