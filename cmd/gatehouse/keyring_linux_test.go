package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheKeyIsInTheKeyring runs hosts in a session with a keyring, and then without it: the key stays there, nothing
// makes another one, and the person is told.
func TestTheKeyIsInTheKeyring(t *testing.T) {
	if os.Getenv("GATEHOUSE_TEST_KEYRING") == "" {
		home := t.TempDir()
		cmd := exec.Command("dbus-run-session", "--", "sh", "-c",
			`printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec "$@"`, "sh",
			os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), "GATEHOUSE_TEST_KEYRING=1", "GATEHOUSE_TEST_PROGRAMS="+programs,
			"HOME="+home, "XDG_DATA_HOME="+home, "XDG_RUNTIME_DIR="+home)
		if said, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(said), "--- PASS: "+t.Name()) {
			t.Fatalf("%v\n%s", err, said)
		}
		return
	}
	d := newDesk(t)
	says := func(status int, words string, args ...string) {
		t.Helper()
		p := d.run(args...)
		if got := p.wait(); got != status || !strings.Contains(p.out.String()+p.err.String(), words) {
			t.Errorf("%s: %s; want status %d and %q", args, p, status, words)
		}
	}
	refuse := func() {
		t.Helper()
		call := d.read("letter.txt")
		d.must("-", "deny")
		if call.wait() != 3 {
			t.Errorf("asked and denied: %s", call)
		}
	}
	refuse()
	says(0, "with a key in your keyring", "audit", "verify")
	says(7, "signed with a key in your keyring", "doctor")
	if _, err := os.Stat(filepath.Join(d.home, "keys")); err == nil {
		t.Error("there is a key in a file too")
	}

	d.leave()
	bus := os.Getenv("DBUS_SESSION_BUS_ADDRESS")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
	d.sit()
	refuse()
	says(7, "the key cannot be reached", "audit", "verify")
	says(7, "the key that signs it cannot be reached", "doctor")
	if _, err := os.Stat(filepath.Join(d.home, "keys")); err == nil {
		t.Error("another key was made")
	}

	d.leave()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", bus)
	says(0, "the keyring that holds the key could not be reached", "audit", "verify")
	d.sit()
	refuse()
	says(0, "with a key in your keyring", "audit", "verify")
}
