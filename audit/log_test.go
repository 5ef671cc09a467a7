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

func open(t testing.TB, dir string) *audit.Log {
	t.Helper()
	return openWith(t, dir, audit.Options{})
}

func openWith(t testing.TB, dir string, o audit.Options) *audit.Log {
	t.Helper()
	l, err := audit.Open(dir, o)
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
		if aside, _ := os.ReadFile(filepath.Join(dir, "audit.torn")); string(aside) != torn+"\n" {
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
	if _, err := audit.Open(dir, audit.Options{}); err == nil || !strings.Contains(err.Error(), "not a record") {
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

func TestAFullPartIsPutAsideAndStillRead(t *testing.T) {
	dir := t.TempDir()
	l := openWith(t, dir, audit.Options{Part: 2000})
	const lines = 100
	for range lines {
		if err := l.Append(audit.Record{Kind: audit.KindRequest, Grant: "env:LANG"}); err != nil {
			t.Fatal(err)
		}
	}
	if parts, _ := filepath.Glob(filepath.Join(dir, "audit-*.jsonl")); len(parts) < 3 {
		t.Errorf("the parts are %q; want several", parts)
	}
	wantSeqs := func(l *audit.Log, f audit.Filter, first, last uint64) {
		t.Helper()
		got, err := l.List(f)
		if err != nil || uint64(len(got)) != first-last+1 || got[0].Seq != first || got[len(got)-1].Seq != last {
			t.Fatalf("List(%+v) = %d lines, %v; want %d to %d", f, len(got), err, first, last)
		}
	}
	wantSeqs(l, audit.Filter{Limit: 1000}, lines, 1)
	wantSeqs(l, audit.Filter{Limit: 10, Before: 51}, 50, 41)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, dir)
	if err := l.Append(audit.Record{Kind: audit.KindCall}); err != nil {
		t.Fatal(err)
	}
	wantSeqs(l, audit.Filter{Limit: 1000}, lines+1, 1)
}

func TestReadingWhileItIsWrittenAndPutAside(t *testing.T) {
	l := openWith(t, t.TempDir(), audit.Options{Part: 1000})
	var writers sync.WaitGroup
	writers.Go(func() {
		for range 300 {
			if err := l.Append(audit.Record{Kind: audit.KindRequest}); err != nil {
				t.Error(err)
			}
		}
	})
	for range 50 {
		got, err := l.List(audit.Filter{Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range got {
			if r.Seq != uint64(len(got)-i) {
				t.Fatalf("line %d of %d has the number %d", i, len(got), r.Seq)
			}
		}
	}
	writers.Wait()
}

func TestTwoTornLinesAreBothKept(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "audit.jsonl")
	for range 2 {
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(file, `{"seq":`)
		file.Close()
		open(t, dir).Close()
	}
	if aside, err := os.ReadFile(filepath.Join(dir, "audit.torn")); strings.Count(string(aside), `{"seq":`) != 2 {
		t.Errorf("put aside %q, %v; want both", aside, err)
	}
}

func BenchmarkAppend(b *testing.B) {
	l, err := audit.Open(b.TempDir(), audit.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	for _, kind := range []string{audit.KindRequest, audit.KindDecision} {
		b.Run(kind, func(b *testing.B) {
			for b.Loop() {
				if err := l.Append(audit.Record{Kind: kind, Grant: "fs:read:${workspace}/**"}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
