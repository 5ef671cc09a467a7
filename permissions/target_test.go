package permissions_test

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"gatehouse/permissions"
)

// cases reads a corpus: lines of Go strings, with = or ! after the first.
func cases(t testing.TB, file string) (lines [][]string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var fields []string
		for rest := strings.TrimSpace(line); rest != "" && rest[0] != '#'; rest = strings.TrimSpace(rest) {
			field := rest[:1]
			if field == `"` {
				quoted, err := strconv.QuotedPrefix(rest)
				if err != nil {
					t.Fatalf("%s: %s: %v", file, line, err)
				}
				field, _ = strconv.Unquote(quoted)
				rest = rest[len(quoted):]
			} else {
				rest = rest[1:]
			}
			fields = append(fields, field)
		}
		if len(fields) > 0 {
			lines = append(lines, fields)
		}
	}
	return lines
}

// wantTarget checks one line of a corpus against what ParseTarget made of it; got is the part of it that counts.
func wantTarget(t *testing.T, c []string, got string, err error) {
	t.Helper()
	var refused *permissions.TargetError
	switch {
	case c[1] == "=" && (err != nil || got != c[2]):
		t.Errorf("%q became %q, %v; want %q", c[0], got, err, c[2])
	case c[1] == "!" && (!errors.As(err, &refused) || !strings.Contains(refused.Reason, c[2])):
		t.Errorf("%q became %q, %v; want a refusal that says %q", c[0], got, err, c[2])
	case c[1] == "!" && (refused.Place < 0 || refused.Place > len(refused.URL)):
		t.Errorf("%q is refused at %d, which is outside of it", c[0], refused.Place)
	}
}

func TestTheCorpusOfHosts(t *testing.T) {
	for _, c := range cases(t, "testdata/hosts.txt") {
		url := "https://" + c[0] + "/"
		if !utf8.ValidString(c[0]) || strings.ContainsAny(c[0], "\\@ \t\x00\x7f\ufffd") { // refused before there is a host; a grant has it first
			_, err := permissions.Parse("net:GET:" + url)
			if err == nil || c[1] != "!" || !strings.Contains(err.Error(), "cannot stand") {
				t.Errorf("a grant for %q: %v; want a refusal", c[0], err)
			}
			continue
		}
		target, err := permissions.ParseTarget("GET", url)
		wantTarget(t, c, target.Host, err)
	}
}

func TestTheCorpusOfURLs(t *testing.T) {
	for _, c := range cases(t, "testdata/urls.txt") {
		target, err := permissions.ParseTarget("GET", c[0])
		wantTarget(t, c, target.String(), err)
		path := target.Sent
		if len(c) > 3 {
			path = c[3]
		}
		if err == nil && target.Path != path {
			t.Errorf("%q has the path %q; want %q", c[0], target.Path, path)
		}
	}
}

// A host that a request may name is one that a grant can name, in the same spelling, and the reverse.
func TestGrantsAndRequestsReadHostsAlike(t *testing.T) {
	for _, c := range cases(t, "testdata/hosts.txt") {
		_, err := permissions.Parse("net:GET:https://" + c[0] + ":443/**")
		if canonical := c[1] == "=" && c[0] == c[2]; canonical != (err == nil) && !strings.HasPrefix(c[0], "*.") {
			t.Errorf("a grant for %q: %v", c[0], err)
		}
	}
}

func TestParseTargetRefusesMethodsAndWhatIsTooLong(t *testing.T) {
	for _, method := range []string{"", "*", "get", "GET,HEAD", "CONNECT", "TRACE", "GET ", "G\nT", "GÉT"} {
		if target, err := permissions.ParseTarget(method, "https://a.example/"); err == nil {
			t.Errorf("the method %q became %+v", method, target)
		}
	}
	long := "https://a.example/" + strings.Repeat("a", 16<<10)
	if _, err := permissions.ParseTarget("GET", long); err == nil || !strings.Contains(err.Error(), "at most 16384 bytes") {
		t.Errorf("a URL of %d bytes: %v", len(long), err)
	}
	long = "https://" + strings.Repeat("語", 5000) + ".example/"
	if _, err := permissions.ParseTarget("GET", long); err == nil || !strings.Contains(err.Error(), "at most 253 characters") {
		t.Errorf("a host of 5000 characters: %v", err)
	}
}

func TestTheGrantOfATarget(t *testing.T) {
	for url, want := range map[string]string{
		"https://a.example/b%20c?d=e":       "net:GET:https://a.example:443/b c",
		"https://a.example/100%25%23a":      `net:GET:https://a.example:443/100\x25\x23a`,
		"https://a.example/a*b/[c]":         `net:GET:https://a.example:443/a\*b/\[c\]`,
		"http://[2001:4860::8]:8/":          "net:GET:http://[2001:4860::8]:8/",
		"https://a.example/a%3Fb%0A/%C3%A9": `net:GET:https://a.example:443/a\?b\x0a/é`,
	} {
		target, err := permissions.ParseTarget("GET", url)
		if err != nil {
			t.Fatal(err)
		}
		if got := target.Grant(); got.String() != want {
			t.Errorf("the grant of %q is %q; want %q", url, got, want)
		}
	}
}

// Whatever is accepted is one grant, and reading what is sent again changes nothing.
func checkTarget(t interface{ Fatalf(string, ...any) }, url string) {
	target, err := permissions.ParseTarget("GET", url)
	if err != nil {
		return
	}
	again, err := permissions.ParseTarget("GET", target.String())
	if err != nil || again != target {
		t.Fatalf("%q became %+v, and that %+v, %v", url, target, again, err)
	}
	g := target.Grant()
	every, _ := permissions.Parse("net:any:GET")
	if g == (permissions.Grant{}) || !every.Covers(g, "") || !g.Covers(g, "") {
		t.Fatalf("%q has the grant %q", url, g)
	}
	for segment := range strings.SplitSeq(target.Path, "/") {
		if segment == "." || segment == ".." || strings.ContainsAny(segment, "\\\x00") {
			t.Fatalf("%q has the path %q", url, target.Path)
		}
	}
}

func TestWhatIsAcceptedIsReadOneWay(t *testing.T) {
	piece := rapid.SampledFrom([]string{"a", "é", "%2e", ".", "..", "%2f", "/", "//", ";", "?", "%25", "%", "+", "%C3%A9", "*", "b"})
	rapid.Check(t, func(t *rapid.T) {
		checkTarget(t, "https://a.example/"+strings.Join(rapid.SliceOfN(piece, 0, 8).Draw(t, "path"), ""))
	})
}

func FuzzParseTarget(f *testing.F) {
	for _, file := range []string{"testdata/hosts.txt", "testdata/urls.txt"} {
		for _, c := range cases(f, file) {
			if !strings.Contains(c[0], "://") {
				c[0] = "https://" + c[0] + "/"
			}
			f.Add(c[0])
		}
	}
	f.Fuzz(func(t *testing.T, url string) { checkTarget(t, url) })
}
