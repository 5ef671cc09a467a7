package home_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"gatehouse/home"
)

func TestDesktopOfTheLoginSession(t *testing.T) {
	folder := sessionBus(t)
	if got := home.DesktopOf(folder); got != nil {
		t.Errorf("without a user manager the desktop is %q; want none", got)
	}
	bus, err := dbus.Connect("unix:path=" + filepath.Join(folder, "bus"))
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	if err := bus.Export(manager{}, "/org/freedesktop/systemd1", "org.freedesktop.DBus.Properties"); err != nil {
		t.Fatal(err)
	}
	if _, err := bus.RequestName("org.freedesktop.systemd1", 0); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DISPLAY", ":99")
	if got, want := home.DesktopOf(folder), []string{"DISPLAY=:7", "LANG=C.UTF-8"}; !slices.Equal(got, want) {
		t.Errorf("the desktop is %q; want the manager's, %q", got, want)
	}
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if got := home.DesktopOf(folder); got != nil {
		t.Errorf("a folder open to others gave %q; want none", got)
	}
}

func TestDesktopWithoutASession(t *testing.T) {
	if got := home.DesktopOf(filepath.Join(t.TempDir(), "none")); got != nil {
		t.Errorf("the desktop is %q; want none", got)
	}
}

func TestDesktopOfABusThatHangs(t *testing.T) {
	paths := find(t, shortDir(t))
	paths.Socket = filepath.Join(paths.Root, "bus")
	answer(t, paths, "", false)
	start := time.Now()
	if got := home.DesktopOf(paths.Root); got != nil {
		t.Errorf("the desktop is %q; want none", got)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v; want about a second", took)
	}
}

// manager answers as the systemd user manager does.
type manager struct{}

func (manager) Get(iface, name string) (dbus.Variant, *dbus.Error) {
	if iface != "org.freedesktop.systemd1.Manager" || name != "Environment" {
		return dbus.Variant{}, dbus.MakeFailedError(fmt.Errorf("no %s.%s", iface, name))
	}
	return dbus.MakeVariant([]string{"DISPLAY=:7", "LANG=C.UTF-8", "PATH=/usr/bin", "GTK_MODULES=evil"}), nil
}

// sessionBus runs a bus at "bus" in the folder it returns.
func sessionBus(t *testing.T) string {
	t.Helper()
	daemon, err := exec.LookPath("dbus-daemon")
	if err != nil {
		t.Skip("there is no dbus-daemon here")
	}
	folder := shortDir(t)
	cmd := exec.Command(daemon, "--session", "--nofork", "--nopidfile", "--print-address",
		"--address=unix:path="+filepath.Join(folder, "bus"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if _, err := out.Read(make([]byte, 256)); err != nil {
		t.Fatalf("the bus did not start: %v", err)
	}
	return folder
}
