package dry_test

import (
	"errors"
	"testing"

	"gatehouse/powers"
	"gatehouse/powers/dry"
)

func newFiles(t *testing.T, answers map[string][]byte) (*dry.Files, *dry.Notes) {
	t.Helper()
	notes := &dry.Notes{}
	f, err := dry.NewFiles(dry.FilesOptions{Notes: notes, Answers: answers, OpenFiles: 2})
	if err != nil {
		t.Fatal(err)
	}
	return f, notes
}

func TestWhatIsWrittenCanBeReadAgain(t *testing.T) {
	f, notes := newFiles(t, nil)
	w, err := f.Open(t.Context(), powers.Open{Path: "/workspace/out/a.txt", Write: true, Create: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteAt(t.Context(), []byte("hello"), 0); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, err := f.Open(t.Context(), powers.Open{Path: "/workspace/out/a.txt", Read: true})
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 10)
	if n, err := r.ReadAt(t.Context(), b, 0); err != nil || string(b[:n]) != "hello" {
		t.Errorf("ReadAt = %q, %v; want what was written", b[:n], err)
	}
	folder, err := f.Open(t.Context(), powers.Open{Path: "/workspace/out", Folder: true})
	if err != nil {
		t.Fatal(err)
	}
	if entries, err := folder.List(t.Context()); err != nil || len(entries) != 1 || entries[0].Name != "a.txt" {
		t.Errorf("List = %v, %v; want the file that was made", entries, err)
	}
	if _, err := f.Open(t.Context(), powers.Open{Path: "/workspace/b.txt", Read: true}); !errors.Is(err, powers.ErrTooMany) {
		t.Errorf("a third open file: %v; want ErrTooMany", err)
	}
	if wishes, more := notes.Wishes(); len(wishes) != 4 || more != 0 {
		t.Errorf("Wishes = %v, %d; want write, read, list, read", wishes, more)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	f, _ := newFiles(t, nil)
	w, err := f.Open(t.Context(), powers.Open{Path: "/workspace/a", Write: true, Create: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteAt(t.Context(), []byte("x"), 1<<40); !errors.Is(err, powers.ErrSpace) {
		t.Errorf("a byte far away: %v; want ErrSpace", err)
	}
	if err := w.Truncate(t.Context(), 65<<20); !errors.Is(err, powers.ErrSpace) {
		t.Errorf("65 MiB: %v; want ErrSpace", err)
	}
	if err := w.Truncate(t.Context(), 1<<20); err != nil {
		t.Errorf("1 MiB: %v", err)
	}
}

func TestAnswersAreAllThereIs(t *testing.T) {
	f, _ := newFiles(t, map[string][]byte{"/workspace/notes/a.txt": []byte("a")})
	if i, err := f.Stat(t.Context(), "/workspace/notes", true); err != nil || i.Kind != powers.Folder {
		t.Errorf("Stat of a folder = %v, %v", i, err)
	}
	if i, err := f.Stat(t.Context(), "/workspace/notes/a.txt", true); err != nil || i.Size != 1 {
		t.Errorf("Stat of an answer = %v, %v", i, err)
	}
	if _, err := f.Stat(t.Context(), "/etc/hostname", true); !errors.Is(err, powers.ErrNotExist) {
		t.Errorf("Stat of something else = %v; want ErrNotExist", err)
	}
	for _, name := range []string{"a.txt", "/workspace/../etc/x", "/a//b"} {
		if _, err := dry.NewFiles(dry.FilesOptions{Notes: &dry.Notes{}, Answers: map[string][]byte{name: nil}}); !errors.Is(err, powers.ErrName) {
			t.Errorf("an answer called %q: %v; want ErrName", name, err)
		}
	}
}

func TestALinkLeadsToItsTargetAndIsNotedAsAWrite(t *testing.T) {
	f, notes := newFiles(t, map[string][]byte{"/workspace/a.txt": []byte("a")})
	for _, c := range []powers.Change{
		{Operation: powers.MakeLink, Path: "/workspace/l", To: "a.txt"},
		{Operation: powers.MakeLink, Path: "/workspace/round", To: "round"},
	} {
		if err := f.Change(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if i, err := f.Stat(t.Context(), "/workspace/l", false); err != nil || i.Kind != powers.Link || i.Target != "a.txt" {
		t.Errorf("Stat of the link = %+v, %v", i, err)
	}
	if i, err := f.Stat(t.Context(), "/workspace/l", true); err != nil || i.Size != 1 {
		t.Errorf("Stat through the link = %+v, %v", i, err)
	}
	if _, err := f.Open(t.Context(), powers.Open{Path: "/workspace/l", Read: true, NoFollow: true}); !errors.Is(err, powers.ErrLink) {
		t.Errorf("opening the link itself: %v; want ErrLink", err)
	}
	if _, err := f.Stat(t.Context(), "/workspace/round", true); !errors.Is(err, powers.ErrLink) {
		t.Errorf("Stat through a circle: %v; want ErrLink", err)
	}
	if err := f.Change(t.Context(), powers.Change{Operation: powers.MakeLink, Path: "/workspace/a.txt", To: "l"}); !errors.Is(err, powers.ErrExist) {
		t.Errorf("a link over a file: %v; want ErrExist", err)
	}
	if wishes, _ := notes.Wishes(); len(wishes) != 4 || wishes[0].Grant.String() != "fs:write:${workspace}/l" {
		t.Errorf("Wishes = %v; want the writing of three names and a reading", wishes)
	}
}
