// Package storetest is what every permissions.Store must do. Both stores run it: permissions.Map and store.Decisions.
// It knows nothing of how either keeps anything.
package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"gatehouse/permissions"
)

var (
	made = time.Date(2026, 5, 3, 12, 0, 0, 123456789, time.UTC)
	key  = permissions.Key{
		Signer: "built in", Skill: "files", Digest: "sha256:aa", Capabilities: "sha256:bb",
		Client: "terminal", Chain: `["outer"]`, Workspace: "/home/u/work/acme",
	}
)

// Run tests the stores that open makes; each is empty when it is handed over.
func Run(t *testing.T, open func(t *testing.T) permissions.Store) {
	for _, c := range []struct {
		name string
		test func(*testing.T, permissions.Store)
	}{
		{"an empty store finds nothing", findsNothing},
		{"a kept decision is found as it was kept", comesBack},
		{"a decision is found under its own key only", ownKeyOnly},
		{"keeping the same ID replaces", replaces},
		{"a revoked decision is returned and gone", revokes},
		{"revoking what is not there is ErrNotFound", revokesNothing},
		{"what was kept and what was found stays as it was", staysAsItWas},
		{"many goroutines may use it", concurrently},
		{"nothing is found that was revoked before", revokesAtOnce},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

// Approvals is a store with both of its halves.
type Approvals interface {
	permissions.Store
	permissions.Approvals
}

// RunApprovals tests what the stores that open makes say of what was approved; each is empty when it is handed over.
func RunApprovals(t *testing.T, open func(t *testing.T) Approvals) {
	approval := permissions.Approval{
		Key: key, Version: "1.2.0", Made: made,
		Asked: permissions.Capabilities{
			Requires: []permissions.Line{{Grant: decision(t, "", "values").Grants[0], Why: "why\n"}},
			Limits:   []permissions.Limit{{Name: "memory", Value: "1GiB", Amount: 1 << 30}},
			Tools:    []permissions.Tool{{Name: "read", Description: "reads", Digest: "sha256:cc"}},
		},
	}
	t.Run("nothing is approved at first", func(t *testing.T) {
		if _, err := open(t).Approved(key); !errors.Is(err, permissions.ErrNotFound) {
			t.Errorf("Approved() = %v, want ErrNotFound", err)
		}
	})
	t.Run("what was approved comes back for the same place alone, until something else is", func(t *testing.T) {
		s := open(t)
		for _, version := range []string{"1.2.0", "1.3.0"} {
			approval.Version = version
			if err := s.Approve(approval, nil); err != nil {
				t.Fatal(err)
			}
			later := key
			later.Signer, later.Origin, later.Digest, later.Capabilities = "acme.io", "/tmp", "sha256:dd", "sha256:ee"
			for _, k := range []permissions.Key{key, later} {
				if got, err := s.Approved(k); err != nil || !reflect.DeepEqual(got, approval) {
					t.Errorf("Approved(%+v) = %+v, %v; want %+v", k, got, err, approval)
				}
			}
		}
		for _, change := range []func(*permissions.Key){
			func(k *permissions.Key) { k.Skill = "file" },
			func(k *permissions.Key) { k.Client = "claude-code" },
			func(k *permissions.Key) { k.Chain = "" },
			func(k *permissions.Key) { k.Workspace += "/" },
		} {
			other := key
			change(&other)
			if _, err := s.Approved(other); !errors.Is(err, permissions.ErrNotFound) {
				t.Errorf("Approved(%+v) = %v, want ErrNotFound", other, err)
			}
		}
	})
	t.Run("what it replaces is gone with it", func(t *testing.T) {
		s := open(t)
		for _, id := range []string{"one", "two", "three"} {
			keep(t, s, decision(t, id, "values"))
		}
		if err := s.Approve(approval, []string{"one", "never kept", "three"}); err != nil {
			t.Fatal(err)
		}
		wantFound(t, s, key, decision(t, "two", "values"))
		if _, err := s.Revoke("one"); !errors.Is(err, permissions.ErrNotFound) {
			t.Errorf("revoking what was replaced: %v, want ErrNotFound", err)
		}
	})
}

func findsNothing(t *testing.T, s permissions.Store) { wantFound(t, s, key) }

func comesBack(t *testing.T, s permissions.Store) {
	decisions := []permissions.Decision{
		decision(t, "always", "fs:read:${workspace}/**", `fs:write:${workspace}/a\*b\x0a.txt`),
		decision(t, "session", "net:GET:https://api.example.com:443/**"),
		decision(t, "denied", "env:HOME"),
		decision(t, "none"),
	}
	decisions[1].Lifetime, decisions[1].Session, decisions[1].Until = permissions.Session, "s-1", made.Add(time.Hour)
	decisions[2].Verdict = permissions.Deny
	for _, d := range decisions {
		keep(t, s, d)
	}
	wantFound(t, s, key, decisions...)
}

func ownKeyOnly(t *testing.T, s permissions.Store) {
	keep(t, s, decision(t, "one", "values"))
	workspace := decision(t, "workspace")
	workspace.Key = permissions.Key{Client: key.Client, Workspace: key.Workspace}
	keep(t, s, workspace)
	for _, change := range []func(*permissions.Key){
		func(k *permissions.Key) { k.Signer = "unsigned" },
		func(k *permissions.Key) { k.Origin = "/home/u/files" },
		func(k *permissions.Key) { k.Origin, k.Workspace = k.Workspace, "" },
		func(k *permissions.Key) { k.Skill = "file" },
		func(k *permissions.Key) { k.Digest = "" },
		func(k *permissions.Key) { k.Capabilities += "0" },
		func(k *permissions.Key) { k.Client = "claude-code" },
		func(k *permissions.Key) { k.Chain = "" },
		func(k *permissions.Key) { k.Workspace += "/" },
		func(k *permissions.Key) { k.Signer, k.Skill = k.Skill, k.Signer },
		func(k *permissions.Key) { k.Signer, k.Skill = k.Signer+k.Skill, "" },
	} {
		other := key
		change(&other)
		wantFound(t, s, other)
	}
	wantFound(t, s, workspace.Key, workspace)
}

func replaces(t *testing.T, s permissions.Store) {
	d := decision(t, "one", "values")
	keep(t, s, d)
	d.Verdict = permissions.Deny
	keep(t, s, d)
	wantFound(t, s, key, d)
	moved := d
	moved.Key.Skill = "other"
	keep(t, s, moved)
	wantFound(t, s, key)
	wantFound(t, s, moved.Key, moved)
}

func revokes(t *testing.T, s permissions.Store) {
	one, two := decision(t, "one", "values"), decision(t, "two", "env:LANG")
	keep(t, s, one)
	keep(t, s, two)
	got, err := s.Revoke("one")
	if err != nil || spell(got) != spell(one) {
		t.Errorf("Revoke() = %s, %v; want %s", spell(got), err, spell(one))
	}
	wantFound(t, s, key, two)
	if _, err := s.Revoke("one"); !errors.Is(err, permissions.ErrNotFound) {
		t.Errorf("revoking twice: %v, want ErrNotFound", err)
	}
}

func revokesNothing(t *testing.T, s permissions.Store) {
	for _, id := range []string{"", "one"} {
		if _, err := s.Revoke(id); !errors.Is(err, permissions.ErrNotFound) {
			t.Errorf("Revoke(%q): %v, want ErrNotFound", id, err)
		}
	}
}

func staysAsItWas(t *testing.T, s permissions.Store) {
	one, two := decision(t, "one", "values", "env:LANG"), decision(t, "two", "values")
	keep(t, s, one)
	keep(t, s, two)
	want := []string{spell(one), spell(two)}
	one.Grants[0] = permissions.Grant{}
	found, err := s.Find(key)
	if err != nil || len(found) != 2 {
		t.Fatalf("Find() = %v, %v; want two decisions", found, err)
	}
	denied := decision(t, "two", "values")
	denied.Verdict = permissions.Deny
	keep(t, s, denied)
	keep(t, s, decision(t, "three", "values"))
	if _, err := s.Revoke("one"); err != nil {
		t.Fatal(err)
	}
	for _, d := range found {
		if !slices.Contains(want, spell(d)) {
			t.Errorf("what was found became %s", spell(d))
		}
	}
	wantFound(t, s, key, denied, decision(t, "three", "values"))
}

func concurrently(t *testing.T, s permissions.Store) {
	var all sync.WaitGroup
	for i := range 8 {
		kept, gone := decision(t, fmt.Sprint("kept ", i), "values"), decision(t, fmt.Sprint("gone ", i), "values")
		all.Go(func() {
			for _, err := range []error{s.Keep(kept), s.Keep(gone)} {
				if err != nil {
					t.Errorf("Keep: %v", err)
				}
			}
			if _, err := s.Revoke(gone.ID); err != nil {
				t.Errorf("Revoke: %v", err)
			}
			if _, err := s.Find(key); err != nil {
				t.Errorf("Find: %v", err)
			}
		})
	}
	all.Wait()
	if found, err := s.Find(key); err != nil || len(found) != 8 {
		t.Errorf("%d decisions are left, %v; want 8", len(found), err)
	}
}

func revokesAtOnce(t *testing.T, s permissions.Store) {
	has := func(id string) bool {
		found, err := s.Find(key)
		if err != nil {
			t.Errorf("Find: %v", err)
		}
		return slices.ContainsFunc(found, func(d permissions.Decision) bool { return d.ID == id })
	}
	var all sync.WaitGroup
	for i := range 4 {
		d := decision(t, fmt.Sprint(i), "values")
		all.Go(func() {
			for range 10 {
				if err := s.Keep(d); err != nil || !has(d.ID) {
					t.Errorf("Keep: %v; what was kept is not found at once", err)
				}
				if _, err := s.Revoke(d.ID); err != nil || has(d.ID) {
					t.Errorf("Revoke: %v; what was revoked is still found", err)
				}
			}
		})
	}
	all.Wait()
}

func decision(t *testing.T, id string, grants ...string) permissions.Decision {
	t.Helper()
	d := permissions.Decision{ID: id, Key: key, Verdict: permissions.Allow, Lifetime: permissions.Always, Made: made}
	for _, text := range grants {
		g, err := permissions.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		d.Grants = append(d.Grants, g)
	}
	return d
}

func keep(t *testing.T, s permissions.Store, d permissions.Decision) {
	t.Helper()
	if err := s.Keep(d); err != nil {
		t.Fatalf("Keep(%s): %v", spell(d), err)
	}
}

func wantFound(t *testing.T, s permissions.Store, k permissions.Key, want ...permissions.Decision) {
	t.Helper()
	found, err := s.Find(k)
	if err != nil {
		t.Fatalf("Find(%+v): %v", k, err)
	}
	got := map[string]string{}
	for _, d := range found {
		got[d.ID] = spell(d)
	}
	if len(found) != len(want) {
		t.Errorf("Find(%+v) found %d decisions, want %d: %v", k, len(found), len(want), got)
	}
	for _, d := range want {
		if got[d.ID] != spell(d) {
			t.Errorf("Find(%+v) found %s, want %s", k, got[d.ID], spell(d))
		}
	}
}

// spell makes two decisions comparable, whatever their slices and clocks look like inside.
func spell(d permissions.Decision) string {
	if len(d.Grants) == 0 {
		d.Grants = nil
	}
	text, err := json.Marshal(d)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
