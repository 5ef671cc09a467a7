package clients_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gatehouse/clients"
)

func TestEveryKindHasItsPlaceOnEverySystem(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range clients.Kinds() {
		if seen[k.ID] || k.Title == "" || k.Next == "" {
			t.Errorf("kind %+v: twice, or without words", k)
		}
		seen[k.ID] = true
		for _, system := range []string{"linux", "darwin", "windows"} {
			place := k.Place("/home/ada", system)
			if !strings.HasPrefix(place, "/home/ada/") || filepath.Ext(place) == "" {
				t.Errorf("%s on %s: %q", k.ID, system, place)
			}
		}
	}
	desktop := kind(t, "claude-desktop")
	if got := desktop.Place("/Users/ada", "darwin"); got != "/Users/ada/Library/Application Support/Claude/claude_desktop_config.json" {
		t.Errorf("Claude Desktop on macOS: %q", got)
	}
	if _, ok := clients.Find("notepad"); ok {
		t.Error("Find(notepad) found something")
	}
}

// home is a home folder with a file in it.
func home(t *testing.T, path, text string) (home, full string) {
	t.Helper()
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	full = filepath.Join(home, path)
	if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
		t.Fatal(err)
	}
	if text != "" {
		if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return home, full
}

func TestAFileThatWasNotThereGoesAgain(t *testing.T) {
	home, path := home(t, ".cursor/mcp.json", "")
	f, err := kind(t, "cursor").Open(path, home)
	if err != nil || f.Exists || f.Connected {
		t.Fatalf("Open = %+v, %v", f, err)
	}
	w, err := f.Connect(entry)
	if err != nil || w.Backup != "" {
		t.Fatalf("Connect = %+v, %v", w, err)
	}
	if outcome, err := kind(t, "cursor").Disconnect(w, home, ours); err != nil || outcome != clients.Removed {
		t.Errorf("Disconnect = %s, %v", outcome, err)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestWhatThePersonChangedSinceTheFirstTimeSurvivesTheSecond(t *testing.T) {
	home, path := home(t, ".cursor/mcp.json", "")
	connect := func() clients.Written {
		f, err := kind(t, "cursor").Open(path, home)
		if err != nil {
			t.Fatal(err)
		}
		w, err := f.Connect(entry)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	if w := connect(); w.Backup != "" {
		t.Errorf("a copy of nothing: %+v", w)
	}
	if w := connect(); w.Backup != "" {
		t.Errorf("a copy of our entry alone: %+v", w)
	}
	changed := strings.Replace(read(t, path), "{\n", "{\n  \"mine\": 1,\n", 1)
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	w := connect()
	outcome, err := kind(t, "cursor").Disconnect(w, home, ours)
	if after := read(t, path); err != nil || outcome != clients.PutBack || !strings.Contains(after, `"mine": 1`) || strings.Contains(after, "ghc_") {
		t.Errorf("Disconnect = %s, %v: %s", outcome, err, after)
	}
	// The copy may be gone by then.
	w = connect()
	if err := os.Remove(w.Backup); err != nil {
		t.Fatal(err)
	}
	outcome, err = kind(t, "cursor").Disconnect(w, home, ours)
	if after := read(t, path); err != nil || outcome != clients.TakenOut || !strings.Contains(after, `"mine": 1`) || strings.Contains(after, "ghc_") {
		t.Errorf("Disconnect without the copy = %s, %v: %s", outcome, err, after)
	}
}

func TestAProgramThatIsNotThereIsNotMadeUp(t *testing.T) {
	home := t.TempDir()
	k := kind(t, "claude-desktop")
	if _, err := k.Open(k.Place(home, runtime.GOOS), home); err == nil || !strings.Contains(err.Error(), "folder is not there") {
		t.Errorf("Open = %v", err)
	}
}

func TestALinkIsFollowedToItsFile(t *testing.T) {
	home, real := home(t, "dotfiles/cursor.json", "{}")
	link := filepath.Join(home, "mcp.json")
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	f, err := kind(t, "cursor").Open(link, home)
	if err != nil || f.Path != real {
		t.Fatalf("Open = %+v, %v; want %s", f, err, real)
	}
	if _, err := f.Connect(entry); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != os.ModeSymlink || !strings.Contains(read(t, real), "ghc_secret") {
		t.Errorf("the link is %v, %v", info.Mode(), err)
	}
	if err := os.Remove(real); err != nil {
		t.Fatal(err)
	}
	if _, err := kind(t, "cursor").Open(link, home); err == nil || !strings.Contains(err.Error(), "link to nothing") {
		t.Errorf("Open of a link to nothing = %v", err)
	}
	if _, err := kind(t, "cursor").Open(filepath.Dir(real), home); err == nil {
		t.Error("a folder was opened")
	}
}

// A token in a project's file would go to everybody who gets the project.
func TestAProjectsFileGetsNoToken(t *testing.T) {
	for _, c := range []struct {
		path, repository string
		refused          bool
	}{
		{"work/acme/.mcp.json", "", true},
		{"work/acme/.cursor/mcp.json", "", true},
		{"work/acme/.vscode/mcp.json", "", true},
		{"work/acme/config/mcp.json", "work/acme/.git", true},
		{"dotfiles/mcp.json", "dotfiles/.git", true},
		{".cursor/mcp.json", "", false},
		{".cursor/mcp.json", ".git", false},
		{".config/Code/User/mcp.json", "", false},
	} {
		home, path := home(t, c.path, "{}")
		if c.repository != "" {
			if err := os.MkdirAll(filepath.Join(home, c.repository), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		_, err := kind(t, "cursor").Open(path, home)
		if refused := err != nil && strings.Contains(err.Error(), "a token does not belong there"); refused != c.refused {
			t.Errorf("%s with %q: %v; want refused: %v", c.path, c.repository, err, c.refused)
		}
		if clients.InRepository(home) != (c.repository == ".git") {
			t.Errorf("InRepository with %q", c.repository)
		}
	}
}

func TestAFileThatChangesInTheMiddleIsLeftAlone(t *testing.T) {
	home, path := home(t, ".cursor/mcp.json", "{}")
	f, err := kind(t, "cursor").Open(path, home)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(`{"new":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Connect(entry); err == nil || read(t, path) != `{"new":1}` {
		t.Errorf("Connect = %v; the file is %q", err, read(t, path))
	}
}

func TestAnEntryOfAnotherClientStays(t *testing.T) {
	home, path := home(t, ".cursor/mcp.json", "{}")
	f, err := kind(t, "cursor").Open(path, home)
	if err != nil {
		t.Fatal(err)
	}
	w, err := f.Connect(entry)
	if err != nil {
		t.Fatal(err)
	}
	before := read(t, path)
	outcome, err := kind(t, "cursor").Disconnect(w, home, func(token string) bool { return token == "ghc_other" })
	if err != nil || outcome != clients.NotInThere || read(t, path) != before {
		t.Errorf("Disconnect = %s, %v", outcome, err)
	}
}
