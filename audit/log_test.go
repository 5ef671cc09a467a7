package audit_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"gatehouse/audit"
	"gatehouse/permissions"
)

func open(t *testing.T, dir string) *audit.Log {
	t.Helper()
	l, err := audit.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestTheNewestLineComesFirst(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	for i := range 3000 { // more than one chunk
		if err := l.Append(audit.Record{Kind: audit.KindRequest, Call: fmt.Sprint("c", i%2), Grant: fmt.Sprint("g", i)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name  string
		f     audit.Filter
		first string
		n     int
	}{
		{"no filter", audit.Filter{}, "g2999", 100},
		{"a limit", audit.Filter{Limit: 7}, "g2999", 7},
		{"before a line", audit.Filter{Before: 11, Limit: 50}, "g9", 10},
		{"one call's", audit.Filter{Call: "c0", Limit: 5000}, "g2998", 1500},
		{"a kind that is not there", audit.Filter{Kind: audit.KindCall}, "", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := l.List(test.f)
			if err != nil || len(got) != test.n {
				t.Fatalf("List() = %d lines, %v; want %d", len(got), err, test.n)
			}
			if test.n > 0 && got[0].Grant != test.first {
				t.Errorf("first = %q, want %q", got[0].Grant, test.first)
			}
			for i := 1; i < len(got); i++ {
				if got[i].Seq >= got[i-1].Seq {
					t.Fatalf("line %d has number %d after %d", i, got[i].Seq, got[i-1].Seq)
				}
			}
		})
	}
}

func TestTheRecordGoesOnWhereItStopped(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	event := permissions.Event{Kind: audit.KindDecision, Grant: "env:LANG", Verdict: permissions.Allow, Rule: "asked"}
	if err := l.Record(context.Background(), event); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(audit.Record{}); err == nil {
		t.Error("a closed record took a line")
	}
	l = open(t, dir)
	l.Append(audit.Record{Kind: audit.KindCall})
	got, err := l.List(audit.Filter{})
	if err != nil || len(got) != 2 || got[0].Seq != 2 || got[1].Grant != "env:LANG" || got[1].Verdict != permissions.Allow {
		t.Errorf("List() = %+v, %v", got, err)
	}
}

func TestATornLineIsPutAsideAndSaid(t *testing.T) {
	for _, torn := range []string{`{"seq":3,"ti`, "x", "\x00\x00\x00"} {
		dir := t.TempDir()
		l := open(t, dir)
		l.Append(audit.Record{Kind: audit.KindCall, Call: "c1"})
		l.Append(audit.Record{Kind: audit.KindResult, Call: "c1"})
		l.Close()
		path := filepath.Join(dir, "audit.jsonl")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		os.WriteFile(path, append(text, torn...), 0o600)

		l = open(t, dir)
		got, err := l.List(audit.Filter{})
		if err != nil || len(got) != 3 || got[0].Kind != audit.KindTorn || got[0].Seq != 3 || got[1].Kind != audit.KindResult {
			t.Errorf("after %q: List() = %+v, %v", torn, got, err)
		}
		if aside, _ := os.ReadFile(filepath.Join(dir, "audit.torn")); string(aside) != torn {
			t.Errorf("put aside %q, want %q", aside, torn)
		}
	}
}

func TestATornFirstLineLeavesAnEmptyRecord(t *testing.T) {
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, "audit.jsonl"), []byte(`{"seq":1`), 0o600)
	l := open(t, dir)
	if got, err := l.List(audit.Filter{}); err != nil || len(got) != 1 || got[0].Kind != audit.KindTorn {
		t.Errorf("List() = %+v, %v", got, err)
	}
}

func TestALineThatIsNoRecordIsNamed(t *testing.T) {
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, "audit.jsonl"), []byte("nonsense\n"), 0o600)
	if _, err := audit.Open(dir); err == nil || !strings.Contains(err.Error(), "not a record") {
		t.Errorf("Open() = %v", err)
	}
}

func TestTheZeroLogDiscards(t *testing.T) {
	var l audit.Log
	if err := l.Append(audit.Record{Kind: audit.KindCall}); err != nil {
		t.Error(err)
	}
	if got, err := l.List(audit.Filter{}); err != nil || got != nil {
		t.Errorf("List() = %v, %v", got, err)
	}
}

func TestManyWritersLoseNoLine(t *testing.T) {
	l := open(t, t.TempDir())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if err := l.Append(audit.Record{Kind: audit.KindRequest, Grant: strings.Repeat("é", 500)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	got, err := l.List(audit.Filter{Limit: 1000})
	if err != nil || len(got) != 800 || got[0].Seq != 800 {
		t.Fatalf("List() = %d lines, %v", len(got), err)
	}
}
