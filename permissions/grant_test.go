package permissions_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/permissions"
)

// canonical are grants in their only spelling; they also seed the fuzzers.
var canonical = []string{
	"fs:read:${workspace}",
	"fs:read:${workspace}/**",
	"fs:write:${workspace}/out/*.csv",
	"fs:list:${workspace}/**/.config",
	"fs:read:/",
	"fs:read:/usr/share/dict/words",
	"fs:read:/usr/*/words",
	`fs:read:${workspace}/a\*b\?\[1\]\{2\}\$\\`,
	`fs:read:${workspace}/two\x0alines`,
	"fs:read:${workspace}/Ünïcode/日本",
	"fs:read:${workspace}/ space ",
	"fs:pick:read",
	"net:GET,HEAD:https://api.github.com:443/repos/**",
	"net:*:https://*.example.com:443/**",
	"net:GET:http://127.0.0.1:8000/**",
	"net:GET:http://[::1]:8000/",
	`net:GET:https://a.example:443/100\x25/a\x23b`,
	"net:GET:https://xn--bcher-kva.example:443/**",
	"net:POST:https://api.example.com:443/v1/**#own-credentials",
	"net:any:GET,HEAD",
	"env:LANG",
	"secret:github.token@GET:https://api.github.com:443/repos/**#header:Authorization=Bearer",
	"secret:key@*:https://api.example.com:443/**#header:X-Api-Key",
	"call:pdf-tools/extract",
	"values",
}

func TestParseGivesBackWhatItRead(t *testing.T) {
	for _, s := range canonical {
		g, err := permissions.Parse(s)
		if err != nil {
			t.Errorf("Parse(%q): %v", s, err)
			continue
		}
		if g.String() != s {
			t.Errorf("Parse(%q).String() = %q", s, g)
		}
		text, err := json.Marshal(g)
		var back permissions.Grant
		if err != nil || json.Unmarshal(text, &back) != nil || back != g {
			t.Errorf("%q came back from JSON as %q, %v", s, back, err)
		}
	}
}

