package home

import (
	"regexp"
	"strings"
)

// desktopNames are the variables that windows need, and what their values look like. A bus address of another kind
// than a socket could name a program to run; a display on another machine could be somebody else's.
var desktopNames = []struct {
	name  string
	value *regexp.Regexp
}{
	{"DISPLAY", regexp.MustCompile(`^(localhost)?:[0-9]+(\.[0-9]+)?$`)},
	{"WAYLAND_DISPLAY", regexp.MustCompile(`^[A-Za-z0-9_./-]+$`)},
	{"XAUTHORITY", regexp.MustCompile(`^/[^\x00-\x1f\x7f]*$`)},
	{"DBUS_SESSION_BUS_ADDRESS", regexp.MustCompile(`^unix:(path|abstract)=[A-Za-z0-9_./%,=-]+$`)},
	{"XDG_RUNTIME_DIR", regexp.MustCompile(`^/[^\x00-\x1f\x7f]*$`)},
	{"XDG_SESSION_TYPE", regexp.MustCompile(`^[a-z0-9]+$`)},
	{"XDG_CURRENT_DESKTOP", regexp.MustCompile(`^[A-Za-z0-9:_. -]+$`)},
	{"LANG", regexp.MustCompile(`^[A-Za-z0-9_.@-]+$`)},
}

// maxValue bounds one value in bytes.
const maxValue = 1024

// DesktopFrom returns what of environ, lines NAME=VALUE, a window needs and may have: the display, the bus and the
// language, each checked. It is for what `gatehouse open` hands over; nothing of a pipe's may come here.
func DesktopFrom(environ []string) []string {
	given := map[string]string{}
	for _, line := range environ {
		if name, value, ok := strings.Cut(line, "="); ok {
			given[name] = value
		}
	}
	var kept []string
	for _, d := range desktopNames {
		if value := given[d.name]; len(value) <= maxValue && d.value.MatchString(value) {
			kept = append(kept, d.name+"="+value)
		}
	}
	return kept
}
