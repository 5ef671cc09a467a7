package permissions

import (
	"slices"
	"strings"
)

func parseNet(s string, at int) (Grant, *fault) {
	first, rest, found := strings.Cut(s, ":")
	if !found {
		return Grant{}, faultf(at, "net: is followed by METHODS:URL or any:METHODS")
	}
	if first == "any" {
		methods, fault := parseMethods(rest, at+len("any:"))
		return Grant{text: "net:any:" + methods, kind: Net, methods: methods}, fault
	}
	rest, suffix, hasSuffix := strings.Cut(rest, "#")
	if hasSuffix && suffix != ownCredentials {
		return Grant{}, faultf(at+len(first)+1+len(rest), "only #own-credentials may follow a URL")
	}
	g, fault := parseURL(first, rest, at)
	if fault != nil {
		return Grant{}, fault
	}
	g.kind, g.suffix, g.text = Net, suffix, "net:"+g.text
	if hasSuffix {
		g.text += "#" + suffix
	}
	return g, nil
}

func parseSecret(s string, at int) (Grant, *fault) {
	name, rest, _ := strings.Cut(s, "@")
	for i, r := range name {
		if !letter(r) && !digit(r) && (i == 0 || !strings.ContainsRune("_-.", r)) {
			return Grant{}, faultf(at+i, "a secret's name has letters, digits, _, - and .")
		}
	}
	methods, rest, found := strings.Cut(rest, ":")
	if name == "" || !found {
		return Grant{}, faultf(at, "a secret is NAME@METHODS:URL#header:HEADER")
	}
	at += len(name) + 1
	url, placement, _ := strings.Cut(rest, "#")
	if fault := checkPlacement(placement, at+len(methods)+1+len(url)+1); fault != nil {
		return Grant{}, fault
	}
	g, fault := parseURL(methods, url, at)
	if fault != nil {
		return Grant{}, fault
	}
	if g.origin.scheme != "https" {
		return Grant{}, faultf(at+len(methods)+1, "a secret travels over https only")
	}
	g.kind, g.name, g.suffix = Secret, name, placement
	g.text = "secret:" + name + "@" + g.text + "#" + placement
	return g, nil
}

// checkPlacement accepts header:NAME and header:NAME=PREFIX.
func checkPlacement(s string, at int) *fault {
	header, found := strings.CutPrefix(s, "header:")
	name, prefix, hasPrefix := strings.Cut(header, "=")
	strange := func(r rune) bool { return !letter(r) && !digit(r) && r != '-' }
	at += len("header:")
	switch {
	case !found || name == "" || strings.ContainsFunc(name, strange) || strings.ContainsFunc(prefix, strange) || hasPrefix && prefix == "":
		return faultf(at-len("header:"), "a secret is placed with #header:NAME or #header:NAME=PREFIX")
	case slices.Contains(ourHeaders, strings.ToLower(name)):
		return faultf(at, "the header %s is the host's own", name)
	case name != headerCase(name):
		return faultf(at+difference(name, headerCase(name)), "the header is written %s", headerCase(name))
	}
	return nil
}

// ourHeaders are never set by a guest or a secret: they say where a request goes and where it ends.
var ourHeaders = []string{"host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade",
	"expect", "proxy-authorization", "proxy-connection"}

// headerCase spells a header's name as it is usual: X-Api-Key.
func headerCase(name string) string {
	words := strings.Split(strings.ToLower(name), "-")
	for i, w := range words {
		if w != "" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, "-")
}

// parseURL reads METHODS and URL of a grant; the text it builds has no kind yet.
func parseURL(methods, url string, at int) (g Grant, fault *fault) {
	if g.methods, fault = parseMethods(methods, at); fault != nil {
		return g, fault
	}
	at += len(methods) + 1
	scheme, rest, found := strings.Cut(url, "://")
	if scheme != "http" && scheme != "https" || !found {
		return g, faultf(at, "a URL begins with https:// or http://")
	}
	at += len(scheme) + len("://")
	authority, path := rest, "/**"
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	if g.origin, fault = parseOrigin(scheme, authority, at, parsePattern); fault != nil {
		return g, fault
	}
	if g.path, fault = parseSegments(path, at+len(authority), true); fault != nil {
		return g, fault
	}
	g.text = g.methods + ":" + g.origin.String() + g.path
	return g, nil
}

func parseMethods(s string, at int) (string, *fault) {
	if s == "*" {
		return s, nil
	}
	var methods []string
	for method := range strings.SplitSeq(strings.ToUpper(s), ",") {
		if method == "" || strings.ContainsFunc(method, func(r rune) bool { return r < 'A' || 'Z' < r }) {
			return "", faultf(at, "methods are * or names with commas, such as GET,HEAD")
		}
		if method == "CONNECT" || method == "TRACE" {
			return "", faultf(at, "no skill may use %s", method)
		}
		methods = append(methods, method)
	}
	slices.Sort(methods)
	return strings.Join(slices.Compact(methods), ","), nil
}
