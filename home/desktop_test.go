package home_test

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/home"
)

func TestDesktopFrom(t *testing.T) {
	tests := []struct {
		name    string
		environ []string
		want    []string
	}{
		{"a login session on X",
			[]string{"HOME=/home/ada", "DISPLAY=:0", "XAUTHORITY=/run/user/1000/.auth", "LD_PRELOAD=/tmp/evil.so", "LANG=de_DE.UTF-8"},
			[]string{"DISPLAY=:0", "XAUTHORITY=/run/user/1000/.auth", "LANG=de_DE.UTF-8"}},
		{"one on Wayland",
			[]string{"XDG_SESSION_TYPE=wayland", "WAYLAND_DISPLAY=wayland-0", "XDG_RUNTIME_DIR=/run/user/1000", "XDG_CURRENT_DESKTOP=ubuntu:GNOME",
				"DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus,guid=0af9"},
			[]string{"WAYLAND_DISPLAY=wayland-0", "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus,guid=0af9",
				"XDG_RUNTIME_DIR=/run/user/1000", "XDG_SESSION_TYPE=wayland", "XDG_CURRENT_DESKTOP=ubuntu:GNOME"}},
		{"a display forwarded by ssh", []string{"DISPLAY=localhost:10.0"}, []string{"DISPLAY=localhost:10.0"}},
		{"a display on another machine", []string{"DISPLAY=evil.example:0"}, nil},
		{"a bus that is a program", []string{"DBUS_SESSION_BUS_ADDRESS=unixexec:path=/bin/sh"}, nil},
		{"a bus and a second one", []string{"DBUS_SESSION_BUS_ADDRESS=unix:path=/a;unixexec:path=/bin/sh"}, nil},
		{"a line break", []string{"LANG=C\nDISPLAY=:9", "XAUTHORITY=/a\nb"}, nil},
		{"a relative folder", []string{"XDG_RUNTIME_DIR=run", "XAUTHORITY=.Xauthority"}, nil},
		{"a value too long", []string{"XAUTHORITY=/" + strings.Repeat("a", 2000)}, nil},
		{"lines that are none", []string{"DISPLAY", "", "="}, nil},
		{"the last of two counts, as for a process", []string{"DISPLAY=:1", "DISPLAY=:2"}, []string{"DISPLAY=:2"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := home.DesktopFrom(test.environ); !slices.Equal(got, test.want) {
				t.Errorf("DesktopFrom = %q; want %q", got, test.want)
			}
		})
	}
}
