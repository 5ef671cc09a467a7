package host_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/audit"
	"gatehouse/clients"
	"gatehouse/host"
	"gatehouse/permissions"
)

// counter is a home with a client's configuration in it, and Connections over a person who answers.
type counter struct {
	*desk
	connections *host.Connections
	broker      *permissions.Broker
	record      *audit.Log
	person      *say
	home, file  string
	stopped     []string
}

func newCounter(t *testing.T, person *say) *counter {
	d := newDesk(t)
	c := &counter{desk: d, person: person}
	var err error
	if c.home, err = filepath.EvalSymlinks(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	c.file = filepath.Join(c.home, ".claude.json")
	d.write(c.file, "{}\n")
	if c.record, err = audit.Open(t.TempDir(), audit.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.record.Close() })
	d.policies = host.NewPolicies(host.PoliciesOptions{
		Managed: d.root, Trusted: func(string) error { return nil }, Kept: d.db.Policies(), Rules: d.db.Rules(), Audit: c.record,
	})
	c.broker = permissions.NewBroker(permissions.Options{
		Prompter: person, Store: d.db.Decisions().OfClients(), Policies: d.policies.For, Recorder: c.record, Never: permissions.Never{Home: c.home},
	})
	c.connections = host.NewConnections(host.ConnectionsOptions{
		Clients: d.db.Clients(), Profiles: d.db.Profiles(), Decisions: d.db.Decisions(), Broker: c.broker, Audit: c.record, Changes: host.NewChanges(),
		Rules: &host.Rulebook{Policies: d.policies, Broker: c.broker}, Home: c.home, Own: []string{filepath.Join(c.home, "own")},
		Program: "/usr/bin/gatehouse", Stop: func(client string) { c.stopped = append(c.stopped, client) },
	})
	return c
}

// workspace is a folder of the home.
func (c *counter) workspace() string {
	folder := filepath.Join(c.home, "work")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		c.t.Fatal(err)
	}
	return folder
}

func (c *counter) text() string {
	c.t.Helper()
	text, err := os.ReadFile(c.file)
	if err != nil {
		c.t.Fatal(err)
	}
	return string(text)
}

func (c *counter) token() string {
	_, rest, _ := strings.Cut(c.text(), `"GATEHOUSE_CLIENT": "`)
	token, _, _ := strings.Cut(rest, `"`)
	return token
}

func TestAClientIsConnectedByThePersonAlone(t *testing.T) {
	for _, answer := range []permissions.Verdict{permissions.Allow, permissions.Deny, ""} {
		t.Run("answered with "+string(answer), func(t *testing.T) {
			c := newCounter(t, &say{verdict: answer})
			made, err := c.connections.Connect(t.Context(), "terminal", host.Wanted{Kind: "claude-code", Workspace: c.workspace()})
			agreed := answer == permissions.Allow
			if (err == nil) != agreed || len(c.person.asked) != 1 {
				t.Fatalf("Connect = %+v, %v, asked %d times", made, err, len(c.person.asked))
			}
			if p := c.person.asked[0]; p.Name != "claude-code" || !p.NewWorkspace || p.Subject.Workspace != c.workspace() {
				t.Errorf("the question is %+v", p)
			}
			kept, listErr := c.connections.List()
			decisions, decisionsErr := c.db.Decisions().List()
			if (len(kept) == 1) != agreed || (len(decisions) == 1) != agreed || listErr != nil || decisionsErr != nil {
				t.Errorf("kept %+v and %+v, %v, %v", kept, decisions, listErr, decisionsErr)
			}
			if written := c.text() != "{}\n"; written != agreed {
				t.Errorf("the file is %q", c.text())
			}
			if !agreed {
				return
			}
			if found, err := c.db.Clients().Lookup(c.token()); err != nil || found.Name != "claude-code" || found.Workspace != c.workspace() {
				t.Errorf("Lookup = %+v, %v", found, err)
			}
		})
	}
}

