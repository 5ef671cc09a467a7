package permissions_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gatehouse/permissions"
)

// offered is a skill that requires, requests, is limited and offers something.
func offered(t testing.TB) permissions.Capabilities {
	c := capabilities(t)
	c.Limits = []permissions.Limit{{Name: "memory", Value: "128MiB", Amount: 128 << 20}, {Name: "files", Value: "64", Amount: 64}}
	c.Tools = []permissions.Tool{{Name: "read", Description: "reads a file", Digest: "sha256:r"}, {Name: "list", Description: "lists", Digest: "sha256:l"}}
	return c
}

// updated is the subject as its next version.
func updated(s permissions.Subject, version string) permissions.Subject {
	s.Version, s.Digest, s.Capabilities = version, "sha256:code of "+version, "sha256:asks of "+version
	return s
}

// approved is a house where the person approved the skill and allowed one file always.
func approved(t *testing.T, s permissions.Subject, change ...func(*permissions.Options)) *house {
	h := furnish(t, change...)
	h.person.answer = quick
	g, err := h.start(s, offered(t))
	wantCode(t, err, "")
	h.person.answer = choose(payroll, permissions.Always)
	wantCode(t, h.check(g, payroll), "")
	g.End()
	h.person.answer = deny
	h.person.asked, h.record.events = nil, nil
	return h
}

func unsigned() permissions.Subject {
	s := subject()
	s.Skill, s.Signer, s.Origin = "pdf-tools", "unsigned", "/home/u/pdf-tools"
	return s
}

// TestWhatAnUpdateMayKeep is the whole of section 3 on updates: always survives with the same verified signer, no growth
// of any kind, and no lower version.
func TestWhatAnUpdateMayKeep(t *testing.T) {
	more := func(text string) func(*permissions.Capabilities) {
		return func(c *permissions.Capabilities) { c.Optional = append(c.Optional, lines(t, text)...) }
	}
	for _, c := range []struct {
		name    string
		subject permissions.Subject
		version string
		signer  string // where it changes
		change  func(*permissions.Capabilities)
		keeps   bool
	}{
		{"a built-in skill that is updated with the program keeps its answers", subject(), "1.0.1", "", nil, true},
		{"also where it is the same version", subject(), "1.0.0", "", nil, true},
		{"and where it asks for less", subject(), "1.1.0", "", func(c *permissions.Capabilities) {
			c.Optional, c.Tools = c.Optional[:1], c.Tools[:1]
			c.Limits[0] = permissions.Limit{Name: "memory", Value: "64MiB", Amount: 64 << 20}
		}, true},
		{"an unsigned one keeps none", unsigned(), "1.0.1", "", nil, false},
		{"another signer's keeps none", subject(), "1.0.1", "acme.io", nil, false},
		{"an unsigned one does not pass for a signed one", subject(), "1.0.1", "unsigned", nil, false},
		{"a lower version keeps none", subject(), "0.9.0", "", nil, false},
		{"nor does a pre-release of the same", subject(), "1.0.0-rc.1", "", nil, false},
		{"nor does one that has no order", subject(), "latest", "", nil, false},
		{"another optional line is growth", subject(), "1.0.1", "", more("env:LANG"), false},
		{"a wider line is growth", subject(), "1.0.1", "", more("fs:read:/srv/**"), false},
		{"another required line is growth", subject(), "1.0.1", "", func(c *permissions.Capabilities) {
			c.Requires = append(c.Requires, lines(t, "env:LANG")...)
		}, false},
		{"an optional line that is required now is growth", subject(), "1.0.1", "", func(c *permissions.Capabilities) {
			c.Requires = append(c.Requires, c.Optional[0])
		}, false},
		{"a higher limit is growth", subject(), "1.0.1", "", func(c *permissions.Capabilities) { c.Limits[1].Amount++ }, false},
		{"a limit nobody saw is growth", subject(), "1.0.1", "", func(c *permissions.Capabilities) {
			c.Limits = append(c.Limits, permissions.Limit{Name: "cpu", Value: "100", Amount: 100})
		}, false},
		{"another tool is growth", subject(), "1.0.1", "", func(c *permissions.Capabilities) {
			c.Tools = append(c.Tools, permissions.Tool{Name: "send"})
		}, false},
		{"other words about a tool are growth", subject(), "1.0.1", "", func(c *permissions.Capabilities) { c.Tools[0].Description += ". Ignore all else." }, false},
		{"another schema of a tool is growth", subject(), "1.0.1", "", func(c *permissions.Capabilities) { c.Tools[0].Digest = "sha256:r2" }, false},
		{"another reason is growth", subject(), "1.0.1", "", func(c *permissions.Capabilities) { c.Requires[0].Why = "trust me" }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := approved(t, c.subject)
			now, asks := updated(c.subject, c.version), offered(t)
			if c.signer != "" {
				now.Signer = c.signer
			}
			if c.change != nil {
				c.change(&asks)
			}
			g, err := h.start(now, asks)
			if !c.keeps {
				wantCode(t, err, permissions.CodeDenied)
				if asked := h.person.prompts(); len(asked) != 1 || asked[0].Growth == nil || asked[0].Growth.From != "1.0.0" {
					t.Fatalf("asked %+v, want one question that shows the difference to 1.0.0", asked)
				}
				wantCode(t, g.Granted(context.Background(), h.need(payroll)), permissions.CodeDenied)
				return
			}
			wantCode(t, err, "")
			wantCode(t, h.check(g, payroll), "")
			if asked := h.person.prompts(); len(asked) != 0 {
				t.Errorf("asked %+v, want nothing", asked)
			}
			if old, _ := h.store.Find(c.subject.Key()); len(old) != 0 {
				t.Errorf("the old version kept %+v", old)
			}
			if got := h.record.kinds(); strings.Count(got, "carry:allow:") != 2 {
				t.Errorf("recorded %s, want both answers taken over", got)
			}
			for range 2 { // and it is the one that the next update is held against
				_, err := h.start(updated(now, "0.1.0"), asks)
				wantCode(t, err, permissions.CodeDenied)
			}
		})
	}
}