func TestParseRefusesAndSaysWhereAndWhy(t *testing.T) {
	for _, c := range []struct {
		name, grant string
		place       int
		reason      string
	}{
		{"an empty string", "", 0, "begins with"},
		{"an unknown kind", "exec:ls", 0, "begins with"},
		{"an unknown right", "fs:delete:/a", 3, "read, list, write or pick"},
		{"a right without a path", "fs:read", 7, "a path follows"},
		{"an empty path", "fs:read:", 8, "begins with ${workspace} or /"},
		{"a relative path", "fs:read:docs", 8, "begins with ${workspace} or /"},
		{"another word that begins like the workspace", "fs:read:${workspace}s/a", 8, "begins with"},
		{"every file", "fs:read:/**", 8, "for every file"},
		{"every first folder", "fs:read:/*/a", 8, "for every file"},
		{"a parent folder", "fs:read:${workspace}/../a", 21, "no . and no .."},
		{"a parent folder behind escapes", `fs:read:${workspace}/\.\./a`, 21, "no . and no .."},
		{"a dot segment", "fs:read:/a/./b", 11, "no . and no .."},
		{"an empty segment", "fs:read:/a//b", 11, "no empty segments"},
		{"a trailing slash", "fs:read:${workspace}/", 21, "no empty segments"},
		{"two stars inside a segment", "fs:read:/a/b**", 12, "whole segment"},
		{"three stars", "fs:read:/a/***", 11, "whole segment"},
		{"a choice", "fs:read:/a/{b,c}", 11, `written \{`},
		{"a class", "fs:read:/a/[bc]", 11, `written \[`},
		{"a question mark", "fs:read:/a/b?", 12, `written \?`},
		{"another variable", "fs:read:/a/$HOME", 11, `written \$`},
		{"a NUL", "fs:read:/a\x00b", 10, "no NUL"},
		{"an escaped NUL", `fs:read:/a\x00b`, 10, "no NUL"},
		{"bytes that are not UTF-8", "fs:read:/a\xffb", 10, "UTF-8"},
		{"an escaped byte that is not UTF-8", "fs:read:/a\\\xffb", 10, "UTF-8"},
		{"a backslash at the end", `fs:read:/a\`, 10, "before another character"},
		{"half an escape", `fs:read:/a\x0`, 10, "hexadecimal"},
		{"a line break", "fs:read:/a\nb", 10, `canonical spelling is "fs:read:/a\\x0ab"`},
		{"an escape that nobody needs", `fs:read:/a\b`, 10, `"fs:read:/ab"`},
		{"two ** in a row", "fs:read:/a/**/**", 13, `"fs:read:/a/**"`},
		{"picking to write", "fs:pick:write", 8, "fs:pick:read"},
		{"methods out of order", "net:HEAD,GET:https://a.example:443/**", 4, `"net:GET,HEAD:`},
		{"a method twice", "net:GET,GET:https://a.example:443/**", 7, `"net:GET:`},
		{"a method in lower case", "net:get:https://a.example:443/**", 4, `"net:GET:`},
		{"no method", "net::https://a.example:443/**", 4, "methods are"},
		{"a tunnel", "net:CONNECT:https://a.example:443/**", 4, "no skill may use"},
		{"no port", "net:GET:https://a.example/**", 25, `"net:GET:https://a.example:443/**"`},
		{"no path", "net:GET:https://a.example:443", 29, `"net:GET:https://a.example:443/**"`},
		{"a host in upper case", "net:GET:https://A.example:443/**", 16, "https://a.example:443"},
		{"a host in Unicode", "net:GET:https://bücher.example:443/**", 16, "https://xn--bcher-kva.example:443"},
		{"full-width letters", "net:GET:https://ａ.example:443/**", 16, "https://a.example:443"},
		{"an ideographic full stop", "net:GET:https://a。example:443/**", 17, "https://a.example:443"},
		{"a trailing dot", "net:GET:https://a.example.:443/**", 25, "https://a.example:443"},
		{"two trailing dots", "net:GET:https://a.example..:443/**", 16, "no empty labels"},
		{"a host that is one word", "net:GET:http://localhost:80/**", 15, "such as 127.0.0.1"},
		{"every host", "net:GET:https://*:443/**", 16, "only *. before a name"},
		{"every host of a top-level domain", "net:GET:https://*.com:443/**", 18, "a name with a dot"},
		{"names that strangers share", "net:GET:https://*.github.io:443/**", 16, "anybody can have a name"},
		{"a suffix of two labels", "net:GET:https://*.co.uk:443/**", 16, "anybody can have a name"},
		{"a wildcard in the middle", "net:GET:https://a.*.example.com:443/**", 16, "only *. before a name"},
		{"a wildcard before an address", "net:GET:http://*.127.0.0.1:80/**", 15, "no names below it"},
		{"user info", "net:GET:https://me@a.example:443/**", 18, "'@' cannot stand"},
		{"a percent sign in the host", "net:GET:https://a%2eexample:443/**", 17, "'%' cannot stand"},
		{"an address in octal", "net:GET:http://0177.0.0.1:80/**", 15, "strict dotted quad"},
		{"an address in hexadecimal", "net:GET:http://127.0.0.0x1:80/**", 15, "strict dotted quad"},
		{"a short address", "net:GET:http://127.1:80/**", 15, "strict dotted quad"},
		{"an IPv6 address that is not as RFC 5952 writes it", "net:GET:http://[0:0::1]:80/**", 16, "[::1]"},
		{"a zone", "net:GET:http://[fe80::1%eth0]:80/**", 15, "no zone"},
		{"an IPv4 address inside IPv6", "net:GET:http://[::ffff:127.0.0.1]:80/**", 15, "no IPv4 inside"},
		{"a bracket that stays open", "net:GET:http://[::1:80/**", 15, "in brackets"},
		{"a port with a leading zero", "net:GET:https://a.example:0443/**", 26, "without a leading zero"},
		{"port zero", "net:GET:https://a.example:0/**", 26, "from 1 to 65535"},
		{"a port that is too large", "net:GET:https://a.example:65536/**", 26, "from 1 to 65535"},
		{"another scheme", "net:GET:ftp://a.example:21/**", 8, "https:// or http://"},
		{"percent-encoding in the path", "net:GET:https://a.example:443/%2e%2e", 30, "decoded"},
		{"an unknown suffix", "net:GET:https://a.example:443/**#all", 32, "#own-credentials"},
		{"a secret over http", "secret:k@GET:http://a.example:80/**#header:X", 13, "https only"},
		{"a percent sign in the path", `net:GET:https://a.example:443/\%`, 31, `"net:GET:https://a.example:443/\\x25"`},
		{"a wildcard before a wildcard", "net:GET:https://*.*.a.example:443/**", 16, "only *. before a name"},
		{"a name of this computer", "net:GET:http://a.localhost:80/**", 15, "write the literal address"},
		{"a wildcard in a cloud's own network", "net:GET:http://*.google.internal:80/**", 17, "names below internal"},
		{"a secret that says where to send", "secret:k@GET:https://a.example:443/**#header:Host", 45, "the host's own"},
		{"a secret's header in another case", "secret:k@GET:https://a.example:443/**#header:X-API-Key", 48, "written X-Api-Key"},
		{"a secret's header with a colon", "secret:k@GET:https://a.example:443/**#header:X:", 38, "#header:NAME"},
		{"a secret without a name", "secret:@GET:https://a.example:443/**#header:X", 7, "NAME@METHODS"},
		{"a secret of any host", "secret:k@any:GET#header:X", 13, "begins with https"},
		{"a secret without a place", "secret:k@GET:https://a.example:443/**", 37, "#header:NAME"},
		{"a variable with a pattern", "env:LC_*", 7, "no pattern"},
		{"a variable that begins with a digit", "env:1A", 4, "no digit first"},
		{"a variable without a name", "env:", 4, "missing"},
		{"a call without a tool", "call:pdf-tools", 5, "SKILL/TOOL"},
		{"a call with a pattern", "call:pdf-tools/*", 15, "tool's name"},
		{"a call of a skill with a hyphen at its end", "call:pdf-/extract", 8, "single hyphens inside"},
		{"a call of a skill with two hyphens", "call:pdf--tools/extract", 9, "single hyphens inside"},
		{"a call of a skill in capitals", "call:Pdf/extract", 5, "a-z, 0-9"},
		{"a call of a tool that begins with a digit", "call:pdf/1", 9, "begins with a letter"},
		{"a call of a tool with a dot", "call:pdf/a.b", 10, "begins with a letter"},
		{"any host and a path", "net:any:GET:https://a.example:443/", 8, "methods are"},
		{"any host for no method", "net:any:", 8, "methods are"},
		{"picking without a right", "fs:pick", 7, "fs:pick:read"},
		{"picking with a path", "fs:pick:read:/a", 8, "fs:pick:read"},
		{"values of another", "values:other", 7, "nothing follows"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, err := permissions.Parse(c.grant)
			var syntax *permissions.SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("Parse(%q) = %q, %v; want a SyntaxError", c.grant, g, err)
			}
			if syntax.Place != c.place || !strings.Contains(syntax.Reason, c.reason) {
				t.Errorf("Parse(%q): place %d, %q; want place %d and %q", c.grant, syntax.Place, syntax.Reason, c.place, c.reason)
			}
			if g != (permissions.Grant{}) {
				t.Errorf("Parse(%q) gave %q beside its error", c.grant, g)
			}
		})
	}
}

