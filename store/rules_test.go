package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"gatehouse/permissions"
	"gatehouse/store"
)

func rule(t testing.TB, grant string) permissions.Rule {
	t.Helper()
	g, err := permissions.Parse(grant)
	if err != nil {
		t.Fatal(err)
	}
	return permissions.Rule{Grant: g, Skill: "files", Client: "terminal", Why: "because"}
}

func TestARuleComesBackAsItWasKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gatehouse.db")
	db := openAt(t, path)
	want := permissions.Policy{Layer: permissions.LayerUser, Name: "your rules"}
	for _, v := range []permissions.Verdict{permissions.Allow, permissions.Ask, permissions.Deny} {
		r := rule(t, `fs:read:${workspace}/a\*b/**`)
		made, err := db.Rules().Add(v, r)
		if err != nil || made.ID == "" || made.Verdict != v {
			t.Fatalf("Add(%s) = %+v, %v", v, made, err)
		}
		r.ID = made.ID
		switch v {
		case permissions.Allow:
			want.Allow = append(want.Allow, r)
		case permissions.Ask:
			want.Ask = append(want.Ask, r)
		default:
			want.Deny = append(want.Deny, r)
		}
	}
	for range 2 {
		if p, err := db.Rules().Policy(); err != nil || fmt.Sprint(p) != fmt.Sprint(want) {
			t.Errorf("Policy() = %+v, %v\nwant %+v", p, err, want)
		}
		db.Close()
		db = openAt(t, path)
	}
	removed, err := db.Rules().Remove(want.Deny[0].ID)
	if err != nil || removed.Rule != want.Deny[0] {
		t.Errorf("Remove = %+v, %v", removed, err)
	}
	if p, _ := db.Rules().Policy(); len(p.Deny) != 0 || len(p.Ask) != 1 {
		t.Errorf("after Remove: %+v", p)
	}
	if _, err := db.Rules().Remove(removed.ID); !errors.Is(err, permissions.ErrNotFound) {
		t.Errorf("Remove again = %v; want ErrNotFound", err)
	}
	if _, err := db.Rules().Find(removed.ID); !errors.Is(err, permissions.ErrNotFound) {
		t.Errorf("Find after Remove = %v; want ErrNotFound", err)
	}
}

func TestWhatIsNoRuleIsNotKept(t *testing.T) {
	db := openNew(t)
	bad := rule(t, "values")
	bad.Why = "\xff"
	for _, c := range []struct {
		verdict permissions.Verdict
		rule    permissions.Rule
	}{{"maybe", rule(t, "values")}, {permissions.Deny, permissions.Rule{}}, {permissions.Deny, bad}} {
		if _, err := db.Rules().Add(c.verdict, c.rule); !errors.Is(err, store.ErrRule) {
			t.Errorf("Add(%s, %+v) = %v; want ErrRule", c.verdict, c.rule, err)
		}
	}
	if all, err := db.Rules().List(); err != nil || len(all) != 0 {
		t.Errorf("List() = %v, %v", all, err)
	}
}

func TestThePoliciesThatWereSeenAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gatehouse.db")
	db := openAt(t, path)
	want := []string{"{\"a\":1}\n", ""}
	if err := db.Policies().Keep("/w/a", want); err != nil {
		t.Fatal(err)
	}
	db.Close()
	db = openAt(t, path)
	if got, err := db.Policies().Find("/w/a"); err != nil || !slices.Equal(got, want) {
		t.Errorf("Find = %q, %v; want %q", got, err, want)
	}
	if got, err := db.Policies().Find("/w"); err != nil || got != nil {
		t.Errorf("Find of another = %q, %v", got, err)
	}
	if paths, err := db.Policies().List(); err != nil || !slices.Equal(paths, []string{"/w/a"}) {
		t.Errorf("List = %q, %v", paths, err)
	}
	if err := db.Policies().Keep("/w/a", nil); err != nil {
		t.Fatal(err)
	}
	if paths, err := db.Policies().List(); err != nil || len(paths) != 0 {
		t.Errorf("List after forgetting = %q, %v", paths, err)
	}
}

// TestKilledRules kills a process that adds denials: one that Add returned is there after it.
func TestKilledRules(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gatehouse.db")
	said := 0
	for i := range 20 {
		lines := runPart(t, "rules", path, 0, i%3, 5*time.Millisecond)
		db := openAt(t, path)
		p, err := db.Rules().Policy()
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range lines {
			if !slices.ContainsFunc(p.Deny, func(r permissions.Rule) bool { return r.ID == id }) {
				t.Errorf("the denial %s is lost", id)
			}
		}
		for _, r := range p.Deny {
			if _, err := db.Rules().Remove(r.ID); err != nil {
				t.Fatal(err)
			}
		}
		said += len(lines)
		db.Close()
	}
	if said == 0 {
		t.Error("no writer came so far as to write")
	}
}

// playRules adds denials until it is killed.
func playRules(args []string) error {
	db, err := store.Open(args[0])
	if err != nil {
		return err
	}
	g, err := permissions.Parse("values")
	if err != nil {
		return err
	}
	fmt.Println("open")
	for {
		made, err := db.Rules().Add(permissions.Deny, permissions.Rule{Grant: g})
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(os.Stdout, made.ID); err != nil {
			return err
		}
	}
}
