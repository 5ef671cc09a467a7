package permissions_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/permissions"
)

const payroll = "fs:read:${workspace}/finance/payroll.csv"

func TestAllowOnceHoldsForOneCallAndOneObject(t *testing.T) {
	h := furnish(t)
	h.person.answer = quick
	g := h.begin()
	wantCode(t, h.check(g, payroll), "")
	wantCode(t, h.check(g, payroll), "")
	if n := len(h.person.prompts()); n != 1 {
		t.Errorf("%d questions in the first call, want 1", n)
	}
	g.End()
	wantCode(t, h.check(h.begin(), payroll), "")
	if n := len(h.person.prompts()); n != 2 {
		t.Errorf("%d questions after the second call, want 2: it is asked again", n)
	}
	if found, _ := h.store.Find(subject().Key()); len(found) != 1 {
		t.Errorf("%d decisions are kept, want only the required lines", len(found))
	}
}

func TestAlwaysForAFolderHoldsForTheNextCall(t *testing.T) {
	h := furnish(t)
	h.person.answer = choose("fs:read:${workspace}/finance/**", permissions.Always)
	wantCode(t, h.check(h.begin(), payroll), "")
	h.person.answer = deny
	g := h.begin()
	wantCode(t, h.check(g, "fs:read:${workspace}/finance/2025/other.csv"), "")
	wantCode(t, h.check(g, "fs:read:${workspace}/else.csv"), permissions.CodeDenied)
	if n := len(h.person.prompts()); n != 2 {
		t.Errorf("%d questions, want 2", n)
	}
}

func TestLifetimes(t *testing.T) {
	for _, c := range []struct {
		name     string
		lifetime permissions.Lifetime
		later    time.Duration
		change   func(*permissions.Subject)
		asked    bool
	}{
		{"this call ends with the call", permissions.ThisCall, 0, nil, true},
		{"a session goes on", permissions.Session, 11 * time.Hour, nil, false},
		{"a session ends after twelve hours", permissions.Session, 12 * time.Hour, nil, true},
		{"another session is another", permissions.Session, 0, func(s *permissions.Subject) { s.Session = "s-2" }, true},
		{"an hour goes on", permissions.OneHour, 59 * time.Minute, nil, false},
		{"an hour ends", permissions.OneHour, time.Hour, nil, true},
		{"an hour is over where the clock was set back", permissions.OneHour, -2 * time.Minute, nil, true},
		{"a session is over where the clock was set back", permissions.Session, -48 * time.Hour, nil, true},
		{"an hour goes on where the clock is put right", permissions.OneHour, -30 * time.Second, nil, false},
		{"always goes on whatever the clock says", permissions.Always, -48 * time.Hour, nil, false},
		{"an hour outlives its session", permissions.OneHour, 0, func(s *permissions.Subject) { s.Session = "s-2" }, false},
		{"always is always", permissions.Always, 59 * 24 * time.Hour, func(s *permissions.Subject) { s.Session = "s-2" }, false},
		{"always lapses where nothing used it for sixty days", permissions.Always, 60 * 24 * time.Hour, nil, true},
		{"always is for this signer", permissions.Always, 0, func(s *permissions.Subject) { s.Signer = "unsigned" }, true},
		{"always is for this skill", permissions.Always, 0, func(s *permissions.Subject) { s.Skill = "other" }, true},
		{"always is for this digest", permissions.Always, 0, func(s *permissions.Subject) { s.Digest = "sha256:ab" }, true},
		{"always is for these capabilities", permissions.Always, 0, func(s *permissions.Subject) { s.Capabilities = "sha256:bc" }, true},
		{"always is for this client", permissions.Always, 0, func(s *permissions.Subject) { s.Client = "vs-code" }, true},
		{"always is for this workspace", permissions.Always, 0, func(s *permissions.Subject) { s.Workspace = "/home/u/work/other" }, true},
		{"always is for this chain", permissions.Always, 0, func(s *permissions.Subject) { s.Chain = []string{"outer"} }, true},
		{"a version is only shown", permissions.Always, 0, func(s *permissions.Subject) { s.Version = "9" }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := furnish(t)
			h.person.answer = choose(payroll, c.lifetime)
			wantCode(t, h.check(h.begin(), payroll), "")
			s := subject()
			if c.change != nil {
				c.change(&s)
			}
			h.clock = h.clock.Add(c.later)
			h.person.answer = deny
			g := h.beginAs(s, capabilities(t))
			want := permissions.Code("")
			if c.asked {
				want = permissions.CodeDenied
			}
			wantCode(t, g.Granted(context.Background(), h.need(payroll)), want)
			wantCode(t, h.check(g, payroll), want)
		})
	}
}

