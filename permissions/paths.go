package permissions

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// workspaceWord is how a grant spells the workspace.
const workspaceWord = "${workspace}"

// special are the characters that stand for themselves only after a backslash. Those that are encoded have a meaning in
// URLs, so in the path of one they are written like control characters.
const (
	special = `*\{}[]?$`
	encoded = "%#"
)

// inWorkspace cuts ${workspace} from a path. What is left is empty or begins with a slash.
func inWorkspace(path string) (rest string, inside bool) {
	rest, inside = strings.CutPrefix(path, workspaceWord)
	if inside && rest != "" && rest[0] != '/' {
		return path, false
	}
	return rest, inside
}

func parseFilePath(s string, at int) (string, *fault) {
	rest, inside := inWorkspace(s)
	switch {
	case inside && rest == "":
		return workspaceWord, nil
	case inside:
		segments, fault := parseSegments(rest, at+len(workspaceWord), false)
		return workspaceWord + segments, fault
	case s == "/":
		return s, nil
	case !strings.HasPrefix(s, "/"):
		return "", faultf(at, "a path begins with ${workspace} or /; in a shell, put the grant in single quotes")
	}
	segments, fault := parseSegments(s, at, false)
	if first, _ := nextSegment(s); fault == nil && wild(first) {
		return "", faultf(at, "the first folder has no wildcard, or the grant would be for every file; "+
			"if a shell dropped ${workspace}, put the grant in single quotes")
	}
	return segments, fault
}

// parseSegments reads "/a/b" and returns its canonical spelling. A trailing slash belongs to a URL's path alone.
func parseSegments(s string, at int, url bool) (string, *fault) {
	var path strings.Builder
	before := ""
	for s != "" {
		segment, rest := nextSegment(s)
		at++
		if segment == "" && !(url && rest == "") {
			return "", faultf(at, "a path has no empty segments")
		}
		canonical, fault := parseSegment(segment, at, url)
		if fault != nil {
			return "", fault
		}
		if canonical != "**" || before != "**" {
			path.WriteString("/" + canonical)
		}
		before, s, at = canonical, rest, at+len(segment)
	}
	return path.String(), nil
}

func parseSegment(s string, at int, url bool) (string, *fault) {
	if s == "**" {
		return s, nil
	}
	var out strings.Builder
	for i := 0; i < len(s); {
		if s[i] == '*' {
			if strings.HasPrefix(s[i:], "**") {
				return "", faultf(at+i, "** is a whole segment")
			}
			out.WriteByte('*')
			i++
			continue
		}
		r, size, fault := parseCharacter(s[i:], at+i)
		switch {
		case fault != nil:
			return "", fault
		case url && size == 1 && strings.ContainsRune(encoded, r):
			return "", faultf(at+i, `a URL's path is written decoded; the character itself is written \x%02x`, r)
		}
		writeEscaped(&out, r, url)
		i += size
	}
	if segment := out.String(); segment != "." && segment != ".." {
		return segment, nil
	}
	return "", faultf(at, "a path has no . and no .. in it")
}

// parseCharacter reads one character that stands for itself, with its escape.
func parseCharacter(s string, at int) (r rune, size int, _ *fault) {
	r, size = utf8.DecodeRuneInString(s)
	switch {
	case r == '\\' && len(s) == 1:
		return 0, 0, faultf(at, "a backslash stands before another character")
	case r == '\\' && s[1] == 'x':
		code, err := strconv.ParseUint(s[2:min(4, len(s))], 16, 8)
		if len(s) < 4 || err != nil {
			return 0, 0, faultf(at, `\x is followed by two hexadecimal digits`)
		}
		r, size = rune(code), 4
	case r == '\\':
		r, size = utf8.DecodeRuneInString(s[1:])
		size++
	case strings.ContainsRune(special, r):
		return 0, 0, faultf(at, `there are no classes, choices or variables here; the character itself is written \%c`, r)
	}
	if r == utf8.RuneError && size <= 2 {
		return 0, 0, faultf(at, "a path is UTF-8")
	}
	if r == 0 {
		return 0, 0, faultf(at, "a path has no NUL")
	}
	return r, size, nil
}

// escape spells a plain path so that every character stands for itself.
func escape(path string) string {
	if !strings.ContainsFunc(path, needsEscape) {
		return path
	}
	return escapeFor(path, false)
}

func escapeFor(path string, url bool) string {
	var out strings.Builder
	for i := 0; i < len(path); {
		r, size := utf8.DecodeRuneInString(path[i:])
		if r == utf8.RuneError {
			out.WriteString(path[i : i+size]) // as it is, for Parse to refuse where it is not UTF-8
		} else {
			writeEscaped(&out, r, url)
		}
		i += size
	}
	return out.String()
}

