package local_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"gatehouse/permissions"
	"gatehouse/powers"
)

const notes = "fs:read:${workspace}/notes.md"

// TestOnceIsForAnObject puts the secret in the place of the notes and reads them through the real gate.
func TestOnceIsForAnObject(t *testing.T) {
	secretSize, notesSize := int64(len("the secret")), int64(len("the notes"))
	t.Run("a file swapped while the question is open is asked for as what it is", func(t *testing.T) {
		h := newHouse(t)
		p := &person{}
		p.meanwhile = func(n int) {
			if n == 1 {
				rename(t, h.ws(".env"), h.ws("notes.md"))
			}
			p.no = n == 2
		}
		if got, err := read(t, h.files(t, calls(t, h, p)()), "/workspace/notes.md"); !errors.Is(err, permissions.ErrDenied) {
			t.Errorf("reading = %q, %v; want the second answer, no", got, err)
		}
		wantSizes(t, p, notesSize, secretSize)
	})
	t.Run("a file swapped between two openings is asked for again", func(t *testing.T) {
		h := newHouse(t)
		p := &person{}
		f := h.files(t, calls(t, h, p)())
		for range 2 {
			if got, err := read(t, f, "/workspace/notes.md"); got != "the notes" || err != nil {
				t.Errorf("reading = %q, %v; want the notes", got, err)
			}
		}
		rename(t, h.ws(".env"), h.ws("notes.md"))
		p.no = true
		if got, err := read(t, f, "/workspace/notes.md"); !errors.Is(err, permissions.ErrDenied) {
			t.Errorf("reading = %q, %v; want the second answer, no", got, err)
		}
		wantSizes(t, p, notesSize, secretSize)
		if w := strings.Join(p.prompts[1].Warnings, " "); !strings.Contains(w, "Something else has this name now") {
			t.Errorf("the warnings of the second question are %q", w)
		}
	})
	t.Run("what changes with every question is refused after a few", func(t *testing.T) {
		h := newHouse(t)
		p := &person{meanwhile: func(int) {
			write(t, h.ws("fresh"), "fresh")
			rename(t, h.ws("fresh"), h.ws("notes.md"))
		}}
		if got, err := read(t, h.files(t, calls(t, h, p)()), "/workspace/notes.md"); !errors.Is(err, permissions.ErrDenied) || len(p.shown) != 3 {
			t.Errorf("reading = %q, %v after %q; want a refusal after three questions", got, err, p.shown)
		}
	})
	t.Run("this file for this call is whatever has its name", func(t *testing.T) {
		h := newHouse(t)
		p := &person{rung: notes, lifetime: permissions.ThisCall, meanwhile: func(int) { rename(t, h.ws(".env"), h.ws("notes.md")) }}
		if got, err := read(t, h.files(t, calls(t, h, p)()), "/workspace/notes.md"); got != "the secret" || err != nil {
			t.Errorf("reading = %q, %v; want what has the name", got, err)
		}
		wantSizes(t, p, notesSize)
	})
	t.Run("a file that appears where one was to be made is asked for", func(t *testing.T) {
		h := newHouse(t)
		p := &person{}
		p.meanwhile = func(n int) {
			if n == 1 {
				rename(t, h.ws(".env"), h.ws("new"))
			}
			p.no = n == 2
		}
		create := powers.Open{Path: "/workspace/new", Create: true, Truncate: true}
		if err := open(t, h.files(t, calls(t, h, p)()), create).Close(t.Context()); !errors.Is(err, permissions.ErrDenied) {
			t.Errorf("Close() = %v; want the second answer, no", err)
		}
		wantSizes(t, p, 0, secretSize)
		if got := content(t, h.ws("new")); got != "the secret" {
			t.Errorf("the file holds %q; want it untouched", got)
		}
	})
}

func wantSizes(t *testing.T, p *person, sizes ...int64) {
	t.Helper()
	var got []int64
	for _, q := range p.prompts {
		got = append(got, q.Object.Size)
	}
	if !slices.Equal(got, sizes) {
		t.Errorf("the prompts showed %d bytes; want %d", got, sizes)
	}
}

// TestOnceIsForWhatTheTitleSays changes a file as it was shown, and neither changes it again nor removes it with the same
// yes.
func TestOnceIsForWhatTheTitleSays(t *testing.T) {
	h := newHouse(t)
	p := &person{}
	f := h.files(t, calls(t, h, p)())
	for _, c := range []powers.Change{
		{Operation: powers.Truncate, Path: "/workspace/notes.md", Size: 3}, {Operation: powers.Truncate, Path: "/workspace/notes.md"},
		{Operation: powers.RemoveFile, Path: "/workspace/notes.md"},
	} {
		p.no = c.Operation == powers.RemoveFile
		if err := f.Change(t.Context(), c); errors.Is(err, permissions.ErrDenied) != p.no {
			t.Errorf("%s = %v; want a refusal: %v", c.Operation, err, p.no)
		}
	}
	var titles []string
	for _, q := range p.prompts {
		titles = append(titles, q.Verb+" "+q.Name)
	}
	if want := []string{"Change notes.md", "Change notes.md", "Delete notes.md"}; !slices.Equal(titles, want) {
		t.Errorf("asked %q; want %q", titles, want)
	}
}

// TestOnceHoldsForWhatTheCallMade goes on with its own files after the questions that making them took.
func TestOnceHoldsForWhatTheCallMade(t *testing.T) {
	h := newHouse(t)
	p := &person{}
	f := h.files(t, calls(t, h, p)())
	save := func() error {
		file, err := f.Open(t.Context(), powers.Open{Path: "/workspace/new", Read: true, Create: true, Append: true})
		if err != nil {
			return err
		}
		return file.Close(t.Context())
	}
	makeFolder := powers.Change{Operation: powers.MakeFolder, Path: "/workspace/folder"}
	for _, err := range []error{save(), save(), f.Change(t.Context(), makeFolder)} {
		if err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"/workspace/new", "/workspace/folder"} {
		if _, err := f.Stat(t.Context(), name, true); err != nil {
			t.Errorf("describing %s: %v", name, err)
		}
	}
	// The new file is asked for at once, since the guest may not know whether it is there, then for what was written, and
	// for reading when it is opened again.
	if want := []string{h.ws("new"), h.ws("new"), h.ws("new"), h.ws("folder")}; !slices.Equal(p.shown, want) {
		t.Errorf("the prompts were about %q; want %q", p.shown, want)
	}
	// Somebody else's file in the place of its own is somebody else's.
	rename(t, h.ws(".env"), h.ws("new"))
	p.no = true
	if err := save(); !errors.Is(err, permissions.ErrDenied) || content(t, h.ws("new")) != "the secret" {
		t.Errorf("saving again = %v; want a refusal", err)
	}
}
