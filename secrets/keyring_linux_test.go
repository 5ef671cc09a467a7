package secrets_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/secretstest"
	"gatehouse/secrets"
)

// alone runs one test of this program again in a process of its own, in a session bus of its own where wrap says so:
// a process has one bus, and the tests must not meet the keyring of whoever runs them.
func alone(t *testing.T, environ []string, wrap ...string) {
	t.Helper()
	home := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	if wrap != nil {
		cmd = exec.Command(wrap[0], append(wrap[1:], os.Args[0], cmd.Args[1], cmd.Args[2])...)
	}
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_DATA_HOME=" + home, "XDG_RUNTIME_DIR=" + home, "GATEHOUSE_TEST_ALONE=1",
	}, environ...)
	if said, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(said), "--- PASS: "+t.Name()) {
		t.Fatalf("%v\n%s", err, said)
	}
}

func isAlone() bool { return os.Getenv("GATEHOUSE_TEST_ALONE") != "" }

func TestKeyringIsAKeeper(t *testing.T) {
	if !isAlone() {
		alone(t, nil, "dbus-run-session", "--", "sh", "-c",
			`printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec "$@"`, "sh")
		return
	}
	secretstest.Run(t, secrets.Keyring{Service: "gatehouse test"})
}

func TestAKeyringOfAnotherServiceIsAnother(t *testing.T) {
	if !isAlone() {
		alone(t, nil, "dbus-run-session", "--", "sh", "-c",
			`printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec "$@"`, "sh")
		return
	}
	if err := (secrets.Keyring{Service: "one"}).Set("record", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if v, err := (secrets.Keyring{Service: "other"}).Get("record"); !errors.Is(err, secrets.ErrNotFound) {
		t.Errorf("Get = %q, %v; want ErrNotFound", v, err)
	}
}

func TestABusWithoutAKeyring(t *testing.T) {
	if !isAlone() {
		alone(t, nil, "dbus-run-session", "--config-file", emptyBus(t), "--")
		return
	}
	wantUnavailable(t)
}

// emptyBus is the configuration of a bus that starts no service for anybody.
func emptyBus(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bus.conf")
	config := `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestABusThatDoesNotAnswer waits the five seconds that a keyring gets.
func TestABusThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	if isAlone() {
		began := time.Now()
		v, err := secrets.Keyring{Service: "gatehouse test"}.Get("record")
		if !errors.Is(err, secrets.ErrUnavailable) || !strings.Contains(err.Error(), "no answer within 5s") {
			t.Errorf("Get = %q, %v after %s; want ErrUnavailable and how long it waited", v, err, time.Since(began))
		}
		return
	}
	path := filepath.Join(t.TempDir(), "bus")
	silent, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	alone(t, []string{"DBUS_SESSION_BUS_ADDRESS=unix:path=" + path})
}

func wantUnavailable(t *testing.T) {
	t.Helper()
	k := secrets.Keyring{Service: "gatehouse test"}
	if v, err := k.Get("record"); !errors.Is(err, secrets.ErrUnavailable) || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Get = %q, %v; want ErrUnavailable", v, err)
	}
	if err := k.Set("record", []byte("x")); !errors.Is(err, secrets.ErrUnavailable) {
		t.Errorf("Set = %v; want ErrUnavailable", err)
	}
	if err := k.Remove("record"); !errors.Is(err, secrets.ErrUnavailable) || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Remove = %v; want ErrUnavailable", err)
	}
}
