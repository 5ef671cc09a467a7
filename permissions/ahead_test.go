package permissions_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/permissions"
)

// wide asks for something of every kind.
func wide(t testing.TB) permissions.Capabilities {
	return permissions.Capabilities{
		Requires: lines(t, "fs:list:${workspace}/**"),
		Optional: lines(t, "fs:read:${workspace}/**", "fs:write:${workspace}/out/*.csv", "fs:read:/home/u/.ssh/**", "fs:read:/data/*.txt",
			"net:GET:https://api.example.com:443/v1/**", "net:GET,POST:https://*.example.org:443/**", "net:any:GET",
			"net:GET:http://127.0.0.1:8000/**", "env:LANG"),
	}
}

func spelled(grants []permissions.Grant) string {
	var all []string
	for _, g := range grants {
		all = append(all, g.String())
	}
	return strings.Join(all, " ")
}

var (
	reads     = []permissions.Right{permissions.Read}
	readWrite = []permissions.Right{permissions.Read, permissions.Write}
)

func TestAnExtentIsAsMuchOfTheManifestAsItNames(t *testing.T) {
	for _, c := range []struct {
		name   string
		extent permissions.Extent
		want   string // empty for an error
	}{
		{"a folder in the workspace", permissions.Extent{Path: workspace + "/docs", Rights: reads}, "fs:read:${workspace}/docs/** fs:list:${workspace}/docs/**"},
		{"the workspace itself", permissions.Extent{Path: workspace, Rights: reads}, "fs:read:${workspace}/** fs:list:${workspace}/**"},
		{"from the workspace", permissions.Extent{Path: "${workspace}/docs", Rights: reads}, "fs:read:${workspace}/docs/** fs:list:${workspace}/docs/**"},
		{"a neighbour of the workspace", permissions.Extent{Path: workspace + "2/docs", Rights: reads}, "fs:read:/home/u/work/acme2/docs/**"},
		{"one file, where the manifest has no more", permissions.Extent{Path: workspace + "/out/a.csv", Rights: []permissions.Right{permissions.Write}}, "fs:write:${workspace}/out/a.csv"},
		{"one file elsewhere", permissions.Extent{Path: "/data/a.txt", Rights: reads}, "fs:read:/data/a.txt"},
		{"what is not in the manifest", permissions.Extent{Path: "/etc", Rights: readWrite}, "fs:read:/etc/** fs:write:/etc/**"},
		{"a name with what looks like a pattern", permissions.Extent{Path: workspace + "/a*b", Rights: reads}, `fs:read:${workspace}/a\*b/** fs:list:${workspace}/a\*b/**`},
		{"everything", permissions.Extent{Path: "/", Rights: reads}, "fs:read:/"},
		{"no right", permissions.Extent{Path: "/etc"}, ""},
		{"a way up", permissions.Extent{Path: workspace + "/../other", Rights: reads}, ""},
		{"no full path", permissions.Extent{Path: "docs", Rights: reads}, ""},
		{"a character that nobody sees", permissions.Extent{Path: workspace + "/do\u200bcs", Rights: reads}, ""},
		{"a NUL", permissions.Extent{Path: workspace + "/a\x00b", Rights: reads}, ""},
		{"a very long path", permissions.Extent{Path: "/" + strings.Repeat("x", 2000), Rights: reads}, ""},
		{"a host with its methods and path", permissions.Extent{Host: "api.example.com"}, "net:GET:https://api.example.com:443/v1/** net:GET:https://api.example.com:443/**"},
		{"a host below a name", permissions.Extent{Host: "https://a.example.org/"}, "net:GET,POST:https://a.example.org:443/** net:GET:https://a.example.org:443/**"},
		{"any host", permissions.Extent{Host: "elsewhere.net:8443"}, "net:GET:https://elsewhere.net:8443/**"},
		{"letters of another width", permissions.Extent{Host: "ＥＸＡＭＰＬＥ.net"}, "net:GET:https://example.net:443/**"},
		{"this computer", permissions.Extent{Host: "127.0.0.1:8000"}, "net:GET:https://127.0.0.1:8000/** net:GET:http://127.0.0.1:8000/**"},
		{"a pattern", permissions.Extent{Host: "*.example.org"}, ""},
		{"a user", permissions.Extent{Host: "https://me@example.org"}, ""},
		{"a path", permissions.Extent{Host: "https://example.org/x"}, ""},
		{"another scheme", permissions.Extent{Host: "file://example.org"}, ""},
		{"a number", permissions.Extent{Host: "0x7f000001"}, ""},
		{"a variable", permissions.Extent{Variable: "LANG"}, "env:LANG"},
		{"another variable", permissions.Extent{Variable: "API_KEY"}, "env:API_KEY"},
		{"no variable", permissions.Extent{Variable: "A B"}, ""},
		{"nothing", permissions.Extent{}, ""},
	} {
		got, err := c.extent.Grants(wide(t), workspace)
		if spelled(got) != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: Grants() = %s, %v; want %s", c.name, spelled(got), err, c.want)
		}
	}
}

