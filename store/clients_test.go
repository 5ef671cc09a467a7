package store_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/permissions"
	"gatehouse/store"
)

func TestAClientComesBackByItsTokenAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gatehouse.db")
	db := openAt(t, path)
	token := store.NewToken()
	want, err := db.Clients().Keep(store.Client{
		Name: "Claude Code", Kind: "claude-code", Workspace: "/home/ada/work", Profile: "work",
		Config: store.ClientConfig{File: "/home/ada/.claude.json", Written: "aa"},
	}, token)
	if err != nil || want.Made.IsZero() {
		t.Fatalf("Keep = %+v, %v", want, err)
	}
	db.Close()
	if content, err := os.ReadFile(path); err != nil || bytes.Contains(content, []byte(token)) {
		t.Errorf("the database holds the token itself (%v)", err)
	}
	db = openAt(t, path)
	got, err := db.Clients().Lookup(token)
	if err != nil || got != want {
		t.Errorf("Lookup = %+v, %v; want %+v", got, err, want)
	}
	for _, other := range []string{"", token[1:], token + " ", strings.ToUpper(token), "Claude Code", store.NewToken()} {
		if got, err := db.Clients().Lookup(other); !errors.Is(err, permissions.ErrNotFound) {
			t.Errorf("Lookup(%q) = %+v, %v; want ErrNotFound", other, got, err)
		}
	}
	if got, err := db.Clients().Find("claude code"); err != nil || got.Name != "Claude Code" {
		t.Errorf("Find by another spelling = %+v, %v", got, err)
	}
}

func TestEveryTokenIsAnother(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		token := store.NewToken()
		if seen[token] || len(token) != len("ghc_")+43 {
			t.Fatalf("NewToken() = %q, seen before: %v", token, seen[token])
		}
		seen[token] = true
	}
}

func TestAClientIsSeenToTheMinute(t *testing.T) {
	db := openNew(t)
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	store.SetClock(db, func() time.Time { return now })
	token := store.NewToken()
	if _, err := db.Clients().Keep(store.Client{Name: "one", Kind: "zed"}, token); err != nil {
		t.Fatal(err)
	}
	seen := func() time.Time {
		if _, err := db.Clients().Lookup(token); err != nil {
			t.Fatal(err)
		}
		found, err := db.Clients().Find("one")
		if err != nil {
			t.Fatal(err)
		}
		return found.Seen
	}
	first := now
	if got := seen(); !got.Equal(first) {
		t.Errorf("Seen = %v; want %v", got, first)
	}
	now = now.Add(59 * time.Second)
	if got := seen(); !got.Equal(first) {
		t.Errorf("Seen = %v within the minute; want %v", got, first)
	}
	now = now.Add(time.Second)
	if got := seen(); !got.Equal(now) {
		t.Errorf("Seen = %v a minute later; want %v", got, now)
	}
}

func TestAClientThatIsReplacedOrRemovedLosesItsToken(t *testing.T) {
	clients := openNew(t).Clients()
	first, second := store.NewToken(), store.NewToken()
	for _, token := range []string{first, second} {
		if _, err := clients.Keep(store.Client{Name: "one", Kind: "zed"}, token); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := clients.Lookup(first); !errors.Is(err, permissions.ErrNotFound) {
		t.Errorf("the replaced token: %v; want ErrNotFound", err)
	}
	if clients.Owner(first) != "" || clients.Owner(second) != "one" {
		t.Errorf("Owner = %q and %q", clients.Owner(first), clients.Owner(second))
	}
	if all, err := clients.List(); err != nil || len(all) != 1 {
		t.Errorf("List = %+v, %v; want one", all, err)
	}
	if changed, err := clients.SetProfile("ONE", "work"); err != nil || changed.Profile != "work" {
		t.Errorf("SetProfile = %+v, %v", changed, err)
	}
	if removed, err := clients.Remove("One"); err != nil || removed.Name != "one" || removed.Profile != "work" {
		t.Errorf("Remove = %+v, %v", removed, err)
	}
	if _, err := clients.Lookup(second); !errors.Is(err, permissions.ErrNotFound) {
		t.Errorf("the removed token: %v; want ErrNotFound", err)
	}
	if _, err := clients.Remove("one"); !errors.Is(err, permissions.ErrNotFound) {
		t.Errorf("Remove again = %v; want ErrNotFound", err)
	}
	if _, err := clients.SetProfile("one", "work"); !errors.Is(err, permissions.ErrNotFound) {
		t.Errorf("SetProfile of none = %v; want ErrNotFound", err)
	}
}

func TestClientNames(t *testing.T) {
	clients := openNew(t).Clients()
	for _, name := range []string{"a", "Claude Code", "work.2", "9-lives", strings.Repeat("x", 40)} {
		if _, err := clients.Keep(store.Client{Name: name}, store.NewToken()); err != nil {
			t.Errorf("Keep(%q) = %v", name, err)
		}
	}
	for _, name := range []string{
		"", " ", "a ", " a", "-a", strings.Repeat("x", 41), "terminal", "Terminal", "PLAYGROUND", "unknown", "gatehouse",
		"cl\u0430ude", "a\u202eb", "a\nb", `a"b`, "a/b",
	} {
		if _, err := clients.Keep(store.Client{Name: name}, store.NewToken()); !errors.Is(err, store.ErrClient) {
			t.Errorf("Keep(%q) = %v; want ErrClient", name, err)
		}
	}
}

// An answer that is being kept while its client is taken away is not kept, or is there for whoever takes back what was
// kept: whoever has the name next finds nothing.
func TestNothingIsKeptForAClientThatIsGone(t *testing.T) {
	db := openNew(t)
	decisions := db.Decisions().OfClients()
	of := func(id, client string) permissions.Decision {
		return permissions.Decision{ID: id, Key: permissions.Key{Skill: "files", Client: client}, Verdict: permissions.Allow, Lifetime: permissions.Always, Made: time.Now()}
	}
	for _, client := range []string{"terminal", "playground", "unknown"} {
		if err := decisions.Keep(of(client, client)); err != nil {
			t.Errorf("for %s: %v", client, err)
		}
	}
	if err := decisions.Keep(of("none", "never there")); !errors.Is(err, permissions.ErrNotFound) {
		t.Errorf("for a client that was never there: %v", err)
	}
	kept := 0
	for i := range 50 {
		if _, err := db.Clients().Keep(store.Client{Name: "one"}, store.NewToken()); err != nil {
			t.Fatal(err)
		}
		id, late := strconv.Itoa(i), make(chan error)
		go func() { late <- decisions.Keep(of(id, "one")) }()
		if i%2 == 0 {
			time.Sleep(time.Duration(i) * 100 * time.Microsecond) // so that either may be first
		}
		if _, err := db.Clients().Remove("one"); err != nil {
			t.Fatal(err)
		}
		if _, err := decisions.Revoke(id); err == nil {
			kept++
		}
		if err := <-late; err != nil && !errors.Is(err, permissions.ErrNotFound) {
			t.Fatal(err)
		}
		if _, err := decisions.Revoke(id); !errors.Is(err, permissions.ErrNotFound) {
			t.Fatal("it was kept after its client was taken away")
		}
	}
	t.Logf("%d of 50 were kept before", kept)
	if gone, err := decisions.Gone(); err != nil || len(gone) != 0 {
		t.Errorf("to be given back: %+v, %v; want nothing of a client that is gone", gone, err)
	}
	if gone, err := db.Decisions().Gone(); err != nil || len(gone) != kept {
		t.Errorf("%d are gone, %v; want %d", len(gone), err, kept)
	}
}
