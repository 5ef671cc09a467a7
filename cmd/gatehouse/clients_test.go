package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/host/api"
	"gatehouse/permissions"
)

// connect connects a client through its configuration, and returns its token. The folder comes along.
func (d *desk) connect(name string) (token string) {
	d.t.Helper()
	file := filepath.Join(d.t.TempDir(), "mcp.json")
	if err := os.WriteFile(file, []byte("{}"), 0o600); err != nil {
		d.t.Fatal(err)
	}
	p := d.run("mcp", "connect", "cursor", "--name", name, "--config", file, "--workspace", d.folder)
	if err := d.answer(d.t.Context(), name, "quick"); err != nil {
		d.t.Fatal(err)
	}
	if code := p.wait(); code != 0 {
		d.t.Fatal(p)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		d.t.Fatal(err)
	}
	return regexp.MustCompile(`ghc_[A-Za-z0-9_-]+`).FindString(string(text))
}

// command runs a command that asks nobody to its end.
func (d *desk) command(args ...string) string {
	d.t.Helper()
	p := d.run(args...)
	if code := p.wait(); code != 0 {
		d.t.Fatal(p)
	}
	return p.out.String()
}

// sees are the tools of skills that the agent sees.
func (a *agent) sees() (names []string) {
	a.t.Helper()
	list, err := a.ListTools(a.t.Context(), &mcp.ListToolsParams{})
	if err != nil {
		a.t.Fatal(err)
	}
	for _, tool := range list.Tools {
		if !strings.HasPrefix(tool.Name, "gatehouse_") {
			names = append(names, tool.Name)
		}
	}
	return names
}

// until waits until what it is given holds.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for late := time.Now().Add(patience); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("it did not come to this: %s", what)
		}
	}
}

func lifetimesOf(s api.PromptState) (all []permissions.Lifetime) {
	for _, rung := range s.Prompt.Rungs {
		for _, choice := range rung.Lifetimes {
			all = append(all, choice.Lifetime)
		}
	}
	return all
}

