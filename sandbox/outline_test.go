package sandbox_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"gatehouse/internal/guesttest"
	"gatehouse/sandbox"
)

// kept runs a guest over a cache of its own, and returns the one file that is kept.
func kept(t *testing.T, folder string, wasm []byte) string {
	t.Helper()
	fuelOf(t, folder, wasm)
	files, err := filepath.Glob(filepath.Join(folder, "*", "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v is kept; want one file", files, err)
	}
	return files[0]
}

// fuelOf runs a guest in a runtime of its own, over a cache. In an outline it would trap.
func fuelOf(t *testing.T, folder string, wasm []byte) uint64 {
	t.Helper()
	r, err := sandbox.New(t.Context(), sandbox.Options{Cache: folder})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close(t.Context())
	m, err := r.Compile(t.Context(), wasm)
	if err != nil {
		t.Fatal(err)
	}
	result, err := m.Run(t.Context(), sandbox.Call{Limits: generous})
	if err != nil {
		t.Fatal(err)
	}
	return result.Usage.Fuel
}

func TestWhatIsKeptIsNotCompiledAgain(t *testing.T) {
	folder, wasm := t.TempDir(), guesttest.Module{}.Bytes()
	file := kept(t, folder, wasm)
	before, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	fuelOf(t, folder, wasm)
	after, err := os.Stat(kept(t, folder, wasm))
	if err != nil || !os.SameFile(before, after) || !before.ModTime().Equal(after.ModTime()) {
		t.Errorf("the file was %v and is %v, %v; want it untouched", before, after, err)
	}
}

// What does not fit is compiled anew: a guest never runs in an outline that has no code.
func TestAnOutlineThatDoesNotFit(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(file string, whole []byte) error
	}{
		{"there is no code under its name", func(file string, whole []byte) error {
			return os.Rename(file, filepath.Join(filepath.Dir(file), "0123456789abcdef"))
		}},
		{"it is of something else", func(file string, whole []byte) error {
			whole[len(whole)-40] ^= 1
			return os.WriteFile(file, whole, 0o600)
		}},
		{"it is longer than its file", func(file string, whole []byte) error {
			whole[len(whole)-5] = 1
			return os.WriteFile(file, whole, 0o600)
		}},
		{"its length is below nothing", func(file string, whole []byte) error {
			whole[len(whole)-8] = 0x80
			return os.WriteFile(file, whole, 0o600)
		}},
		{"it is damaged", func(file string, whole []byte) error {
			at := bytes.LastIndex(whole, []byte("\x00asm"))
			whole[at] = 1
			return os.WriteFile(file, whole, 0o600)
		}},
		{"it is cut off", func(file string, whole []byte) error { return os.WriteFile(file, whole[:len(whole)-1], 0o600) }},
		{"it is an older version's", func(file string, whole []byte) error {
			return os.WriteFile(file, append([]byte("WAZEVO\x01v"), whole[8:]...), 0o600)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder, wasm := t.TempDir(), guesttest.Module{}.Bytes()
			file := kept(t, folder, wasm)
			whole, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := test.spoil(file, whole); err != nil {
				t.Fatal(err)
			}
			first := fuelOf(t, folder, wasm)
			if second := fuelOf(t, folder, wasm); second != first || first == 0 {
				t.Errorf("it used %d units of fuel and then %d; want some, and the same", first, second)
			}
		})
	}
}
