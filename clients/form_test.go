package clients_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gatehouse/clients"
)

var entry = clients.Entry{
	Command: `/opt/gate "house"/gatehouse`, Args: []string{"mcp"},
	Env: map[string]string{clients.TokenVariable: "ghc_secret", "GATEHOUSE_HOME": `C:\state`},
}

// ours says that every token is ours.
func ours(string) bool { return true }

func kind(t testing.TB, id string) clients.Kind {
	t.Helper()
	k, ok := clients.Find(id)
	if !ok {
		t.Fatalf("there is no kind %q", id)
	}
	return k
}

// put writes text for a program of this kind, connects it, and returns the file's path and what is in it then.
func put(t testing.TB, id, text string) (clients.Written, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := kind(t, id).Open(path, t.TempDir())
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	w, err := f.Connect(entry)
	if err != nil {
		t.Fatalf("Connect: %v", err)
	}
	return w, read(t, path)
}

func read(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const jsonEntry = `{
      "command": "/opt/gate \"house\"/gatehouse",
      "args": [
        "mcp"
      ],
      "env": {
        "GATEHOUSE_CLIENT": "ghc_secret",
        "GATEHOUSE_HOME": "C:\\state"
      }
    }`

func TestAnEntryIsPutInAndNothingElseMoves(t *testing.T) {
	typed := strings.Replace(jsonEntry, "{\n", "{\n      \"type\": \"stdio\",\n", 1)
	for _, c := range []struct{ name, kind, before, after string }{
		{"an empty file", "claude-desktop", "", "{\n  \"mcpServers\": {\n    \"gatehouse\": " + jsonEntry + "\n  }\n}\n"},
		{"an empty object", "claude-code", "{}", "{\n  \"mcpServers\": {\n    \"gatehouse\": " + typed + "\n  }\n}"},
		{
			"servers of others", "cursor",
			"{\n  \"mcpServers\": {\n    \"a\": {\"command\": \"b\"}\n  },\n  \"x\": 1.50\n}\n",
			"{\n  \"mcpServers\": {\n    \"a\": {\"command\": \"b\"},\n    \"gatehouse\": " + jsonEntry + "\n  },\n  \"x\": 1.50\n}\n",
		},
		{
			"comments and trailing commas", "vscode",
			"// mine\n{\n  \"inputs\": [], // none\n  \"servers\": {\n    // first\n    \"a\": {}, /* last */\n  }, // end\n}\n",
			"// mine\n{\n  \"inputs\": [], // none\n  \"servers\": {\n    // first\n    \"a\": {}, /* last */\n    \"gatehouse\": " + typed + ",\n  }, // end\n}\n",
		},
		{
			"a comment behind the last member", "zed",
			"{\n  \"theme\": \"x\" // why\n}",
			"{\n  \"theme\": \"x\", // why\n  \"context_servers\": {\n    \"gatehouse\": " + jsonEntry + "\n  }\n}",
		},
		{
			"all on one line", "gemini-cli", `{"a":1}`,
			`{"a":1,"mcpServers":{"gatehouse":{"command":"/opt/gate \"house\"/gatehouse","args":["mcp"],"env":{"GATEHOUSE_CLIENT":"ghc_secret","GATEHOUSE_HOME":"C:\\state"}}}}`,
		},
		{
			"tabs and Windows' line ends", "windsurf", "{\r\n\t\"a\": 1\r\n}\r\n",
			"{\r\n\t\"a\": 1,\r\n\t\"mcpServers\": {\r\n\t\t\"gatehouse\": " + strings.NewReplacer("\n", "\r\n", "  ", "\t").Replace(jsonEntry) + "\r\n\t}\r\n}\r\n",
		},
		{
			"TOML", "codex", "# mine\nmodel = \"x\" \n\n[mcp_servers.a]\ncommand = 'b'",
			"# mine\nmodel = \"x\" \n\n[mcp_servers.a]\ncommand = 'b'\n\n[mcp_servers.gatehouse]\ncommand = \"/opt/gate \\\"house\\\"/gatehouse\"\nargs = [\"mcp\"]\nenv = { GATEHOUSE_CLIENT = \"ghc_secret\", GATEHOUSE_HOME = \"C:\\\\state\" }\n",
		},
		{
			"YAML", "goose", "GOOSE_MODEL: x # mine\nextensions:\n    developer:\n        enabled: true\n\nlast: 1\n",
			"GOOSE_MODEL: x # mine\nextensions:\n    gatehouse:\n      name: gatehouse\n      description: skills in a sandbox that asks\n      type: stdio\n      enabled: true\n      timeout: 300\n      cmd: \"/opt/gate \\\"house\\\"/gatehouse\"\n      args:\n        - \"mcp\"\n      envs:\n        GATEHOUSE_CLIENT: \"ghc_secret\"\n        GATEHOUSE_HOME: \"C:\\\\state\"\n    developer:\n        enabled: true\n\nlast: 1\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, after := put(t, c.kind, c.before)
			if after != c.after {
				t.Errorf("after Connect:\n%s\nwant:\n%s", after, c.after)
			}
			if info, err := os.Stat(w.File); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("mode = %v, %v; a token stands in it", info.Mode(), err)
			}
			if got := read(t, w.Backup); got != c.before {
				t.Errorf("the copy is %q", got)
			}
			f, err := kind(t, c.kind).Open(w.File, "/home/ada")
			if err != nil || !f.Connected || f.Token != "ghc_secret" {
				t.Fatalf("Open again = %+v, %v", f, err)
			}
			outcome, err := kind(t, c.kind).Disconnect(w, "/home/ada", ours)
			if err != nil || outcome != clients.PutBack || read(t, w.File) != c.before {
				t.Errorf("Disconnect = %s, %v; the file is %q", outcome, err, read(t, w.File))
			}
			if info, err := os.Stat(w.File); err != nil || info.Mode().Perm() != 0o644 {
				t.Errorf("mode = %v, %v; want what it was", info.Mode(), err)
			}
		})
	}
}

