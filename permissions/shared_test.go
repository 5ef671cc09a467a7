package permissions_test

import (
	"os"
	"strings"
	"testing"

	"gatehouse/permissions"
)

// dataLines are the lines of a data file, by themselves.
func dataLines(t *testing.T, file string) (lines []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// warnedOf says whether the prompt for a request to host has a warning with these words.
func warnedOf(t *testing.T, host, words string) bool {
	t.Helper()
	need := parse(t, "net:GET:https://"+host+":443/")
	p := promptFor(t, furnish(t), subject(), permissions.Capabilities{Optional: lines(t, "net:any:GET")}, permissions.Need{Grant: need})
	return strings.Contains(strings.Join(p.Warnings, "\n"), words)
}

func TestHostsThatStrangersShareAreCalledThat(t *testing.T) {
	for host, want := range map[string]string{
		"pastebin.com":                       "an account at pastebin.com",
		"gist.github.com":                    "an account at github.com",
		"notpastebin.com":                    "",
		"api.example.com":                    "",
		"127.0.0.1":                          "",
		"acme.s3.amazonaws.com":              "a name below s3.amazonaws.com",
		"acme.blob.core.windows.net":         "a name below blob.core.windows.net",
		"gist.githubusercontent.com":         "a name below githubusercontent.com",
		"acme.github.io":                     "a name below github.io",
		"acme.pages.dev":                     "a name below pages.dev",
		"storage.googleapis.com":             "a name below googleapis.com",
		"example.co.uk":                      "",
		"a.name.of.no.registry.that-we-know": "",
	} {
		if want == "" && (warnedOf(t, host, "an account at") || warnedOf(t, host, "a name below")) || !warnedOf(t, host, want) {
			t.Errorf("%s: want a warning with %q", host, want)
		}
	}
}

// Without any one line of the data file one of the examples would be warned of no longer.
func TestEveryLineOfTheSharedHosts(t *testing.T) {
	used := map[string]int{}
	for _, host := range dataLines(t, "testdata/shared-hosts.txt") {
		if !warnedOf(t, host, "an account at") {
			t.Errorf("nobody is warned of %s", host)
		}
		var by []string
		for _, name := range dataLines(t, "data/shared-hosts.txt") {
			if host == name || strings.HasSuffix(host, "."+name) {
				by = append(by, name)
			}
		}
		if len(by) == 1 {
			used[by[0]]++
		}
	}
	for _, name := range dataLines(t, "data/shared-hosts.txt") {
		if used[name] == 0 {
			t.Errorf("no example needs the line %s", name)
		}
	}
}