func TestCovers(t *testing.T) {
	for _, c := range []struct {
		name, grant, need string
		want              bool
	}{
		{"a file covers itself", "fs:read:${workspace}/a.txt", "fs:read:${workspace}/a.txt", true},
		{"reading is not listing", "fs:read:${workspace}/**", "fs:list:${workspace}/a", false},
		{"writing is not reading", "fs:write:${workspace}/**", "fs:read:${workspace}/a", false},
		{"** covers the folder itself", "fs:list:${workspace}/**", "fs:list:${workspace}", true},
		{"** covers any depth", "fs:read:${workspace}/**", "fs:read:${workspace}/a/b/c.txt", true},
		{"** covers no name with a dot", "fs:read:${workspace}/**", "fs:read:${workspace}/.env", false},
		{"** covers nothing below a name with a dot", "fs:read:${workspace}/**", "fs:read:${workspace}/.ssh/id", false},
		{"* covers no name with a dot", "fs:read:${workspace}/*", "fs:read:${workspace}/.env", false},
		{"a star at the front covers no name that is all extension", "fs:read:${workspace}/*.csv", "fs:read:${workspace}/.csv", false},
		{"a spelled dot covers", "fs:read:${workspace}/.*", "fs:read:${workspace}/.env", true},
		{"a dot inside a name is a character", "fs:read:${workspace}/*", "fs:read:${workspace}/a.b", true},
		{"* stays in its segment", "fs:read:${workspace}/*.csv", "fs:read:${workspace}/a/b.csv", false},
		{"** in the middle covers nothing at all", "fs:read:${workspace}/**/b", "fs:read:${workspace}/b", true},
		{"** in the middle covers two", "fs:read:${workspace}/**/b", "fs:read:${workspace}/x/y/b", true},
		{"** backs up to the last b", "fs:read:${workspace}/**/b/c", "fs:read:${workspace}/b/b/c", true},
		{"a star backs up", "fs:read:${workspace}/*ab", "fs:read:${workspace}/aab", true},
		{"case counts", "fs:read:${workspace}/A", "fs:read:${workspace}/a", false},
		{"an escaped star is a star", `fs:read:${workspace}/a\*`, `fs:read:${workspace}/a\*`, true},
		{"an escaped star is not a wildcard", `fs:read:${workspace}/a\*`, "fs:read:${workspace}/ab", false},
		{"a wildcard takes a whole escape", `fs:read:${workspace}/*x0a`, `fs:read:${workspace}/\x0a`, false},
		{"a wildcard covers an escape", `fs:read:${workspace}/*b`, `fs:read:${workspace}/a\x0ab`, true},
		{"a pattern lies in a wider one", "fs:read:${workspace}/**", "fs:read:${workspace}/docs/*.txt", true},
		{"a wider pattern lies not in a narrower", "fs:read:${workspace}/docs/**", "fs:read:${workspace}/**", false},
		{"a wildcard is not a literal", "fs:read:${workspace}/a", "fs:read:${workspace}/*", false},
		{"a prefix lies not in its neighbour", "fs:read:${workspace}/doc", "fs:read:${workspace}/docs", false},
		{"an absolute line covers the workspace inside it", "fs:read:/home/u/**", "fs:read:${workspace}/a", true},
		{"the workspace covers an absolute path inside it", "fs:read:${workspace}/**", "fs:read:/home/u/acme/a", true},
		{"and none outside", "fs:read:${workspace}/**", "fs:read:/home/u/acme2/a", false},
		{"picking covers picking", "fs:pick:read", "fs:pick:read", true},
		{"picking covers no file", "fs:pick:read", "fs:read:${workspace}/a", false},
		{"a method of the list", "net:GET,HEAD:https://a.example:443/**", "net:GET:https://a.example:443/x", true},
		{"a method outside the list", "net:GET,HEAD:https://a.example:443/**", "net:POST:https://a.example:443/x", false},
		{"every method only by *", "net:GET,HEAD:https://a.example:443/**", "net:*:https://a.example:443/x", false},
		{"another port", "net:*:https://a.example:443/**", "net:GET:https://a.example:444/x", false},
		{"another scheme", "net:*:https://a.example:443/**", "net:GET:http://a.example:443/x", false},
		{"a wildcard covers a name below", "net:*:https://*.example.com:443/**", "net:GET:https://a.b.example.com:443/", true},
		{"a wildcard never covers the apex", "net:*:https://*.example.com:443/**", "net:GET:https://example.com:443/", false},
		{"a wildcard covers no lookalike", "net:*:https://*.example.com:443/**", "net:GET:https://badexample.com:443/", false},
		{"a wildcard covers no name of another owner", "net:*:https://*.amazonaws.com:443/**", "net:GET:https://x.s3.amazonaws.com:443/", false},
		{"a trailing slash is another path", "net:GET:https://a.example:443/x", "net:GET:https://a.example:443/x/", false},
		{"any host covers a host as a ceiling", "net:any:GET", "net:GET:https://a.example:443/x", true},
		{"any host keeps its methods", "net:any:GET", "net:POST:https://a.example:443/x", false},
		{"a host does not cover any host", "net:GET:https://a.example:443/**", "net:any:GET", false},
		{"an own account is more than none", "net:GET:https://a.example:443/**", "net:GET:https://a.example:443/x#own-credentials", false},
		{"and covers none", "net:GET:https://a.example:443/**#own-credentials", "net:GET:https://a.example:443/x", true},
		{"a variable covers itself", "env:LANG", "env:LANG", true},
		{"and no other", "env:LANG", "env:LANGUAGE", false},
		{"a secret in another place", "secret:k@GET:https://a.example:443/**#header:X", "secret:k@GET:https://a.example:443/b#header:Y", false},
		{"a call of another tool", "call:a/b", "call:a/c", false},
		{"values cover values", "values", "values", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := parse(t, c.grant).Covers(parse(t, c.need), "/home/u/acme"); got != c.want {
				t.Errorf("%s covers %s: %v, want %v", c.grant, c.need, got, c.want)
			}
		})
	}
	t.Run("without a workspace nothing in it is absolute", func(t *testing.T) {
		if parse(t, "fs:read:/home/u/**").Covers(parse(t, "fs:read:${workspace}/a"), "") {
			t.Error("covered")
		}
	})
	t.Run("nothing covers the zero grant, and it covers nothing", func(t *testing.T) {
		var zero permissions.Grant
		if zero.Covers(zero, "") || zero.Covers(parse(t, "values"), "") || parse(t, "values").Covers(zero, "") {
			t.Error("covered")
		}
	})
}