// files are what a person may have, by kind.
var files = map[string][]string{
	"vscode": {
		"{}", "{ }\n", "", "{\n}\n", `{"servers":{}}`, "{\"servers\": {\n  }\n}", "{\"a\":[1,2,],}", "{\"a\":1,}", "{\n\t\"a\": {\"servers\": 1}\n}\n",
		"{/**/}", "{//\n}", "{\n  \"servers\": {\"a\": {\"env\": {\"T\": \"\\u0041\"}}}\n}", "{\"n\": 12345678901234567890, \"f\": 1e400}", "\n\n{\"a\":1 /*x*/ , /*y*/ \"b\":2/*z*/}\n//end",
	},
	"codex": {
		"", "a = 1", "a = 1\n", "[mcp_servers]\n", "[mcp_servers]\n[mcp_servers.x]\ncommand = \"y\"\n[other]\nb = 2\n", "# only\n# this\n",
		"[[list]]\na = 1\n[[list]]\na = 2\n\n\n", "a = 1\r\nb = 2\r\n",
	},
	"goose": {
		"", "a: 1", "extensions:\n", "extensions: {}\n", "extensions:", "extensions: # none\na: 1\n", "a: |\n  extensions:\n    x: 1\nb: 2\n",
		"extensions:\n  x:\n    enabled: true\n    envs: {}\n# end\n", "---\na: 1\n", "extensions:\r\n  x:\r\n    a: 1\r\n",
	},
}

// What changed beside our entry stays when that one is taken out.
func TestOnlyOurEntryIsTakenOutOfAFileThatChangedSince(t *testing.T) {
	for id, texts := range files {
		for i, before := range texts {
			t.Run(fmt.Sprint(id, " ", i), func(t *testing.T) {
				w, _ := put(t, id, before)
				w.Digest = "" // as if something else had changed
				outcome, err := kind(t, id).Disconnect(w, "/home/ada", ours)
				if err != nil || outcome != clients.TakenOut {
					t.Fatalf("Disconnect = %s, %v:\n%s", outcome, err, read(t, w.File))
				}
				after := read(t, w.File)
				if strings.Contains(after, "ghc_secret") {
					t.Errorf("the token is still there: %q", after)
				}
				if bare(after) != bare(before) {
					t.Errorf("the file was %q and is %q", before, after)
				}
			})
		}
	}
}

// bare is text without white space, commas and an empty place for servers.
func bare(text string) string {
	text = emptySection.ReplaceAllString(strings.ReplaceAll(strings.Join(strings.Fields(text), ""), ",", ""), "")
	return strings.TrimSuffix(text, "{}") // an empty file and an empty object are the same
}

var emptySection = regexp.MustCompile(`"servers":\{\}|extensions:(\{\})?$`)