func TestDenials(t *testing.T) {
	t.Run("a denial is remembered for the call and all below its scope", func(t *testing.T) {
		h := furnish(t)
		h.person.answer = deny
		g := h.begin()
		for range 3 {
			wantCode(t, h.check(g, payroll), permissions.CodeDenied)
		}
		if n := len(h.person.prompts()); n != 1 {
			t.Errorf("%d questions, want 1: the guest cannot nag", n)
		}
		if r := g.Refusals(); len(r) != 1 || r[0].Grant != payroll {
			t.Errorf("Refusals() = %v, want one of %s", r, payroll)
		}
		h.person.answer = quick
		wantCode(t, h.check(h.begin(), payroll), "")
	})
	t.Run("deny always holds for the next call and beats a kept always", func(t *testing.T) {
		h := furnish(t)
		h.person.answer = func(p permissions.Prompt) permissions.Answer {
			return answer(p, permissions.Deny, 0, permissions.Always)
		}
		wantCode(t, h.check(h.begin(), payroll), permissions.CodeDenied)
		h.keep(permissions.Decision{ID: "wide", Key: subject().Key(), Grants: []permissions.Grant{parse(t, "fs:read:${workspace}/**")}, Verdict: permissions.Allow, Lifetime: permissions.Always})
		wantCode(t, h.check(h.begin(), payroll), permissions.CodeDenied)
		wantCode(t, h.check(h.begin(), "fs:read:${workspace}/other"), "")
		if n := len(h.person.prompts()); n != 1 {
			t.Errorf("%d questions, want 1", n)
		}
	})
	t.Run("what no line covers is undeclared and never asked", func(t *testing.T) {
		h := furnish(t)
		g := h.begin()
		wantCode(t, h.check(g, "fs:read:/etc/hosts"), permissions.CodeUndeclared)
		wantCode(t, h.check(g, "fs:read:${workspace}/.env"), permissions.CodeUndeclared)
		wantCode(t, h.check(g, "net:GET:https://a.example:443/"), permissions.CodeUndeclared)
		wantCode(t, g.Check(context.Background(), permissions.Need{}), permissions.CodeUndeclared)
		if n := len(h.person.prompts()); n != 0 {
			t.Errorf("%d questions, want none", n)
		}
	})
	t.Run("a workspace that nobody confirmed gives nothing", func(t *testing.T) {
		h := furnish(t)
		g := h.broker.Begin(subject(), capabilities(t), permissions.CallInfo{})
		wantCode(t, h.check(g, payroll), permissions.CodeDenied)
		s := subject()
		s.Workspace = ""
		wantCode(t, h.check(h.beginAs(s, capabilities(t)), payroll), permissions.CodeUndeclared)
		if n := len(h.person.prompts()); n != 0 {
			t.Errorf("%d questions, want none", n)
		}
	})
	t.Run("a call that has ended gives nothing", func(t *testing.T) {
		h := furnish(t)
		g := h.begin()
		g.End()
		wantCode(t, h.check(g, "fs:list:${workspace}"), permissions.CodeDenied)
		wantCode(t, g.Start(context.Background()), permissions.CodeDenied)
	})
}