// ahead asks for an extent outside of any call of the skill.
func (h *house) ahead(s permissions.Subject, e permissions.Extent) error {
	h.t.Helper()
	c := wide(h.t)
	grants, err := e.Grants(c, s.Workspace)
	if err != nil {
		h.t.Fatal(err)
	}
	g := h.broker.Begin(s, c, permissions.CallInfo{ID: "ahead", Tool: "grant", Arguments: `{}`})
	defer g.End()
	return g.AskAhead(context.Background(), grants)
}

func TestWhatIsAskedAheadIsAskedOnce(t *testing.T) {
	h := furnish(t, func(o *permissions.Options) {
		o.Count = func(_ context.Context, folder string, _ permissions.Grant) (int, []string) {
			return 2, []string{folder + "/a", folder + "/b"}
		}
	})
	c := wide(t)
	h.confirm(subject(), c)
	h.person.answer = quick
	wantCode(t, h.ahead(subject(), permissions.Extent{Path: workspace + "/docs", Rights: reads}), "")
	p := h.person.prompts()[0]
	if p.Verb != "Give permissions to" || p.Name != "files" || len(p.Lines) != 1 || p.Lines[0].Grant != "fs:read:${workspace}/docs/**" {
		t.Errorf("it asks %s %s? %+v", p.Verb, p.Name, p.Lines)
	}
	if p.Quick.Lifetime != permissions.Session || len(p.Rungs) != 1 || slices.ContainsFunc(p.Rungs[0].Lifetimes, func(c permissions.Choice) bool { return c.Lifetime == permissions.ThisCall }) {
		t.Errorf("it offers %+v, %+v", p.Quick, p.Rungs)
	}
	if r := p.Rungs[0]; r.Count != 2 || strings.Join(r.Matches, " ") != "docs/a docs/b" {
		t.Errorf("it shows that %d match, %q", r.Count, r.Matches)
	}
	if !strings.Contains(strings.Join(p.Warnings, " "), "The agent asks for this, not the skill") {
		t.Errorf("it warns of %q", p.Warnings)
	}
	wantCode(t, h.ahead(subject(), permissions.Extent{Path: workspace + "/docs/more", Rights: reads}), "") // that is in it

	g := h.beginAs(subject(), c)
	wantCode(t, h.check(g, "fs:read:${workspace}/docs/a"), "")
	if n := len(h.person.prompts()); n != 1 {
		t.Errorf("%d questions; want 1", n)
	}
	h.person.answer = deny
	other := subject()
	other.Client = "another"
	for name, check := range map[string]func() error{
		"another folder": func() error { return h.check(g, "fs:read:${workspace}/a") },
		"another client": func() error { return h.check(h.beginAs(other, c), "fs:read:${workspace}/docs/a") },
		"another session": func() error {
			s := subject()
			s.Session = "s-2"
			return h.check(h.beginAs(s, c), "fs:read:${workspace}/docs/a")
		},
	} {
		if err := check(); err == nil {
			t.Errorf("it serves %s", name)
		}
	}
}

