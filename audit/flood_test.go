package audit_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/audit"
	"gatehouse/permissions"
)

// refuse records a refusal, or what else verdict says.
func refuse(t *testing.T, l *audit.Log, call, grant string, verdict permissions.Verdict) {
	t.Helper()
	err := l.Record(t.Context(), permissions.Event{
		Kind: audit.KindRequest, Call: call, Grant: grant, Verdict: verdict, Rule: "undeclared", Code: permissions.CodeUndeclared,
		Subject: permissions.Subject{Skill: "flood", Client: "terminal"},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func list(t *testing.T, l *audit.Log) []audit.Record {
	t.Helper()
	lines, err := l.List(audit.Filter{Limit: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestEqualRefusalsAreOneCountedLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := audit.Options{File: &keeper{}}
		dir := t.TempDir()
		l := openWith(t, dir, o)
		for i := range 5000 {
			refuse(t, l, fmt.Sprint("c-", i%7), "fs:read:/etc/passwd", permissions.Deny)
		}
		refuse(t, l, "c-1", "fs:read:/etc/shadow", permissions.Deny)
		if lines := list(t, l); len(lines) != 11 || lines[0].Grant != "fs:read:/etc/shadow" || lines[0].Count != 0 || lines[1].Call == "" {
			t.Errorf("at once: %d lines, the last is %+v; want the first ten and the other one", len(lines), lines[0])
		}
		time.Sleep(2 * time.Minute)
		lines := list(t, l)
		if len(lines) != 12 || lines[0].Count != 4990 || lines[0].Grant != "fs:read:/etc/passwd" || lines[0].Call != "" {
			t.Errorf("two minutes later: %d lines, the last is %+v; want a count of 4990", len(lines), lines[0])
		}
		refuse(t, l, "c-9", "fs:read:/etc/passwd", permissions.Deny)
		if lines := list(t, l); len(lines) != 13 || lines[0].Call != "c-9" {
			t.Errorf("one more, later: %d lines, the last is %+v; want a line of its own", len(lines), lines[0])
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if r := verify(t, dir, o); r.Bad != nil {
			t.Errorf("Verify = %+v", r.Bad)
		}
	})
}

func TestAFloodOfDifferentRefusalsIsCountedToo(t *testing.T) {
	dir := t.TempDir()
	l := openWith(t, dir, audit.Options{})
	for i := range 100_000 {
		refuse(t, l, "c-1", fmt.Sprint("fs:read:/etc/", i), permissions.Deny)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = openWith(t, dir, audit.Options{})
	lines := list(t, l)
	if len(lines) != 201 || lines[0].Count != 99_800 || lines[0].Grant != "" || lines[0].Call != "c-1" || lines[0].Subject.Skill != "flood" {
		t.Errorf("%d lines, the last is %+v; want 200 and a count of the rest", len(lines), lines[0])
	}
}

func TestNothingAllowedIsEverCounted(t *testing.T) {
	l := openWith(t, t.TempDir(), audit.Options{})
	for range 1000 {
		refuse(t, l, "c-1", "fs:read:/etc/passwd", permissions.Deny)
		refuse(t, l, "c-1", "fs:read:${workspace}/a.txt", permissions.Allow)
		if err := l.Append(audit.Record{Kind: audit.KindCall}); err != nil {
			t.Fatal(err)
		}
	}
	if lines := list(t, l); len(lines) != 2010 {
		t.Errorf("%d lines; want 2000 and ten refusals", len(lines))
	}
}

func TestEveryClientsRefusalsAreItsOwn(t *testing.T) {
	l := openWith(t, t.TempDir(), audit.Options{})
	for i := range 30 {
		for _, s := range []permissions.Subject{{Client: "a"}, {Client: "b"}, {Client: "a", Session: "2"}, {Client: "a", Chain: []string{"x"}}} {
			e := permissions.Event{Kind: audit.KindRequest, Call: fmt.Sprint(i), Subject: s, Grant: "env:X", Verdict: permissions.Deny}
			if err := l.Record(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
	}
	if lines := list(t, l); len(lines) != 40 {
		t.Errorf("%d lines; want ten of each", len(lines))
	}
}
