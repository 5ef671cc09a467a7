// Package permissions decides what a skill may do, and is the only place where a call waits for a person.
//
// It knows grants, the three circles of a manifest, what is never allowed, kept decisions and questions. It knows
// nothing of files, sockets, screens or databases: it asks for a Store to remember, a Prompter to ask and a Recorder
// to write down, and works on names that others have made real.
//
// # Grant strings
//
// A grant is one kind of power with its bounds, written on one line. Every grant has exactly one spelling: Parse
// refuses any other and says what the canonical one is.
//
//	fs:RIGHT:PATH                    RIGHT is read, list or write
//	fs:pick:read                     one file that a person picks
//	net:METHODS:SCHEME://HOST:PORT/PATH
//	net:METHODS:...#own-credentials  may sign in with an account of its own
//	net:any:METHODS                  some host; each decision names it
//	env:NAME                         one environment variable
//	secret:NAME@METHODS:https://HOST:PORT/PATH#header:HEADER=PREFIX
//	call:SKILL/TOOL                  another skill's tool
//	values                           the skill's own store
//
// The path of a file begins with ${workspace} or is absolute. It has no empty segment, no "." and no "..". A * stands
// for any run of characters inside one segment, a whole segment ** for any number of segments, also none. Neither
// matches a segment that begins with a dot: a pattern must spell the dot. These characters stand for themselves only
// with a backslash before them: * \ { } [ ] ? $, and a control character is written as \xHH. Outside the workspace
// the first segment has no wildcard, so nothing can name every file.
//
// METHODS is * or upper-case names in alphabetical order, with commas; CONNECT and TRACE are none. HOST is a name with a
// dot in it, in lower case and A-labels, a strict dotted quad, or an address of RFC 5952 in brackets; *.example.com stands
// for every name below example.com of the same owner and never for example.com itself. Names that are not of the internet,
// such as those below localhost or local, are none: a grant spells the address. The port is always written, without a
// leading zero. The path follows the rules of file paths but may end in a slash, and is written decoded: % and # are \x25
// and \x23. HEADER is written as X-Api-Key is, and is none that says where a request goes or ends.
//
// SKILL has a-z, 0-9 and single hyphens inside; TOOL begins with a letter and has letters, digits, _ and -; each has at
// most 64 characters.
//
// # Turns
//
// One question is put at a time, and clients take turns; so many of a skill and of a client wait, and no more. A client
// that takes three questions back within a quarter of an hour, each less than ten seconds after it was shown, stands
// back: its next one waits ten seconds, and four times as long with each more, so that nothing flickers before the
// person. It is asked then, and never refused for that.
//
// # Requests
//
// ParseTarget reads the URL of a request with the same parser, before any other: it maps a host to A-labels, a scheme to
// lower case, decodes the path once, and refuses whatever two programs could read in two ways. PlaceOf says where an
// address lies.
//
// Third parties: golang.org/x/net/idna makes A-labels by UTS 46, and golang.org/x/net/publicsuffix knows which names
// strangers share; both are tables that nobody should copy.
package permissions

import (
	"fmt"
	"strings"
)

// Kind is the kind of power that a grant is for.
type Kind string

// The kinds of grant.
const (
	Files  Kind = "fs"
	Net    Kind = "net"
	Env    Kind = "env"
	Secret Kind = "secret"
	Call   Kind = "call"
	Values Kind = "values"
)

// Right is what a grant for files lets be done. None implies another.
type Right string

// The rights. Pick waits for a person to choose the object in the system's file dialog.
const (
	Read  Right = "read"
	List  Right = "list"
	Write Right = "write"
	Pick  Right = "pick"
)

// Grant is one parsed grant string. Two grants are equal with == exactly if their strings are. The zero Grant stands
// for nothing: it covers nothing and nothing covers it.
type Grant struct {
	text    string // the canonical spelling, of which the rest are parts
	kind    Kind
	right   Right
	name    string // of a variable, a secret, or SKILL/TOOL
	methods string
	origin  origin
	path    string // of files and hosts, escaped
	suffix  string // what follows the #
}

// SyntaxError says why a string is not a grant.
type SyntaxError struct {
	Text string
	// Place is the byte of Text at which Reason was noticed.
	Place  int
	Reason string
}

// Error says the text, the place counted from 1, and the reason.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("grant %q, character %d: %s", e.Text, e.Place+1, e.Reason)
}

// Parse reads a grant string (permissions.md section 2). Parse(s) is either a grant whose String is s, or a
// *SyntaxError; where s has one plain meaning, that error gives its canonical spelling.
func Parse(s string) (Grant, error) {
	g, fault := parse(s)
	if fault == nil && g.text != s {
		fault = faultf(difference(g.text, s), "the canonical spelling is %q", g.text)
	}
	if fault != nil {
		return Grant{}, &SyntaxError{Text: s, Place: min(fault.place, len(s)), Reason: fault.reason}
	}
	return g, nil
}

// FileGrant is the grant of one right to exactly one object. path is a plain path, without escapes: ${workspace},
// ${workspace}/..., or absolute and clean. A path that no grant can name (not UTF-8, with a NUL, with ..) gives the
// zero Grant.
func FileGrant(right Right, path string) Grant {
	if right != Read && right != List && right != Write {
		return Grant{}
	}
	rest, inside := inWorkspace(path)
	escaped := escape(rest)
	if inside {
		escaped = workspaceWord + escaped
	}
	g, err := Parse("fs:" + string(right) + ":" + escaped)
	if err != nil {
		return Grant{}
	}
	return g
}