func TestAnAnswerThatDoesNotFitIsARefusal(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*permissions.Answer)
	}{
		{"another nonce", func(a *permissions.Answer) { a.Nonce += "x" }},
		{"no nonce", func(a *permissions.Answer) { a.Nonce = "" }},
		{"another picture", func(a *permissions.Answer) { a.Shown = strings.Repeat("0", 64) }},
		{"a rung above the ladder", func(a *permissions.Answer) { a.Rung, a.Lifetime = 99, permissions.ThisCall }},
		{"a rung below the ladder", func(a *permissions.Answer) { a.Rung = -1 }},
		{"a lifetime that does not exist", func(a *permissions.Answer) { a.Lifetime = "forever" }},
		{"once for a higher rung", func(a *permissions.Answer) { a.Rung = 1 }},
		{"no verdict", func(a *permissions.Answer) { a.Verdict = "" }},
		{"the verdict ask", func(a *permissions.Answer) { a.Verdict = permissions.Ask }},
		{"a denial for an hour", func(a *permissions.Answer) { a.Verdict, a.Lifetime = permissions.Deny, permissions.OneHour }},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := furnish(t)
			h.person.answer = func(p permissions.Prompt) permissions.Answer {
				a := quick(p)
				c.change(&a)
				return a
			}
			wantCode(t, h.check(h.begin(), payroll), permissions.CodeDenied)
			if found, _ := h.store.Find(subject().Key()); len(found) != 1 {
				t.Errorf("it was kept: %v", found)
			}
		})
	}
}

func TestWhatIsRecorded(t *testing.T) {
	t.Run("every request and every answer", func(t *testing.T) {
		h := furnish(t)
		h.person.answer = quick
		g := h.begin()
		_ = h.check(g, "fs:list:${workspace}/finance")
		_ = h.check(g, payroll)
		_ = h.check(g, "fs:read:/etc/hosts")
		_ = h.check(g, "fs:read:/etc/hosts")
		_ = g.Granted(context.Background(), h.need(payroll))
		want := "request:allow:required decision:allow:asked request:allow:asked request:deny:undeclared "
		if got := h.record.kinds(); got != want {
			t.Errorf("recorded %s\nwant     %s", got, want)
		}
		for _, e := range h.record.events {
			if e.Call != "call-1" || e.Subject.Skill != "files" || e.Grant == "" {
				t.Errorf("the event %+v does not say what it is about", e)
			}
		}
	})
	t.Run("where nothing can be recorded the answer is no, and nothing stays kept", func(t *testing.T) {
		h := furnish(t)
		h.person.answer = choose(payroll, permissions.Always)
		h.record.err = errors.New("the disk is full")
		g := h.begin()
		wantCode(t, h.check(g, "fs:list:${workspace}"), permissions.CodeStorage)
		wantCode(t, h.check(g, payroll), permissions.CodeStorage)
		if found, _ := h.store.Find(subject().Key()); len(found) != 1 {
			t.Errorf("it was kept: %v", found)
		}
	})
	t.Run("where nothing can be kept the answer is no", func(t *testing.T) {
		broken := &brokenStore{}
		h := furnish(t, func(o *permissions.Options) { broken.Store = o.Store; o.Store = broken })
		h.person.answer = choose(payroll, permissions.Always)
		g := h.begin()
		broken.keep = errors.New("the disk is full")
		wantCode(t, h.check(g, payroll), permissions.CodeStorage)
		broken.find = errors.New("torn")
		wantCode(t, h.check(g, "fs:list:${workspace}"), permissions.CodeStorage)
		wantCode(t, g.Granted(context.Background(), h.need("fs:list:${workspace}")), permissions.CodeStorage)
		wantCode(t, g.Start(context.Background()), permissions.CodeStorage)
	})
	t.Run("a kept answer is durable before Check returns", func(t *testing.T) {
		h := furnish(t)
		h.person.answer = choose(payroll, permissions.Always)
		wantCode(t, h.check(h.begin(), payroll), "")
		if found, _ := h.store.Find(subject().Key()); len(found) != 2 {
			t.Errorf("kept %v, want the required lines and the answer", found)
		}
	})
}

type brokenStore struct {
	permissions.Store
	find, keep error
}

func (s *brokenStore) Find(k permissions.Key) ([]permissions.Decision, error) {
	if s.find != nil {
		return nil, s.find
	}
	return s.Store.Find(k)
}

func (s *brokenStore) Keep(d permissions.Decision) error {
	if s.keep != nil {
		return s.keep
	}
	return s.Store.Keep(d)
}