// TestForHowLongWhatIsAskedAheadMayHold is for longer than a call, and for good only where the manifest names the host.
func TestForHowLongWhatIsAskedAheadMayHold(t *testing.T) {
	stranger := subject()
	stranger.Client = permissions.Unknown
	for _, c := range []struct {
		name, line string
		subject    permissions.Subject
		extent     permissions.Extent
		want       string
	}{
		{"a folder", "fs:read:${workspace}/**", subject(), permissions.Extent{Path: workspace + "/docs", Rights: reads}, "session hour date always"},
		{"a host of the manifest", "net:GET:https://api.example.com:443/**", subject(), permissions.Extent{Host: "api.example.com"}, "session hour date always"},
		{"a host below one", "net:GET:https://*.example.com:443/**", subject(), permissions.Extent{Host: "api.example.com"}, "session hour"},
		{"any host", "net:any:GET", subject(), permissions.Extent{Host: "api.example.com"}, "session hour"},
		{"for a client that nobody knows", "env:LANG", stranger, permissions.Extent{Variable: "LANG"}, "session"},
	} {
		h := furnish(t)
		asks := permissions.Capabilities{Optional: lines(t, c.line)}
		h.confirm(c.subject, asks)
		h.person.answer = quick
		grants, err := c.extent.Grants(asks, workspace)
		if err != nil {
			t.Fatal(err)
		}
		g := h.broker.Begin(c.subject, asks, permissions.CallInfo{ID: "ahead"})
		wantCode(t, g.AskAhead(context.Background(), grants), "")
		g.End()
		var got []string
		for _, choice := range h.person.prompts()[0].Rungs[0].Lifetimes {
			got = append(got, string(choice.Lifetime))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q; want %s", c.name, got, c.want)
		}
	}
	// Where nothing outlives a call there is nothing to ask for ahead of one.
	h := furnish(t, func(o *permissions.Options) { o.Passing = true })
	h.confirm(subject(), wide(t))
	wantCode(t, h.ahead(subject(), permissions.Extent{Variable: "LANG"}), permissions.CodeDenied)
	if n := len(h.person.prompts()); n != 0 {
		t.Errorf("%d questions", n)
	}
}

// TestWhatNobodyIsAskedAhead are refusals without a question.
func TestWhatNobodyIsAskedAhead(t *testing.T) {
	deny := permissions.Policy{Layer: permissions.LayerUser, Name: "mine", Deny: []permissions.Rule{{ID: "d", Grant: parse(t, "fs:read:${workspace}/secret/**")}},
		Ask: []permissions.Rule{{ID: "a", Grant: parse(t, "fs:read:${workspace}/each/**")}}}
	for _, c := range []struct {
		name   string
		extent permissions.Extent
		code   permissions.Code
	}{
		{"not in the manifest", permissions.Extent{Path: "/etc", Rights: reads}, permissions.CodeUndeclared},
		{"half of it not in the manifest", permissions.Extent{Path: workspace + "/docs", Rights: readWrite}, permissions.CodeUndeclared},
		{"credentials", permissions.Extent{Path: "/home/u/.ssh", Rights: reads}, permissions.CodeDenied},
		{"one of them", permissions.Extent{Path: "/home/u/.ssh/id_ed25519", Rights: reads}, permissions.CodeDenied},
		{"Gatehouse's own", permissions.Extent{Path: "/home/u/.local/share/gatehouse", Rights: reads}, permissions.CodeDenied},
		{"home", permissions.Extent{Path: "/home/u", Rights: reads}, permissions.CodeDenied},
		{"everything", permissions.Extent{Path: "/", Rights: reads}, permissions.CodeUndeclared},
		{"a cloud's metadata", permissions.Extent{Host: "169.254.169.254"}, permissions.CodeDenied},
		{"another variable", permissions.Extent{Variable: "API_KEY"}, permissions.CodeUndeclared},
		{"what a rule denies", permissions.Extent{Path: workspace + "/secret/x", Rights: reads}, permissions.CodeDenied},
		{"what a rule has asked each time", permissions.Extent{Path: workspace + "/each", Rights: reads}, permissions.CodeDenied},
	} {
		h := furnish(t, func(o *permissions.Options) {
			o.Policies = func(permissions.Subject) ([]permissions.Policy, error) { return []permissions.Policy{deny}, nil }
		})
		h.confirm(subject(), wide(t))
		h.person.answer = quick
		err := h.ahead(subject(), c.extent)
		wantCode(t, err, c.code)
		if n := len(h.person.prompts()); n != 0 {
			t.Errorf("%s: %d questions", c.name, n)
		}
		if !strings.Contains(h.record.kinds(), "request:deny") {
			t.Errorf("%s: the record has %s", c.name, h.record.kinds())
		}
	}
}