// Wherever a client's configuration lies, a skill cannot read the token in it, and a host that starts anew knows that too.
func TestATokenIsHiddenWhereverItStands(t *testing.T) {
	c := newCounter(t, &say{verdict: permissions.Allow})
	c.file = filepath.Join(c.workspace(), "dotfiles", "mcp.json")
	c.write(c.file, "{}")
	link := filepath.Join(c.home, "mcp.json")
	if err := os.Symlink(c.file, link); err != nil {
		t.Fatal(err)
	}
	inside := permissions.Subject{Client: "other", Skill: "files", Workspace: c.workspace()}
	read, err := permissions.Parse("fs:read:${workspace}/dotfiles/mcp.json")
	if err != nil {
		t.Fatal(err)
	}
	wants := permissions.Capabilities{Optional: []permissions.Line{{Grant: read}}}
	hidden := func(b *permissions.Broker) bool { return b.Explain(inside, wants, read).Rule == permissions.RuleNever }
	if hidden(c.broker) {
		t.Error("it is hidden before there is a token in it")
	}
	wanted := host.Wanted{Kind: "cursor", Config: link, Workspace: c.workspace()}
	if _, err := c.connections.Connect(t.Context(), "terminal", wanted); err != nil {
		t.Fatal(err)
	}
	if !hidden(c.broker) {
		t.Error("a skill may ask for it")
	}
	again := permissions.NewBroker(permissions.Options{Never: permissions.Never{Home: c.home}})
	host.NewConnections(host.ConnectionsOptions{Clients: c.db.Clients(), Broker: again})
	if !hidden(again) {
		t.Error("a skill may ask for it once the host has restarted")
	}
	if _, err := c.connections.Disconnect("cursor"); err != nil {
		t.Fatal(err)
	}
	if hidden(c.broker) {
		t.Error("it is hidden without a token in it")
	}
}

func TestWhatCannotBeRecordedConnectsNobody(t *testing.T) {
	c := newCounter(t, &say{verdict: permissions.Allow})
	c.person.first = func() { c.record.Close() }
	if made, err := c.connections.Connect(t.Context(), "terminal", host.Wanted{Kind: "claude-code"}); err == nil {
		t.Errorf("Connect = %+v without a record", made)
	}
	if kept, _ := c.connections.List(); len(kept) > 0 || c.text() != "{}\n" {
		t.Errorf("kept %+v, and the file is %q", kept, c.text())
	}
}

func TestAClientThatCannotBeKeptLeavesNoTokenBehind(t *testing.T) {
	c := newCounter(t, &say{verdict: permissions.Allow})
	c.person.first = func() { c.db.Close() }
	if made, err := c.connections.Connect(t.Context(), "terminal", host.Wanted{Kind: "claude-code"}); err == nil {
		t.Errorf("Connect = %+v without a database", made)
	}
	if c.text() != "{}\n" {
		t.Errorf("the file is %q", c.text())
	}
}

