package permissions

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// longestURL is how long a URL may be, in bytes. A person could not read a longer one.
const longestURL = 16 << 10

// Target is where one request goes, as our own parser read it. The outgoing request is built from these fields and never
// from what the guest wrote, so that nothing is read in two ways.
type Target struct {
	// Method is in capitals, Scheme http or https.
	Method, Scheme string
	// Host is a name in A-labels, a dotted quad, or an IPv6 address in brackets; Port is decimal.
	Host, Port string
	// Path is percent-decoded, once. It begins with a slash and has no empty segment but the last, no dot segment, no
	// backslash and no NUL; it is what grants are matched with.
	Path string
	// Sent is the same path as it is sent: encoded where the guest had to encode, and nowhere else.
	Sent string
	// Query is empty or begins with a question mark, as the guest wrote it. It is no part of a grant, and counts as data
	// that is sent.
	Query string
	// OwnCredentials says that the request is signed in with an account of the skill's own. ParseTarget leaves it to whoever
	// knows the header lines.
	OwnCredentials bool
}

// TargetError says why a method and a URL are no request that can be made.
type TargetError struct {
	URL string
	// Place is the byte of URL at which Reason was noticed.
	Place  int
	Reason string
}

// Error says the URL, the place counted from 1, and the reason.
func (e *TargetError) Error() string {
	return fmt.Sprintf("URL %q, character %d: %s", e.URL, e.Place+1, e.Reason)
}

// ParseTarget reads a method and an absolute URL as a guest wrote them, and returns a *TargetError for everything that
// two programs could read in two ways (permissions.md section 2). It maps a host to A-labels, a scheme to lower case, and
// drops one dot at the end of a host; everything else it takes as it is or refuses. It resolves nothing.
func ParseTarget(method, url string) (Target, error) {
	t := Target{Method: method}
	if fault := t.read(url); fault != nil {
		return Target{}, &TargetError{URL: url, Place: min(fault.place, len(url)), Reason: fault.reason}
	}
	return t, nil
}

func (t *Target) read(url string) *fault {
	if len(url) > longestURL {
		return faultf(longestURL, "a URL has at most %d bytes", longestURL)
	}
	if method, fault := parseMethods(t.Method, 0); fault != nil || method != t.Method || strings.ContainsAny(method, "*,") {
		return faultf(0, "%q is no method that a skill may use", t.Method)
	}
	if i := strings.IndexFunc(url, func(r rune) bool { return r <= ' ' || r == '\\' || r == '#' || r == utf8.RuneError || r == 0x7f }); i >= 0 {
		return faultf(i, "a URL has no spaces, control characters, backslashes or fragments, and is UTF-8")
	}
	scheme, rest, found := strings.Cut(url, "://")
	t.Scheme = strings.ToLower(scheme)
	if !found || defaultPorts[t.Scheme] == "" {
		return faultf(0, "a URL begins with https:// or http://")
	}
	at := len(scheme) + len("://")
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	authority, path, query := rest[:end], rest[end:], ""
	if i := strings.IndexByte(authority, '@'); i >= 0 {
		return faultf(at+i, "a URL has no user and no password")
	}
	o, fault := parseOrigin(t.Scheme, authority, at, parseHost)
	if fault != nil {
		return fault
	}
	t.Host, t.Port = o.host, o.port
	if i := strings.IndexByte(path, '?'); i >= 0 {
		path, query = path[:i], path[i:]
	}
	at += end
	if i := strings.IndexFunc(query, func(r rune) bool { return r >= utf8.RuneSelf }); i >= 0 {
		return faultf(at+len(path)+i, "a query is percent-encoded")
	}
	t.Query = query
	return t.readPath(path, at)
}

// dots is what some server reads as a segment of dots in one that was decoded: it decodes a second time and more, takes what
// follows a semicolon for a parameter, or drops spaces at the end.
var dots = regexp.MustCompile(`(?i)(^|%(25)*(2f|5c))(\.|%(25)*2e){1,2}( |%(25)*20)*(;|%(25)*(3b|2f|5c)|$)`)

// readPath decodes a path segment by segment.
func (t *Target) readPath(path string, at int) *fault {
	if path == "" {
		path = "/"
	}
	var decoded, sent strings.Builder
	for path != "" {
		segment, rest := nextSegment(path)
		plain, fault := decode(segment, at+1, &sent)
		switch {
		case fault != nil:
			return fault
		case segment == "" && rest != "":
			return faultf(at+1, "a path has no empty segments")
		case dots.MatchString(plain):
			return faultf(at+1, "a path has no . and no .. in it, encoded or not")
		}
		decoded.WriteString("/" + plain)
		at, path = at+1+len(segment), rest
	}
	t.Path, t.Sent = decoded.String(), sent.String()
	return nil
}

// decode decodes one segment once, and writes to sent how it is sent: what RFC 3986 calls unreserved is never encoded,
// what no URL holds always is, and the rest is left as the guest wrote it, since encoding may change its meaning.
func decode(segment string, at int, sent *strings.Builder) (string, *fault) {
	var plain strings.Builder
	sent.WriteByte('/')
	for i := 0; i < len(segment); i++ {
		c, wasEncoded := segment[i], segment[i] == '%'
		if wasEncoded {
			if len(segment) < i+3 || !hexadecimal(segment[i+1]) || !hexadecimal(segment[i+2]) {
				return "", faultf(at+i, "%% is followed by two hexadecimal digits")
			}
			c = value(segment[i+1])<<4 | value(segment[i+2])
			if c == '/' || c == '\\' || c == 0 {
				return "", faultf(at+i, "a path has no encoded slash, backslash or NUL")
			}
			i += 2
		}
		plain.WriteByte(c)
		if unreserved(c) || !wasEncoded && strings.IndexByte("!$&'()*+,;=:@", c) >= 0 {
			sent.WriteByte(c)
		} else {
			fmt.Fprintf(sent, "%%%02X", c)
		}
	}
	if !utf8.ValidString(plain.String()) {
		return "", faultf(at, "a path is UTF-8 when it is decoded")
	}
	return plain.String(), nil
}

func unreserved(c byte) bool {
	r := rune(c)
	return letter(r) || digit(r) || c == '-' || c == '.' || c == '_' || c == '~'
}

func hexadecimal(c byte) bool { return digit(rune(c)) || 'a' <= c|0x20 && c|0x20 <= 'f' }

func value(c byte) byte {
	if digit(rune(c)) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// Grant returns the grant of exactly this method, origin and path, the zero Grant for a path that no grant can spell.
func (t Target) Grant() Grant {
	o := origin{t.Scheme, t.Host, t.Port}
	text := "net:" + t.Method + ":" + o.String() + escapeFor(t.Path, true)
	if t.OwnCredentials {
		text += "#" + ownCredentials
	}
	g, err := Parse(text)
	if err != nil {
		return Grant{}
	}
	return g
}

// String is the URL of the request, as it is sent.
func (t Target) String() string {
	return origin{t.Scheme, t.Host, t.Port}.String() + t.Sent + t.Query
}
