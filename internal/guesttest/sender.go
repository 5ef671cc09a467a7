package guesttest

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Sender returns the program testdata/c/NAME.c, which sends requests by the header that skills in C copy.
func Sender(tb testing.TB, name string) []byte {
	tb.Helper()
	_, file, _, _ := runtime.Caller(0)
	var texts []string
	for _, part := range []string{filepath.Join("testdata", "c", name+".c"), filepath.Join("..", "..", "guest", "gatehouse.h")} {
		text, err := os.ReadFile(filepath.Join(filepath.Dir(file), part))
		if err != nil {
			tb.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	return C(tb, strings.Replace(texts[0], "#include \"gatehouse.h\"\n", texts[1], 1))
}
