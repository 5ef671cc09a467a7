package permissions_test

import (
	"context"
	"testing"

	"gatehouse/permissions"
)

// everything is a manifest that asks for as much as a manifest can.
func everything(t testing.TB) permissions.Capabilities {
	var optional []string
	for _, right := range []string{"read", "list", "write"} {
		for _, path := range []string{"${workspace}/**", "${workspace}/.*/**", "${workspace}/**/.*", "${workspace}/**/.*/**"} {
			optional = append(optional, "fs:"+right+":"+path)
		}
		for _, path := range []string{"/home/u/.ssh/*", "/home/u/.*", "/home/u/.config/**", "/home/u/.local/**", "/home/u/.mozilla/**", "/home/u/Library/**", "/proc/**", "/usr/**", "/home/u/**", "/home/**", "/home/u"} {
			optional = append(optional, "fs:"+right+":"+path)
		}
	}
	optional = append(optional, "net:any:GET", "net:GET:http://169.254.169.254:80/**")
	return permissions.Capabilities{Optional: lines(t, optional...)}
}

func TestNever(t *testing.T) {
	const never, ask, undeclared = permissions.RuleNever, permissions.RuleAsked, permissions.RuleUndeclared
	for _, c := range []struct{ name, grant, rule string }{
		{"an SSH key", "fs:read:/home/u/.ssh/id_ed25519", never},
		{"an SSH key in another case", "fs:read:/home/u/.SSH/id_ed25519", never},
		{"a folder of credentials", "fs:list:/home/u/.ssh", never},
		{"a shell's history", "fs:read:/home/u/.bash_history", never},
		{"a token in a configuration", "fs:read:/home/u/.config/gh/hosts.yml", never},
		{"the configuration beside it", "fs:read:/home/u/.config/some/app.yml", ask},
		{"a browser's profile", "fs:read:/home/u/.mozilla/firefox/x/cookies.sqlite", never},
		{"a browser's profile of another channel", "fs:read:/home/u/.config/google-chrome-beta/x", never},
		{"a keyring", "fs:read:/home/u/.local/share/keyrings/login.keyring", never},
		{"a name with spaces in it", "fs:read:/home/u/Library/Application Support/Firefox/x", never},
		{"processes", "fs:read:/proc/self/environ", never},
		{"our own database", "fs:read:/home/u/.local/share/gatehouse/state.db", never},
		{"our own program", "fs:read:/usr/local/bin/gatehouse", never},
		{"the program beside it", "fs:read:/usr/local/bin/other", ask},
		{"everything at home", "fs:read:/home/u/**", never},
		{"everything above home", "fs:read:/home/**", never},
		{"a file that only a line at home would cover", "fs:read:/home/u/documents/x", undeclared},
		{"a shell's start-up file for writing", "fs:write:/home/u/.bashrc", never},
		{"a shell's start-up file for reading", "fs:read:/home/u/.bashrc", ask},
		{"autostart", "fs:write:/home/u/.config/autostart/x.desktop", never},
		{"an agent's configuration", "fs:write:/home/u/.claude.json", never},
		{"an agent's configuration in the workspace", "fs:write:${workspace}/sub/.mcp.json", never},
		{"the home folder itself for writing", "fs:write:/home/u", never},
		{"a folder above credentials for writing", "fs:write:/home/u/.config", never},
		{"a repository", "fs:write:${workspace}/.git/config", never},
		{"a repository for reading", "fs:read:${workspace}/.git/config", ask},
		{"a repository in another case", "fs:write:${workspace}/.GiT/config", never},
		{"a repository with a trailing dot", "fs:write:${workspace}/.git./config", never},
		{"a repository with trailing spaces", "fs:write:${workspace}/.git .  /config", never},
		{"a repository as an NTFS stream", "fs:write:${workspace}/.git::\\$INDEX_ALLOCATION/config", never},
		{"a repository with a zero-width character", "fs:write:${workspace}/.g\u200cit/config", never},
		{"a repository with a byte order mark", "fs:write:${workspace}/\ufeff.git/config", never},
		{"a repository by its short name", "fs:write:${workspace}/GIT~1/config", never},
		{"a .git file", "fs:write:${workspace}/sub/.git", never},
		{"a bare repository", "fs:write:${workspace}/site.git/config", never},
		{"the file that makes a folder a repository", "fs:write:${workspace}/x/HEAD", never},
		{"that file in another case", "fs:write:${workspace}/x/head", never},
		{"a folder of that name", "fs:write:${workspace}/head/x", ask},
		{"our own folder in a workspace", "fs:write:${workspace}/.gatehouse/policy.json", never},
		{"our own folder with a long s that is none", "fs:write:${workspace}/.gatehou\u017fe/policy.json", never},
		{"our own folder by its short name", "fs:write:${workspace}/GATEHO~1/policy.json", never},
		{"a name that only looks like it", "fs:write:${workspace}/gatehouse/policy.json", ask},
		{"a name that contains it", "fs:write:${workspace}/my.github.io/x", ask},
		{"a build file", "fs:write:${workspace}/makefile", permissions.RuleActive},
		{"a script with a trailing dot", "fs:write:${workspace}/run.sh.", permissions.RuleActive},
		{"a script with a stream", "fs:write:${workspace}/run.sh:x", permissions.RuleActive},
		{"a script that hides behind a colon", "fs:write:${workspace}/x:.sh", permissions.RuleActive},
		{"a hidden script", "fs:write:${workspace}/.run.sh", permissions.RuleActive},
		{"a pipeline", "fs:write:${workspace}/.github/workflows/ci.yml", permissions.RuleActive},
		{"an agent's instructions", "fs:write:${workspace}/sub/AGENTS.md", permissions.RuleActive},
		{"a build file for reading", "fs:read:${workspace}/Makefile", ask},
		{"a plain file", "fs:write:${workspace}/notes.md", ask},
		{"the cloud's own address", "net:GET:http://169.254.169.254:80/latest", never},
		{"another cloud's", "net:GET:http://100.100.100.200:80/latest", never},
		{"a link-local address", "net:GET:http://[fe80::1]:80/", never},
		{"an address of metadata in IPv6", "net:GET:http://[fd00:ec2::254]:80/", never},
		{"another address", "net:GET:http://127.0.0.1:80/", ask},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := furnish(t)
			h.person.answer = quick
			g := h.beginAs(subject(), everything(t))
			if e := h.broker.Explain(subject(), everything(t), parse(t, c.grant)); e.Rule != c.rule {
				t.Errorf("Explain(%s) = %+v, want the rule %q", c.grant, e, c.rule)
			}
			err := h.check(g, c.grant)
			if allowed := c.rule == ask || c.rule == permissions.RuleActive; allowed != (err == nil) {
				t.Errorf("Check(%s) = %v under a person who says yes to everything", c.grant, err)
			}
		})
	}
}

