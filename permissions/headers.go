package permissions

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// The bounds of the header lines of one request. More could not be read by a person who is asked.
const (
	longestHeader = 8 << 10
	mostHeaders   = 64
	mostHeading   = 16 << 10
)

// ErrHeader is matched by the error of CheckHeaders.
var ErrHeader = errors.New("not header lines that a skill may send")

// Header is one header line. Both parts are hostile.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// CheckHeaders says whether a guest's header lines sign a request in with an account of the skill's own, or returns an
// ErrHeader that says which line may not be sent and why: what says where a request goes and where it ends is the host's,
// and a line that two programs could read in two ways is nobody's.
func CheckHeaders(lines []Header) (ownCredentials bool, err error) {
	if len(lines) > mostHeaders {
		return false, fmt.Errorf("%w: a request has at most %d", ErrHeader, mostHeaders)
	}
	size := 0
	for _, l := range lines {
		if reason := l.fault(); reason != "" {
			return false, fmt.Errorf("%w: %q: %s", ErrHeader, shortened(l.Name), reason)
		}
		if size += len(l.Name) + len(l.Value) + len(": \r\n"); size > mostHeading {
			return false, fmt.Errorf("%w: together they have at most %d bytes", ErrHeader, mostHeading)
		}
		ownCredentials = ownCredentials || l.credential()
	}
	return ownCredentials, nil
}

func (h Header) fault() string {
	switch {
	case h.Name == "" || strings.ContainsFunc(h.Name, notInHeaderNames):
		return "a name has letters, digits and the signs of a token"
	case len(h.Value) > longestHeader:
		return fmt.Sprintf("a value has at most %d bytes", longestHeader)
	case !utf8.ValidString(h.Value) || strings.ContainsFunc(h.Value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
		return "a value is UTF-8 without control characters"
	case h.Value != strings.Trim(h.Value, " \t"):
		return "a value neither begins nor ends with a space"
	}
	name := h.plainName()
	switch {
	case slices.Contains(ourHeaders, name), strings.HasPrefix(name, "proxy-"), name == "accept-encoding", name == "http2-settings":
		return "this line is the host's own"
	case disguise(name):
		return "it would make the server act on another method or address than the one that is asked for"
	}
	return ""
}

// notInHeaderNames refuses what is not in a token of RFC 9110.
func notInHeaderNames(r rune) bool {
	return !letter(r) && !digit(r) && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
}

// plainName is the name as careless servers read it too, which take an underscore for a hyphen.
func (h Header) plainName() string {
	return strings.ReplaceAll(strings.ToLower(h.Name), "_", "-")
}

// disguise says whether some servers act on another method, host or path than the request's own where there is this line:
// what a proxy would say, and what names the other end of a copy or a move.
func disguise(name string) bool {
	for _, beginning := range []string{"x-http-method", "x-method-", "x-forwarded-", "x-original-", "x-rewrite-", "x-override-", "x-envoy-", "x-copy-from"} {
		if strings.HasPrefix(name, beginning) {
			return true
		}
	}
	return slices.Contains([]string{"x-host", "x-http-host-override", "forwarded", "destination"}, name) ||
		strings.HasPrefix(name, "x-") && (strings.Contains(name, "-copy-source") || strings.HasSuffix(name, "-rename-source"))
}

// credential says whether the line signs in, by the words of its name. It may take one for a credential that is none,
// which a manifest's line with #own-credentials allows.
func (h Header) credential() bool {
	words := strings.Split(h.plainName(), "-")
	for i, w := range words {
		switch w {
		case "authorization", "authentication", "auth", "cookie", "cookie2", "token", "secret", "password", "passwd", "credential",
			"credentials", "apikey", "session", "signature", "jwt", "bearer":
			return true
		case "key":
			if i > 0 && slices.Contains([]string{"api", "access", "subscription", "functions", "auth", "account", "app", "application", "client", "license", "private"}, words[i-1]) {
				return true
			}
		}
	}
	return false
}

// shortened is a guest's text cut for a sentence.
func shortened(s string) string {
	const most = 60
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// WithoutCredentials returns the lines that sign nobody in: what goes along when an answer leads to somebody else.
func WithoutCredentials(lines []Header) []Header {
	return slices.DeleteFunc(slices.Clone(lines), Header.credential)
}