// Whoever has the name next must find nothing that was decided for another.
func TestNothingIsLeftOfAClientThatWasDisconnected(t *testing.T) {
	c := newCounter(t, &say{verdict: permissions.Allow})
	if _, err := c.connections.Connect(t.Context(), "terminal", host.Wanted{Kind: "claude-code", Workspace: c.workspace()}); err != nil {
		t.Fatal(err)
	}
	token := c.token()
	rules := &host.Rulebook{Policies: c.policies, Broker: c.broker}
	for _, client := range []string{"claude-code", "other"} {
		for _, v := range []permissions.Verdict{permissions.Allow, permissions.Deny} {
			if _, err := rules.AddRule(t.Context(), "terminal", v, permissions.Rule{Grant: permissions.EnvGrant("LANG"), Client: client}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, client := range []string{"claude-code", "claude-code", "other"} {
		d := permissions.Decision{ID: string(rune('a' + i)), Key: permissions.Key{Client: client, Skill: "files"}, Verdict: permissions.Allow, Lifetime: permissions.Always}
		if err := c.db.Decisions().Keep(d); err != nil {
			t.Fatal(err)
		}
	}
	c.person.verdict = "" // nobody answers, so the question rests
	asks := permissions.Capabilities{Optional: []permissions.Line{{Grant: permissions.EnvGrant("TERM")}}}
	g := c.broker.Begin(permissions.Subject{Client: "claude-code", Skill: "files", Digest: "sha256:aa"}, asks, permissions.CallInfo{ID: "call-1"})
	if err := g.Check(t.Context(), permissions.Need{Grant: permissions.EnvGrant("TERM")}); err == nil || len(c.broker.Parked()) != 1 {
		t.Fatalf("Check = %v, %d questions rest", err, len(c.broker.Parked()))
	}
	c.person.asked = nil
	d, err := c.connections.Disconnect("claude-code")
	if err != nil || d.Revoked != 3 || d.Outcome != "put back" || len(c.person.asked) > 0 {
		t.Errorf("Disconnect = %+v, %v, asked %d times", d, err, len(c.person.asked))
	}
	if c.text() != "{}\n" || len(c.stopped) != 1 || c.stopped[0] != "claude-code" {
		t.Errorf("the file is %q, stopped %q", c.text(), c.stopped)
	}
	if _, err := c.db.Clients().Lookup(token); !errors.Is(err, permissions.ErrNotFound) {
		t.Errorf("Lookup = %v; want ErrNotFound", err)
	}
	if left := c.broker.Parked(); len(left) != 0 {
		t.Errorf("in the inbox %+v", left)
	}
	if left, _ := c.db.Decisions().List(); len(left) != 1 || left[0].Key.Client != "other" {
		t.Errorf("left %+v", left)
	}
	if own, _ := c.policies.Own(); len(own.Allow) != 1 || own.Allow[0].Client != "other" || len(own.Deny) != 2 {
		t.Errorf("left %+v", own)
	}
	if _, err := c.connections.Disconnect("claude-code"); !errors.Is(err, permissions.ErrNotFound) {
		t.Errorf("Disconnect again = %v", err)
	}
}

func TestAClientWhoseFileIsBrokenIsDisconnectedAllTheSame(t *testing.T) {
	c := newCounter(t, &say{verdict: permissions.Allow})
	if _, err := c.connections.Connect(t.Context(), "terminal", host.Wanted{Kind: "claude-code"}); err != nil {
		t.Fatal(err)
	}
	token := c.token()
	c.write(c.file, `{"GATEHOUSE_CLIENT": "`)
	d, err := c.connections.Disconnect("claude-code")
	if err != nil || d.Problem == "" || d.Outcome != "left as is" {
		t.Errorf("Disconnect = %+v, %v", d, err)
	}
	if _, err := c.db.Clients().Lookup(token); !errors.Is(err, permissions.ErrNotFound) {
		t.Errorf("Lookup = %v; want ErrNotFound", err)
	}
}

func TestNoRuleAllowsAnUnknownClientAnything(t *testing.T) {
	c := newCounter(t, &say{verdict: permissions.Allow})
	rules := &host.Rulebook{Policies: c.policies, Broker: c.broker}
	rule := permissions.Rule{Grant: permissions.EnvGrant("LANG"), Client: permissions.Unknown}
	var refused *host.Error
	if _, err := rules.AddRule(t.Context(), "terminal", permissions.Allow, rule); !errors.As(err, &refused) || refused.Code != host.CodeInput {
		t.Errorf("AddRule = %v; want %s", err, host.CodeInput)
	}
	if _, err := rules.AddRule(t.Context(), "terminal", permissions.Deny, rule); err != nil {
		t.Errorf("a rule that denies it: %v", err)
	}
}

func TestWhatIsNoClientIsNotAsked(t *testing.T) {
	c := newCounter(t, &say{verdict: permissions.Allow})
	c.write(filepath.Join(c.home, "own", "x.json"), "{}")
	for _, w := range []host.Wanted{
		{Kind: "notepad"}, {Kind: "claude-code", Name: "terminal"}, {Kind: "claude-code", Config: "relative.json"},
		{Kind: "claude-code", Workspace: c.home}, {Kind: "claude-code", Config: filepath.Join(c.home, "own", "x.json")},
		{Kind: "claude-code", Config: "/" + strings.Repeat("x/", 600)}, {Kind: "cursor"}, {Kind: "claude-code", Name: "a\nb"},
	} {
		var refused *host.Error
		if _, err := c.connections.Connect(t.Context(), "terminal", w); !errors.As(err, &refused) || refused.Code != host.CodeInput {
			t.Errorf("Connect(%+v) = %v; want %s", w, err, host.CodeInput)
		}
	}
	if len(c.person.asked) > 0 {
		t.Errorf("asked %+v", c.person.asked[0])
	}
}

// A skill that reads a client's token could speak as that client.
func TestNoSkillReadsAClientsToken(t *testing.T) {
	c := newCounter(t, &say{verdict: permissions.Allow})
	for _, k := range clients.Kinds() {
		for _, system := range []string{"linux", "darwin", "windows"} {
			for _, end := range []string{"", ".before-gatehouse"} {
				path := k.Place(c.home, system) + end
				for _, right := range []string{"read", "write"} {
					g, err := permissions.Parse("fs:" + right + ":" + path)
					if err != nil {
						t.Fatal(err)
					}
					if c.broker.CheckAllow(g) == "" {
						t.Errorf("%s could be allowed", g)
					}
				}
			}
		}
	}
}
