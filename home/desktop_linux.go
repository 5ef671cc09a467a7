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
	bus, err := joinBus(ctx, "unix:path="+dbus.EscapeBusAddressValue(socket))
	if err != nil {
		return nil, err
	}
	defer bus.Close()
	var environ []string
	manager := bus.Object("org.freedesktop.systemd1", "/org/freedesktop/systemd1")
	call := manager.CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", dbus.FlagNoAutoStart,
		"org.freedesktop.systemd1.Manager", "Environment")
	if err := call.Store(&environ); err != nil {
		return nil, fmt.Errorf("asking the user manager: %w", err)
	}
	return environ, nil
}

// joinBus returns a connection to a session's bus that lasts as long as ctx. It blocks for at most a second.
func joinBus(ctx context.Context, address string) (*dbus.Conn, error) {
	bus, err := dbus.Dial(address, dbus.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("dialing the session bus: %w", err)
	}
	// The authentication reads without a deadline; a closed connection ends it.
	defer time.AfterFunc(time.Second, func() { bus.Close() }).Stop()
	err = bus.Auth([]dbus.Auth{dbus.AuthExternal(strconv.Itoa(os.Geteuid()))})
	if err == nil {
		err = bus.Hello()
	}
	if err != nil {
		bus.Close()
		return nil, fmt.Errorf("joining the session bus: %w", err)
	}
	return bus, nil
}
