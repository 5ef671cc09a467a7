package permissions

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// ownCredentials is the suffix of a line whose requests may carry an account of the skill's own.
const ownCredentials = "own-credentials"

// origin is where a request goes. The zero origin is any.
type origin struct{ scheme, host, port string }

// literalHost says whether g names one host, and not some below a name or any.
func (g Grant) literalHost() bool {
	return g.origin.host != "" && !strings.HasPrefix(g.origin.host, "*.")
}

// String spells the origin with its port.
func (o origin) String() string { return o.scheme + "://" + o.host + ":" + o.port }

// reaches says whether g's methods, origin and path cover those of need.
func (g Grant) reaches(need Grant) bool {
	if !methodsCover(g.methods, need.methods) {
		return false
	}
	if g.origin == (origin{}) {
		return true
	}
	return g.origin.covers(need.origin) && within(need.path, g.path)
}

func methodsCover(methods, need string) bool {
	if methods == "*" {
		return true
	}
	granted := strings.Split(methods, ",")
	for method := range strings.SplitSeq(need, ",") {
		if !slices.Contains(granted, method) {
			return false
		}
	}
	return true
}

// covers compares scheme and port exactly. A wildcard stands for one or more labels, and only for names that have
// the same owner as the pattern.
func (o origin) covers(need origin) bool {
	if o.scheme != need.scheme || o.port != need.port {
		return false
	}
	if o.host == need.host {
		return true
	}
	below, wildcard := strings.CutPrefix(o.host, "*.")
	name := strings.TrimPrefix(need.host, "*.")
	return wildcard && strings.HasSuffix(name, "."+below) && registrable(name) == registrable(below)
}

// registrable returns the part of a host that somebody registered, or the host itself for an address.
func registrable(host string) string {
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return host
	}
	return domain
}

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
	g, fault := parseTarget(first, rest, at)
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
	g, fault := parseTarget(methods, url, at)
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
	word := func(r rune) bool { return !letter(r) && !digit(r) && r != '-' }
	if !found || name == "" || strings.ContainsFunc(name, word) || strings.ContainsFunc(prefix, word) ||
		hasPrefix && prefix == "" {
		return faultf(at, "a secret is placed with #header:NAME or #header:NAME=PREFIX")
	}
	return nil
}

// parseTarget reads METHODS and URL; the text it builds has no kind yet.
func parseTarget(methods, url string, at int) (g Grant, fault *fault) {
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
	if g.origin, fault = parseOrigin(scheme, authority, at); fault != nil {
		return g, fault
	}
	if i := strings.IndexAny(path, "%#"); i >= 0 {
		return g, faultf(at+len(authority)+i, "a URL's path is written decoded, without %% and #")
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

func parseOrigin(scheme, authority string, at int) (origin, *fault) {
	host, port := authority, map[string]string{"http": "80", "https": "443"}[scheme]
	end := strings.LastIndexByte(authority, ']')
	if i := strings.LastIndexByte(authority, ':'); i > end {
		host, port = authority[:i], authority[i+1:]
		number, err := strconv.ParseUint(port, 10, 16)
		if err != nil || number == 0 || strconv.FormatUint(number, 10) != port {
			return origin{}, faultf(at+i+1, "a port is a number from 1 to 65535 without a leading zero")
		}
	}
	name, fault := parseHost(host, at)
	return origin{scheme, name, port}, fault
}

// names is UTS 46 at its strictest that real hosts pass.
var names = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(true),
	idna.BidiRule(), idna.CheckHyphens(true), idna.CheckJoiners(true), idna.VerifyDNSLength(true))

// parseHost accepts a name with a dot in it, one wildcard before a name, a dotted quad and a bracketed address of RFC
// 5952. It resolves nothing.
func parseHost(s string, at int) (string, *fault) {
	if inner, bracketed := strings.CutPrefix(s, "["); bracketed {
		address, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		if err != nil || !strings.HasSuffix(inner, "]") || !address.Is6() || address.Zone() != "" || address.Is4In6() {
			return "", faultf(at, "an address in brackets is IPv6, with no zone and no IPv4 inside")
		}
		return "[" + address.String() + "]", nil
	}
	below, wildcard := strings.CutPrefix(s, "*.")
	if strings.ContainsAny(below, "*@%\\ ") {
		return "", faultf(at, "a host is a name or an address; only *. before a name is a wildcard")
	}
	name, err := names.ToASCII(strings.TrimSuffix(below, "."))
	if err != nil || !strings.Contains(name, ".") || strings.HasSuffix(name, ".") {
		return "", faultf(at, "a host is a name with a dot, or a literal address such as 127.0.0.1")
	}
	if lastIsNumber(name) {
		address, err := netip.ParseAddr(name)
		if err != nil || wildcard || address.String() != below {
			return "", faultf(at, "a host that ends in a number is a strict dotted quad")
		}
		return name, nil
	}
	if !wildcard {
		return name, nil
	}
	if suffix, _ := publicsuffix.PublicSuffix(name); suffix == name {
		return "", faultf(at, "anybody can have a name below %s", name)
	}
	return "*." + name, nil
}

// lastIsNumber says whether some resolver might read name as an IPv4 address.
func lastIsNumber(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	_, err := strconv.ParseUint(last, 0, 64)
	return err == nil || strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x")
}
