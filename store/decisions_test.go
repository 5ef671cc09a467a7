package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"gatehouse/internal/storetest"
	"gatehouse/permissions"
	"gatehouse/store"
)

func TestDecisionsAreAStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) permissions.Store { return openNew(t).Decisions() })
	storetest.RunApprovals(t, func(t *testing.T) storetest.Approvals { return openNew(t).Decisions() })
}

func TestApprovalsOutliveTheHost(t *testing.T) {
	path := t.TempDir() + "/gatehouse.db"
	db := openAt(t, path)
	want := permissions.Approval{Key: decision(1).Key, Version: "1.2.0"}
	if err := db.Decisions().Approve(want, nil); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := openAt(t, path).Decisions().Approved(want.Key); err != nil || got.Key != want.Key || got.Version != want.Version {
		t.Errorf("Approved() = %+v, %v; want %+v", got, err, want)
	}
}

func TestDecisionsOutliveTheHost(t *testing.T) {
	path := t.TempDir() + "/gatehouse.db"
	db := openAt(t, path)
	if err := db.Decisions().Keep(decision(1)); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	wantDecisions(t, openAt(t, path), decision(1))
}

func TestListHasEveryDecision(t *testing.T) {
	db := openNew(t)
	wantDecisions(t, db)
	for i := range 3 {
		if err := db.Decisions().Keep(decision(i)); err != nil {
			t.Fatal(err)
		}
	}
	wantDecisions(t, db, decision(0), decision(1), decision(2))
}

func TestKeyThatIsNotText(t *testing.T) {
	decisions := openNew(t).Decisions()
	one, other := decision(1), decision(1).Key
	one.Key.Workspace, other.Workspace = "/home/ada/\xff", "/home/ada/\xfe"
	if err := decisions.Keep(one); err != nil {
		t.Fatal(err)
	}
	if found, err := decisions.Find(other); err != nil || len(found) != 0 {
		t.Errorf("Find = %v, %v; want nothing for another folder", found, err)
	}
}

func TestDecisionWithoutAnID(t *testing.T) {
	nameless := decision(1)
	nameless.ID = ""
	if err := openNew(t).Decisions().Keep(nameless); err == nil {
		t.Error("a decision without an ID was kept; nobody could revoke it")
	}
}

func TestClosedDatabase(t *testing.T) {
	db := openNew(t)
	db.Close()
	if err := db.Decisions().Keep(decision(1)); err == nil {
		t.Error("Keep = nil on a closed database")
	}
	if _, err := db.Decisions().Find(decision(1).Key); err == nil {
		t.Error("Find = nil on a closed database")
	}
	if _, err := db.Decisions().Revoke("1"); err == nil || errors.Is(err, permissions.ErrNotFound) {
		t.Errorf("Revoke = %v on a closed database; want another error", err)
	}
}

// decision makes the decision of a number, always the same.
func decision(i int) permissions.Decision {
	grant, err := permissions.Parse(fmt.Sprintf("fs:read:${workspace}/%d/**", i))
	if err != nil {
		panic(err)
	}
	return permissions.Decision{
		ID: fmt.Sprint(i),
		Key: permissions.Key{
			Signer: "unsigned", Skill: "pdf-tools", Digest: "sha256:aa", Capabilities: "sha256:bb",
			Client: "terminal", Workspace: fmt.Sprintf("/home/ada/work/%d", i%100),
		},
		Grants: []permissions.Grant{grant}, Verdict: permissions.Allow, Lifetime: permissions.Always,
		Made: time.Date(2026, 11, 20, 12, 0, 0, i, time.UTC),
	}
}

func wantDecisions(t *testing.T, db *store.DB, want ...permissions.Decision) {
	t.Helper()
	got, err := db.Decisions().List()
	if err != nil || len(got) != len(want) {
		t.Fatalf("List = %d decisions, %v; want %d", len(got), err, len(want))
	}
	kept := map[string]string{}
	for _, d := range got {
		kept[d.ID] = fmt.Sprint(d)
	}
	for _, d := range want {
		if kept[d.ID] != fmt.Sprint(d) {
			t.Errorf("decision %s = %s; want %v", d.ID, kept[d.ID], d)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprintf("of %d", n), func(b *testing.B) {
			decisions := openNew(b).Decisions()
			for i := range n {
				d := decision(i)
				d.Key.Workspace = fmt.Sprint("/home/ada/work/", i)
				if err := decisions.Keep(d); err != nil {
					b.Fatal(err)
				}
			}
			key := decision(0).Key
			for b.Loop() {
				if found, err := decisions.Find(key); err != nil || len(found) != 1 {
					b.Fatal(found, err)
				}
			}
		})
	}
}

func BenchmarkKeep(b *testing.B) {
	decisions := openNew(b).Decisions()
	for i := 0; b.Loop(); i++ {
		if err := decisions.Keep(decision(i)); err != nil {
			b.Fatal(err)
		}
	}
}