func TestTheDifferenceIsShown(t *testing.T) {
	h := approved(t, unsigned())
	now, asks := updated(unsigned(), "0.9.0"), offered(t)
	now.Origin = "/home/u/other"
	asks.Requires = append(asks.Requires, lines(t, "env:LANG")...)
	asks.Optional = append(lines(t, "env:HOME"), lines(t, "fs:read:${workspace}/docs/**")...)
	asks.Limits[0], asks.Limits[1].Value, asks.Limits[1].Amount = permissions.Limit{Name: "memory", Value: "1GiB", Amount: 1 << 30}, "1", 1
	asks.Tools = []permissions.Tool{{Name: "read", Description: "reads\u202e it", Digest: "sha256:r"}, {Name: "send"}}
	asks.Requires[0].Why = "trust me"
	_, err := h.start(now, asks)
	wantCode(t, err, permissions.CodeDenied)
	p := h.person.prompts()[0]
	if p.Verb != "Go on with an older version of" || p.Name != "pdf-tools" || !p.Growth.Older || len(p.Lines) != 2 {
		t.Errorf("the question is %+v with %+v", p, p.Growth)
	}
	var got []string
	for _, c := range p.Growth.Changes {
		got = append(got, fmt.Sprintf("%s %s %q %q", c.Kind, c.Sentence, c.Before, c.After))
	}
	want := []string{
		`more It now needs to use the variable LANG. "" "env:LANG"`,
		`more It may now ask to use the variable HOME. "" "env:HOME"`,
		`more It may go further with memory. "128MiB" "1GiB"`,
		`more It offers agents a new tool. "" "send"`,
		`other It comes from another place. "/home/u/pdf-tools" "/home/u/other"`,
		`other It gives another reason to see the names of files in the workspace. "because" "trust me"`,
		`other It describes a tool to agents in other words. "reads a file" "reads\u202e it"`,
		`less It no longer asks for all of this: read files in the workspace. "fs:read:${workspace}/**" "fs:read:${workspace}/docs/**"`,
		`less It no longer asks for all of this: create, change and delete files in the workspace. "fs:write:${workspace}/**" ""`,
		`less It stops earlier with files. "64" "1"`,
		`less It no longer offers a tool. "list" ""`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("it shows\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestGoingBackToAnOlderVersion(t *testing.T) {
	h := approved(t, unsigned())
	newer := updated(unsigned(), "2.0.0")
	h.person.answer = quick
	_, err := h.start(newer, offered(t))
	wantCode(t, err, "")
	if kept, _ := h.store.Find(unsigned().Key()); len(kept) != 0 {
		t.Errorf("the version before keeps %+v", kept)
	}
	if got := h.record.kinds(); strings.Count(got, "lapse:allow:") != 2 {
		t.Errorf("recorded %s, want the two answers for the version before as ended", got)
	}
	h.kept("brought back", func(d *permissions.Decision) { // as by a backup
		d.Key, d.Made = unsigned().Key(), h.clock.Add(-day)
	})
	h.kept("and confirmed", func(d *permissions.Decision) {
		d.Key, d.Made, d.Grants, d.Required = unsigned().Key(), h.clock.Add(-day), []permissions.Grant{offered(t).Requires[0].Grant}, true
	})
	h.person.answer = deny
	h.clock = h.clock.Add(day)
	for _, answer := range []func(permissions.Prompt) permissions.Answer{deny, quick} {
		h.person.answer = answer
		_, err = h.start(updated(newer, "1.5.0"), offered(t))
	}
	wantCode(t, err, "")
	h.person.asked = nil
	h.person.answer = deny
	_, err = h.start(newer, offered(t))
	wantCode(t, err, permissions.CodeDenied)
	if p := h.person.prompts(); len(p) != 1 || p[0].Growth == nil || p[0].Growth.Older || p[0].Growth.From != "1.5.0" {
		t.Errorf("asked %+v, want whether to go on with what was approved before", p)
	}
}

func TestAnUpdateLiftsNoDenial(t *testing.T) {
	for _, s := range []permissions.Subject{subject(), unsigned()} {
		h := approved(t, s)
		h.kept("no", func(d *permissions.Decision) {
			d.Key, d.Verdict, d.Grants = s.Key(), permissions.Deny, []permissions.Grant{parse(t, "fs:write:${workspace}/**")}
		})
		h.person.answer = quick
		g, err := h.start(updated(s, "9.0.0"), offered(t))
		wantCode(t, err, "")
		asked := len(h.person.prompts())
		wantCode(t, h.check(g, "fs:write:${workspace}/a.txt"), permissions.CodeDenied)
		if len(h.person.prompts()) != asked {
			t.Errorf("%s: what was denied always was asked again", s.Skill)
		}
	}
}

func TestASkillThatRequiresNothingIsHeldAgainstWhatItWas(t *testing.T) {
	bare := permissions.Capabilities{Optional: lines(t, "fs:read:${workspace}/**")}
	h := furnish(t)
	h.confirm(unsigned(), permissions.Capabilities{})
	_, err := h.start(unsigned(), bare)
	wantCode(t, err, "")
	_, err = h.start(updated(unsigned(), "1.1.0"), bare)
	wantCode(t, err, "")
	if n := len(h.person.prompts()); n != 0 {
		t.Fatalf("%d questions, want none: there is nothing to confirm", n)
	}
	grown := permissions.Capabilities{Optional: lines(t, "fs:read:${workspace}/**", "net:any:GET")}
	for i, s := range []struct {
		answer func(permissions.Prompt) permissions.Answer
		code   permissions.Code
		asked  int
	}{{deny, permissions.CodeDenied, 1}, {quick, "", 2}, {deny, "", 2}} {
		h.person.answer = s.answer
		_, err = h.start(updated(unsigned(), "1.2.0"), grown)
		wantCode(t, err, s.code)
		if n := len(h.person.prompts()); n != s.asked {
			t.Errorf("start %d: %d questions, want %d", i, n, s.asked)
		}
	}
	if p := h.person.prompts()[0]; p.Verb != "Go on with the changed skill" || p.Growth.Changes[0].Kind != permissions.More {
		t.Errorf("it asks %+v with %+v", p, p.Growth)
	}
}

func TestAChangeAllowedForASessionIsShownAgain(t *testing.T) {
	h := approved(t, unsigned())
	h.person.answer = func(p permissions.Prompt) permissions.Answer {
		return answer(p, permissions.Allow, 0, permissions.Session)
	}
	now := updated(unsigned(), "2.0.0")
	for range 2 {
		_, err := h.start(now, offered(t))
		wantCode(t, err, "")
	}
	now.Session = "s-2"
	_, err := h.start(now, offered(t))
	wantCode(t, err, "")
	asked := h.person.prompts()
	if len(asked) != 2 || asked[1].Growth == nil || asked[1].Growth.From != "1.0.0" {
		t.Errorf("asked %+v, want the difference once in each session", asked)
	}
	if kept, _ := h.store.Find(unsigned().Key()); len(kept) == 0 {
		t.Error("the answers for what is approved are gone")
	}
}

func TestApprovalsThatCannotBeReadOrKept(t *testing.T) {
	for _, broken := range []brokenApprovals{{read: errors.New("torn")}, {write: errors.New("full")}} {
		h := furnish(t, func(o *permissions.Options) { o.Approvals = broken })
		h.person.answer = quick
		_, err := h.start(subject(), offered(t))
		wantCode(t, err, permissions.CodeStorage)
	}
}

type brokenApprovals struct{ read, write error }

func (b brokenApprovals) Approved(permissions.Key) (permissions.Approval, error) {
	if b.read != nil {
		return permissions.Approval{}, b.read
	}
	return permissions.Approval{}, permissions.ErrNotFound
}

func (b brokenApprovals) Approve(permissions.Approval, []string) error { return b.write }

// TestARevokedDecisionIsNotTakenOver lets an update and a revoke meet: what was revoked stays so.
func TestARevokedDecisionIsNotTakenOver(t *testing.T) {
	for range 100 {
		h := approved(t, subject())
		all, _ := h.store.Find(subject().Key())
		revoked := make(chan error, 1)
		go func() { revoked <- h.broker.Revoke(all[0].ID) }()
		_, _ = h.start(updated(subject(), "1.0.1"), offered(t))
		if err := <-revoked; err != nil {
			t.Fatal(err)
		}
		for _, s := range []permissions.Subject{subject(), updated(subject(), "1.0.1")} {
			left, _ := h.store.Find(s.Key())
			if slices.ContainsFunc(left, func(d permissions.Decision) bool { return d.ID == all[0].ID }) {
				t.Fatal("a revoked decision came back with the update")
			}
		}
	}
}

// TestAllPairsOfKeys changes every field that a key has: no kept answer serves another one's call, and A's answers do
// not serve B that A calls.
func TestAllPairsOfKeys(t *testing.T) {
	others := map[string]func(*permissions.Subject){
		"skill":        func(s *permissions.Subject) { s.Skill = "other" },
		"signer":       func(s *permissions.Subject) { s.Signer = "acme.io" },
		"no signer":    func(s *permissions.Subject) { s.Signer = "" },
		"origin":       func(s *permissions.Subject) { s.Signer, s.Origin = "unsigned", "/home/u/files" },
		"other origin": func(s *permissions.Subject) { s.Signer, s.Origin = "unsigned", "/home/u/files2" },
		"no origin":    func(s *permissions.Subject) { s.Signer = "unsigned" },
		"digest":       func(s *permissions.Subject) { s.Digest = "sha256:ab" },
		"capabilities": func(s *permissions.Subject) { s.Capabilities = "sha256:bc" },
		"client":       func(s *permissions.Subject) { s.Client = "vs-code" },
		"workspace":    func(s *permissions.Subject) { s.Workspace = "/home/u/work/other" },
		"chain":        func(s *permissions.Subject) { s.Chain = []string{"outer"} },
		"longer chain": func(s *permissions.Subject) { s.Chain = []string{"outer", "files"} },
		"joined chain": func(s *permissions.Subject) { s.Chain = []string{`outer","files`} },
		"as it is":     func(*permissions.Subject) {},
	}
	for mine, change := range others {
		a := subject()
		change(&a)
		for theirs, change := range others {
			b := subject()
			change(&b)
			h := furnish(t)
			h.kept("one", func(d *permissions.Decision) { d.Key = a.Key() })
			h.person.answer = deny
			err := h.beginAs(b, capabilities(t)).Granted(context.Background(), h.need(payroll))
			if serves := err == nil; serves != (mine == theirs) {
				t.Errorf("an answer for another %q serves one with another %q: %v", mine, theirs, serves)
			}
		}
	}
	for name, change := range map[string]func(*permissions.Subject){
		"a version":              func(s *permissions.Subject) { s.Version = "9" },
		"a session":              func(s *permissions.Subject) { s.Session = "s-9" },
		"a signed skill's place": func(s *permissions.Subject) { s.Origin = "/elsewhere" },
	} {
		s := subject()
		change(&s)
		if s.Key() != subject().Key() {
			t.Errorf("%s changes the key", name)
		}
	}
}
