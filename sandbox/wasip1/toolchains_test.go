package wasip1_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/powers"
	"gatehouse/sandbox"
)

// Programs that other toolchains compiled come with the runtime's module, which is on every machine that builds this one.
func TestProgramsOfOtherToolchains(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	if err != nil {
		t.Fatal(err)
	}
	wasi := filepath.Join(strings.TrimSpace(string(out)), "imports", "wasi_snapshot_preview1")
	for _, toolchain := range []string{"cargo-wasi", "tinygo", "zig-cc", "zig"} {
		t.Run(toolchain, func(t *testing.T) {
			folder := t.TempDir()
			for name, text := range map[string]string{"notes.txt": "the notes", "sub/deep.txt": "deep", "-": ""} {
				if err := os.MkdirAll(filepath.Dir(filepath.Join(folder, name)), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			for _, c := range []struct {
				program string
				args    []string
				want    []string
			}{
				{"example/testdata/" + toolchain + "/cat.wasm", []string{"notes.txt"}, []string{"the notes"}},
				{"example/testdata/" + toolchain + "/cat.wasm", []string{"sub/deep.txt"}, []string{"deep"}},
				{"testdata/" + toolchain + "/wasi.wasm", []string{"ls", "."}, []string{"./-", "./notes.txt", "./sub"}},
				{"testdata/" + toolchain + "/wasi.wasm", []string{"ls", "sub"}, []string{"deep.txt"}},
				{"testdata/" + toolchain + "/wasi.wasm", []string{"ls", "notes.txt"}, []string{"ENOTDIR"}},
				{"testdata/" + toolchain + "/wasi.wasm", []string{"stat"},
					[]string{"stdin isatty: false", "stdout isatty: false", "stderr isatty: false", "/ isatty: false"}},
			} {
				wasm, err := os.ReadFile(filepath.Join(wasi, c.program))
				if err != nil {
					t.Fatal(err)
				}
				result, err := compile(t, wasm).Run(t.Context(), sandbox.Call{
					Args: append([]string{"wasi"}, c.args...), Powers: powers.Set{Files: ground(t, folder, 8)}, Limits: generous,
				})
				if toolchain == "tinygo" && c.want[0] == "ENOTDIR" { // it panics, with the number
					c.want, err = []string{"errno 54"}, nil
				}
				if err != nil {
					t.Errorf("%s %q: %v: %s", c.program, c.args, err, result.Stderr)
				}
				for _, want := range c.want {
					if !strings.Contains(string(result.Stdout), want) {
						t.Errorf("%s %q printed %q; want %q in it", c.program, c.args, result.Stdout, want)
					}
				}
			}
		})
	}
}
