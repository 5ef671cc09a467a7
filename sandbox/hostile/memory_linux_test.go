package hostile_test

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"gatehouse/internal/guesttest"
	"gatehouse/sandbox/hostile"
)

// recorded is a worker's command that first writes its process number to a file.
func recorded(pids string, command []string) []string {
	return append([]string{"/bin/sh", "-c", `echo $$ >>"$0"; exec "$@"`, pids}, command...)
}

// started returns how many workers there were.
func (c cell) started(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(c.pids)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(text, []byte("\n"))
}

// peak is the most memory that any worker of the cell that still runs had in use at once, by the system's word.
func (c cell) peak(t *testing.T) uint64 {
	t.Helper()
	most := c.peakSoFar(t)
	if most == 0 {
		t.Error("no worker runs of which the memory could be told")
	}
	return most
}

func (c cell) peakSoFar(t *testing.T) (most uint64) {
	text, err := os.ReadFile(c.pids)
	if err != nil {
		t.Fatal(err)
	}
	for pid := range strings.FieldsSeq(string(text)) {
		status, err := os.ReadFile("/proc/" + pid + "/status")
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(status)) {
			if text, found := strings.CutPrefix(line, "VmHWM:"); found {
				kib, err := strconv.ParseUint(strings.Fields(text)[0], 10, 64)
				if err != nil {
					t.Fatal(fmt.Errorf("reading %q: %w", line, err))
				}
				most = max(most, kib<<10)
			}
		}
	}
	return most
}

// usualPeak is what a worker takes that has compiled and run a small guest which does no harm.
func usualPeak(t *testing.T) uint64 {
	t.Helper()
	c := newCell(t, nil)
	c.unharmed(t, guesttest.Wat(t, hostile.Guests()[0].Wat()))
	return c.peak(t)
}
