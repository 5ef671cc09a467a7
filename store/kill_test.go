package store_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/secrets"
	"gatehouse/store"
)

func TestKilledWriter(t *testing.T) { killWriters(t, 100) }

// killWriters kills a process that writes decisions and records them, at random moments. What Keep said is kept must be
// there, what Revoke said is gone must be gone, and nothing else may be there but the one change that was under way. The
// record has a line for all that is kept, and its chain holds.
func killWriters(t *testing.T, kills int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gatehouse.db")
	next, written := 0, 0
	var chained uint64
	for i := range kills {
		said := runPart(t, "writer", path, next, i%3, time.Duration(rand.IntN(20_000))*time.Microsecond)
		// The writer keeps every number and takes back every third, and says each when it is done.
		kept := map[int]bool{}
		last := next - 1
		for _, line := range said {
			n, err := strconv.Atoi(line[1:])
			if err != nil {
				t.Fatalf("the writer said %q", line)
			}
			kept[n], last = line[0] == '+', n
		}
		written += len(said)
		next = checkKilled(t, path, kept, last)
		chained = checkChain(t, path, chained)
	}
	t.Logf("%d changes, %d kills, %d lines in the chain", written, kills, chained)
	if written == 0 {
		t.Error("no writer came so far as to write")
	}
}

// runPart starts a part that writes, from the number next, kills it a while after it said so many lines, and returns all
// that it said.
func runPart(t *testing.T, part, path string, next, lines int, after time.Duration) []string {
	t.Helper()
	cmd := exec.Command(os.Args[0], part, path, strconv.Itoa(next))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	heard := bufio.NewScanner(out)
	heard.Scan()
	if heard.Text() != "open" {
		t.Fatalf("the writer said %q", heard.Text())
	}
	var said []string
	for len(said) < lines && heard.Scan() {
		said = append(said, heard.Text())
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	for heard.Scan() {
		said = append(said, heard.Text())
	}
	_ = cmd.Wait()
	return said
}

// checkKilled opens the database after a kill, compares it with what was said, empties it, and returns the number to
// go on with.
func checkKilled(t *testing.T, path string, kept map[int]bool, last int) int {
	t.Helper()
	db := openAt(t, path)
	defer db.Close()
	list, err := db.Decisions().List()
	if err != nil {
		t.Fatalf("corrupt: %v", err)
	}
	recorded := recordedSince(t, path, 100+2*len(kept))
	there := map[int]bool{}
	for _, d := range list {
		n, err := strconv.Atoi(d.ID)
		if err != nil || fmt.Sprint(d) != fmt.Sprint(decision(n)) {
			t.Errorf("corrupt: %v", d)
		}
		there[n] = true
		if said, ok := kept[n]; n != last+1 && (!ok || !said) {
			t.Errorf("phantom: %d is there; the last one written was %d", n, last)
		}
		if !recorded[d.ID] {
			t.Errorf("unrecorded: %d is there and has no line", n)
		}
	}
	for n, said := range kept {
		// The last one may have been taken back without the time to say so.
		if said && !there[n] && (n != last || n%3 != 0) {
			t.Errorf("lost: %d was kept and is not there", n)
		}
		if found, err := db.Decisions().Find(decision(n).Key); err != nil || len(found) > len(list) {
			t.Errorf("corrupt: Find = %d decisions, %v", len(found), err)
		}
	}
	for _, d := range list {
		if _, err := db.Decisions().Revoke(d.ID); err != nil {
			t.Errorf("corrupt: Revoke(%s) = %v", d.ID, err)
		}
	}
	return last + 2
}

// recordOf opens the record beside the database at path, as a host does.
func recordOf(path string) (*audit.Log, error) {
	dir := filepath.Dir(path)
	return audit.Open(filepath.Join(dir, "audit"), audit.Options{File: secrets.File{Dir: filepath.Join(dir, "keys")}, Part: 256 << 10, Most: 1 << 20})
}

// recordedSince opens the record after a kill and returns which decisions its newest lines are about.
func recordedSince(t *testing.T, path string, lines int) map[string]bool {
	t.Helper()
	record, err := recordOf(path)
	if err != nil {
		t.Fatalf("corrupt: %v", err)
	}
	defer record.Close()
	list, err := record.List(audit.Filter{Kind: audit.KindDecision, Limit: lines})
	if err != nil {
		t.Fatalf("corrupt: %v", err)
	}
	about := map[string]bool{}
	for _, r := range list {
		about[r.Grant] = true
	}
	return about
}

// checkChain verifies the whole record, of which there were so many lines before, and returns how many there are.
func checkChain(t *testing.T, path string, before uint64) uint64 {
	t.Helper()
	dir := filepath.Dir(path)
	r, err := audit.Verify(filepath.Join(dir, "audit"), audit.Options{File: secrets.File{Dir: filepath.Join(dir, "keys")}}, 0)
	if err != nil || r.Bad != nil || r.Last < before || r.Signed != r.Last {
		t.Fatalf("corrupt: %+v, %+v, %v; want at least %d lines, all signed", r, r.Bad, err, before)
	}
	return r.Last
}

// playWriter keeps decisions and takes some back until it is killed. It ends by itself when nobody reads it.
func playWriter(args []string) error {
	db, err := store.Open(args[0])
	if err != nil {
		return err
	}
	record, err := recordOf(args[0])
	if err != nil {
		return err
	}
	next, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	fmt.Println("open")
	for n := next; ; n++ {
		if err := record.Append(audit.Record{Kind: audit.KindDecision, Grant: strconv.Itoa(n)}); err != nil {
			return err
		}
		if err := db.Decisions().Keep(decision(n)); err != nil {
			return err
		}
		if _, err := fmt.Printf("+%d\n", n); err != nil {
			return err
		}
		if n%3 == 0 {
			if _, err := db.Decisions().Revoke(strconv.Itoa(n)); err != nil {
				return err
			}
			if _, err := fmt.Printf("-%d\n", n); err != nil {
				return err
			}
		}
	}
}
