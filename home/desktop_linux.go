package home

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/godbus/dbus/v5"
)

// Desktop returns the display, bus and language of this user's login session, as DesktopFrom does, from the
// environment of the systemd user manager; never from our own, since an agent that starts us could bring its own
// display and press Allow on it. It is empty where there is no such session, and blocks for at most a second.
func Desktop() []string {
	return desktopOf(fmt.Sprintf("/run/user/%d", os.Geteuid()))
}

func desktopOf(runtimeFolder string) []string {
	if checkPrivate(runtimeFolder) != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	environ, err := managerEnvironment(ctx, filepath.Join(runtimeFolder, "bus"))
	if err != nil {
		return nil
	}
	return DesktopFrom(environ)
}

func managerEnvironment(ctx context.Context, socket string) ([]string, error) {
	bus, err := dbus.Dial("unix:path="+dbus.EscapeBusAddressValue(socket), dbus.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("dialing the session bus: %w", err)
	}
	defer bus.Close()
	// The authentication reads without a deadline; a closed connection ends it.
	stop := context.AfterFunc(ctx, func() { bus.Close() })
	defer stop()
	if err := bus.Auth([]dbus.Auth{dbus.AuthExternal(strconv.Itoa(os.Geteuid()))}); err != nil {
		return nil, fmt.Errorf("authenticating to the session bus: %w", err)
	}
	if err := bus.Hello(); err != nil {
		return nil, fmt.Errorf("greeting the session bus: %w", err)
	}
	var environ []string
	manager := bus.Object("org.freedesktop.systemd1", "/org/freedesktop/systemd1")
	call := manager.CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", dbus.FlagNoAutoStart,
		"org.freedesktop.systemd1.Manager", "Environment")
	if err := call.Store(&environ); err != nil {
		return nil, fmt.Errorf("asking the user manager: %w", err)
	}
	return environ, nil
}
