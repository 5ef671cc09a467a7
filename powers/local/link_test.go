package local_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"gatehouse/permissions"
	"gatehouse/powers"
	"gatehouse/powers/local"
)

func makeLink(path, says string) powers.Change {
	return powers.Change{Operation: powers.MakeLink, Path: path, To: says}
}

func TestALinkThatIsMadeStaysInside(t *testing.T) {
	deep := strings.Repeat("x", 300)
	for _, c := range []struct {
		name, at, says string
		asked          []string
		want           error
	}{
		{"a link beside its target", "/workspace/docs/new", "a.txt", []string{"fs:write:${workspace}/docs/new"}, nil},
		{"a link up and down", "/workspace/docs/deep/new", "../../notes.md", []string{"fs:write:${workspace}/docs/deep/new"}, nil},
		{"a link to a folder", "/workspace/new", "docs/", []string{"fs:write:${workspace}/new"}, nil},
		{"a link to nothing", "/workspace/new", "later", []string{"fs:write:${workspace}/new"}, nil},
		{"a link to the workspace itself", "/workspace/docs/new", "..", []string{"fs:write:${workspace}/docs/new"}, nil},
		{"a link through a link that stays inside", "/workspace/docs/new", "folder/x.txt", []string{"fs:write:${workspace}/docs/new"}, nil},
		{"outside, a link in its own folder", "OUT/new", "private.txt", []string{"fs:write:OUT/new"}, nil},
		{"outside, a link out of its folder", "OUT/new", "../ws/notes.md", nil, permissions.ErrDenied},
		{"a link out", "/workspace/new", "../outside/private.txt", nil, permissions.ErrDenied},
		{"a link out and back", "/workspace/new", "../ws/notes.md", nil, permissions.ErrDenied},
		{"a link that goes down and up again", "/workspace/new", "docs/../notes.md", nil, permissions.ErrDenied},
		{"a link through a link out", "/workspace/docs/new", "far/private.txt", nil, permissions.ErrDenied},
		{"a link to a link out", "/workspace/docs/new", "out", nil, permissions.ErrDenied},
		{"an absolute link", "/workspace/new", "/workspace/notes.md", nil, permissions.ErrDenied},
		{"an absolute link out", "/workspace/new", "/etc/passwd", nil, permissions.ErrDenied},
		{"a link that says nothing", "/workspace/new", "", []string{"fs:write:${workspace}/new"}, powers.ErrName},
		{"a link that says too much", "/workspace/new", deep, []string{"fs:write:${workspace}/new"}, powers.ErrName},
		{"a link with a zero byte", "/workspace/new", "a\x00b", []string{"fs:write:${workspace}/new"}, powers.ErrName},
		{"a link over a file", "/workspace/notes.md", "docs/a.txt", []string{"fs:write:${workspace}/notes.md"}, powers.ErrExist},
		{"a link over a link", "/workspace/docs/same", "a.txt", []string{"fs:write:${workspace}/docs/same"}, powers.ErrExist},
		{"a link in no folder", "/workspace/none/new", "a.txt", []string{"fs:write:${workspace}/none/new"}, powers.ErrNotExist},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			j := granting(t).yes()
			at := h.real(c.at)
			err := h.files(t, j).Change(t.Context(), makeLink(at, c.says))
			if !errors.Is(err, c.want) {
				t.Errorf("Change() = %v; want %v", err, c.want)
			}
			want := []string{}
			for _, a := range c.asked {
				want = append(want, h.real(a))
			}
			if got := j.questions(); !slices.Equal(got, want) {
				t.Errorf("asked %q; want %q", got, want)
			}
			real := at
			if inside, ok := strings.CutPrefix(at, "/workspace/"); ok {
				real = h.ws(inside)
			}
			says, _ := os.Readlink(real)
			if c.want == nil && says != c.says {
				t.Errorf("the link says %q; want %q", says, c.says)
			}
			if c.want != nil && says == c.says && says != "" {
				t.Errorf("a link was made that says %q", says)
			}
		})
	}
}

func TestTheQuestionForALinkNamesWhatItLeadsTo(t *testing.T) {
	h := newHouse(t)
	j := granting(t).yes()
	if err := h.files(t, j).Change(t.Context(), makeLink("/workspace/docs/new", "folder/x.txt")); err != nil {
		t.Fatal(err)
	}
	if o := j.asked[0].Object; o.Operation != permissions.MakeLink || o.Other != h.ws("other/x.txt") || !o.New || o.Path != h.ws("docs/new") {
		t.Errorf("asked about %+v; want the making of docs/new, which leads to other/x.txt", o)
	}
}

// Whoever writes to a link writes to what it leads to: that must be something that this guest could ask to write.
func TestALinkToWhatMayNotBeWrittenIsRefused(t *testing.T) {
	h := newHouse(t)
	write(t, h.ws(".git/config"), "[core]")
	p := &person{}
	f := h.files(t, calls(t, h, p)())
	for _, says := range []string{".git/config", ".git", ".env", "../outside/private.txt"} {
		if err := f.Change(t.Context(), makeLink("/workspace/new", says)); !errors.Is(err, permissions.ErrDenied) {
			t.Errorf("a link to %s: %v; want a refusal", says, err)
		}
	}
	if len(p.shown) != 0 {
		t.Errorf("the prompts were about %q; want none", p.shown)
	}
	if err := f.Change(t.Context(), makeLink("/workspace/new", "notes.md")); err != nil || len(p.shown) != 1 {
		t.Errorf("a link to notes.md: %v after %q; want it made after one prompt", err, p.shown)
	}
	if q := p.prompts[0]; q.Verb != "Make the link" || q.Name != "new" || q.Link != "to" || q.Other != "notes.md" {
		t.Errorf("the question is %q %q %q %q", q.Verb, q.Name, q.Link, q.Other)
	}
}