func TestFileGrantNamesExactlyOneObject(t *testing.T) {
	for path, want := range map[string]string{
		"${workspace}":                  "fs:read:${workspace}",
		"${workspace}/a*b":              `fs:read:${workspace}/a\*b`,
		"${workspace}/${workspace}":     `fs:read:${workspace}/\$\{workspace\}`,
		"/a/back\\slash":                `fs:read:/a/back\\slash`,
		"/a/new\nline":                  `fs:read:/a/new\x0aline`,
		"/a/\u202egnp.exe":              "fs:read:/a/\u202egnp.exe",
		"/a/../b":                       "",
		"/a/":                           "",
		"relative":                      "",
		"/not\xffutf8":                  "",
		"/nul\x00":                      "",
		"/replacement\uFFFDcharacter":   "fs:read:/replacement\uFFFDcharacter",
		"${workspace}/**":               "", // a segment of two stars is escaped, see below
		"${workspace}.hidden/elsewhere": "",
	} {
		if path == "${workspace}/**" {
			want = `fs:read:${workspace}/\*\*`
		}
		g := permissions.FileGrant(permissions.Read, path)
		if g.String() != want {
			t.Errorf("FileGrant(%q) = %q, want %q", path, g, want)
		}
		if literal, ok := g.Literal(); want != "" && (!ok || literal != path) {
			t.Errorf("FileGrant(%q).Literal() = %q, %v", path, literal, ok)
		}
	}
	if g := permissions.FileGrant(permissions.Pick, "/a"); g != (permissions.Grant{}) {
		t.Errorf("a picked file got the grant %q", g)
	}
	if g := permissions.EnvGrant("A-B"); g != (permissions.Grant{}) {
		t.Errorf("a strange variable got the grant %q", g)
	}
}