func TestAnEntryIsReplacedAndTheCopyIsWithoutIt(t *testing.T) {
	for id, texts := range files {
		before := texts[len(texts)-2]
		w, _ := put(t, id, before)
		f, err := kind(t, id).Open(w.File, "/home/ada")
		if err != nil {
			t.Fatal(err)
		}
		again := clients.Entry{Command: "/other", Args: []string{"mcp", "x"}, Env: map[string]string{clients.TokenVariable: "ghc_second"}}
		w, err = f.Connect(again)
		if err != nil || strings.Contains(read(t, w.File), "ghc_secret") || strings.Count(read(t, w.File), "ghc_second") != 1 {
			t.Errorf("%s: Connect again = %v:\n%s", id, err, read(t, w.File))
		}
		if got := read(t, w.Backup); bare(got) != bare(before) {
			t.Errorf("%s: the copy is %q; want the file without Gatehouse", id, got)
		}
	}
}

func TestABrokenFileIsRefusedAndNotTouched(t *testing.T) {
	for _, c := range []struct{ kind, text, reason string }{
		{"claude-desktop", "{\n  \"a\": 1,\n}", "trailing commas"},
		{"claude-desktop", "{\"a\": 1 // x\n}", "comments"},
		{"cursor", "{", "not JSON"},
		{"cursor", "[]", "not a JSON object"},
		{"cursor", "{\"mcpServers\": []}", "is not an object"},
		{"cursor", "{\"mcpServers\": {}, \"mcpServers\": {\"a\": {}}}", "twice"},
		{"cursor", "{\"mcpServers\": {\"gatehouse\": {}, \"gatehouse\": {}}}", "twice"},
		{"cursor", strings.Repeat(`{"a":`, 501) + "1" + strings.Repeat("}", 501), "deep"},
		{"cursor", "\ufeff{}", "not JSON"},
		{"codex", "a = ", "not TOML: line 1"},
		{"codex", "mcp_servers = { a = { command = \"b\" } }\n", "without changing more"},
		{"codex", "t = \"\"\"\n[mcp_servers.gatehouse]\n\"\"\"\n", "without changing more"},
		{"codex", "mcp_servers = 1\n", "without changing more"},
		{"codex", "[mcp_servers]\ngatehouse = { command = \"x\" }\n", "in a form that Gatehouse does not write"},
		{"codex", "[mcp_servers.\"gatehouse\"]\ncommand = \"x\"\n", "in a form that Gatehouse does not write"},
		{"codex", "[mcp_servers.gatehouse.env]\nX = \"y\"\n", "in a form that Gatehouse does not write"},
		{"codex", "[[mcp_servers]]\nx = 1\n", "without changing more"},
		{"goose", "a: [", "not YAML"},
		{"goose", "a: 1\na: 2\n", "not YAML"},
		{"goose", "extensions: {x: {enabled: true}}\n", "without changing more"},
		{"goose", "extensions: 1\n", "without changing more"},
		{"goose", "a: 1\n---\nb: 2\n", "more than one document"},
		{"goose", "- a\n", "not YAML"},
	} {
		path := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(path, []byte(c.text), 0o640); err != nil {
			t.Fatal(err)
		}
		_, err := kind(t, c.kind).Open(path, "/home/ada")
		var refused *clients.FileError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), c.reason) || refused.Hint() == "" {
			t.Errorf("Open(%s %.60q) = %v; want %q and a hint", c.kind, c.text, err, c.reason)
		}
		entries, _ := os.ReadDir(filepath.Dir(path))
		if len(entries) != 1 || read(t, path) != c.text {
			t.Errorf("%.60q was touched", c.text)
		}
	}
}

func FuzzJSON(f *testing.F) {
	for _, text := range files["vscode"] {
		f.Add(text)
	}
	fuzz(f, "vscode")
}

func FuzzTOML(f *testing.F) {
	for _, text := range files["codex"] {
		f.Add(text)
	}
	fuzz(f, "codex")
}

func FuzzYAML(f *testing.F) {
	for _, text := range files["goose"] {
		f.Add(text)
	}
	fuzz(f, "goose")
}

// fuzz checks that a file is refused, or changed and put back.
func fuzz(f *testing.F, id string) {
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := kind(t, id).Open(path, "/home/ada")
		if err != nil {
			return
		}
		w, err := file.Connect(entry)
		if err != nil {
			t.Fatalf("Open let %q pass and Connect = %v", text, err)
		}
		if _, err := kind(t, id).Open(path, "/home/ada"); err != nil {
			t.Fatalf("%q became %q: %v", text, read(t, path), err)
		}
		if _, err := kind(t, id).Disconnect(w, "/home/ada", ours); err != nil || read(t, path) != text {
			t.Fatalf("Disconnect of %q = %v: %q", text, err, read(t, path))
		}
	})
}
