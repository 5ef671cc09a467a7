package local_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"gatehouse/powers/local"
)

func TestCountFiles(t *testing.T) {
	h := newHouse(t) // notes.md, a.txt, b.txt, c.txt, x.txt; links and .env do not count
	write(t, h.ws(".git/objects/1"), "hidden")
	deep := h.ws("other")
	for i := range 40 {
		deep = filepath.Join(deep, fmt.Sprint(i))
	}
	write(t, filepath.Join(deep, "deep"), "deep")
	later := time.Now().Add(time.Minute)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name, folder string
		ctx          context.Context
		limit        int
		deadline     time.Time
		n            int
		whole        bool
	}{
		{"everything below a folder", h.ws("docs"), t.Context(), 100, later, 3, true},
		{"no more than the limit", h.ws("docs"), t.Context(), 2, later, 2, false},
		{"as many as the limit", h.ws("docs/deep"), t.Context(), 1, later, 1, true},
		{"what lies too deep is left out", h.workspace, t.Context(), 100, later, 5, false},
		{"nothing after the deadline", h.ws("docs"), t.Context(), 100, time.Now(), 0, false},
		{"nothing after the call", h.ws("docs"), ended, 100, later, 0, false},
		{"nothing in nothing", h.ws("missing"), t.Context(), 100, later, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if n, whole := local.CountFiles(c.ctx, c.folder, c.limit, c.deadline); n != c.n || whole != c.whole {
				t.Errorf("CountFiles() = %d, %v; want %d, %v", n, whole, c.n, c.whole)
			}
		})
	}
}