func TestRevokeHoldsForTheNextCheckOfTheSameCall(t *testing.T) {
	h := furnish(t)
	h.person.answer = choose("fs:read:${workspace}/finance/**", permissions.Always)
	g := h.begin()
	wantCode(t, h.check(g, payroll), "")
	found, _ := h.store.Find(subject().Key())
	for _, d := range found {
		if err := h.broker.Revoke(d.ID); err != nil {
			t.Fatal(err)
		}
	}
	h.person.answer = deny
	wantCode(t, h.check(g, payroll), permissions.CodeDenied)
	wantCode(t, h.check(g, "fs:list:${workspace}"), permissions.CodeDenied)
	if !strings.Contains(h.record.kinds(), "revoke:allow:") {
		t.Errorf("recorded %s, want a revoke", h.record.kinds())
	}
	if err := h.broker.Revoke("nothing"); !errors.Is(err, permissions.ErrNotFound) {
		t.Errorf("Revoke of nothing: %v, want ErrNotFound", err)
	}
	if err := h.broker.Revoke("workspace claude-code"); err != nil {
		t.Fatal(err)
	}
	h.person.answer = quick
	wantCode(t, h.check(g, "fs:read:${workspace}/other"), permissions.CodeDenied)
}

// search reads every file of a tree, as the built-in skill does.
func search(h *house, g *permissions.Guard, folders, files int) error {
	for i := range folders {
		folder := fmt.Sprintf("${workspace}/docs/%d", i)
		for _, list := range []string{"fs:list:${workspace}/docs", "fs:list:" + folder} {
			if err := h.check(g, list); err != nil {
				return err
			}
		}
		for j := range files {
			if err := h.check(g, fmt.Sprintf("fs:read:%s/%d.txt", folder, j)); err != nil {
				return err
			}
		}
	}
	return nil
}

func TestSearchOver500FilesIsTwoQuestions(t *testing.T) {
	h := furnish(t, func(o *permissions.Options) {
		o.Count = func(_ context.Context, folder string, g permissions.Grant) (int, []string) {
			if folder != workspace+"/docs" && folder != workspace+"/docs/0" && folder != workspace {
				t.Errorf("counting in %q", folder)
			}
			return 500, nil
		}
	})
	h.person.answer = quick
	g := h.begin()
	wantCode(t, search(h, g, 50, 10), "")
	asked := h.person.prompts()
	if len(asked) != 2 {
		t.Fatalf("%d questions, want 2", len(asked))
	}
	p := asked[1]
	if p.Verb != "Read everything in" || p.Name != "docs" || !p.Object.Folder || p.Object.Count != 500 || p.Object.Path != workspace+"/docs" {
		t.Errorf("the second question is %s %s, %+v", p.Verb, p.Name, p.Object)
	}
	if r := p.Rungs[p.Quick.Rung]; r.Grant != "fs:read:${workspace}/docs/**" || r.Detail != "500 now, and later ones" {
		t.Errorf("the plain button gives %+v", r)
	}
	if r := p.Rungs[0]; r.Label != "Only this file" || r.Grant != p.Need {
		t.Errorf("the first rung is %+v, want the file alone", r)
	}
	g.End()
	wantCode(t, h.check(h.begin(), "fs:read:${workspace}/docs/0/0.txt"), "")
	if n := len(h.person.prompts()); n != 3 {
		t.Errorf("%d questions after another call, want 3: the folder was allowed for one call", n)
	}
}

