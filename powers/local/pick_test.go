package local_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// picker is a judge whose person picks the file at path for whatever can be served with one.
type picker struct {
	*judge
	path string
}

func (p *picker) Picked(n permissions.Need) (string, bool) { return p.path, n.Pickable }

func TestAPickedFileIsServedInThePlaceOfWhatWasOpened(t *testing.T) {
	h := newHouse(t)
	private := filepath.Join(h.outside, "private.txt")
	p := &picker{(&judge{}).yes(), private}
	f := h.files(t, p)
	read := func(guest string) (string, error) {
		file, err := f.Open(t.Context(), powers.Open{Path: guest, Read: true})
		if err != nil {
			return "", err
		}
		defer file.Close(context.Background())
		b := make([]byte, 100)
		n, err := file.ReadAt(t.Context(), b, 0)
		return string(b[:n]), err
	}
	want, err := os.ReadFile(private)
	if err != nil {
		t.Fatal(err)
	}
	for _, guest := range []string{"/workspace/notes.md", "/workspace/nope", "/pick/your letter"} {
		if got, err := read(guest); err != nil || got != string(want) {
			t.Errorf("reading %s gave %q, %v; want the picked file's %q", guest, got, err, want)
		}
		if info, err := f.Stat(t.Context(), guest, true); err != nil || info.Size != int64(len(want)) {
			t.Errorf("describing %s gave %+v, %v; want the picked file", guest, info, err)
		}
	}
	if n := p.asked[len(p.asked)-1]; n.Grant.String() != "fs:pick:read" || n.Object.Name != "your letter" {
		t.Errorf("opening /pick/ asked for %+v", n)
	}

	// What takes the picked file's name later in the call is not what was picked.
	if err := errors.Join(os.Rename(private, private+".old"), os.WriteFile(private, []byte("another"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if got, err := read("/workspace/notes.md"); err != nil || got != string(want) {
		t.Errorf("after a swap it gave %q, %v; want the file that was picked", got, err)
	}
}

func TestOnlyAFileThatIsReadCanBePicked(t *testing.T) {
	h := newHouse(t)
	for name, path := range map[string]string{
		"a folder":           h.outside,
		"nothing":            filepath.Join(h.outside, "none"),
		"a link":             filepath.Join(h.workspace, "docs/out"),
		"a name with a link": filepath.Join(h.workspace, "docs/far/private.txt"),
	} {
		f := h.files(t, &picker{(&judge{}).yes(), path})
		if file, err := f.Open(t.Context(), powers.Open{Path: "/workspace/notes.md", Read: true}); err == nil {
			file.Close(context.Background())
			t.Errorf("%s was opened", name)
		}
	}
	p := &picker{(&judge{}).yes(), filepath.Join(h.outside, "private.txt")}
	f := h.files(t, p)
	for name, o := range map[string]powers.Open{
		"writing":              {Path: "/workspace/notes.md", Write: true},
		"reading and writing":  {Path: "/workspace/notes.md", Read: true, Write: true},
		"a pick to be written": {Path: "/pick/letter", Write: true, Create: true},
	} {
		if file, err := f.Open(t.Context(), o); err == nil {
			file.Close(context.Background())
		}
		for _, n := range p.asked {
			if n.Pickable {
				t.Errorf("%s lets a file be picked: %+v", name, n)
			}
		}
	}
}
