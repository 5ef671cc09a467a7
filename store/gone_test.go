package store_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"gatehouse/permissions"
	"gatehouse/store"
)

func gone(t *testing.T, d *store.Decisions) (ids []string) {
	t.Helper()
	all, err := d.Gone()
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range all {
		ids = append(ids, g.ID)
	}
	slices.Sort(ids)
	return ids
}

func TestWhatIsRevokedCanBeSeenFor30Days(t *testing.T) {
	db := openAt(t, filepath.Join(t.TempDir(), "gatehouse.db"))
	now := time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)
	store.SetClock(db, func() time.Time { return now })
	d := db.Decisions()
	ended := remembered("ended", now)
	ended.Lifetime, ended.Until = permissions.OneHour, now
	unused := remembered("unused", now.AddDate(0, 0, -70))
	for _, kept := range []permissions.Decision{remembered("one", now), unused, ended} {
		if err := d.Keep(kept); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Revoke(kept.ID); err != nil {
			t.Fatal(err)
		}
	}
	if got := gone(t, d); !slices.Equal(got, []string{"one", "unused"}) {
		t.Errorf("gone are %q; want what did not end by itself", got)
	}
	all, _ := d.Gone()
	for _, g := range all {
		if want := map[string]string{"one": "revoked", "unused": "lapsed"}[g.ID]; g.Why() != want || !g.At.Equal(now) || g.Key.Skill != "files" {
			t.Errorf("%s is %s at %v for %+v, want %s", g.ID, g.Why(), g.At, g.Key, want)
		}
	}
	if err := d.Forget("one"); err != nil {
		t.Fatal(err)
	}
	if got := gone(t, d); !slices.Equal(got, []string{"unused"}) {
		t.Errorf("after forgetting one, gone are %q", got)
	}
	now = now.Add(30 * 24 * time.Hour)
	if got := gone(t, d); len(got) != 0 {
		t.Errorf("after 30 days, gone are %q", got)
	}
	if err := d.Keep(remembered("two", now)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Revoke("two"); err != nil {
		t.Fatal(err)
	}
	now = now.Add(-time.Hour) // what was dropped stays so
	if got := gone(t, d); !slices.Equal(got, []string{"two"}) {
		t.Errorf("gone are %q, want the new one alone", got)
	}
}

func TestLastUses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gatehouse.db")
	db := openAt(t, path)
	made := time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)
	for _, id := range []string{"one", "two"} {
		if err := db.Decisions().Keep(remembered(id, made)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Decisions().Find(remembered("", made).Key); err != nil { // and remember it
		t.Fatal(err)
	}
	used := made.Add(time.Hour)
	db.Decisions().Used("one", used)
	db.Decisions().Used("two", used)
	db.Decisions().Used("never kept", used)
	wantUsed := func(when string, d *store.Decisions, want ...time.Time) {
		t.Helper()
		all, err := d.List()
		if err != nil || len(all) != len(want) {
			t.Fatalf("%s: List() = %+v, %v", when, all, err)
		}
		for i, w := range want {
			if !all[i].Used.Equal(w) {
				t.Errorf("%s: %s was used at %v, want %v", when, all[i].ID, all[i].Used, w)
			}
		}
	}
	wantUsed("before it is written", db.Decisions(), used, used)
	if was, err := db.Decisions().Revoke("two"); err != nil || !was.Used.Equal(used) {
		t.Errorf("Revoke() = %+v, %v; want its last use", was, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db.Decisions().Used("one", used.Add(time.Hour)) // too late: it must not arm anything
	db = openAt(t, path)
	wantUsed("opened again", db.Decisions(), used)
	found, err := db.Decisions().Find(remembered("", made).Key)
	if err != nil || len(found) != 1 || !found[0].Used.Equal(used) {
		t.Errorf("Find() = %+v, %v; want its last use", found, err)
	}
	if found[0].Used = used.Add(99 * time.Hour); db.Decisions().Keep(found[0]) != nil {
		t.Fatal("not kept")
	}
	wantUsed("a use is nobody's word", db.Decisions(), used)
}

// remembered is a decision that was made at a time.
func remembered(id string, made time.Time) permissions.Decision {
	return permissions.Decision{
		ID: id, Key: permissions.Key{Skill: "files", Client: "terminal"}, Verdict: permissions.Allow,
		Lifetime: permissions.Always, Made: made,
	}
}
