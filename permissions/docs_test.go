package permissions_test

import (
	"os"
	"strings"
	"testing"

	"gatehouse/permissions"
)

// TestTheExamplesForPeopleAreTrue reads docs/permissions.md: each line of a grant block is a grant in its one spelling,
// and no line of the other kind is.
func TestTheExamplesForPeopleAreTrue(t *testing.T) {
	text, err := os.ReadFile("../docs/permissions.md")
	if err != nil {
		t.Fatal(err)
	}
	for kind, isGrant := range map[string]bool{"grant": true, "not-a-grant": false} {
		lines := block(string(text), kind)
		if len(lines) < 5 {
			t.Fatalf("only %d examples of %s", len(lines), kind)
		}
		for _, line := range lines {
			g, err := permissions.Parse(line)
			if (err == nil) != isGrant || isGrant && g.String() != line {
				t.Errorf("%s: Parse(%q) = %q, %v", kind, line, g, err)
			}
		}
	}
}

// block returns the lines of the first code block of a kind.
func block(text, kind string) []string {
	_, rest, _ := strings.Cut(text, "\n```"+kind+"\n")
	body, _, _ := strings.Cut(rest, "\n```")
	return strings.Split(strings.TrimSpace(body), "\n")
}