// Issue 5: the client of a decision is the one that the token was made for; another, and one without a token, has no
// part in it.
func TestAClientIsItsToken(t *testing.T) {
	d := newDesk(t)
	token := d.connect("my cursor")
	a := d.agent(agentOptions{token: token})
	out := a.call("files_read", path("letter.txt"))
	s, err := d.next(t.Context())
	if err != nil || s.Prompt.Subject.Client != "my cursor" || s.Prompt.NewWorkspace {
		t.Fatalf("the first question is %+v, %v; want one of the client that was connected, its folder confirmed", s.Prompt, err)
	}
	for _, about := range []string{"files", "letter.txt"} {
		if s.Prompt.Need != "" {
			break
		}
		if err := d.answer(t.Context(), about, "quick"); err != nil {
			t.Fatal(err)
		}
		if s, err = d.next(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Contains(lifetimesOf(s), permissions.Always) {
		t.Errorf("a connected client is offered %v", lifetimesOf(s))
	}
	if err := d.answer(t.Context(), "letter.txt", "last", "always"); err != nil {
		t.Fatal(err)
	}
	if o := await(t, out); !strings.Contains(o.text(), "only for your eyes") {
		t.Fatal(o.text(), o.err)
	}
	if got := d.command("mcp", "clients"); !strings.Contains(got, "my cursor") || !strings.Contains(got, "connected now") {
		t.Errorf("mcp clients says %q", got)
	}

	// What was allowed always to the one is asked for the others, and not for longer than their session.
	for _, other := range []string{"", token + "x"} {
		b := d.agent(agentOptions{token: other})
		if other != "" {
			if got := b.sees(); len(got) > 0 {
				t.Errorf("a token that is nobody's sees %q", got)
			}
			if o := await(t, b.call("files_read", path("letter.txt"))); o.err == nil {
				t.Errorf("it may call: %s", o.text())
			}
			continue
		}
		out := b.call("files_read", path("letter.txt"))
		s, err := d.next(t.Context())
		if err != nil || s.Prompt.Subject.Client != permissions.Unknown {
			t.Fatalf("the question is %+v, %v; want one of an unknown client", s.Prompt, err)
		}
		for _, l := range lifetimesOf(s) {
			if l != permissions.ThisCall && l != permissions.Session {
				t.Errorf("an unknown client is offered %q", l)
			}
		}
		d.must("-", "close")
		if o := await(t, out); !o.IsError {
			t.Errorf("an unknown client reads: %s", o.text())
		}
	}

	// A client that is taken away sees nothing any more, whatever its program still does.
	if got := d.command("mcp", "disconnect", "my cursor"); !strings.Contains(got, "disconnected my cursor") {
		t.Errorf("mcp disconnect says %q", got)
	}
	until(t, "its list is empty", func() bool { return len(a.sees()) == 0 })
	if o := await(t, a.call("files_read", path("letter.txt"))); o.err == nil && !o.IsError {
		t.Errorf("a client that was taken away reads: %s", o.text())
	}
}

// Issue 5: agents see what the person turned on, in full or on request.
func TestAgentsSeeWhatIsTurnedOn(t *testing.T) {
	d := newDesk(t)
	changed := make(chan struct{}, 100)
	a := d.agent(agentOptions{token: d.connect("cursor"), changed: func() { changed <- struct{}{} }})
	if !slices.Contains(a.sees(), "files_read") {
		t.Fatalf("at first it sees %q", a.sees())
	}
	d.command("mcp", "tools", "search")
	until(t, "the tools are listed on request only", func() bool { return len(a.sees()) == 0 })
	if o := await(t, a.call("gatehouse_describe_tool", map[string]any{"tool": "files_read"})); !strings.Contains(o.text(), "inputSchema") {
		t.Errorf("describing it says %s, %v", o.text(), o.err)
	}
	if got := a.sees(); !slices.Equal(got, []string{"files_read"}) {
		t.Errorf("after it was described it sees %q", got)
	}
	d.command("mcp", "tools", "all")
	until(t, "all are listed again", func() bool { return slices.Contains(a.sees(), "files_write") })
	d.command("skill", "off", "files")
	until(t, "a skill that is off is gone", func() bool {
		return !slices.ContainsFunc(a.sees(), func(tool string) bool { return strings.HasPrefix(tool, "files_") })
	})
	if len(changed) == 0 {
		t.Error("it was told of no change")
	}
}

// Issue 5: a profile is the client's, and one that it names for itself only leaves more out.
func TestAProfileLeavesOut(t *testing.T) {
	d := newDesk(t)
	token := d.connect("cursor")
	d.command("profile", "set", "reading", "--skill", "files", "--only", "fs:list:${workspace}/**", "--only", "fs:read:${workspace}/**")
	d.command("profile", "set", "nothing", "--no-skill")
	d.command("profile", "set", "everything")
	d.command("profile", "use", "cursor", "nothing")
	bound := d.agent(agentOptions{token: token, args: []string{"--profile", "everything"}})
	if got := bound.sees(); len(got) > 0 {
		t.Errorf("a profile that it named for itself shows it %q", got)
	}
	if o := await(t, bound.call("files_read", path("letter.txt"))); o.err == nil && !o.IsError {
		t.Errorf("what it does not see it may call: %s", o.text())
	}

	// The person gives it more; its agent is told, and what the profile leaves out is not even asked for.
	p := d.run("profile", "use", "cursor", "reading")
	d.must("cursor", "quick")
	if code := p.wait(); code != 0 {
		t.Fatal(p)
	}
	until(t, "it sees the skill", func() bool { return slices.Contains(bound.sees(), "files_write") })
	out := bound.call("files_write", map[string]any{"path": "new.txt", "content": "x"})
	if s := d.look(); s.Prompt.Need != "" {
		t.Fatalf("it is asked: %s", s.Prompt.Need)
	}
	d.must("files", "quick") // what the skill requires
	if o := await(t, out); o.meta("gatehouse/code") != "denied" && o.meta("gatehouse/code") != "undeclared" {
		t.Errorf("writing came to %q: %s, %v", o.meta("gatehouse/code"), o.text(), o.err)
	}
	// A profile that is not there is no profile at all: nothing is seen.
	if got := d.agent(agentOptions{token: token, args: []string{"--profile", "gone"}}).sees(); len(got) > 0 {
		t.Errorf("with a profile that is not there it sees %q", got)
	}
}