func needsEscape(r rune) bool {
	return unicode.IsControl(r) || r == utf8.RuneError || strings.ContainsRune(special, r)
}

func writeEscaped(out *strings.Builder, r rune, url bool) {
	switch {
	case unicode.IsControl(r), url && strings.ContainsRune(encoded, r):
		fmt.Fprintf(out, `\x%02x`, r)
	case strings.ContainsRune(special, r):
		out.WriteByte('\\')
		fallthrough
	default:
		out.WriteRune(r)
	}
}

// unescape is the reverse of escape for canonical text; ${workspace} stays.
func unescape(path string) string {
	rest, inside := inWorkspace(path)
	var out strings.Builder
	if inside {
		out.WriteString(workspaceWord)
	}
	for rest != "" {
		n := token(rest)
		switch n {
		case 4:
			code, _ := strconv.ParseUint(rest[2:4], 16, 8)
			out.WriteRune(rune(code))
		case 2:
			out.WriteByte(rest[1])
		default:
			out.WriteString(rest[:n])
		}
		rest = rest[n:]
	}
	return out.String()
}

// token returns the length of the first unit of canonical text: an escape or one byte.
func token(s string) int {
	switch {
	case s[0] != '\\' || len(s) == 1:
		return 1
	case s[1] == 'x' && len(s) >= 4:
		return 4
	default:
		return 2
	}
}

// wild says whether canonical text has a wildcard in it.
func wild(s string) bool {
	for s != "" {
		if s[0] == '*' {
			return true
		}
		s = s[token(s):]
	}
	return false
}

// base returns the part of a canonical path before its first segment with a wildcard.
func base(path string) string {
	rest, inside := inWorkspace(path)
	length := 0
	if inside {
		length = len(workspaceWord)
	}
	for rest != "" {
		var segment string
		segment, rest = nextSegment(rest)
		if wild(segment) {
			break
		}
		length += 1 + len(segment)
	}
	return path[:length]
}

// pathCovers says whether the canonical pattern covers everything that need names. Where only one of the two speaks
// of the workspace, both are made absolute.
func pathCovers(pattern, need, workspace string) bool {
	p, inside := inWorkspace(pattern)
	n, needInside := inWorkspace(need)
	if inside != needInside {
		if workspace == "" {
			return false
		}
		p, n = absolute(pattern, workspace), absolute(need, workspace)
	}
	return within(n, p)
}

// absolute puts the workspace's real path in the place of ${workspace}.
func absolute(path, workspace string) string {
	rest, inside := inWorkspace(path)
	if !inside {
		return path
	}
	return escape(workspace) + rest
}

// nextSegment cuts the first segment from a path that begins with a slash.
func nextSegment(path string) (segment, rest string) {
	path = path[1:]
	if i := strings.IndexByte(path, '/'); i >= 0 {
		return path[:i], path[i:]
	}
	return path, ""
}

// within says whether every path that a names is also named by b; a and b are canonical, empty or beginning with a
// slash. It treats a wildcard in a as a character that only a wildcard in b can stand for, so it may miss a yes. After
// a mismatch only the last ** of b takes one segment more: an earlier one could gain nothing that the last cannot.
func within(a, b string) bool {
	starred := false
	var starA, starB string
	for {
		if b == "" {
			if a == "" {
				return true
			}
		} else {
			pattern, restB := nextSegment(b)
			if pattern == "**" {
				starred, starA, starB, b = true, a, restB, restB
				continue
			}
			if a != "" {
				segment, restA := nextSegment(a)
				if segment != "**" && segmentWithin(segment, pattern) {
					a, b = restA, restB
					continue
				}
			}
		}
		if !starred || starA == "" {
			return false
		}
		taken, rest := nextSegment(starA)
		if strings.HasPrefix(taken, ".") {
			return false
		}
		starA, a, b = rest, rest, starB
	}
}

// segmentWithin is within for one segment, with the rule that a wildcard does not stand for a leading dot.
func segmentWithin(a, b string) bool {
	if strings.HasPrefix(a, ".") && !strings.HasPrefix(b, ".") {
		return false
	}
	return textWithin(a, b)
}

// textWithin matches the characters of one segment, without the rule of the dot.
func textWithin(a, b string) bool {
	starred := false
	var starA, starB string
	for {
		switch {
		case b == "" && a == "":
			return true
		case b != "" && b[0] == '*':
			starred, starA, starB, b = true, a, b[1:], b[1:]
			continue
		case b != "" && a != "":
			n := token(a)
			if a[0] != '*' && strings.HasPrefix(b, a[:n]) && token(b) == n {
				a, b = a[n:], b[n:]
				continue
			}
		}
		if !starred || starA == "" {
			return false
		}
		starA = starA[token(starA):]
		a, b = starA, starB
	}
}
