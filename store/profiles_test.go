package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"gatehouse/permissions"
	"gatehouse/store"
)

func grants(t testing.TB, texts ...string) (all []permissions.Grant) {
	t.Helper()
	for _, text := range texts {
		g, err := permissions.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, g)
	}
	return all
}

func TestAProfileComesBackAsItWasKept(t *testing.T) {
	db := openNew(t)
	for _, want := range []store.Profile{
		{Name: "all"},
		{Name: "none", Skills: []string{}, Only: []permissions.Grant{}},
		{Name: "some", Skills: []string{"files"}, Only: grants(t, "fs:read:${workspace}/**"), Deny: grants(t, "values"), Ask: grants(t, "env:LANG")},
	} {
		if err := db.Profiles().Keep(want); err != nil {
			t.Fatal(err)
		}
		got, err := db.Profiles().Find(want.Name)
		if err != nil || fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", want) {
			t.Errorf("Find = %#v, %v\nwant %#v", got, err, want)
		}
	}
	if all, err := db.Profiles().List(); err != nil || len(all) != 3 {
		t.Errorf("List = %+v, %v", all, err)
	}
	for _, name := range []string{"", "A", "a b", "-a", strings.Repeat("a", 41), "a\u202e"} {
		if err := db.Profiles().Keep(store.Profile{Name: name}); !errors.Is(err, store.ErrProfile) {
			t.Errorf("Keep(%q) = %v; want ErrProfile", name, err)
		}
	}
}

func TestWhatAProfileLeavesIn(t *testing.T) {
	base := store.Profile{Name: "p", Skills: []string{"a", "b"}, Only: grants(t, "fs:read:${workspace}/**", "values"), Deny: grants(t, "env:LANG"), Ask: grants(t, "fs:read:${workspace}/x")}
	for _, c := range []struct {
		name    string
		change  func(*store.Profile)
		narrows bool
	}{
		{"the same", func(*store.Profile) {}, true},
		{"fewer skills", func(p *store.Profile) { p.Skills = []string{"a"} }, true},
		{"another skill", func(p *store.Profile) { p.Skills = []string{"a", "c"} }, false},
		{"every skill", func(p *store.Profile) { p.Skills = nil }, false},
		{"a lower ceiling", func(p *store.Profile) { p.Only = grants(t, "fs:read:${workspace}/a/**") }, true},
		{"a higher ceiling", func(p *store.Profile) { p.Only = grants(t, "fs:read:${workspace}/**", "values", "env:HOME") }, false},
		{"no ceiling", func(p *store.Profile) { p.Only = nil }, false},
		{"one more denial", func(p *store.Profile) { p.Deny = append(grants(t, "env:HOME"), p.Deny...) }, true},
		{"one denial less", func(p *store.Profile) { p.Deny = nil }, false},
		{"one question less", func(p *store.Profile) { p.Ask = nil }, false},
		{"a denial for a question", func(p *store.Profile) { p.Ask, p.Deny = nil, append(grants(t, "fs:read:${workspace}/x"), p.Deny...) }, true},
	} {
		p := base
		c.change(&p)
		if got := p.Narrows(base); got != c.narrows {
			t.Errorf("%s: Narrows = %v", c.name, got)
		}
		if !p.Narrows(store.Profile{}) {
			t.Errorf("%s: it does not narrow none", c.name)
		}
	}
}

func TestTheProfilesThatHoldForAClient(t *testing.T) {
	db := openNew(t)
	profiles := db.Profiles()
	for _, name := range []string{"bound", "named"} {
		if err := profiles.Keep(store.Profile{Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Clients().Keep(store.Client{Name: "one", Profile: "bound"}, store.NewToken()); err != nil {
		t.Fatal(err)
	}
	want := func(client, named, want string) {
		t.Helper()
		for range 2 { // the second is remembered
			hold, err := profiles.Of(client, named)
			var names []string
			for _, p := range hold {
				names = append(names, p.Name)
			}
			if got := strings.Join(names, " "); err != nil || got != want {
				t.Errorf("Of(%q, %q) = %q, %v; want %q", client, named, got, err, want)
			}
		}
	}
	want("one", "", "bound")
	want("one", "named", "bound named")
	want("one", "bound", "bound")
	want("other", "", "")
	want("other", "named", "named")
	if _, err := profiles.Of("one", "gone"); !errors.Is(err, permissions.ErrNotFound) {
		t.Errorf("Of a profile that is not there = %v; want ErrNotFound", err)
	}
	if err := profiles.Remove("bound"); !errors.Is(err, store.ErrProfile) {
		t.Errorf("Remove of one that a client has = %v; want ErrProfile", err)
	}
	if _, err := db.Clients().SetProfile("one", ""); err != nil {
		t.Fatal(err)
	}
	want("one", "", "")
	if err := profiles.Remove("bound"); err != nil {
		t.Errorf("Remove = %v", err)
	}
	if err := profiles.Remove("bound"); !errors.Is(err, permissions.ErrNotFound) {
		t.Errorf("Remove again = %v; want ErrNotFound", err)
	}
}
