package permissions_test

import (
	"path"
	"strings"
	"testing"

	"gatehouse/permissions"
)

// TestEveryLineOfTheLists has, in testdata, an example for every line of each list of files. Without its line an example
// would be decided otherwise: no other line of the list is about it.
func TestEveryLineOfTheLists(t *testing.T) {
	for _, list := range []struct {
		name  string
		right permissions.Right
		rule  string
		words string
	}{
		{"never", permissions.Read, permissions.RuleNever, "a place that no skill may see"},
		{"credentials", permissions.Read, permissions.RuleNever, "credentials"},
		{"startup", permissions.Write, permissions.RuleNever, "start or obey by themselves"},
		{"active", permissions.Write, permissions.RuleActive, "another program may run"},
	} {
		t.Run(list.name, func(t *testing.T) {
			used, b := map[string]bool{}, furnish(t).broker
			all := dataLines(t, "data/"+list.name+".txt")
			for _, example := range dataLines(t, "testdata/"+list.name+".txt") {
				if list.name == "active" {
					example = "~/work/acme/sub/" + example
				}
				g := permissions.FileGrant(list.right, strings.Replace(example, "~", "/home/u", 1))
				e := b.Explain(subject(), permissions.Capabilities{Optional: []permissions.Line{{Grant: g}}}, g)
				if e.Rule != list.rule || !strings.Contains(e.Reason, list.words) {
					t.Errorf("%s: %+v; want the rule %q and %q", example, e, list.rule, list.words)
				}
				var by []string
				for _, line := range all {
					if about(line, example) {
						by = append(by, line)
					}
				}
				if len(by) == 1 {
					used[by[0]] = true
				}
			}
			for _, line := range all {
				if !used[line] {
					t.Errorf("no example needs the line %s of data/%s.txt", line, list.name)
				}
			}
		})
	}
}

// TestNoSpellingGetsPastTheLists writes every example as careless file systems would still read it.
func TestNoSpellingGetsPastTheLists(t *testing.T) {
	last := func(suffix string) func(string) string { return func(name string) string { return name + suffix } }
	b := furnish(t).broker
	for _, spell := range []func(string) string{
		strings.ToUpper, strings.ToLower, last("."), last(" . "), last(":x"), last("::$DATA"), last("\u200c"),
		func(name string) string { return "\ufeff" + name },
		func(name string) string { return name[:1] + "\u00ad" + name[1:] },
	} {
		for list, right := range map[string]permissions.Right{"never": permissions.Read, "credentials": permissions.Read, "startup": permissions.Write} {
			for _, example := range dataLines(t, "testdata/"+list+".txt") {
				folder, name := path.Split(strings.Replace(example, "~", "/home/u", 1))
				g := permissions.FileGrant(right, folder+spell(name))
				if e := b.Explain(subject(), permissions.Capabilities{Optional: []permissions.Line{{Grant: g}}}, g); e.Rule != permissions.RuleNever {
					t.Errorf("%s: %+v", g, e)
				}
			}
		}
	}
}

// about is the slow and plain definition of a line: it names a path and all below it, or a name wherever it stands.
func about(line, name string) bool {
	rooted := line[0] == '~' || line[0] == '/'
	pattern := strings.Split(strings.ToUpper(line), "/")
	segments := strings.Split(strings.ToUpper(name), "/")
	for from := 0; from+len(pattern) <= len(segments) && (from == 0 || !rooted); from++ {
		matched := true
		for i, p := range pattern {
			same, _ := path.Match(p, segments[from+i])
			matched = matched && same
		}
		if matched {
			return true
		}
	}
	return false
}
