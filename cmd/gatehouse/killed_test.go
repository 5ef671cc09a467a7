package main_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/permissions"
	"gatehouse/store"
)

func init() {
	parts["decide"] = playDecide
}

// TestHostKilledAtAnAlways kills a real host around the answer, again and again. Whoever saw the file's content has its
// decision on disk; what is on disk was answered, and has its line in the record.
func TestHostKilledAtAnAlways(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first := d.read("letter.txt")
	d.must("-", "quick")
	d.must("letter.txt", "deny")
	first.wait()
	const kills = 10
	var went, kept int
	for i := range kills {
		name := fmt.Sprintf("%d.txt", i)
		if err := os.WriteFile(filepath.Join(d.folder, name), []byte(letter), 0o600); err != nil {
			t.Fatal(err)
		}
		call := d.read(name)
		s := d.look()
		always, err := clicked(s, []string{"1", string(permissions.Always)})
		if err != nil {
			t.Fatal(err)
		}
		// The writes take a few milliseconds, so the kills fall before, into and behind them.
		time.AfterFunc(time.Duration(i)*time.Millisecond, func() { d.host.Process.Kill() })
		d.ask.post(t.Context(), "/api/answer", always) // it may be cut off
		d.host.Wait()
		status, content := call.wait(), strings.Contains(call.out.String(), letter)
		d.sit()

		grant := "fs:read:${workspace}/" + name
		verdict, recorded := d.kept()[grant], d.recorded(grant)
		if content {
			went++
		}
		if verdict != "" {
			kept++
		}
		switch {
		case status == 0 != content, status != 0 && status != 7:
			t.Errorf("%d: %s; want the content or that the host is gone", i, call)
		case content && verdict != "allow", verdict == "allow" && !recorded:
			t.Errorf("%d: content returned %v, kept %q, decision recorded %v; want nothing without what comes before it", i, content, verdict, recorded)
		}
		for other, verdict := range d.kept() {
			if strings.HasPrefix(other, "fs:read:${workspace}/**") {
				t.Errorf("%d: %s is kept (%s), which nobody answered", i, other, verdict)
			}
		}
	}
	t.Logf("of %d killed, %d were kept and %d went on", kills, kept, went)
}

// recorded says whether the record has a decision about grant.
func (d *desk) recorded(grant string) bool {
	d.t.Helper()
	var body struct{ Records []audit.Record }
	if err := d.window.get(d.t.Context(), "/api/audit?limit=1000", &body); err != nil {
		d.t.Fatal(err)
	}
	for _, r := range body.Records {
		if r.Kind == audit.KindDecision && r.Grant == grant {
			return true
		}
	}
	return false
}

// TestKilledWhileItIsKept kills a process that decides at each of three moments, and looks at what is on disk.
func TestKilledWhileItIsKept(t *testing.T) {
	for _, c := range []struct {
		name, moment, said string
		kept               int
	}{
		{"when the answer is recorded and the decision not kept", "recorded", "recorded", 0},
		{"when the decision is kept and the check has not returned", "kept", "kept", 1},
		{"when the check has returned, before the guest goes on", "checked", "checked <nil>", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := t.TempDir()
			if said := killDecider(t, home, c.moment); said != c.said {
				t.Fatalf("it said %q; want %q", said, c.said)
			}
			db, err := store.Open(filepath.Join(home, "gatehouse.db"))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			list, err := db.Decisions().List()
			if err != nil || len(list) != c.kept {
				t.Fatalf("List() = %v, %v; want %d", list, err, c.kept)
			}
			for _, d := range list {
				if d.Lifetime != permissions.Always || d.Grants[0].String() != wanted {
					t.Errorf("kept %v; want %s always", d, wanted)
				}
			}
			record, err := audit.Open(filepath.Join(home, "audit"), audit.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer record.Close()
			decided, err := record.List(audit.Filter{Kind: audit.KindDecision})
			if err != nil || len(decided) == 0 || decided[0].Grant != wanted || decided[0].Lifetime != permissions.Always {
				t.Errorf("recorded %+v, %v; want the answer", decided, err)
			}
		})
	}
}

// killDecider runs playDecide until it stands at moment, kills it, and returns what it said there.
func killDecider(t *testing.T, home, moment string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], "decide", home, moment)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	defer late.Stop()
	line, _ := bufio.NewReader(out).ReadString('\n')
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	cmd.Wait()
	return strings.TrimSpace(line)
}

const wanted = "fs:read:${workspace}/letter.txt"

// playDecide has a broker over a database and a record, and a person who says always at once. It stands still at the
// moment that is named, until it is killed.
func playDecide(args []string) error {
	home, moment := args[0], args[1]
	db, err := store.Open(filepath.Join(home, "gatehouse.db"))
	if err != nil {
		return err
	}
	record, err := audit.Open(filepath.Join(home, "audit"), audit.Options{})
	if err != nil {
		return err
	}
	err = decide(permissions.Options{Store: pausing{db.Decisions(), moment}, Prompter: willing{}, Recorder: pausingRecord{record, moment}})
	stand(moment, "checked", fmt.Sprintf("checked %v", err))
	return err
}

// decide checks for wanted, as a skill that may request it would have it checked.
func decide(o permissions.Options) error {
	line, err := permissions.Parse("fs:read:${workspace}/**")
	if err != nil {
		return err
	}
	need, err := permissions.Parse(wanted)
	if err != nil {
		return err
	}
	subject := permissions.Subject{Skill: "files", Version: "1.0.0", Signer: "built in", Digest: "sha256:aa",
		Capabilities: "sha256:bb", Client: "terminal", Session: "s", Workspace: "/home/u/work"}
	guard := permissions.NewBroker(o).Begin(subject, permissions.Capabilities{Optional: []permissions.Line{{Grant: line}}},
		permissions.CallInfo{ID: "c", Tool: "read"})
	defer guard.End()
	ctx := context.Background()
	if err := guard.Start(ctx); err != nil {
		return err
	}
	return guard.Check(ctx, permissions.Need{Grant: need})
}

// willing is a person who allows all, a start for the call and the rest always.
type willing struct{}

func (willing) Ask(_ context.Context, p permissions.Prompt, _ func() int) (permissions.Answer, error) {
	a := permissions.Answer{Nonce: p.Nonce, Shown: p.Hash(), Verdict: permissions.Allow, Lifetime: permissions.Always}
	if p.Need == "" {
		a.Lifetime = permissions.ThisCall
	}
	return a, nil
}

// pausing is a Store that stands still after it has kept something.
type pausing struct {
	permissions.Store
	moment string
}

func (p pausing) Keep(d permissions.Decision) error {
	err := p.Store.Keep(d)
	stand(p.moment, "kept", "kept")
	return err
}

// stand says where it stands, and stays there if that is the moment.
func stand(moment, here, said string) {
	if moment != here {
		return
	}
	fmt.Println(said)
	<-time.After(time.Minute)
}

// pausingRecord is a Recorder that stands still after it has written a lasting answer.
type pausingRecord struct {
	permissions.Recorder
	moment string
}

func (p pausingRecord) Record(ctx context.Context, e permissions.Event) error {
	err := p.Recorder.Record(ctx, e)
	if e.Lifetime == permissions.Always {
		stand(p.moment, "recorded", "recorded")
	}
	return err
}
