package permissions

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

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

// Written returns how g's host would be written in letters of its own, where it stands in A-labels (xn--); nothing for
// every other. It may be made to look like another host: it is shown beside the A-labels, never in their place.
func (g Grant) Written() string {
	if !strings.Contains(g.origin.host, "xn--") {
		return ""
	}
	written, _ := names.ToUnicode(g.origin.host) // a label that says nothing stays as it is
	return written
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

// parseOrigin reads HOST:PORT; read is parseHost or parsePattern.
func parseOrigin(scheme, authority string, at int, read func(string, int) (string, *fault)) (origin, *fault) {
	host, port := authority, defaultPorts[scheme]
	if i := strings.LastIndexByte(authority, ':'); i > strings.LastIndexByte(authority, ']') {
		host, port = authority[:i], authority[i+1:]
		number, err := strconv.ParseUint(port, 10, 16)
		if err != nil || number == 0 || strconv.FormatUint(number, 10) != port {
			return origin{}, faultf(at+i+1, "a port is a number from 1 to 65535 without a leading zero")
		}
	}
	name, fault := read(host, at)
	return origin{scheme, name, port}, fault
}

var defaultPorts = map[string]string{"http": "80", "https": "443"}

// names is UTS 46 at its strictest that real hosts pass.
var names = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(true),
	idna.BidiRule(), idna.CheckHyphens(true), idna.CheckJoiners(true), idna.VerifyDNSLength(true))

// parseHost reads a host as a grant or a request spells it and returns its one spelling: a name in A-labels without a
// dot at its end, a strict dotted quad, or an address of RFC 5952 in brackets. It resolves nothing.
func parseHost(s string, at int) (string, *fault) {
	if strings.HasPrefix(s, "[") {
		return parseBracketed(s, at)
	}
	if i := strings.IndexFunc(s, notInHosts); i >= 0 {
		r, _ := utf8.DecodeRuneInString(s[i:])
		return "", faultf(at+i, "%q cannot stand in a host, which is a name or an address", r)
	}
	if len(s) > utf8.UTFMax*longestHost { // before work that grows with its square
		return "", faultf(at, "a host has at most %d characters", longestHost)
	}
	if i := strings.IndexRune(s, 'ẞ'); i >= 0 {
		return "", faultf(at+i, "some programs read ẞ in a host as ss and some as ß; write the one that is meant")
	}
	if disguised(s) {
		return "", faultf(at, "an A-label, which begins with xn--, is ASCII")
	}
	name, err := names.ToASCII(s)
	name = strings.TrimSuffix(name, ".")
	switch {
	case name == "":
		return "", faultf(at, "the host is missing")
	case strings.Contains("."+name+".", ".."):
		return "", faultf(at, "a host has no empty labels")
	case len(name) > longestHost || slices.ContainsFunc(strings.Split(name, "."), func(l string) bool { return len(l) > longestLabel }):
		return "", faultf(at, "a label has at most %d characters and a host %d", longestLabel, longestHost)
	case endsInNumber(name):
		if a, err := netip.ParseAddr(s); err != nil || a.String() != s {
			return "", faultf(at, "a host that ends in a number is a strict dotted quad, such as 127.0.0.1")
		}
		return s, nil
	case err != nil || !stable(name):
		return "", faultf(at, "IDNA knows no such name: a character is not for hosts or stands in a wrong place")
	case !strings.Contains(name, "."):
		return "", faultf(at, "a host is a name with a dot, or a literal address such as 127.0.0.1")
	}
	if near := localSuffix(name); near != "" {
		return "", faultf(at, "names below %s are not of the internet; write the literal address", near)
	}
	return name, nil
}

// What DNS holds.
const (
	longestLabel = 63
	longestHost  = 253
)

// notInHosts says whether r is an ASCII character that no host holds. Every other character is for IDNA to judge.
func notInHosts(r rune) bool {
	return r == utf8.RuneError || r < utf8.RuneSelf && !letter(r) && !digit(r) && r != '-' && r != '.'
}

// disguised says whether a label of s is an A-label only after it was mapped.
func disguised(s string) bool {
	dot := func(r rune) bool { return strings.ContainsRune(".。．｡", r) }
	for label := range strings.FieldsFuncSeq(s, dot) {
		if strings.ContainsFunc(label, func(r rune) bool { return r >= utf8.RuneSelf }) {
			mapped, _ := names.ToUnicode("a" + label) // an error says nothing about how it begins
			if strings.HasPrefix(mapped, "axn--") {
				return true
			}
		}
	}
	return false
}

// stable says whether name is what its own Unicode form is written as: a forged A-label is not.
func stable(name string) bool {
	unicode, err := names.ToUnicode(name)
	if err != nil {
		return false
	}
	again, err := names.ToASCII(unicode)
	return err == nil && again == name
}

// localNames are the top-level and other domains that name nothing on the internet, but this computer, its network, or
// services of its cloud.
var localNames = []string{"localhost", "local", "internal", "intranet", "lan", "home.arpa", "onion", "invalid", "alt"}

func localSuffix(name string) string {
	for _, near := range localNames {
		if name == near || strings.HasSuffix(name, "."+near) {
			return near
		}
	}
	return ""
}

func parseBracketed(s string, at int) (string, *fault) {
	inner, open := strings.CutSuffix(s[1:], "]")
	a, err := netip.ParseAddr(inner)
	switch {
	case !open || err != nil || !a.Is6() || a.Zone() != "" || a.Is4In6():
		return "", faultf(at, "an address in brackets is IPv6, with no zone and no IPv4 inside")
	case a.String() != inner:
		return "", faultf(at+1+difference(a.String(), inner), "RFC 5952 writes this address [%s]", a)
	}
	return s, nil
}

// endsInNumber says whether some resolver might read name as an IPv4 address.
func endsInNumber(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	_, err := strconv.ParseUint(last, 0, 64)
	return err == nil || strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x")
}

// parsePattern reads the host of a grant: a host, or *. before a name, which stands for every name below it.
func parsePattern(s string, at int) (string, *fault) {
	below, wildcard := strings.CutPrefix(s, "*.")
	if strings.Contains(below, "*") {
		return "", faultf(at, "only *. before a name is a wildcard")
	}
	if !wildcard {
		return parseHost(s, at)
	}
	name, fault := parseHost(below, at+len("*."))
	if fault != nil {
		return "", fault
	}
	if endsInNumber(name) || strings.HasPrefix(name, "[") {
		return "", faultf(at, "an address has no names below it")
	}
	if suffix, _ := publicsuffix.PublicSuffix(name); suffix == name {
		return "", faultf(at, "anybody can have a name below %s", name)
	}
	return "*." + name, nil
}