func TestNeverLooksAtTheRealObjectToo(t *testing.T) {
	h := furnish(t)
	h.person.answer = quick
	g := h.beginAs(subject(), everything(t))
	err := g.Check(context.Background(), permissions.Need{
		Grant:  parse(t, "fs:read:${workspace}/innocent.txt"),
		Object: permissions.Object{Path: "/home/u/.ssh/id_ed25519"},
	})
	wantCode(t, err, permissions.CodeDenied)
}

// What is a credential can change while a broker lives: a client's configuration may lie anywhere.
func TestConcealedFilesAreCredentials(t *testing.T) {
	h := furnish(t)
	h.person.answer = quick
	g := h.beginAs(subject(), everything(t))
	const file = "fs:read:${workspace}/agents/mcp.json"
	for _, c := range []struct {
		name      string
		concealed []string
		never     map[string]bool
	}{
		{"before", nil, map[string]bool{file: false}},
		{"named", []string{"/home/u/work/acme/agents/mcp.json"}, map[string]bool{
			file: true, "fs:read:${workspace}/Agents/MCP.json": true, "fs:write:${workspace}/agents/mcp.json": true,
			"fs:write:${workspace}/agents": true, "fs:read:${workspace}/agents/mcp.json.old": false, "fs:read:${workspace}/agents/other.json": false,
		}},
		{"named no more", []string{"/elsewhere"}, map[string]bool{file: false, "fs:write:${workspace}/agents": false}},
	} {
		h.broker.Conceal(c.concealed)
		for grant, never := range c.never {
			if e := h.broker.Explain(subject(), everything(t), parse(t, grant)); (e.Rule == permissions.RuleNever) != never {
				t.Errorf("%s: Explain(%s) = %+v; want never: %v", c.name, grant, e, never)
			}
			if err := h.check(g, grant); (err != nil) != never {
				t.Errorf("%s: Check(%s) = %v; want never: %v", c.name, grant, err, never)
			}
		}
	}
}

func TestNeverWithoutAHomeStillHolds(t *testing.T) {
	b := permissions.NewBroker(permissions.Options{})
	for grant, want := range map[string]string{
		"fs:read:/proc/1/mem":             permissions.RuleNever,
		"fs:write:${workspace}/.git/hook": permissions.RuleNever,
	} {
		if e := b.Explain(subject(), everything(t), parse(t, grant)); e.Rule != want {
			t.Errorf("Explain(%s) = %+v, want %q", grant, e, want)
		}
	}
}