// TestAnAgentCannotWearThePersonDown names something else each time. What the skill itself wants is asked as before.
func TestAnAgentCannotWearThePersonDown(t *testing.T) {
	h := furnish(t)
	c := wide(t)
	h.confirm(subject(), c)
	h.person.answer = deny
	for i := range 10 {
		wantCode(t, h.ahead(subject(), permissions.Extent{Path: workspace + "/" + strings.Repeat("x", i+1), Rights: reads}), permissions.CodeDenied)
	}
	if n := len(h.person.prompts()); n != 3 {
		t.Errorf("%d questions; want 3", n)
	}
	h.person.answer = quick
	wantCode(t, h.check(h.beginAs(subject(), c), "fs:read:${workspace}/x/a"), "")
	other := subject()
	other.Client = "another"
	h.confirm(other, c)
	wantCode(t, h.ahead(other, permissions.Extent{Variable: "LANG"}), "")
	wantCode(t, h.ahead(subject(), permissions.Extent{Variable: "LANG"}), permissions.CodeDenied)
	h.clock = h.clock.Add(8 * 24 * time.Hour)
	wantCode(t, h.ahead(subject(), permissions.Extent{Variable: "LANG"}), "")
}

// TestAnAgentIsHeardAgainEarly lifts the rest as every other mute is lifted, also in a later host.
func TestAnAgentIsHeardAgainEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := &drawer{}, wide(t)
		h := ticking(t, func(o *permissions.Options) { o.KeepInbox = s.keep })
		h.confirm(subject(), c)
		wish := func(h *house) error { return h.ahead(subject(), permissions.Extent{Variable: "LANG"}) }
		propose := func(h *house) error {
			return h.broker.Propose(t.Context(), permissions.Proposal{Client: "claude-code", Verb: "Install", Name: "x", FromAgent: true,
				Apply: func() error { return nil }})
		}
		h.person.answer = deny
		for i := range 4 {
			if n := len(h.broker.Resting()); i < 3 && n > 0 {
				t.Errorf("after %d dismissals %d rest", i, n)
			}
			wantCode(t, wish(h), permissions.CodeDenied)
			wantCode(t, propose(h), permissions.CodeDenied)
		}
		store := h.store
		h = ticking(t, func(o *permissions.Options) { o.Inbox, o.KeepInbox, o.Store = s.load(t), s.keep, store })
		h.person.answer = quick
		rests := h.broker.Resting()
		if len(rests) != 2 || rests[0].Key != subject().Key() || rests[1].Key != (permissions.Key{Client: "claude-code"}) ||
			rests[0].Until.Sub(rests[0].Made) != 7*24*time.Hour || rests[0].Sentence == rests[1].Sentence {
			t.Fatalf("resting: %+v", rests)
		}
		wantCode(t, wish(h), permissions.CodeDenied)
		if err := h.broker.Revoke(rests[0].ID); err != nil {
			t.Fatal(err)
		}
		if err := h.broker.Revoke(rests[0].ID); !errors.Is(err, permissions.ErrNotFound) {
			t.Errorf("a second time: %v; want ErrNotFound", err)
		}
		wantCode(t, wish(h), "")
		wantCode(t, propose(h), permissions.CodeDenied) // the other one rests on
		if err := h.broker.Revoke(rests[1].ID); err != nil {
			t.Fatal(err)
		}
		if err := propose(h); err != nil {
			t.Errorf("a proposal of an agent that is heard again: %v", err)
		}
		if left := s.load(t).Dismissed; len(left) != 0 || len(h.broker.Resting()) != 0 {
			t.Errorf("left: %+v", left)
		}
		if got := h.record.kinds(); strings.Count(got, "revoke:deny:rest-") != 2 {
			t.Errorf("recorded %s", got)
		}
	})
}

