package hostile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// A guest and somebody who swaps names under it, for twenty seconds. TestSoakRace does it for an hour.
func TestNamesThatChangeLeadNowhere(t *testing.T) {
	t.Parallel()
	race(t, 20*time.Second)
}

// race lets a guest do everything to names that lead now to what was given and now to what was not.
func race(t *testing.T, long time.Duration) {
	h := newHouse(t)
	aside := filepath.Join(h.top, "aside")
	if err := os.Mkdir(aside, 0o755); err != nil {
		t.Fatal(err)
	}
	before := h.private(t)
	var orders strings.Builder
	for _, o := range [][3]string{
		{"read", "docs/race"}, {"read", "docs/deep/private.txt"}, {"list", "docs/deep"}, {"stat", "docs/deep/private.txt"},
		{"write", "docs/race", "by the guest"}, {"append", "docs/race", "by the guest"}, {"times", "docs/race"}, {"readlink", "docs/race"},
		{"write", "docs/deep/c.txt", "by the guest"}, {"write", "docs/deep/new.txt", "by the guest"}, {"append", "docs/deep/private.txt", "by the guest"},
		{"mkdir", "docs/deep/made"}, {"rmdir", "docs/deep/made"}, {"rmdir", "docs/deep/folder"}, {"unlink", "docs/deep/a.txt"},
		{"rename", "docs/deep/a.txt", "docs/stolen"}, {"read", "docs/stolen"}, {"rename", "docs/b.txt", "docs/deep/b.txt"}, {"rename", "docs/deep/b.txt", "docs/b.txt"},
		{"rename", "docs/deep/folder", "docs/taken"}, {"rename", "docs/race", "docs/deep/race"}, {"rename", "docs/deep/race", "docs/race"},
		{"symlink", "docs/deep/made", "../a.txt"}, {"readlink", "docs/deep/made"}, {"unlink", "docs/deep/made"}, {"link", "docs/race", "docs/linked"}, {"unlink", "docs/linked"},
		{"read", "docs/changing"}, {"write", "docs/changing", "by the guest"}, {"read", "docs/changing/secret.txt"}, {"list", "docs/changing"},
	} {
		orders.WriteString(order(o[0], "/workspace", o[1], o[2]))
	}
	fmt.Fprintf(&orders, "repeat %d\n", long.Milliseconds())

	over := make(chan struct{})
	var swapper sync.WaitGroup
	swaps := 0
	swapper.Go(func() {
		for {
			select {
			case <-over:
				return
			default:
				h.swap(aside)
				swaps++
			}
		}
	})
	said := newCell(t, nil).answers(t, h.files(t, person{}, given...), orders.String(), long)
	close(over)
	swapper.Wait()

	if strings.Contains(said, canary) || strings.Contains(said, fmt.Sprint(canarySize)) {
		t.Errorf("the guest learned what was not given:\n%.2000q", said)
	}
	untouched(t, before, h.private(t))
	for _, want := range []string{"read", "write", "rename", "list"} {
		if !did(said, want) {
			t.Errorf("the guest could not %s once: the race shows nothing", want)
		}
	}
	t.Logf("%d swaps\n%s", swaps, said)
}

// did says whether the guest succeeded with verb at least once.
func did(said, verb string) bool {
	for line := range strings.Lines(said) {
		var n int
		if _, err := fmt.Sscanf(line, "done "+verb+" %d", &n); err == nil && n > 0 {
			return true
		}
	}
	return false
}

// swap gives names of the house other meanings, one after the other, and the first ones in the end. What fails because
// the guest was faster is tried again in the next round.
func (h house) swap(aside string) {
	become := func(name, target string) {
		made := filepath.Join(aside, "link")
		if os.Symlink(target, made) == nil && os.Rename(made, h.ws(name)) != nil {
			os.Remove(made)
		}
	}
	for _, target := range []string{"../.env", "a.txt", h.outside + "/private.txt", "../private/secret.txt", "b.txt"} {
		become("docs/race", target)
	}
	if os.Rename(h.ws("docs/deep"), aside+"/deep") == nil {
		become("docs/deep", h.outside)
		become("docs/deep", "../private")
		os.Remove(h.ws("docs/deep"))
		os.Rename(aside+"/deep", h.ws("docs/deep"))
	}
	// A file, a link out, a folder, a link to a folder, and nothing.
	changing := h.ws("docs/changing")
	os.WriteFile(changing, []byte("given"), 0o644)
	become("docs/changing", "../notes.md")
	os.Remove(changing)
	os.Mkdir(changing, 0o755)
	os.Remove(changing)
	become("docs/changing", "../private")
	os.Remove(changing)
}
