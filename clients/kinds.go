// Package clients knows the programs that agents live in: where each keeps its configuration, in which form, and how an
// entry for Gatehouse is put into it and taken out again, so that everything else in the file stays as it was, byte for
// byte. It writes a file as a whole or not at all, after a copy. It does not know who may be connected, or what a token
// is good for: host asks the person, and store keeps the client.
//
// It is the keeper of tailscale/hujson, which reads JSON with comments and gives every byte of it back, of
// pelletier/go-toml, and with package skill of goccy/go-yaml; both check here that a file says the same before and after.
package clients

import (
	"path/filepath"
	"slices"
)

// Name is the name of our entry in every configuration.
const Name = "gatehouse"

// TokenVariable carries a client's token to the pipe.
const TokenVariable = "GATEHOUSE_CLIENT"

// Kind is one kind of program.
type Kind struct {
	// ID names it in commands, Title for people.
	ID, Title string
	// Next says what the person does after its file was written.
	Next string

	form form
	// section is the object of the file that holds servers.
	section string
	// dressed are the fields that its entry has before the command.
	dressed []field
	// comments says that its JSON may have comments and trailing commas.
	comments bool
	// place is the path of its file below the person's home, by system; the empty system is every other.
	place map[string][]string
}

type field struct{ name, value string }

// form is how a kind of file is read and changed. put and take return text as it is after the change; entry returns the
// environment of our entry, and whether it is there.
type form interface {
	put(text []byte, k Kind, e Entry) ([]byte, error)
	take(text []byte, k Kind) ([]byte, error)
	entry(text []byte, k Kind) (env map[string]string, there bool, err error)
	// read returns all that text says, for comparing.
	read(text []byte, k Kind) (map[string]any, error)
}

const (
	restart   = "Quit it and start it again."
	reload    = "Open a new session in it."
	macHome   = "Library/Application Support"
	winRoamed = "AppData/Roaming"
)

var stdio = []field{{"type", "stdio"}}

var kinds = []Kind{
	{
		ID: "claude-desktop", Title: "Claude Desktop", Next: restart, form: jsonForm{}, section: "mcpServers",
		place: map[string][]string{
			"":        {".config", "Claude", "claude_desktop_config.json"},
			"darwin":  {macHome, "Claude", "claude_desktop_config.json"},
			"windows": {winRoamed, "Claude", "claude_desktop_config.json"},
		},
	},
	{
		ID: "claude-code", Title: "Claude Code", Next: reload, form: jsonForm{}, section: "mcpServers", dressed: stdio,
		place: map[string][]string{"": {".claude.json"}},
	},
	{
		ID: "vscode", Title: "VS Code", Next: "Run the command “MCP: List Servers” in it and start gatehouse.",
		form: jsonForm{}, section: "servers", dressed: stdio, comments: true,
		place: map[string][]string{
			"":        {".config", "Code", "User", "mcp.json"},
			"darwin":  {macHome, "Code", "User", "mcp.json"},
			"windows": {winRoamed, "Code", "User", "mcp.json"},
		},
	},
	{
		ID: "cursor", Title: "Cursor", Next: restart, form: jsonForm{}, section: "mcpServers", comments: true,
		place: map[string][]string{"": {".cursor", "mcp.json"}},
	},
	{
		ID: "windsurf", Title: "Windsurf", Next: restart, form: jsonForm{}, section: "mcpServers",
		place: map[string][]string{"": {".codeium", "windsurf", "mcp_config.json"}},
	},
	{
		ID: "zed", Title: "Zed", Next: "It starts gatehouse by itself.", form: jsonForm{}, section: "context_servers", comments: true,
		place: map[string][]string{"": {".config", "zed", "settings.json"}, "windows": {winRoamed, "Zed", "settings.json"}},
	},
	{
		ID: "gemini-cli", Title: "Gemini CLI", Next: "Open a new session in it, in a folder that it trusts.", form: jsonForm{}, section: "mcpServers", comments: true,
		place: map[string][]string{"": {".gemini", "settings.json"}},
	},
	{
		ID: "codex", Title: "Codex", Next: reload, form: tomlForm{}, section: "mcp_servers",
		place: map[string][]string{"": {".codex", "config.toml"}},
	},
	{
		ID: "goose", Title: "goose", Next: reload, form: yamlForm{}, section: "extensions",
		place: map[string][]string{
			"":        {".config", "goose", "config.yaml"},
			"windows": {winRoamed, "Block", "goose", "config", "config.yaml"},
		},
	},
}

// Kinds lists the kinds of program that can be connected.
func Kinds() []Kind { return slices.Clone(kinds) }

// Find returns the kind with this ID, and whether there is one.
func Find(id string) (Kind, bool) {
	i := slices.IndexFunc(kinds, func(k Kind) bool { return k.ID == id })
	if i < 0 {
		return Kind{}, false
	}
	return kinds[i], true
}

// Place is where a program of this kind keeps the configuration of the person whose home this is, on that system.
func (k Kind) Place(home, system string) string {
	parts, own := k.place[system]
	if !own {
		parts = k.place[""]
	}
	return filepath.Join(append([]string{home}, parts...)...)
}

// Entry is what a configuration says of Gatehouse: how its pipe is started, with the token in its environment.
type Entry struct {
	Command string
	Args    []string
	Env     map[string]string
}

// Preview is e as it would stand in a file of this kind that holds nothing else.
func (k Kind) Preview(e Entry) string {
	text, err := k.form.put(nil, k, e)
	if err != nil {
		return ""
	}
	return string(text)
}
