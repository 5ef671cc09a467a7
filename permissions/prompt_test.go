package permissions_test

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"gatehouse/permissions"
)

// promptFor returns the prompt that a person sees for need, which they refuse.
func promptFor(t *testing.T, h *house, s permissions.Subject, c permissions.Capabilities, need permissions.Need) permissions.Prompt {
	t.Helper()
	h.person.answer = deny
	if err := h.beginAs(s, c).Check(context.Background(), need); err == nil {
		t.Fatalf("%s was allowed by a refusal", need.Grant)
	}
	asked := h.person.prompts()
	return asked[len(asked)-1]
}

func TestTheLadder(t *testing.T) {
	for _, c := range []struct {
		name, line, need string
		want             []string // label: grant
	}{
		{"a file with an extension", "fs:read:${workspace}/**", payroll, []string{
			"This file: " + payroll,
			"CSV files in this folder: fs:read:${workspace}/finance/*.csv",
			"Everything in this folder: fs:read:${workspace}/finance/**",
			"All that the skill may request: fs:read:${workspace}/**",
		}},
		{"a file in the workspace's own folder", "fs:write:${workspace}/**", "fs:write:${workspace}/README", []string{
			"This file: fs:write:${workspace}/README",
			"Everything in this folder: fs:write:${workspace}/**",
		}},
		{"never above the manifest's line", "fs:read:${workspace}/finance/*.csv", payroll, []string{
			"This file: " + payroll,
			"CSV files in this folder: fs:read:${workspace}/finance/*.csv",
		}},
		{"a line in the middle of a tree", "fs:read:${workspace}/**/*.csv", payroll, []string{
			"This file: " + payroll,
			"CSV files in this folder: fs:read:${workspace}/finance/*.csv",
			"All that the skill may request: fs:read:${workspace}/**/*.csv",
		}},
		{"an extension that is not plain", "fs:read:${workspace}/**", "fs:read:${workspace}/a.c\u202ev", []string{
			"This file: fs:read:${workspace}/a.c\u202ev",
			"Everything in this folder: fs:read:${workspace}/**",
		}},
		{"a hidden file", "fs:read:${workspace}/.*", "fs:read:${workspace}/.env", []string{
			"This file: fs:read:${workspace}/.env",
			"All that the skill may request: fs:read:${workspace}/.*",
		}},
		{"a file with a star in its name", "fs:read:${workspace}/**", `fs:read:${workspace}/\*\*/x`, []string{
			`This file: fs:read:${workspace}/\*\*/x`,
			`Everything in this folder: fs:read:${workspace}/\*\*/**`,
			"All that the skill may request: fs:read:${workspace}/**",
		}},
		{"a folder to list", "fs:list:/usr/share/**", "fs:list:/usr/share/dict", []string{
			"This folder: fs:list:/usr/share/dict",
			"This folder and all in it: fs:list:/usr/share/dict/**",
			"All that the skill may request: fs:list:/usr/share/**",
		}},
		{"a variable", "env:HOME", "env:HOME", []string{"This variable: env:HOME"}},
		{"a request", "net:GET,HEAD:https://*.example.com:443/**", "net:GET:https://api.example.com:443/v1", []string{
			"This address: net:GET:https://api.example.com:443/v1",
			"This host, in the same way: net:GET:https://api.example.com:443/**",
			"All that the skill may request: net:GET,HEAD:https://*.example.com:443/**",
		}},
		{"a request to any host is never for more than this host", "net:any:GET", "net:GET:https://api.example.com:443/v1", []string{
			"This address: net:GET:https://api.example.com:443/v1",
			"This host, in the same way: net:GET:https://api.example.com:443/**",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := promptFor(t, furnish(t), subject(), permissions.Capabilities{Optional: lines(t, c.line)}, permissions.Need{Grant: parse(t, c.need)})
			var got []string
			for _, r := range p.Rungs {
				got = append(got, r.Label+": "+r.Grant)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("the ladder is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

func TestTheLadderOfAFolder(t *testing.T) {
	need := permissions.Need{Grant: parse(t, "fs:write:${workspace}/out"), Object: permissions.Object{Operation: permissions.MakeFolder, New: true}}
	want := []string{
		"This folder: fs:write:${workspace}/out", "This folder and all in it: fs:write:${workspace}/out/**",
		"All that the skill may request: fs:write:${workspace}/**",
	}
	var got []string
	for _, r := range promptFor(t, furnish(t), subject(), capabilities(t), need).Rungs {
		got = append(got, r.Label+": "+r.Grant)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the ladder is %q, want %q", got, want)
	}
}

func TestARungForWritingSaysAllThatItGives(t *testing.T) {
	h := furnish(t, func(o *permissions.Options) {
		o.Count = func(context.Context, string, permissions.Grant) (int, []string) { return 3, nil }
	})
	need := permissions.Need{Grant: parse(t, "fs:write:${workspace}/a/b.md"), Object: permissions.Object{Operation: permissions.Remove}}
	want := []string{
		"create, change, rename and delete", "create, change, rename and delete; 3 now, and later ones",
		"create, change, rename and delete; 3 now, and later ones",
		"create, change, rename and delete; the workspace, files that come later included",
	}
	var got []string
	for _, r := range promptFor(t, h, subject(), capabilities(t), need).Rungs {
		got = append(got, r.Detail)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the details are %q, want %q", got, want)
	}
}

func TestTheLifetimesOffered(t *testing.T) {
	for _, c := range []struct {
		name            string
		change          func(*permissions.Subject)
		allow, denied   string
		session, always string
	}{
		{"for an agent", func(*permissions.Subject) {}, "call session hour date always", "once session always",
			"until claude-code disconnects, at most 12 h", ""},
		{"for a terminal", func(s *permissions.Subject) { s.Client = "terminal" }, "call session hour date always", "once session always",
			"until you log out of this terminal, at most 12 h", "any program that can run commands as you may use it"},
		{"for the playground", func(s *permissions.Subject) { s.Client = "playground" }, "call session hour date always", "once session always",
			"while the window is open, at most 12 h", ""},
		{"for a client with a hostile name", func(s *permissions.Subject) { s.Client = "never\u202e" }, "call session hour date always", "once session always",
			"until this client disconnects, at most 12 h", ""},
		{"for a skill in development", func(s *permissions.Subject) { s.Digest = "" }, "call session", "once session",
			"until claude-code disconnects, at most 12 h", ""},
		{"for an agent without a token", func(s *permissions.Subject) { s.Client = permissions.Unknown }, "call session", "once session",
			"until unknown disconnects, at most 12 h", ""},
		{"for one without a session either", func(s *permissions.Subject) { s.Client, s.Session = permissions.Unknown, "" }, "call", "once", "", ""},
		{"without a session", func(s *permissions.Subject) { s.Session = "" }, "call hour date always", "once always", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := subject()
			c.change(&s)
			p := promptFor(t, furnish(t), s, capabilities(t), permissions.Need{Grant: parse(t, payroll)})
			details := map[permissions.Lifetime]string{}
			for _, r := range p.Rungs {
				if got := spellChoices(r.Lifetimes); got != c.allow {
					t.Errorf("%s may last %q, want %q", r.Label, got, c.allow)
				}
				for _, choice := range r.Lifetimes {
					details[choice.Lifetime] = choice.Detail
				}
			}
			if got := spellChoices(p.Denials); got != c.denied {
				t.Errorf("denials may last %q, want %q", got, c.denied)
			}
			if details[permissions.Session] != c.session || details[permissions.Always] != c.always {
				t.Errorf("the details are %q", details)
			}
			if p.Quick != (permissions.Quick{Label: "Allow once", Lifetime: permissions.Once}) {
				t.Errorf("the plain button is %+v", p.Quick)
			}
		})
	}
	t.Run("always for the network needs a literal host in the manifest", func(t *testing.T) {
		p := promptFor(t, furnish(t), subject(), permissions.Capabilities{Optional: lines(t, "net:GET:https://*.example.com:443/**")},
			permissions.Need{Grant: parse(t, "net:GET:https://a.example.com:443/")})
		if got := spellChoices(p.Rungs[0].Lifetimes); got != "call session hour" {
			t.Errorf("it may last %q", got)
		}
	})
}

func TestTheTitleSaysWhatHappens(t *testing.T) {
	const write = "fs:write:${workspace}/a.md"
	for _, c := range []struct {
		name, need string
		object     permissions.Object
		verb, of   string
		and        string // the link and the other name
	}{
		{"reading", payroll, permissions.Object{Path: "/home/u/work/acme/finance/payroll.csv", Name: "payroll.csv"}, "Read", "payroll.csv", ""},
		{"reading without a description", payroll, permissions.Object{}, "Read", "payroll.csv", ""},
		{"changing", "fs:write:${workspace}/a.md", permissions.Object{}, "Change", "a.md", ""},
		{"creating", "fs:write:${workspace}/a.md", permissions.Object{New: true}, "Create", "a.md", ""},
		{"creating with its operation", write, permissions.Object{Operation: permissions.Create, New: true}, "Create", "a.md", ""},
		{"changing with its operation", write, permissions.Object{Operation: permissions.WriteContent}, "Change", "a.md", ""},
		{"setting times", write, permissions.Object{Operation: permissions.Touch}, "Change", "a.md", ""},
		{"cutting", write, permissions.Object{Operation: permissions.Truncate}, "Change", "a.md", ""},
		{"removing", write, permissions.Object{Operation: permissions.Remove}, "Delete", "a.md", ""},
		{"removing a folder", write, permissions.Object{Operation: permissions.Remove, Folder: true}, "Delete the folder", "a.md", ""},
		{"making a folder", write, permissions.Object{Operation: permissions.MakeFolder, New: true}, "Make the folder", "a.md", ""},
		{"renaming", write, permissions.Object{Operation: permissions.Rename, Other: workspace + "/b\u202e"}, "Rename", "a.md", "to b\u202e"},
		{"renaming to a new name", write, permissions.Object{Operation: permissions.Receive, Other: workspace + "/b", New: true}, "Create", "a.md", "from b"},
		{"renaming over a file", write, permissions.Object{Operation: permissions.Receive, Other: workspace + "/b"}, "Replace", "a.md", "with b"},
		{"listing", "fs:list:/usr/share/dict", permissions.Object{}, "List", "dict", ""},
		{"a variable", "env:HOME", permissions.Object{}, "Use the variable", "HOME", ""},
		{"fetching", "net:GET:https://api.acme.co.uk:443/", permissions.Object{}, "Fetch from", "acme.co.uk", ""},
		{"sending", "net:POST:https://api.acme.co.uk:443/", permissions.Object{}, "Send to", "acme.co.uk", ""},
		{"sending to an address", "net:POST:http://127.0.0.1:80/", permissions.Object{}, "Send to", "127.0.0.1", ""},
		{"a call", "call:pdf-tools/extract", permissions.Object{}, "Use", "pdf-tools/extract", ""},
		{"values", "values", permissions.Object{}, "Keep its own", "values", ""},
		{"a secret", "secret:k@GET:https://a.example:443/x#header:X", permissions.Object{}, "Sign in with", "k", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := parse(t, c.need)
			p := promptFor(t, furnish(t), subject(), permissions.Capabilities{Optional: []permissions.Line{{Grant: g, Why: "my reason"}}},
				permissions.Need{Grant: g, Object: c.object})
			if p.Verb != c.verb || p.Name != c.of && p.Object.Name != c.of {
				t.Errorf("the title is %q %q, want %q %q", p.Verb, p.Name, c.verb, c.of)
			}
			if and := strings.TrimSpace(p.Link + " " + p.Other); and != c.and {
				t.Errorf("the title goes on with %q, want %q", and, c.and)
			}
			if p.Need != c.need || p.Why != "my reason" || p.Loss == "" || p.ID == "" || p.Nonce == "" || p.Call != "call-1" || p.Tool != "read" {
				t.Errorf("the prompt is %+v", p)
			}
		})
	}
}

func TestWarningsAreTrue(t *testing.T) {
	const newHost = "No skill has contacted api.acme.io for claude-code in “acme” in the last 24 hours."
	c := permissions.Capabilities{Optional: lines(t, "fs:read:${workspace}/**", "fs:write:${workspace}/**", "fs:list:/srv/**", "net:*:https://api.acme.io:443/**#own-credentials")}
	always := func(grants ...string) func(*house) {
		return func(h *house) {
			d := permissions.Decision{ID: "kept", Key: subject().Key(), Verdict: permissions.Allow, Lifetime: permissions.Always}
			for _, g := range grants {
				d.Grants = append(d.Grants, parse(t, g))
			}
			h.keep(d)
		}
	}
	for _, w := range []struct {
		name, need string
		unseen     bool // and final, as what is written in place
		before     func(*house)
		want       string
	}{
		{"nothing to say", payroll, false, always(), ""},
		{"reading after a host was allowed", payroll, false, always("net:*:https://api.acme.io:443/**"), "This skill can already send to api.acme.io without asking."},
		{"reading after many hosts were allowed", payroll, false,
			always("net:GET:https://d.example:443/**", "net:GET:https://c.example:443/**", "net:GET:https://b.example:443/**", "net:GET:https://a.example:443/**", "net:POST:https://a.example:443/**"),
			"This skill can already send to a.example, b.example, c.example and 1 more without asking."},
		{"a host after reading was allowed", "net:GET:https://api.acme.io:443/x", false, always("fs:read:${workspace}/**"), "This skill can already read files without asking. " + newHost},
		{"an own account", "net:GET:https://api.acme.io:443/x#own-credentials", false, always(), "It signs in with its own account: data can go to someone else. " + newHost},
		{"listing after a host was allowed", "fs:list:/srv/data", false, always("net:*:https://api.acme.io:443/**"), "This skill can already send to api.acme.io without asking. This is outside the workspace."},
		{"writing after a host was allowed", "fs:write:${workspace}/a.md", false, always("net:*:https://api.acme.io:443/**"), "What it writes may come from api.acme.io, which it can reach without asking."},
		{"an unseen write", "fs:write:${workspace}/a.md", true, always(), "There is no preview: you will not see what it writes. It cannot be undone."},
		{"an unseen write of a script", "fs:write:${workspace}/a.sh", true, always(), "Another program may run this file or obey it. There is no preview: you will not see what it writes. It cannot be undone."},
	} {
		t.Run(w.name, func(t *testing.T) {
			h := furnish(t)
			w.before(h)
			p := promptFor(t, h, subject(), c, permissions.Need{Grant: parse(t, w.need), Object: permissions.Object{Unseen: w.unseen, Final: w.unseen}})
			if got := strings.Join(p.Warnings, " "); got != w.want {
				t.Errorf("the warnings are %q, want %q", got, w.want)
			}
		})
	}
}

func TestSentences(t *testing.T) {
	for grant, want := range map[string]string{
		"fs:list:${workspace}/**":                         "see the names of files in the workspace",
		"fs:read:${workspace}/**":                         "read files in the workspace",
		"fs:write:${workspace}":                           "create, change and delete files in the workspace",
		"fs:read:${workspace}/docs/*.md":                  "read “docs/*.md” in the workspace",
		"fs:list:/usr/share/**":                           "see the names of files in “/usr/share/**”",
		"fs:write:${workspace}/out/**":                    "create, change and delete “out/**” in the workspace",
		"fs:pick:read":                                    "read one file that you pick",
		"net:GET:https://api.acme.io:443/**":              "fetch from api.acme.io",
		"net:*:https://*.acme.io:443/**":                  "send to any host below acme.io",
		"net:any:GET,HEAD":                                "fetch from a host that you agree to",
		"net:POST:https://acme.io:443/**#own-credentials": "send to acme.io, signed in with an account of its own",
		"env:LANG": "use the variable LANG",
		"secret:github@GET:https://api.github.com:443/**#header:X": "sign in to api.github.com with the secret github",
		"call:pdf-tools/extract":                                   "use the tool extract of pdf-tools",
		"values":                                                   "keep values of its own",
	} {
		if got := permissions.Sentence(parse(t, grant)); got != want {
			t.Errorf("Sentence(%s) = %q, want %q", grant, got, want)
		}
	}
	if got := permissions.Sentence(permissions.Grant{}); got != "do nothing" {
		t.Errorf("Sentence of the zero grant = %q", got)
	}
}

func TestTheHashIsOfEveryField(t *testing.T) {
	h := furnish(t)
	p := promptFor(t, h, subject(), capabilities(t), permissions.Need{Grant: parse(t, payroll), Object: permissions.Object{Size: 1}})
	var same permissions.Prompt
	text, _ := json.Marshal(p)
	if err := json.Unmarshal(text, &same); err != nil || same.Hash() != p.Hash() {
		t.Errorf("a prompt that went through JSON has another hash: %v", err)
	}
	fields := reflect.ValueOf(&p).Elem()
	for i := range fields.NumField() {
		changed := p
		field := reflect.ValueOf(&changed).Elem().Field(i)
		field.SetZero()
		if fields.Field(i).IsZero() {
			continue
		}
		if changed.Hash() == p.Hash() {
			t.Errorf("the hash does not see %s", fields.Type().Field(i).Name)
		}
	}
}

func TestLongArgumentsAreCutBetweenCharacters(t *testing.T) {
	h := furnish(t)
	h.person.answer = deny
	h.confirm(subject(), capabilities(t))
	g := h.broker.Begin(subject(), capabilities(t), permissions.CallInfo{Arguments: "x" + strings.Repeat("é", 4096)})
	_ = h.check(g, payroll)
	if got := h.person.prompts()[0].Arguments; len(got) != 4095 || !utf8.ValidString(got) {
		t.Errorf("the arguments are cut to %d bytes, valid UTF-8: %v", len(got), utf8.ValidString(got))
	}
}

func TestExplain(t *testing.T) {
	h := furnish(t)
	c := capabilities(t)
	read := parse(t, payroll)
	if e := h.broker.Explain(subject(), c, read); e.Rule != permissions.RuleWorkspace || e.Verdict != permissions.Ask {
		t.Errorf("before the workspace is confirmed: %+v", e)
	}
	h.confirm(subject(), c)
	h.keep(permissions.Decision{ID: "kept", Key: subject().Key(), Grants: []permissions.Grant{read}, Verdict: permissions.Allow, Lifetime: permissions.Always})
	h.keep(permissions.Decision{ID: "denied", Key: subject().Key(), Grants: []permissions.Grant{parse(t, "fs:write:${workspace}/x")}, Verdict: permissions.Deny, Lifetime: permissions.Always})
	for _, w := range []struct {
		grant, rule string
		layer       permissions.Layer
		verdict     permissions.Verdict
	}{
		{payroll, "kept", "decision", permissions.Allow},
		{"fs:write:${workspace}/x", "denied", "decision", permissions.Deny},
		{"fs:list:${workspace}/x", permissions.RuleRequired, "manifest", permissions.Allow},
		{"fs:read:${workspace}/y", permissions.RuleAsked, "question", permissions.Ask},
		{"fs:write:${workspace}/Makefile", permissions.RuleActive, "question", permissions.Ask},
		{"values", permissions.RuleUndeclared, "manifest", permissions.Deny},
		{"fs:read:/home/u/.ssh/id", permissions.RuleNever, "never", permissions.Deny},
	} {
		e := h.broker.Explain(subject(), c, parse(t, w.grant))
		if e.Rule != w.rule || e.Layer != w.layer || e.Verdict != w.verdict || e.Grant != w.grant || e.Sentence == "" || e.Reason == "" {
			t.Errorf("Explain(%s) = %+v, want %s by %s of layer %s", w.grant, e, w.verdict, w.rule, w.layer)
		}
	}
	if len(h.person.prompts()) != 0 || h.record.kinds() != "" {
		t.Error("explaining asked or recorded")
	}
}
