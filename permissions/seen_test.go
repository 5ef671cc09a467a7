package permissions_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/permissions"
)

// deed is something that a skill was allowed to do before the question.
type deed struct {
	grant string
	by    permissions.Subject
	ago   time.Duration
}

// as is the usual subject with another skill, client, workspace or chain.
func as(skill, client, folder string, chain ...string) permissions.Subject {
	s := subject()
	s.Skill, s.Client, s.Workspace, s.Chain = skill, client, folder, chain
	return s
}

// promptAfter lets every deed happen and returns the prompt for need.
func promptAfter(t *testing.T, deeds []deed, by permissions.Subject, need string) permissions.Prompt {
	t.Helper()
	h := furnish(t)
	now := h.clock
	h.person.answer = quick
	for _, d := range deeds {
		h.clock = now.Add(-d.ago)
		c := permissions.Capabilities{Optional: lines(t, d.grant)}
		if err := h.check(h.beginAs(d.by, c), d.grant); err != nil {
			t.Fatal(err)
		}
	}
	h.clock = now
	return promptFor(t, h, by, permissions.Capabilities{Optional: lines(t, need)}, h.need(need))
}

func TestAPromptTellsWhatTheHostHasSeen(t *testing.T) {
	const (
		agent = "What an agent passes to a skill may be private, and may come from strangers."
		send  = "net:POST:https://api.acme.io:443/v1"
		isNew = "No skill has contacted api.acme.io for claude-code in “acme” in the last 24 hours."
	)
	pdf := as("pdf-tools", "claude-code", workspace)
	read := func(name string, by permissions.Subject, ago time.Duration) deed {
		return deed{"fs:read:${workspace}/" + name, by, ago}
	}
	for _, c := range []struct {
		name     string
		deeds    []deed
		by       permissions.Subject
		need     string
		warnings []string
		seen     []string // after the sentence about the agent
	}{
		{name: "nothing yet", by: pdf, need: send, warnings: []string{isNew}},
		{name: "nothing warns of reading", by: pdf, need: "fs:read:${workspace}/a"},
		{
			name: "files, each counted once", by: pdf, need: send,
			deeds:    []deed{read("a", pdf, time.Hour), read("b", pdf, time.Hour), read("a", pdf, time.Minute)},
			warnings: []string{"This skill, working for claude-code in “acme”, has read 2 private files in the last 24 hours.", isNew},
			seen:     []string{"This skill read 2 private files in the last 24 hours."},
		},
		{name: "listing is not reading", by: pdf, need: send, deeds: []deed{{"fs:list:${workspace}/a", pdf, 0}}, warnings: []string{isNew}},
		{
			name: "a day is over", by: pdf, need: send, deeds: []deed{read("a", pdf, 24*time.Hour)},
			warnings: []string{isNew},
		},
		{
			name: "a day is nearly over", by: pdf, need: send, deeds: []deed{read("a", pdf, 24*time.Hour-time.Second)},
			warnings: []string{"This skill, working for claude-code in “acme”, has read 1 private file in the last 24 hours.", isNew},
			seen:     []string{"This skill read 1 private file in the last 24 hours."},
		},
		{
			name: "another client's files", by: pdf, need: send,
			deeds:    []deed{read("a", as("pdf-tools", "vs-code", workspace), 0)},
			warnings: []string{isNew},
		},
		{
			name: "another workspace's files", by: pdf, need: send,
			deeds:    []deed{read("a", as("pdf-tools", "claude-code", "/home/u/work/other"), 0)},
			warnings: []string{isNew},
		},
		{
			name: "another skill's files are told and not warned of", by: pdf, need: send,
			deeds:    []deed{read("a", as("notes", "claude-code", workspace), 0)},
			warnings: []string{isNew},
			seen:     []string{"Other skills read 1 private file for claude-code in “acme” in the last 24 hours."},
		},
		{
			name: "a caller's files flow down the chain", by: as("mailer", "claude-code", workspace, "notes"), need: send,
			deeds:    []deed{read("a", as("notes", "claude-code", workspace), 0)},
			warnings: []string{"This skill or one that called it, working for claude-code in “acme”, has read 1 private file in the last 24 hours.", isNew},
			seen:     []string{"This skill or one that called it read 1 private file in the last 24 hours."},
		},
		{
			name: "a called skill's files flow up the chain", by: as("notes", "claude-code", workspace), need: send,
			deeds:    []deed{read("a", as("reader", "claude-code", workspace, "notes"), 0)},
			warnings: []string{"This skill, working for claude-code in “acme”, has read 1 private file in the last 24 hours.", isNew},
			seen: []string{
				"This skill read 1 private file in the last 24 hours.",
				"Other skills read 1 private file for claude-code in “acme” in the last 24 hours.",
			},
		},
		{
			name: "a host that another skill contacted is not new", by: pdf, need: send,
			deeds: []deed{{send, as("notes", "claude-code", workspace), time.Hour}},
			seen: []string{
				"Other skills took in what strangers may have written, from api.acme.io for claude-code in “acme” in the last 24 hours.",
				"Other skills contacted api.acme.io for claude-code in “acme” in the last 24 hours.",
			},
		},
		{
			name: "its own store before a write", by: pdf, need: "fs:write:${workspace}/a.md", deeds: []deed{{"values", pdf, 0}},
			warnings: []string{"This skill took in what strangers may have written, from its own store."},
			seen:     []string{"This skill took in what strangers may have written, from its own store in the last 24 hours."},
		},
		{
			name: "the network before another skill's tool", by: pdf, need: "call:mailer/send",
			deeds: []deed{
				{"net:GET:https://d.example:443/", pdf, 0}, {"net:GET:https://c.example:443/", pdf, 0},
				{"net:GET:https://b.example:443/", pdf, 0}, {"net:GET:https://a.example:443/", pdf, 0},
			},
			warnings: []string{"This skill took in what strangers may have written, from a.example, b.example, c.example and 1 more."},
			seen: []string{
				"This skill took in what strangers may have written, from a.example, b.example, c.example and 1 more in the last 24 hours.",
				"This skill contacted a.example, b.example, c.example and 1 more in the last 24 hours.",
			},
		},
		{
			name: "a folder that is named like a sentence", by: as("pdf-tools", "terminal", "/home/u/acme. Gatehouse says it is safe"), need: send,
			warnings: []string{"No skill has contacted api.acme.io for your terminal in “acme. Gatehouse says it is safe” in the last 24 hours."},
		},
		{
			name: "names that are not plain are not said", by: as("pdf-tools", "Claude\u202e!", "/home/u/a\nb"), need: send,
			warnings: []string{"No skill has contacted api.acme.io for this client in this workspace in the last 24 hours."},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := promptAfter(t, c.deeds, c.by, c.need)
			if !slices.Equal(p.Warnings, c.warnings) {
				t.Errorf("the warnings are\n%s\nwant\n%s", strings.Join(p.Warnings, "\n"), strings.Join(c.warnings, "\n"))
			}
			if want := append([]string{agent}, c.seen...); !slices.Equal(p.Seen, want) {
				t.Errorf("what was seen is\n%s\nwant\n%s", strings.Join(p.Seen, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

func TestWhatWasRefusedWasNotSeen(t *testing.T) {
	h := furnish(t)
	h.person.answer = deny
	c := permissions.Capabilities{Optional: lines(t, payroll)}
	if err := h.check(h.beginAs(subject(), c), payroll); err == nil {
		t.Fatal("allowed")
	}
	if p := promptFor(t, h, subject(), c, h.need(payroll)); len(p.Seen) != 1 {
		t.Errorf("what was seen is %q after a refusal", p.Seen)
	}
}

func TestWhatTheHostHasSeenIsBounded(t *testing.T) {
	h := furnish(t)
	c := permissions.Capabilities{Requires: lines(t, "fs:read:${workspace}/**"), Optional: lines(t, "net:GET:https://a.example:443/**")}
	g := h.beginAs(subject(), c)
	for i := range 1200 {
		if err := h.check(g, fmt.Sprintf("fs:read:${workspace}/%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 600 {
		other := as(fmt.Sprint("skill-", i), "claude-code", workspace)
		if err := h.check(h.beginAs(other, c), "fs:read:${workspace}/a"); err != nil {
			t.Fatal(err)
		}
		if err := h.check(g, "fs:read:${workspace}/1"); err != nil { // so that it is never the idle one
			t.Fatal(err)
		}
		h.clock = h.clock.Add(time.Second)
	}
	p := promptFor(t, h, subject(), c, h.need("net:GET:https://a.example:443/"))
	want := "This skill read 1000 private files or more in the last 24 hours."
	if !slices.Contains(p.Seen, want) {
		t.Errorf("what was seen is %q, want %q", p.Seen, want)
	}
	h.clock = h.clock.Add(23*time.Hour + 59*time.Minute) // the first files are over a day old and make room
	if err := h.check(g, "fs:read:${workspace}/new"); err != nil {
		t.Fatal(err)
	}
	p = promptFor(t, h, subject(), c, h.need("net:GET:https://a.example:443/"))
	if want := "This skill read 2 private files in the last 24 hours."; !slices.Contains(p.Seen, want) {
		t.Errorf("a day later what was seen is %q, want %q", p.Seen, want)
	}
}

func TestAlwaysForTheNetworkIsForOneHostOfTheManifest(t *testing.T) {
	for line, want := range map[string]bool{
		"net:GET:https://api.example.com:443/**": true,
		"net:GET:https://*.example.com:443/**":   false,
		"net:any:GET":                            false,
	} {
		p := promptFor(t, furnish(t), subject(), permissions.Capabilities{Optional: lines(t, line)}, permissions.Need{Grant: parse(t, "net:GET:https://api.example.com:443/v1")})
		for _, rung := range p.Rungs {
			got := slices.ContainsFunc(rung.Lifetimes, func(c permissions.Choice) bool { return c.Lifetime == permissions.Always })
			if got != want {
				t.Errorf("under %s, always is offered for %s: %v, want %v", line, rung.Grant, got, want)
			}
		}
	}
}
