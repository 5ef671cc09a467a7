package permissions_test

import (
	"context"
	"testing"

	"gatehouse/permissions"
)

// picks answers a question with the file at path.
func picks(path string) func(permissions.Prompt) permissions.Answer {
	return func(p permissions.Prompt) permissions.Answer {
		a := answer(p, permissions.Allow, 0, permissions.Once)
		a.Picked = path
		return a
	}
}

// pickable is a need for the file at the grant in whose place another may be picked, or for a pick by a guest's word.
func pickable(t testing.TB, grant, name string) permissions.Need {
	return permissions.Need{Grant: parse(t, grant), Object: permissions.Object{Name: name}, Pickable: true}
}

const report = "fs:read:${workspace}/report.txt"

func TestPickingAllowsOneFileForOneCall(t *testing.T) {
	h := furnish(t)
	h.person.answer = picks("/home/u/elsewhere/a.txt")
	g := h.begin()
	need := pickable(t, report, "report.txt")
	wantCode(t, g.Check(context.Background(), need), "")
	if path, ok := g.Picked(need); !ok || path != "/home/u/elsewhere/a.txt" {
		t.Errorf("Picked() = %q, %v; want the picked file", path, ok)
	}
	wantCode(t, g.Check(context.Background(), need), "")
	if n := len(h.person.asked); n != 1 {
		t.Errorf("opening it again was asked: %d questions", n)
	}
	if kept, _ := h.store.Find(subject().Key()); len(kept) != 1 {
		t.Errorf("kept is %+v, want nothing but the required line", kept)
	}

	h.person.answer = deny
	for name, other := range map[string]permissions.Need{
		"the file that was asked for, where no other can be opened": {Grant: need.Grant, Object: need.Object},
		"the picked file itself":                                    {Grant: parse(t, "fs:read:/home/u/elsewhere/a.txt")},
		"writing":                                                   {Grant: parse(t, "fs:write:${workspace}/report.txt"), Pickable: true},
		"another name":                                              pickable(t, "fs:read:${workspace}/other.txt", "other.txt"),
	} {
		if _, ok := g.Picked(other); ok || g.Granted(context.Background(), other) == nil {
			t.Errorf("%s is allowed by the pick", name)
		}
	}
	g.End()
	if _, ok := g.Picked(need); ok {
		t.Error("after the call the pick still counts")
	}
	if _, ok := h.begin().Picked(need); ok {
		t.Error("the pick counts for the next call")
	}
}

func TestWhatMayBePicked(t *testing.T) {
	for _, c := range []struct {
		name, path string
		want       permissions.Code
	}{
		{"a file that the manifest does not name", "/srv/a.txt", ""},
		{"a file of the workspace", workspace + "/b.txt", ""},
		{"credentials, for reading once", "/home/u/.ssh/config", ""},
		{"a browser's files", "/home/u/.mozilla/x", permissions.CodeDenied},
		{"our own files", "/home/u/.local/share/gatehouse/state.db", permissions.CodeDenied},
		{"the system's own", "/proc/self/mem", permissions.CodeDenied},
		{"a denied file", "/srv/private/x", permissions.CodeDenied},
		{"a name that is not whole", "a.txt", permissions.CodeDenied},
		{"a name with a way up", "/srv/../etc/x", permissions.CodeDenied},
		{"a name that is no text", "/srv/\xff", permissions.CodeDenied},
		{"a pattern is a name", "/srv/*", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := furnish(t)
			h.person.answer = picks(c.path)
			h.keep(permissions.Decision{ID: "no", Key: subject().Key(), Verdict: permissions.Deny, Lifetime: permissions.Always,
				Grants: []permissions.Grant{parse(t, "fs:read:/srv/private/**")}})
			g := h.begin()
			need := pickable(t, report, "report.txt")
			wantCode(t, g.Check(context.Background(), need), c.want)
			if path, ok := g.Picked(need); ok != (c.want == "") || ok && path != c.path {
				t.Errorf("Picked() = %q, %v", path, ok)
			}
		})
	}
}

func TestAPickCountsOnlyWhereItIsOffered(t *testing.T) {
	for _, c := range []struct {
		name   string
		need   permissions.Need
		change func(*permissions.Answer)
	}{
		{"where no other file can be opened", permissions.Need{Grant: parse(t, report)}, func(*permissions.Answer) {}},
		{"for writing", permissions.Need{Grant: parse(t, "fs:write:${workspace}/report.txt")}, func(*permissions.Answer) {}},
		{"for longer than once", pickable(t, report, "report.txt"), func(a *permissions.Answer) { a.Lifetime = permissions.Always }},
		{"with another picture", pickable(t, report, "report.txt"), func(a *permissions.Answer) { a.Shown = "other" }},
		{"with a refusal", pickable(t, report, "report.txt"), func(a *permissions.Answer) { a.Verdict = permissions.Deny }},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := furnish(t)
			h.person.answer = func(p permissions.Prompt) permissions.Answer {
				a := picks("/srv/a.txt")(p)
				c.change(&a)
				return a
			}
			g := h.begin()
			wantCode(t, g.Check(context.Background(), c.need), permissions.CodeDenied)
			if _, ok := g.Picked(c.need); ok {
				t.Error("the pick counts")
			}
		})
	}
}

func TestASkillThatAsksForAPick(t *testing.T) {
	caps := permissions.Capabilities{Optional: lines(t, "fs:pick:read")}
	need := pickable(t, "fs:pick:read", "your letter")

	t.Run("is undeclared without the line", func(t *testing.T) {
		h := furnish(t)
		wantCode(t, h.begin().Check(context.Background(), need), permissions.CodeUndeclared)
	})
	t.Run("gets no yes without a file", func(t *testing.T) {
		h := furnish(t)
		h.person.answer = quick
		wantCode(t, h.beginAs(subject(), caps).Check(context.Background(), need), permissions.CodeDenied)
		p := h.person.asked[0]
		if !p.MayPick || len(p.Rungs) != 0 || p.Verb != "Pick a file for" || p.Name != "your letter" {
			t.Errorf("the question is %+v", p)
		}
	})
	t.Run("gets the picked file, and asks again for another word", func(t *testing.T) {
		h := furnish(t)
		h.person.answer = picks("/srv/a.txt")
		g := h.beginAs(subject(), caps)
		wantCode(t, g.Check(context.Background(), need), "")
		h.person.answer = picks("/srv/b.txt")
		second := pickable(t, "fs:pick:read", "its answer")
		wantCode(t, g.Check(context.Background(), second), "")
		first, _ := g.Picked(need)
		if other, _ := g.Picked(second); first != "/srv/a.txt" || other != "/srv/b.txt" {
			t.Errorf("picked are %q and %q", first, other)
		}
	})
	t.Run("is not answered by a kept decision", func(t *testing.T) {
		h := furnish(t)
		h.keep(permissions.Decision{ID: "pick", Key: subject().Key(), Verdict: permissions.Allow, Lifetime: permissions.Always,
			Grants: []permissions.Grant{parse(t, "fs:pick:read")}})
		h.person.answer = deny
		wantCode(t, h.beginAs(subject(), caps).Check(context.Background(), need), permissions.CodeDenied)
		if len(h.person.asked) != 1 {
			t.Errorf("%d questions, want 1", len(h.person.asked))
		}
	})
}
