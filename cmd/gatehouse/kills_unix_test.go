//go:build unix

package main_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"gatehouse/audit"
)

// TestKilledAtRandomMoments kills pipes, hosts and clients in mid-call. Every call is told from every other by its input:
// none has run twice, and each has its end in the record unless the host that ran it was killed.
func TestKilledAtRandomMoments(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	rounds := 12
	if testing.Short() {
		rounds = 6
	}
	var killed time.Time // when the last host was
	for round := range rounds {
		w := d.wire()
		w.initialize("2025-06-18")
		w.welcome(d)
		for i := range 6 {
			w.say(toolCall(i, "files_glob", fmt.Sprintf(`{"pattern":"%d.%d*"}`, round, i)))
			if i%3 == 0 {
				w.say(toolCall(100+i, "files_read", fmt.Sprintf(`{"path":"letter.txt","limit":%d}`, 1000*(round+1)+i)))
			}
		}
		time.Sleep(time.Duration(rand.IntN(60)) * time.Millisecond)
		switch round % 3 {
		case 0: // the pipe
			w.cmd.Process.Kill()
		case 1: // the client: all that it held is closed
			w.in.Close()
		case 2: // the host; what the client says next starts another
			d.leave()
			killed = time.Now()
			d.sit()
			io.WriteString(w.in, toolCall("after", "files_glob", fmt.Sprintf(`{"pattern":"after %d"}`, round))+"\n")
			for r := w.hear(); string(r.ID) != `"after"`; r = w.hear() {
			}
		}
	}
	// Whoever is still asked is denied, so that every call ends.
	for d.anybodyAsked() {
		if err := d.answer(t.Context(), "-", "deny"); err != nil {
			t.Log(err) // it was withdrawn meanwhile
		}
	}
	eventually(t, func() bool { return d.running() == 0 })

	begun, ends := map[string]int{}, map[string]int{}
	open := map[string]time.Time{}
	for _, r := range d.recordOf(audit.KindCall) {
		begun[r.InputDigest]++
		open[r.Call] = r.Time
	}
	for _, r := range d.recordOf(audit.KindResult) {
		ends[r.Call]++
		delete(open, r.Call)
	}
	for digest, n := range begun {
		if n > 1 && digest != emptyInput {
			t.Errorf("the call with input %s ran %d times", digest, n)
		}
	}
	for call, n := range ends {
		if n != 1 {
			t.Errorf("%s ended %d times", call, n)
		}
	}
	if len(begun) < rounds {
		t.Errorf("only %d calls began in %d rounds", len(begun), rounds)
	}
	for call, at := range open {
		if !at.Before(killed) {
			t.Errorf("%s has no end, and no host was killed after it began", call)
		}
	}
	t.Logf("%d calls, %d of them cut off by a host that was killed", len(begun), len(open))
}

// emptyInput is the digest of {}, which every welcome has.
const emptyInput = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"

func (d *desk) anybodyAsked() bool {
	d.t.Helper()
	var inbox struct{ Questions []struct{ State string } }
	if err := d.window.get(d.t.Context(), "/api/inbox", &inbox); err != nil {
		d.t.Fatal(err)
	}
	for _, q := range inbox.Questions {
		if q.State == "open" {
			return true
		}
	}
	return false
}

func (d *desk) running() int {
	d.t.Helper()
	var status struct{ Running int }
	if err := d.window.get(d.t.Context(), "/api/status", &status); err != nil {
		d.t.Fatal(err)
	}
	return status.Running
}