// EnvGrant is the grant of one environment variable; a name that no grant can hold gives the zero Grant.
func EnvGrant(name string) Grant {
	g, err := Parse("env:" + name)
	if err != nil {
		return Grant{}
	}
	return g
}

// String returns the canonical spelling, empty for the zero Grant.
func (g Grant) String() string { return g.text }

// Kind returns the kind of power.
func (g Grant) Kind() Kind { return g.kind }

// Right returns the right of a grant for files, otherwise nothing.
func (g Grant) Right() Right { return g.right }

// Path returns the path or pattern of a grant for files or for a host, with its escapes.
func (g Grant) Path() string { return g.path }

// Literal returns the path of a grant for files as a plain path without escapes, and whether it names exactly one
// object.
func (g Grant) Literal() (string, bool) {
	if g.kind != Files || g.right == Pick || wild(g.path) {
		return "", false
	}
	return unescape(g.path), true
}

// Base returns the deepest folder that holds everything a grant for files can name, or that one object: a plain path
// without escapes, empty for any other kind.
func (g Grant) Base() string {
	if g.kind != Files {
		return ""
	}
	return unescape(base(g.path))
}

// MarshalText gives the canonical spelling.
func (g Grant) MarshalText() ([]byte, error) { return []byte(g.text), nil }

// UnmarshalText is Parse.
func (g *Grant) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*g = parsed
	return nil
}

// Covers says whether everything that need names is named by g too. workspace is the real path that ${workspace}
// stands for, empty where there is none. need may be a pattern; then Covers is careful: it may say no to a pattern
// that lies within g, and never yes to one that does not.
func (g Grant) Covers(need Grant, workspace string) bool {
	if g.kind != need.kind || g.text == "" {
		return false
	}
	switch g.kind {
	case Files:
		return g.right == need.right && pathCovers(g.path, need.path, workspace)
	case Net:
		return g.reaches(need) && (g.suffix == need.suffix || need.suffix == "")
	case Secret:
		return g.name == need.name && g.suffix == need.suffix && g.reaches(need)
	default:
		return g.text == need.text
	}
}

// is says whether g is for files and this right.
func (g Grant) is(right Right) bool { return g.kind == Files && g.right == right }

// fault is a SyntaxError in the making.
type fault struct {
	place  int
	reason string
}

func faultf(place int, format string, args ...any) *fault {
	return &fault{place, fmt.Sprintf(format, args...)}
}

// parse reads s with a little patience (order of methods, case of hosts, a missing port) and builds the canonical
// text; Parse then insists on it.
func parse(s string) (Grant, *fault) {
	kind, rest, found := strings.Cut(s, ":")
	at := len(kind) + 1
	switch Kind(kind) {
	case Values:
		if found {
			return Grant{}, faultf(at, "nothing follows values")
		}
		return Grant{text: s, kind: Values}, nil
	case Files:
		return parseFiles(rest, at)
	case Net:
		return parseNet(rest, at)
	case Secret:
		return parseSecret(rest, at)
	case Env:
		return parseEnv(rest, at)
	case Call:
		return parseCall(rest, at)
	}
	return Grant{}, faultf(0, "a grant begins with fs:, net:, env:, secret:, call: or is values")
}

func parseFiles(s string, at int) (Grant, *fault) {
	right, rest, found := strings.Cut(s, ":")
	at += len(right) + 1
	switch Right(right) {
	case Read, List, Write:
		if !found {
			return Grant{}, faultf(at, "a path follows fs:%s", right)
		}
		path, fault := parseFilePath(rest, at)
		return Grant{text: "fs:" + right + ":" + path, kind: Files, right: Right(right), path: path}, fault
	case Pick:
		if rest != "read" {
			return Grant{}, faultf(at, "a file is picked for reading only: fs:pick:read")
		}
		return Grant{text: "fs:pick:read", kind: Files, right: Pick}, nil
	}
	return Grant{}, faultf(at-len(right)-1, "the right is read, list, write or pick")
}

func parseEnv(s string, at int) (Grant, *fault) {
	for i, r := range s {
		if !letter(r) && r != '_' && (i == 0 || !digit(r)) {
			return Grant{}, faultf(at+i, "a variable's name has letters, digits and _, no digit first and no pattern")
		}
	}
	if s == "" {
		return Grant{}, faultf(at, "the variable's name is missing")
	}
	return Grant{text: "env:" + s, kind: Env, name: s}, nil
}

// longestCalled is how long a skill's and a tool's name is at most.
const longestCalled = 64

func parseCall(s string, at int) (Grant, *fault) {
	skill, tool, found := strings.Cut(s, "/")
	if !found || skill == "" || tool == "" || len(skill) > longestCalled || len(tool) > longestCalled {
		return Grant{}, faultf(at, "a call names SKILL/TOOL, each with at most %d characters", longestCalled)
	}
	for i, r := range skill {
		if !lower(r) && !digit(r) && (r != '-' || i == 0 || i == len(skill)-1 || skill[i-1] == '-') {
			return Grant{}, faultf(at+i, "a skill's name has a-z, 0-9 and single hyphens inside")
		}
	}
	for i, r := range tool {
		if !letter(r) && (i == 0 || !digit(r) && r != '_' && r != '-') {
			return Grant{}, faultf(at+len(skill)+1+i, "a tool's name begins with a letter and has letters, digits, _ and - only")
		}
	}
	return Grant{text: "call:" + s, kind: Call, name: s}, nil
}

func lower(r rune) bool  { return 'a' <= r && r <= 'z' }
func letter(r rune) bool { return lower(r) || 'A' <= r && r <= 'Z' }
func digit(r rune) bool  { return '0' <= r && r <= '9' }

// difference returns the first byte at which a and b differ.
func difference(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
