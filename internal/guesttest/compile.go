package guesttest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Wat returns the module that text, in WebAssembly's own notation, describes. It takes wat2wasm of Debian's wabt.
func Wat(tb testing.TB, text string) []byte {
	tb.Helper()
	return compiled(tb, "guest.wat", text, "wat2wasm", "--output=guest.wasm", "guest.wat")
}

// C returns the program whose source is text, compiled with Debian's clang and wasi-libc.
func C(tb testing.TB, text string) []byte {
	tb.Helper()
	return compiled(tb, "guest.c", text, "clang", "--target=wasm32-wasi", "-O2", "-o", "guest.wasm", "guest.c")
}

// BareC is C without a library: the program says itself what it imports.
func BareC(tb testing.TB, text string) []byte {
	tb.Helper()
	return compiled(tb, "guest.c", text, "clang", "--target=wasm32", "-O2", "-fno-builtin", "-nostdlib", "-Wl,--no-entry", "-o", "guest.wasm", "guest.c")
}

// compiled runs a compiler over text in a folder of its own and returns the guest.wasm that it leaves there.
func compiled(tb testing.TB, name, text, compiler string, args ...string) []byte {
	tb.Helper()
	folder := tb.TempDir()
	if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	cmd := exec.Command(compiler, args...)
	cmd.Dir = folder
	if said, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("compiling a guest with %s: %v\n%s\nhint: build/setup.sh test", compiler, err, bytes.TrimSpace(said))
	}
	wasm, err := os.ReadFile(filepath.Join(folder, "guest.wasm"))
	if err != nil {
		tb.Fatal(err)
	}
	return wasm
}
