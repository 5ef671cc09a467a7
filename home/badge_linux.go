package home

import (
	"context"
	"strings"

	"github.com/godbus/dbus/v5"
)

// show has docks draw n on the icon of build/linux/gatehouse.desktop, or nothing for 0: the signal that Unity brought, and
// that those of GNOME and KDE know. They forget it with the connection, which is kept for as long as there is a number.
func (b *Badge) show(n int) {
	if b.bus == nil {
		for _, line := range b.Desktop() {
			if address, found := strings.CutPrefix(line, "DBUS_SESSION_BUS_ADDRESS="); found {
				b.bus, _ = joinBus(context.Background(), address)
			}
		}
	}
	if b.bus == nil {
		return
	}
	err := b.bus.Emit("/com/canonical/unity/launcherentry/gatehouse", "com.canonical.Unity.LauncherEntry.Update", "application://gatehouse.desktop",
		map[string]dbus.Variant{"count": dbus.MakeVariant(int64(n)), "count-visible": dbus.MakeVariant(n > 0)})
	if n == 0 || err != nil {
		b.bus.Close()
		b.bus = nil
	}
}

type bus = *dbus.Conn
