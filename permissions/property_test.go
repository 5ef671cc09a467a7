package permissions_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/permissions"
)

// someGrant makes grants of every kind, from few pieces, so that they often cover each other.
var someGrant = rapid.Custom(func(t *rapid.T) permissions.Grant {
	draw := func(of ...string) string { return rapid.SampledFrom(of).Draw(t, "piece") }
	path := func(trailing bool) string {
		segments := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "ab", "*", "a*", "*b", "**", ".a", ".*", `\*`, `\x0a`, "é"}), 0, 3).Draw(t, "path")
		text := strings.Join(append([]string{""}, segments...), "/")
		if trailing && (text == "" || draw("", "/") == "/") {
			text += "/"
		}
		for strings.Contains(text, "/**/**") {
			text = strings.ReplaceAll(text, "/**/**", "/**")
		}
		return text
	}
	methods := func() string { return draw("*", "GET", "POST", "GET,POST", "GET,HEAD,POST") }
	url := func() string {
		host := draw("example.com", "a.example.com", "*.example.com", "*.a.example.com", "b.a.example.com", "127.0.0.1", "[::1]", "example.org")
		return draw("https", "https", "http") + "://" + host + ":" + draw("443", "8080") + path(true)
	}
	var text string
	switch draw("fs", "fs", "pick", "net", "net", "any", "env", "secret", "call", "values") {
	case "fs":
		text = "fs:" + draw("read", "list", "write") + ":" + draw("${workspace}", "/home/u/work/acme", "/home/u") + path(false)
	case "pick":
		text = "fs:pick:read"
	case "net":
		text = "net:" + methods() + ":" + url() + draw("", "", "#own-credentials")
	case "any":
		text = "net:any:" + methods()
	case "env":
		text = "env:" + draw("LANG", "LC_ALL")
	case "secret":
		text = "secret:" + draw("k", "github.token") + "@" + methods() + ":" + strings.Replace(url(), "http:", "https:", 1) + "#header:" + draw("X-Api-Key", "Authorization=Bearer")
	case "call":
		text = "call:" + draw("a/b", "pdf-tools/extract")
	case "values":
		text = "values"
	}
	g, err := permissions.Parse(text)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return g
})

func TestEveryGrantComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := someGrant.Draw(t, "grant")
		if again, err := permissions.Parse(g.String()); err != nil || again != g {
			t.Fatalf("%s came back as %s, %v", g, again, err)
		}
	})
}

func TestCoversIsAnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := someGrant.Draw(t, "a"), someGrant.Draw(t, "b"), someGrant.Draw(t, "c")
		if !a.Covers(a, workspace) {
			t.Fatalf("%s does not cover itself", a)
		}
		if a.Covers(b, workspace) && b.Covers(c, workspace) && !a.Covers(c, workspace) {
			t.Fatalf("%s covers %s, and that %s, but the first does not cover the last", a, b, c)
		}
	})
}

func TestNoPatternTakesADotThatItDoesNotSpell(t *testing.T) {
	dots := func(g permissions.Grant) (n int) {
		for _, segment := range segmentsOf(g) {
			if strings.HasPrefix(segment, ".") {
				n++
			}
		}
		return n
	}
	segment := rapid.SampledFrom([]string{"a", "*", "a*", "**", ".a", ".*", "*.a", "*a"})
	name := rapid.SampledFrom([]string{"a", ".a", "..a", ".", "b.a", "\n", ".é"}).Filter(func(s string) bool { return s != "." })
	rapid.Check(t, func(t *rapid.T) {
		pattern, err := permissions.Parse("fs:read:/x/" + strings.Join(rapid.SliceOfN(segment, 1, 4).Draw(t, "pattern"), "/"))
		if err != nil {
			t.Skip()
		}
		path := permissions.FileGrant(permissions.Read, "/x/"+strings.Join(rapid.SliceOfN(name, 1, 4).Draw(t, "path"), "/"))
		if pattern.Covers(path, "") && dots(path) > dots(pattern) {
			t.Fatalf("%s covers %s", pattern, path)
		}
	})
}
