package permissions

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

// mostHosts is how many hosts a manifest may require.
const mostHosts = 3

//go:embed data/public-variables.txt
var publicVariables string

// LineError says which line of a manifest's requires may not stand there, and why.
type LineError struct {
	// Line is its index in requires.
	Line   int
	Grant  Grant
	Reason string
}

// Error says the grant and the reason.
func (e *LineError) Error() string { return fmt.Sprintf("required %q: %s", e.Grant, e.Reason) }

// CheckRequires returns a *LineError for the first line that one click must not give (permissions.md section 1), or
// nil. No single click gives both private files and the network.
func CheckRequires(lines []Line) error {
	files := slices.ContainsFunc(lines, func(l Line) bool { return l.Grant.kind == Files })
	var hosts []string
	for i, line := range lines {
		reason := notRequirable(line.Grant)
		if line.Grant.kind == Net && reason == "" {
			if !slices.Contains(hosts, line.Grant.origin.host) {
				hosts = append(hosts, line.Grant.origin.host)
			}
			switch {
			case files:
				reason = "files and the network are never required together; make one of them optional"
			case len(hosts) > mostHosts:
				reason = fmt.Sprintf("at most %d hosts may be required", mostHosts)
			}
		}
		if reason != "" {
			return &LineError{Line: i, Grant: line.Grant, Reason: reason}
		}
	}
	return nil
}

// notRequirable says why g alone may not be required, or nothing.
func notRequirable(g Grant) string {
	switch g.kind {
	case Files:
		if _, inside := inWorkspace(g.path); inside && (g.right == Read || g.right == List) {
			return ""
		}
		return "only fs:read and fs:list below ${workspace} may be required; make it optional"
	case Env:
		if slices.Contains(entries(publicVariables), g.name) {
			return ""
		}
		return "only variables that say nothing private may be required, such as LANG; make it optional"
	case Net:
		if place, _ := placeOfHost(g.origin.host); g.literalHost() && g.suffix == "" && place == Public {
			return ""
		}
		return "only literal hosts of the internet may be required; make it optional"
	}
	return "this kind of grant is never required; make it optional"
}

// entries returns the lines of a data file without comments and empty lines.
func entries(data string) []string {
	var list []string
	for line := range strings.Lines(data) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}
