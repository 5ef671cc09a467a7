package permissions_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gatehouse/permissions"
)

var fenced = regexp.MustCompile("(?ms)^```([a-z-]+)\n(.*?)^```$")

// examples are the checks of the blocks of docs by their kind; each returns what is wrong with a line, or nothing.
var examples = map[string]func(t *testing.T, line string) bool{
	"grant": func(_ *testing.T, line string) bool {
		g, err := permissions.Parse(line)
		return err == nil && g.String() == line
	},
	"not-a-grant": func(_ *testing.T, line string) bool {
		_, err := permissions.Parse(line)
		return err != nil
	},
	"covers": func(t *testing.T, line string) bool {
		grant, need, covers := strings.Cut(line, " covers ")
		if !covers {
			grant, need, _ = strings.Cut(line, " does not cover ")
		}
		return parse(t, grant).Covers(parse(t, need), "") == covers
	},
	"url": func(_ *testing.T, line string) bool {
		url, sent, _ := strings.Cut(line, " -> ")
		target, err := permissions.ParseTarget("GET", url)
		return err == nil && target.String() == sent
	},
	"not-a-url": func(_ *testing.T, line string) bool {
		_, err := permissions.ParseTarget("GET", line)
		return err != nil
	},
}

// TestTheExamplesForPeopleAreTrue reads all pages: every line of every block about grants is what its block says.
func TestTheExamplesForPeopleAreTrue(t *testing.T) {
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	read := map[string]int{}
	kinds := map[permissions.Kind]bool{}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range fenced.FindAllStringSubmatch(string(text), -1) {
			isTrue := examples[block[1]]
			if isTrue == nil {
				continue
			}
			for line := range strings.Lines(block[2]) {
				line = strings.TrimSpace(line)
				if read[block[1]]++; !isTrue(t, line) {
					t.Errorf("%s: not true as an example of %s: %s", page, block[1], line)
				}
				if g, err := permissions.Parse(line); err == nil {
					kinds[g.Kind()] = true
				}
			}
		}
	}
	for kind := range examples {
		if read[kind] < 3 {
			t.Errorf("only %d examples of %s", read[kind], kind)
		}
	}
	for _, kind := range []permissions.Kind{permissions.Files, permissions.Net, permissions.Env, permissions.Secret, permissions.Call, permissions.Values} {
		if !kinds[kind] {
			t.Errorf("no example of %s", kind)
		}
	}
}

// TestTheExamplesOfPoliciesAreTrue reads docs/policies.md: a block is a whole policy, and no line of the other kind is.
func TestTheExamplesOfPoliciesAreTrue(t *testing.T) {
	text, err := os.ReadFile("../docs/policies.md")
	if err != nil {
		t.Fatal(err)
	}
	good, bad := 0, 0
	for _, block := range fenced.FindAllStringSubmatch(string(text), -1) {
		switch block[1] {
		case "policy":
			good++
			if _, err := permissions.ParsePolicy(permissions.LayerWorkspace, "policy.json", []byte(block[2])); err != nil {
				t.Errorf("%v in\n%s", err, block[2])
			}
		case "not-a-policy":
			for line := range strings.Lines(block[2]) {
				bad++
				if p, err := permissions.ParsePolicy(permissions.LayerWorkspace, "policy.json", []byte(line)); err == nil {
					t.Errorf("%s is read as %+v", line, p)
				}
			}
		}
	}
	if good < 2 || bad < 5 {
		t.Errorf("only %d policies and %d that are none", good, bad)
	}
}