func TestTheFolderOfTheSecondQuestion(t *testing.T) {
	for _, c := range []struct {
		name, line  string
		checks      []string
		first, then string
	}{
		{"the folder that both files lie in", "fs:read:${workspace}/**",
			[]string{"fs:read:${workspace}/a/1", "fs:read:${workspace}/a/2"},
			"fs:read:${workspace}/a/1", "fs:read:${workspace}/a/**"},
		{"a file in another folder is asked for alone", "fs:read:${workspace}/**",
			[]string{"fs:read:${workspace}/a/1", "fs:read:${workspace}/b/2"},
			"fs:read:${workspace}/a/1", "fs:read:${workspace}/b/2"},
		{"the topmost folder that was listed", "fs:read:${workspace}/**",
			[]string{"fs:list:${workspace}/a/b", "fs:list:${workspace}/a", "fs:read:${workspace}/a/b/1", "fs:read:${workspace}/a/b/2"},
			"fs:read:${workspace}/a/b/1", "fs:read:${workspace}/a/**"},
		{"not above the manifest's line", "fs:read:${workspace}/a/*.txt",
			[]string{"fs:list:${workspace}/a", "fs:read:${workspace}/a/1.txt", "fs:read:${workspace}/a/2.txt"},
			"fs:read:${workspace}/a/1.txt", "fs:read:${workspace}/a/*.txt"},
		{"a hidden file is in no folder's scope", "fs:read:${workspace}/.config/*",
			[]string{"fs:list:${workspace}", "fs:read:${workspace}/.config/1", "fs:read:${workspace}/.config/2"},
			"fs:read:${workspace}/.config/1", "fs:read:${workspace}/.config/2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := furnish(t)
			h.person.answer = quick
			g := h.beginAs(subject(), permissions.Capabilities{Requires: lines(t, "fs:list:${workspace}/**"), Optional: lines(t, c.line)})
			for _, grant := range c.checks {
				wantCode(t, h.check(g, grant), "")
			}
			asked := h.person.prompts()
			if len(asked) != 2 || quickGrant(asked[0]) != c.first || quickGrant(asked[1]) != c.then {
				t.Fatalf("asked %+v\nwant %s, then %s", asked, c.first, c.then)
			}
		})
	}
	t.Run("a folder that was refused is refused as a whole", func(t *testing.T) {
		h := furnish(t)
		g := h.begin()
		h.person.answer = quick
		wantCode(t, h.check(g, "fs:read:${workspace}/a/1"), "")
		h.person.answer = deny
		for _, grant := range []string{"fs:read:${workspace}/a/2", "fs:read:${workspace}/a/3", "fs:read:${workspace}/a/b/4"} {
			wantCode(t, h.check(g, grant), permissions.CodeDenied)
		}
		if n := len(h.person.prompts()); n != 2 {
			t.Errorf("%d questions, want 2", n)
		}
	})
	t.Run("writing is asked file by file", func(t *testing.T) {
		h := furnish(t)
		h.person.answer = quick
		g := h.begin()
		for i := range 3 {
			wantCode(t, h.check(g, fmt.Sprintf("fs:write:${workspace}/a/%d.txt", i)), "")
		}
		if n := len(h.person.prompts()); n != 3 {
			t.Errorf("%d questions, want 3", n)
		}
	})
}

// quickGrant is what the plain allow button gives.
func quickGrant(p permissions.Prompt) string { return p.Rungs[p.Quick.Rung].Grant }

func TestActiveFilesAreAskedEachTime(t *testing.T) {
	const makefile = "fs:write:${workspace}/sub/Makefile"
	h := furnish(t)
	h.keep(permissions.Decision{ID: "wide", Key: subject().Key(), Grants: []permissions.Grant{parse(t, "fs:write:${workspace}/**")}, Verdict: permissions.Allow, Lifetime: permissions.Always})
	h.person.answer = quick
	g := h.begin()
	wantCode(t, h.check(g, "fs:write:${workspace}/notes.txt"), "")
	wantCode(t, h.check(g, makefile), "")
	wantCode(t, h.check(g, makefile), "")
	asked := h.person.prompts()
	if len(asked) != 2 {
		t.Fatalf("%d questions, want 2", len(asked))
	}
	p := asked[0]
	if len(p.Rungs) != 1 || p.Rungs[0].Grant != makefile || len(p.Rungs[0].Lifetimes) != 1 || p.Rungs[0].Lifetimes[0].Lifetime != permissions.ThisCall {
		t.Errorf("the ladder of an active file is %+v, want itself for this call", p.Rungs)
	}
	if !strings.Contains(strings.Join(p.Warnings, " "), "Another program may run") {
		t.Errorf("the warnings are %q", p.Warnings)
	}
	h.person.answer = choose(makefile, permissions.ThisCall)
	wantCode(t, h.check(g, makefile), "")
	h.person.answer = deny
	wantCode(t, h.check(g, makefile), "")
	wantCode(t, h.check(g, "fs:read:${workspace}/sub/Makefile"), permissions.CodeDenied)
}
