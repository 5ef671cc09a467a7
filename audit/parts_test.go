package audit_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/audit"
)

// unchained is the text of lines as they were before lines were chained.
func unchained(first, last int) []byte {
	var text bytes.Buffer
	for seq := first; seq <= last; seq++ {
		fmt.Fprintf(&text, `{"seq":%d,"time":"2026-11-0%dT12:00:00Z","kind":"request","subject":{"skill":"files","signer":"built in","digest":"","capabilities":"","client":"terminal","session":""},"grant":"env:LANG"}`+"\n", seq, 1+seq/10)
	}
	return text.Bytes()
}

func TestAnOlderRecordIsSealed(t *testing.T) {
	for _, parts := range [][]int{{9}, {5, 9}, {3, 5, 9}} {
		t.Run(fmt.Sprint(len(parts), " parts"), func(t *testing.T) {
			dir := t.TempDir()
			first := 1
			for i, last := range parts {
				name := fmt.Sprintf("audit-%020d.jsonl", last)
				if i == len(parts)-1 {
					name = "audit.jsonl"
				}
				write(t, filepath.Join(dir, name), unchained(first, last))
				first = last + 1
			}
			o := audit.Options{File: &keeper{}}
			if r := verify(t, dir, o); r.Bad != nil || r.Before != 9 || len(r.Notes) != 1 {
				t.Errorf("before it is opened: %+v, %+v", r, r.Bad)
			}
			l := openWith(t, dir, o)
			add(t, l, audit.Record{Kind: audit.KindCall})
			list, err := l.List(audit.Filter{Limit: 100})
			if err != nil || len(list) != 10+len(parts) || list[len(list)-1].Grant != "env:LANG" {
				t.Errorf("List = %d lines, %v; want the older ones too", len(list), err)
			}
			l.Close()
			if r := verify(t, dir, o); r.Bad != nil || r.Before != 9 || r.Last != uint64(10+len(parts)) || r.Signed != r.Last {
				t.Errorf("afterwards: %+v, %+v", r, r.Bad)
			}
			for _, path := range filesOf(t, dir)[:len(parts)] {
				whole := read(t, path)
				for i := 0; i < len(whole); i += 7 {
					changed := bytes.Clone(whole)
					changed[i] ^= 2
					write(t, path, changed)
					if r := verify(t, dir, o); r.Bad == nil {
						t.Fatalf("byte %d of %s changed: not noticed", i, filepath.Base(path))
					}
				}
				write(t, path, whole)
			}
			openAndClose(t, dir, o)
			if r := verify(t, dir, o); r.Bad != nil || r.Last != uint64(10+len(parts)) {
				t.Errorf("opened again: %+v, %+v; want no other seal", r, r.Bad)
			}
		})
	}
}

// However full the current file is when the record is opened, its oldest parts make room once.
func TestTheOldestPartsMakeRoomWhenTheRecordIsOpened(t *testing.T) {
	for lines := range 40 {
		o := audit.Options{File: &keeper{}, Part: 2000, Most: 100_000}
		dir := t.TempDir()
		l := openWith(t, dir, o)
		for i := range lines {
			add(t, l, audit.Record{Kind: audit.KindCall, Call: fmt.Sprint("c-", i)})
		}
		l.Close()
		o.Most = 2500
		openAndClose(t, dir, o)
		if r := verify(t, dir, o); r.Bad != nil {
			t.Fatalf("Verify of %d lines = %+v, %+v", lines, r, r.Bad)
		}
	}
}

func TestTheOldestPartsMakeRoom(t *testing.T) {
	o := audit.Options{File: &keeper{}, Part: 2000, Most: 10_000}
	dir := t.TempDir()
	l := openWith(t, dir, o)
	for i := range 300 {
		add(t, l, audit.Record{Kind: audit.KindCall, Call: fmt.Sprint("c-", i)})
	}
	l.Close()
	size := int64(0)
	for _, path := range filesOf(t, dir) {
		size += int64(len(read(t, path)))
	}
	if size > 13_000 {
		t.Errorf("the record has %d bytes; want about 10,000 at most", size)
	}
	r := verify(t, dir, o)
	if r.Bad != nil || r.Removed == 0 || r.First != r.Removed+1 {
		t.Fatalf("Verify = %+v, %+v; want that it knows what was removed", r, r.Bad)
	}
	// One more that nobody said to be removed is missing.
	if err := os.Remove(filesOf(t, dir)[0]); err != nil {
		t.Fatal(err)
	}
	if r := verify(t, dir, o); r.Bad == nil || r.Bad.What != audit.Missing {
		t.Errorf("without its oldest part: %+v; want that it is missing", r.Bad)
	}
}

func TestSealedPartsMakeRoomToo(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "audit-00000000000000000020.jsonl"), unchained(1, 20))
	write(t, filepath.Join(dir, "audit-00000000000000000040.jsonl"), unchained(21, 40))
	write(t, filepath.Join(dir, "audit.jsonl"), unchained(41, 50))
	o := audit.Options{File: &keeper{}, Part: 3000, Most: 12_000}
	l := openWith(t, dir, o)
	for most := 60; ; most-- {
		r := verify(t, dir, o)
		if r.Bad != nil {
			t.Fatalf("after %d lines, %d of them removed: %+v", r.Last, r.Removed, r.Bad)
		}
		if r.Before == 0 && r.First > 52 {
			break
		}
		if most == 0 {
			t.Fatalf("the parts are still %q", filesOf(t, dir))
		}
		add(t, l, audit.Record{Kind: audit.KindCall, Tool: strings.Repeat("t", 400)})
	}
}

func TestOldPartsAreRemoved(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	o := audit.Options{File: &keeper{}, Oldest: 30 * 24 * time.Hour, Now: func() time.Time { return now }}
	dir := t.TempDir()
	for range 100 { // a day each
		l := openWith(t, dir, o)
		add(t, l, audit.Record{Kind: audit.KindCall})
		l.Close()
		now = now.Add(24 * time.Hour)
	}
	r := verify(t, dir, o)
	if r.Bad != nil || r.Removed < 60 || r.Lines < 30 || r.Lines > 60 {
		t.Errorf("Verify = %+v, %+v; want about the last thirty days", r, r.Bad)
	}
}