func TestALinkIsMadeWhereItWasShown(t *testing.T) {
	for _, c := range []struct {
		name string
		swap func(t *testing.T, h house)
	}{
		{"its folder becomes a link out", func(t *testing.T, h house) {
			rename(t, h.ws("docs"), h.ws("old"))
			link(t, h.outside, h.ws("docs"))
		}},
		{"a file appears", func(t *testing.T, h house) { write(t, h.ws("docs/new"), "somebody's") }},
		{"a link appears", func(t *testing.T, h house) { link(t, "../.env", h.ws("docs/new")) }},
		{"its target becomes a link out", func(t *testing.T, h house) {
			rename(t, h.ws("docs/a.txt"), h.ws("docs/z.txt"))
			link(t, h.outside+"/private.txt", h.ws("docs/a.txt"))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			j := swapping(t, func() { c.swap(t, h) })
			first := j.answer
			j.answer = func(n permissions.Need) error {
				if len(j.questions()) > 1 {
					return refuse(n)
				}
				return first(n)
			}
			err := h.files(t, j).Change(t.Context(), makeLink("/workspace/docs/new", "a.txt"))
			if _, made := os.Lstat(h.outside + "/new"); made == nil {
				t.Error("a link was made outside")
			}
			if says, _ := os.Readlink(h.ws("docs/new")); says == "a.txt" && c.name != "its target becomes a link out" {
				t.Errorf("a link was made that was not shown so; Change() = %v", err)
			}
			// Where it leads is looked at again whenever somebody goes through it.
			if got, err := read(t, h.files(t, granting(t, "fs:read:${workspace}/**")), "/workspace/docs/new"); strings.Contains(got, "private") {
				t.Errorf("reading through it = %q, %v", got, err)
			}
		})
	}
}

func TestALinkTellsWhereItLeadsOnlyToWhoMayKnow(t *testing.T) {
	for _, c := range []struct {
		name, grant, path string
		want              string
	}{
		{"a link beside its target", "fs:list:${workspace}/docs/**", "/workspace/docs/same", "./a.txt"},
		{"a link to what may not be known", "fs:list:${workspace}/docs/**", "/workspace/docs/env", ""},
		{"a link to what may be known", "fs:list:${workspace}/**", "/workspace/docs/folder", "../other"},
		{"a link out", "fs:list:${workspace}/**", "/workspace/docs/out", ""},
		{"an absolute link out", "fs:list:${workspace}/**", "/workspace/docs/abs", ""},
		{"an absolute link back has the guest's name", "fs:list:${workspace}/**", "/workspace/docs/back", "/workspace/notes.md"},
		{"so has one that leads out and back", "fs:list:${workspace}/**", "/workspace/docs/round", "/workspace/notes.md"},
		{"a link to a link says the next one", "fs:list:${workspace}/docs/**", "/workspace/docs/loop", "pool"},
		{"a link to nothing, where nothing may be known", "fs:list:${workspace}/docs/**", "/workspace/docs/gone", ""},
		{"a link to nothing, where that may be known", "fs:list:${workspace}", "/workspace/docs/gone", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			j := granting(t, c.grant)
			info, err := h.files(t, j).Stat(t.Context(), c.path, false)
			if info.Target != c.want || err == nil && info.Kind != powers.Link {
				t.Errorf("Stat() = %+v, %v; want the target %q", info, err, c.want)
			}
			if len(j.questions()) != 0 {
				t.Errorf("asked %q; want nothing", j.questions())
			}
			if info, err := h.files(t, j).Stat(t.Context(), c.path, true); info.Target != "" {
				t.Errorf("following it, Stat() = %+v, %v; want no target", info, err)
			}
		})
	}
}

func TestALinkIsTakenBack(t *testing.T) {
	h := newHouse(t)
	k := &shelf{}
	f := h.keeping(t, k)
	for _, name := range []string{"one", "two"} {
		if err := f.Change(t.Context(), makeLink("/workspace/"+name, "notes.md")); err != nil {
			t.Fatal(err)
		}
	}
	if len(k.written) != 2 || k.written[0].Other != h.ws("notes.md") {
		t.Fatalf("kept %+v; want two links to notes.md", k.written)
	}
	if err := os.Remove(h.ws("two")); err != nil {
		t.Fatal(err)
	}
	link(t, "docs", h.ws("two"))
	if err := local.Restore(h.workspace, k.written[0], nil); err != nil {
		t.Errorf("taking back a link: %v", err)
	}
	if _, err := os.Lstat(h.ws("one")); err == nil {
		t.Error("the link is still there")
	}
	if err := local.Restore(h.workspace, k.written[1], nil); !errors.Is(err, local.ErrChanged) {
		t.Errorf("taking back a link that says something else now: %v; want %v", err, local.ErrChanged)
	}
	if content(t, h.ws("notes.md")) != "the notes" {
		t.Error("what the link led to was touched")
	}
}
