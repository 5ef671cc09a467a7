package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden results")

// tree is the workspace that every call of the golden tests finds.
func tree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	numbered := ""
	for i := range 4500 {
		numbered += fmt.Sprintf("line %d\n", i+1)
	}
	for name, content := range map[string]string{
		"notes.txt":             "alpha\nbeta\ngamma beta\n",
		"no-end.txt":            "one\ntwo",
		"empty.txt":             "",
		"long.txt":              "short\n" + strings.Repeat("x", 100_000) + "\nafter\n",
		"numbered.txt":          numbered,
		"windows.txt":           "first\r\nsecond\r\n",
		"latin1.txt":            "caf\xe9\n",
		"picture.png":           "\x89PNG\r\n\x1a\n\x00\x00beta",
		"odd <name> & \"q\".md": "# odd beta\n",
		"docs/guide.md":         "# Guide\nSee beta.\n",
		"docs/deep/er/api.md":   "api\n",
		"docs/deep/table.csv":   "a,b\n1,2\n",
		"src/main.go":           "package main\n",
		"src/main_test.go":      "package main // beta\n",
		"src/web/app.ts":        "let beta = 1\n",
		".env":                  "SECRET=beta\n",
		".git/config":           "beta\n",
		"docs/.hidden/x.md":     "beta\n",
	} {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("docs", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// goldens are the calls whose results are kept in testdata; go test -update rewrites those.
var goldens = []struct{ name, tool, input string }{
	{"a whole file", "read", `{"path":"notes.txt"}`},
	{"a file by its absolute path", "read", `{"path":"/workspace/notes.txt"}`},
	{"a file without a last line end", "read", `{"path":"no-end.txt"}`},
	{"an empty file", "read", `{"path":"empty.txt"}`},
	{"a page in the middle", "read", `{"path":"numbered.txt","offset":2001,"limit":3}`},
	{"the last page", "read", `{"path":"numbered.txt","offset":4499}`},
	{"an offset after the end", "read", `{"path":"numbered.txt","offset":4501}`},
	{"line ends of Windows", "read", `{"path":"windows.txt"}`},
	{"bytes that are no text", "read", `{"path":"latin1.txt"}`},
	{"a binary file", "read", `{"path":"picture.png"}`},
	{"a folder", "read", `{"path":"docs"}`},
	{"a file that is not there", "read", `{"path":"none.txt"}`},
	{"a path through a file", "read", `{"path":"notes.txt/x"}`},
	{"no path", "read", `{}`},

	{"the workspace", "list", `{}`},
	{"a folder", "list", `{"path":"docs"}`},
	{"a file", "list", `{"path":"notes.txt"}`},
	{"a folder that is not there", "list", `{"path":"none"}`},

	{"everything", "glob", `{"pattern":"**"}`},
	{"one kind everywhere", "glob", `{"pattern":"**/*.md"}`},
	{"one kind here", "glob", `{"pattern":"*.txt"}`},
	{"two kinds", "glob", `{"pattern":"src/**/*.{go,ts}"}`},
	{"a question mark", "glob", `{"pattern":"src/mai?.go"}`},
	{"below a folder", "glob", `{"pattern":"**/*.csv","path":"docs"}`},
	{"a spelled dot", "glob", `{"pattern":"docs/.hidden/*.md"}`},
	{"a dot before a star", "glob", `{"pattern":".*"}`},
	{"two double stars", "glob", `{"pattern":"**/deep/**/*.md"}`},
	{"nothing", "glob", `{"pattern":"**/*.rs"}`},
	{"a folder that is not there", "glob", `{"pattern":"*","path":"none"}`},
	{"an absolute pattern", "glob", `{"pattern":"/etc/*"}`},
	{"no pattern", "glob", `{}`},

	{"a text", "search", `{"text":"beta"}`},
	{"a text in one kind of file", "search", `{"text":"beta","glob":"*.md"}`},
	{"a text in one folder", "search", `{"text":"package","path":"src"}`},
	{"a text in one file", "search", `{"text":"beta","path":"notes.txt"}`},
	{"a text that looks like an expression", "search", `{"text":"a.p"}`},
	{"an expression", "search", `{"text":"^(alpha|gamma)","regex":true}`},
	{"an expression at a line's end of Windows", "search", `{"text":"second$","regex":true}`},
	{"an expression that is none", "search", `{"text":"(","regex":true}`},
	{"more than the limit", "search", `{"text":"line","path":"numbered.txt","limit":2}`},
	{"a long line", "search", `{"text":"xxx","path":"long.txt"}`},
	{"nothing found", "search", `{"text":"omega"}`},
	{"no text", "search", `{}`},

	{"a new file", "write", `{"path":"new.txt","content":"hello\n"}`},
	{"over an old file", "write", `{"path":"numbered.txt","content":"short"}`},
	{"an empty file", "write", `{"path":"notes.txt","content":""}`},
	{"into a folder that is not there", "write", `{"path":"none/new.txt","content":"x"}`},
	{"over a folder", "write", `{"path":"docs","content":"x"}`},
	{"no content", "write", `{"path":"new.txt"}`},

	{"a text that stands once", "edit", `{"path":"notes.txt","old":"gamma beta","new":"gamma"}`},
	{"over two lines", "edit", `{"path":"notes.txt","old":"alpha\nbeta","new":"one"}`},
	{"a line is deleted", "edit", `{"path":"notes.txt","old":"alpha\n","new":""}`},
	{"a text that stands twice", "edit", `{"path":"notes.txt","old":"beta","new":"x"}`},
	{"a text that is absent", "edit", `{"path":"notes.txt","old":"delta","new":"x"}`},
	{"a text with other line ends", "edit", `{"path":"windows.txt","old":"first\nsecond","new":"x"}`},
	{"a change of nothing", "edit", `{"path":"notes.txt","old":"beta","new":"beta"}`},
	{"an empty text", "edit", `{"path":"notes.txt","old":"","new":"x"}`},
	{"a file that is not there", "edit", `{"path":"none.txt","old":"a","new":"b"}`},

	{"an unknown tool", "delete", `{"path":"notes.txt"}`},
}

func TestGoldens(t *testing.T) {
	got := map[string]string{}
	root := tree(t)
	before := contents(t, root)
	for _, g := range goldens {
		input := strings.ReplaceAll(g.input, "/workspace", root)
		exit, out, errOut := callTool(root, g.tool, input)
		result := fmt.Sprintf("== %s\n%s\nexit %d\n%s%s", g.name, g.input, exit, out, errOut)
		changed := false
		for name, content := range contents(t, root) {
			if old, ok := before[name]; !ok || old != content {
				result += fmt.Sprintf("%s is now %q\n", name, content)
				changed = true
			}
		}
		if changed {
			root = tree(t)
		}
		got[g.tool] += strings.ReplaceAll(result, root, "/workspace") + "\n"
	}
	for tool, results := range got {
		file := filepath.Join("testdata", tool+".golden")
		if *update {
			if err := os.WriteFile(file, []byte(results), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, tool, results, string(want))
	}
}

// compare names each result that differs.
func compare(t *testing.T, tool, got, want string) {
	t.Helper()
	results, wanted := strings.Split(got, "\n\n"), strings.Split(want, "\n\n")
	if len(results) != len(wanted) {
		t.Errorf("%s has %d results; want %d (go test -update rewrites them)", tool, len(results), len(wanted))
	}
	for i := range min(len(results), len(wanted)) {
		if results[i] != wanted[i] {
			t.Errorf("%s: got\n%.2000s\nwant\n%.2000s", tool, results[i], wanted[i])
		}
	}
}

// callTool runs one call as the host does.
func callTool(root, tool, input string) (exit int, out, errOut string) {
	var stdout, stderr bytes.Buffer
	exit = run(strings.NewReader(fmt.Sprintf(`{"tool":%q,"input":%s}`, tool, input)), &stdout, &stderr, root)
	return exit, stdout.String(), stderr.String()
}

func contents(t *testing.T, root string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		name, _ := filepath.Rel(root, path)
		all[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestPagesTogetherAreTheFile(t *testing.T) {
	root := tree(t)
	for _, name := range []string{"numbered.txt", "no-end.txt", "notes.txt", "windows.txt"} {
		whole, offset, pages := "", 1, 0
		for offset > 0 {
			exit, out, errOut := callTool(root, "read", fmt.Sprintf(`{"path":%q,"offset":%d,"limit":999}`, name, offset))
			if exit != 0 {
				t.Fatal(errOut)
			}
			var p page
			if err := json.Unmarshal([]byte(out), &p); err != nil {
				t.Fatal(err)
			}
			whole += p.Content
			offset = p.NextOffset
			pages++
		}
		if want := contents(t, root)[name]; whole != want {
			t.Errorf("%d pages of %s make %d bytes; want its %d", pages, name, len(whole), len(want))
		}
	}
}

func TestAnswersStayBelowTheHostsLimit(t *testing.T) {
	root := t.TempDir()
	hostile := strings.Repeat(strings.Repeat("\x01", 1000)+"\n", 5000)
	if err := os.WriteFile(filepath.Join(root, "controls.txt"), []byte(hostile), 0o644); err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		name := filepath.Join(root, fmt.Sprintf("%s%d", strings.Repeat("\x02", 200), i))
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ tool, input string }{
		{"read", `{"path":"controls.txt","limit":5000}`}, {"list", `{}`}, {"glob", `{"pattern":"**"}`},
		{"search", `{"text":"\u0001","limit":500}`},
	} {
		exit, out, errOut := callTool(root, c.tool, c.input)
		if exit != 0 || len(out) > 512<<10 {
			t.Errorf("%s: exit %d, %d bytes, %s; want 0 and at most 512 KiB", c.tool, exit, len(out), errOut)
		}
		if !json.Valid([]byte(out)) {
			t.Errorf("%s: the answer is not JSON", c.tool)
		}
	}
}

func TestAnEditDoesNotUndoAChangeMadeWhileItWaited(t *testing.T) {
	root := folder(tree(t))
	_, info, err := readWhole(root.at("notes.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(root.at("notes.txt"), []byte("somebody was faster\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	err = root.replace("notes.txt", []byte("stale"), info)
	if err == nil || !strings.Contains(err.Error(), "changed while this waited") {
		t.Errorf("replace() = %v; want a refusal", err)
	}
	if got := contents(t, string(root))["notes.txt"]; got != "somebody was faster\n" {
		t.Errorf("the file is %q; want it untouched", got)
	}
}

func TestSegments(t *testing.T) {
	for _, tt := range []struct {
		pattern, name string
		want          bool
	}{
		{"*", "a", true}, {"*", "", true}, {"*", ".a", false}, {".*", ".a", true}, {"?", "é", true}, {"?", "", false},
		{"a*b*c", "aXbYbc", true}, {"a*b*c", "aXbYb", false}, {"**", "abc", true}, {"*.go", "a.go.txt", false},
		{"*a*a*a*a*a*a*a*a*b", strings.Repeat("a", 5000), false}, {"?env", ".env", false},
	} {
		if got := matchSegment(tt.pattern, tt.name); got != tt.want {
			t.Errorf("matchSegment(%q, %.20q) = %v; want %v", tt.pattern, tt.name, got, tt.want)
		}
	}
	if _, err := braces(strings.Repeat("{a,b}", 20)); err == nil {
		t.Error("a million patterns in braces were written out")
	}
}

func FuzzCalls(f *testing.F) {
	for _, g := range goldens {
		f.Add(g.tool, g.input)
	}
	root := f.TempDir()
	if err := os.WriteFile(filepath.Join(root, "a.txt"), []byte("a\nb\n"), 0o644); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, tool, input string) {
		if tool == "write" || tool == "edit" || strings.Contains(input, "/") || strings.Contains(input, "..") {
			return // The file system of this machine is not to be fuzzed.
		}
		exit, out, errOut := callTool(root, tool, input)
		if exit == 0 && !json.Valid([]byte(out)) || exit == 1 && errOut == "" || exit > 1 {
			t.Errorf("exit %d, %q, %q; want JSON or one sentence", exit, out, errOut)
		}
	})
}
