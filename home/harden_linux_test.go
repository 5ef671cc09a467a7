package home_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gatehouse/home"
)

func init() { parts["harden"] = playHarden }

// playHarden prints whether it may be dumped.
func playHarden([]string) error {
	if err := home.Harden(); err != nil {
		return err
	}
	dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	fmt.Println(dumpable)
	return err
}

func TestHarden(t *testing.T) {
	out, err := exec.Command(program(t), "harden").CombinedOutput()
	if got := strings.TrimSpace(string(out)); got != "0" || err != nil {
		t.Errorf("a hardened process is dumpable: %q, %v; want 0", got, err)
	}
}