// A person who says no for longer each time is worn down like one who only closes the question.
func TestALongerNoDoesNotLetAnAgentGoOn(t *testing.T) {
	for _, third := range []permissions.Lifetime{permissions.Once, permissions.Session, permissions.Always} {
		h := furnish(t)
		h.confirm(subject(), wide(t))
		h.person.answer = func(p permissions.Prompt) permissions.Answer {
			a := deny(p)
			if len(h.person.prompts())%3 == 0 {
				a.Lifetime = third
			}
			return a
		}
		for i := range 10 {
			wantCode(t, h.ahead(subject(), permissions.Extent{Path: workspace + "/" + strings.Repeat("x", i+1), Rights: reads}), permissions.CodeDenied)
		}
		if n := len(h.person.prompts()); n != 3 {
			t.Errorf("%s: %d questions; want 3", third, n)
		}
	}
}

func TestWhatAnAgentProposesWearsOff(t *testing.T) {
	h := furnish(t)
	h.person.answer = deny
	propose := func(client string) error {
		return h.broker.Propose(context.Background(), permissions.Proposal{Client: client, Verb: "Install", Name: "x", FromAgent: true,
			Apply: func() error { t.Error("it was applied"); return nil }})
	}
	for range 5 {
		wantCode(t, propose("one"), permissions.CodeDenied)
	}
	wantCode(t, propose("two"), permissions.CodeDenied)
	if n := len(h.person.prompts()); n != 4 {
		t.Errorf("%d questions; want 3 of one client and 1 of the other", n)
	}
}

// TestAskedAheadAndAnsweredLate leaves the question in the inbox, also for another host, and answers it there.
func TestAskedAheadAndAnsweredLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := &drawer{}, wide(t)
		h := ticking(t, func(o *permissions.Options) { o.KeepInbox = s.keep })
		h.confirm(subject(), c)
		wantCode(t, h.ahead(subject(), permissions.Extent{Path: workspace + "/docs", Rights: reads}), permissions.CodeTimeout)
		next := ticking(t, func(o *permissions.Options) { o.Inbox = s.load(t) })
		next.confirm(subject(), c)
		for name, h := range map[string]*house{"this host": h, "the next": next} {
			parked := h.broker.Parked()
			if len(parked) != 1 || spelled(parked[0].Grants) != "fs:read:${workspace}/docs/** fs:list:${workspace}/docs/**" {
				t.Fatalf("%s: parked %+v", name, parked)
			}
			p := h.opens(t, parked[0].ID, choose("fs:read:${workspace}/docs/**", permissions.Always))
			if p.Name != "files" || len(p.Lines) != 1 || !strings.Contains(p.Warnings[0], "is gone") {
				t.Errorf("%s: asked late: %+v", name, p)
			}
			wantCode(t, h.check(h.beginAs(subject(), c), "fs:read:${workspace}/docs/a"), "")
			if len(h.broker.Parked()) != 0 {
				t.Errorf("%s: it is still there", name)
			}
		}
	})
}

