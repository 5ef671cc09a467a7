package local_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/permissions"
	"gatehouse/powers/local"
)

func TestCountFiles(t *testing.T) {
	h := newHouse(t) // notes.md, a.txt, b.txt, c.txt, x.txt, .env and many links
	write(t, h.ws(".git/objects/1"), "hidden")
	write(t, h.ws("docs/sheet.csv"), "1,2")
	deep := h.ws("deep")
	for i := range 40 {
		deep = filepath.Join(deep, fmt.Sprint(i))
	}
	write(t, filepath.Join(deep, "deep"), "deep")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name, grant string
		ctx         context.Context
		want        int
	}{
		{"everything below a folder", "fs:read:${workspace}/docs/**", t.Context(), 4},
		{"a kind of file in a folder", "fs:read:${workspace}/docs/*.txt", t.Context(), 2},
		{"a kind of file anywhere below", "fs:write:${workspace}/docs/**/*.txt", t.Context(), 3},
		{"names with a dot where they are spelled", "fs:read:${workspace}/.git/**", t.Context(), 1},
		{"a folder elsewhere", "fs:read:" + filepath.ToSlash(h.outside) + "/**", t.Context(), 1},
		{"nothing is said of what lies too deep", "fs:read:${workspace}/**", t.Context(), 0},
		{"nothing is said after the call", "fs:read:${workspace}/docs/**", ended, 0},
		{"nothing is said of nothing", "fs:read:${workspace}/missing/**", t.Context(), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, err := permissions.Parse(c.grant)
			if err != nil {
				t.Fatal(err)
			}
			folder := g.Base()
			if rest, ok := strings.CutPrefix(folder, "${workspace}"); ok {
				folder = h.workspace + rest
			}
			got, some := local.CountFiles(c.ctx, folder, g)
			if got != c.want || len(some) > 5 || got > 0 && len(some) != min(got, 5) {
				t.Errorf("CountFiles() = %d, %q; want %d and as many names", got, some, c.want)
			}
			for _, path := range some {
				if _, err := os.Lstat(path); err != nil {
					t.Errorf("it names %q: %v", path, err)
				}
			}
		})
	}
}