func TestAnyNameSurvivesItsGrant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[^/\x00]{1,20}`).Filter(func(s string) bool { return s != "." && s != ".." }).Draw(t, "name")
		g := permissions.FileGrant(permissions.Write, "/x/"+name)
		if literal, ok := g.Literal(); !ok || literal != "/x/"+name {
			t.Fatalf("%q came back as %q, %v", name, literal, ok)
		}
		if again, err := permissions.Parse(g.String()); err != nil || again != g {
			t.Fatalf("Parse(%q) = %q, %v", g, again, err)
		}
	})
}

func TestBaseIsTheFolderAboveTheFirstWildcard(t *testing.T) {
	for grant, want := range map[string]string{
		"fs:read:${workspace}/**":      "${workspace}",
		"fs:read:${workspace}/a/*/b":   "${workspace}/a",
		`fs:read:/usr/sh\*re/dict/*.x`: "/usr/sh*re/dict",
		"fs:read:/etc/hosts":           "/etc/hosts",
		"values":                       "",
	} {
		if got := parse(t, grant).Base(); got != want {
			t.Errorf("Base of %s = %q, want %q", grant, got, want)
		}
	}
}

// A pattern within another never names a path that the other does not.
func TestWhatLiesWithinIsCovered(t *testing.T) {
	segment := rapid.SampledFrom([]string{"a", "b", ".a", "*", "a*", "*b", ".*", "**"})
	pattern := rapid.Custom(func(t *rapid.T) permissions.Grant {
		segments := rapid.SliceOfN(segment, 0, 4).Draw(t, "segments")
		g, err := permissions.Parse("fs:read:" + strings.Join(append([]string{"${workspace}"}, segments...), "/"))
		if err != nil {
			g, _ = permissions.Parse("fs:read:${workspace}")
		}
		return g
	})
	name := rapid.SampledFrom([]string{"a", "b", "ab", ".a", ".ab", "aab"})
	rapid.Check(t, func(t *rapid.T) {
		inner, outer := pattern.Draw(t, "inner"), pattern.Draw(t, "outer")
		path := append([]string{"${workspace}"}, rapid.SliceOfN(name, 0, 4).Draw(t, "path")...)
		need := permissions.FileGrant(permissions.Read, strings.Join(path, "/"))
		if outer.Covers(inner, "") && inner.Covers(need, "") && !outer.Covers(need, "") {
			t.Fatalf("%s is said to lie within %s, but %s does not", inner, outer, need)
		}
		if !inner.Covers(inner, "") {
			t.Fatalf("%s does not cover itself", inner)
		}
		if got, want := inner.Covers(need, ""), matches(segmentsOf(inner), segmentsOf(need)); got != want {
			t.Fatalf("%s covers %s: %v, want %v", inner, need, got, want)
		}
	})
}

func segmentsOf(g permissions.Grant) []string { return strings.Split(g.Path(), "/")[1:] }

// matches is the slow and plain definition of a pattern.
func matches(pattern, path []string) bool {
	if len(pattern) == 0 {
		return len(path) == 0
	}
	if pattern[0] == "**" {
		return matches(pattern[1:], path) ||
			len(path) > 0 && !strings.HasPrefix(path[0], ".") && matches(pattern, path[1:])
	}
	return len(path) > 0 &&
		(pattern[0][0] == '.' || path[0][0] != '.') &&
		matchesText(pattern[0], path[0]) && matches(pattern[1:], path[1:])
}

func matchesText(pattern, text string) bool {
	if pattern == "" {
		return text == ""
	}
	if pattern[0] == '*' {
		return matchesText(pattern[1:], text) || text != "" && matchesText(pattern, text[1:])
	}
	return text != "" && text[0] == pattern[0] && matchesText(pattern[1:], text[1:])
}

func FuzzParse(f *testing.F) {
	for _, s := range canonical {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		g, err := permissions.Parse(s)
		var syntax *permissions.SyntaxError
		switch {
		case err == nil && (g.String() != s || !g.Covers(g, "/w") && g.Kind() != permissions.Files):
			t.Fatalf("Parse(%q) = %q, which does not come back or cover itself", s, g)
		case err != nil && (!errors.As(err, &syntax) || syntax.Place > len(s) || syntax.Reason == ""):
			t.Fatalf("Parse(%q): %v", s, err)
		}
	})
}

func FuzzCovers(f *testing.F) {
	f.Add("/**", "/a/b")
	f.Add("/*.csv", "/a.csv")
	f.Add("/**/b/**/c", "/b/b/c/c")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		g, err := permissions.Parse("fs:read:${workspace}" + pattern)
		need := permissions.FileGrant(permissions.Read, "${workspace}"+path)
		if len(pattern)+len(path) > 60 || err != nil || need == (permissions.Grant{}) || strings.ContainsRune(pattern+path, '\\') || strings.Contains(need.Path(), `\`) {
			return
		}
		if got, want := g.Covers(need, ""), matches(segmentsOf(g), segmentsOf(need)); got != want {
			t.Fatalf("%s covers %s: %v, want %v", g, need, got, want)
		}
	})
}

func parse(t testing.TB, s string) permissions.Grant {
	t.Helper()
	g, err := permissions.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return g
}