// TestTakingBack takes a client's own yeses, and nothing that a person would miss.
func TestTakingBack(t *testing.T) {
	other, elsewhere, older := subject(), subject(), subject()
	other.Client, elsewhere.Workspace, older.Digest = "another", "/home/u/work/other", "sha256:00"
	keep := func(id string, s permissions.Subject, v permissions.Verdict, grants ...string) permissions.Decision {
		d := permissions.Decision{ID: id, Key: s.Key(), Verdict: v, Lifetime: permissions.Always}
		for _, g := range grants {
			d.Grants = append(d.Grants, parse(t, g))
		}
		return d
	}
	required := keep("required", subject(), permissions.Allow, "fs:list:${workspace}/**")
	required.Required = true
	all := []permissions.Decision{
		keep("docs", subject(), permissions.Allow, "fs:read:${workspace}/docs/**"),
		keep("all", subject(), permissions.Allow, "fs:read:${workspace}/**"),
		keep("file", subject(), permissions.Allow, "fs:write:${workspace}/docs/a"),
		keep("out", subject(), permissions.Allow, "fs:write:${workspace}/out/a"),
		keep("older", older, permissions.Allow, "fs:read:${workspace}/docs/x"),
		keep("host", subject(), permissions.Allow, "net:GET:https://api.example.com:443/v1/**"),
		keep("below", subject(), permissions.Allow, "net:GET:https://*.example.com:443/**"),
		keep("lang", subject(), permissions.Allow, "env:LANG"),
		keep("no", subject(), permissions.Deny, "fs:read:${workspace}/docs/secret"),
		keep("other", other, permissions.Allow, "fs:read:${workspace}/docs/**"),
		keep("elsewhere", elsewhere, permissions.Allow, "fs:read:${workspace}/docs/**"),
		required,
		{ID: "workspace", Key: subject().WorkspaceKey(), Verdict: permissions.Allow, Lifetime: permissions.Always},
	}
	for _, c := range []struct {
		name   string
		extent permissions.Extent
		gone   string
	}{
		{"a folder, and what is above it", permissions.Extent{Path: workspace + "/docs"}, "docs all file older"},
		{"a host", permissions.Extent{Host: "api.example.com"}, "host below"},
		{"another host", permissions.Extent{Host: "other.example.com"}, "below"},
		{"a variable", permissions.Extent{Variable: "LANG"}, "lang"},
		{"nothing that was given", permissions.Extent{Path: "/data"}, ""},
		{"everything", permissions.Extent{}, "docs all file out older host below lang"},
	} {
		h := furnish(t)
		h.all = all
		for _, d := range all {
			h.keep(d)
		}
		if err := h.broker.TakeBack(subject(), c.extent); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		var gone []string
		for _, d := range all {
			if _, err := h.store.Revoke(d.ID); errors.Is(err, permissions.ErrNotFound) {
				gone = append(gone, d.ID)
			}
		}
		if got := strings.Join(gone, " "); got != c.gone {
			t.Errorf("%s: %q are gone; want %q", c.name, got, c.gone)
		}
		if n := len(h.person.prompts()); n != 0 {
			t.Errorf("%s: %d questions", c.name, n)
		}
	}
}

// TestTakingBackFromAClientThatNobodyKnows leaves the answers of another session: they are somebody else's.
func TestTakingBackFromAClientThatNobodyKnows(t *testing.T) {
	mine := subject()
	mine.Client = permissions.Unknown
	theirs := mine
	theirs.Session = "s-2"
	h := furnish(t)
	for id, s := range map[string]permissions.Subject{"mine": mine, "theirs": theirs} {
		d := permissions.Decision{ID: id, Key: s.Key(), Verdict: permissions.Allow, Lifetime: permissions.Session, Session: s.Session, Grants: []permissions.Grant{parse(t, "env:LANG")}}
		h.keep(d)
		h.all = append(h.all, d)
	}
	if err := h.broker.TakeBack(mine, permissions.Extent{}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.store.Revoke("mine"); !errors.Is(err, permissions.ErrNotFound) {
		t.Errorf("its own is still there: %v", err)
	}
	if _, err := h.store.Revoke("theirs"); err != nil {
		t.Errorf("another session's is gone: %v", err)
	}
}

// FuzzExtent names anything at all: what comes of it is a grant, and without a person it gives nothing.
func FuzzExtent(f *testing.F) {
	for _, seed := range []string{workspace + "/docs", "${workspace}/a*b", "/", "/home/u/.ssh", "api.example.com", "https://a.example.org:8443", "[::1]:80", "LANG", "\u202e", "..", "*"} {
		f.Add(seed)
	}
	h := furnish(f)
	c := wide(f)
	h.confirm(subject(), permissions.Capabilities{})
	f.Fuzz(func(t *testing.T, said string) {
		for _, e := range []permissions.Extent{{Path: said, Rights: readWrite}, {Host: said}, {Variable: said}} {
			grants, err := e.Grants(c, workspace)
			if err == nil && len(grants) == 0 || len(grants) > 16 {
				t.Fatalf("%+v comes to %d grants", e, len(grants))
			}
			for _, g := range grants {
				if again, err := permissions.Parse(g.String()); err != nil || again != g {
					t.Fatalf("%+v comes to %q: %v", e, g, err)
				}
				if h.broker.Explain(subject(), c, g).Verdict == permissions.Allow {
					t.Fatalf("%+v comes to %s, which nobody allowed", e, g)
				}
			}
			if err := h.broker.TakeBack(subject(), e); err != nil {
				t.Fatal(err)
			}
		}
	})
}
