package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"gatehouse/host"
	"gatehouse/host/api"
	"gatehouse/permissions"
	"gatehouse/store"
)

// office is the window's door over a database, for one client, and a person who answers.
type office struct {
	t         *testing.T
	url       string
	decisions *store.Decisions
	answer    permissions.Verdict
	asked     []permissions.Prompt
}

func newOffice(t *testing.T, client string) *office {
	db, err := store.Open(filepath.Join(t.TempDir(), "gatehouse.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	o := &office{t: t, decisions: db.Decisions(), answer: permissions.Allow}
	broker := permissions.NewBroker(permissions.Options{Store: o.decisions, Prompter: o})
	server := api.NewServer(api.Options{Broker: broker, Decisions: o.decisions, Changes: host.NewChanges()})
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		server.ServeHTTP(w, r.WithContext(api.WithCaller(r.Context(), api.Caller{Client: client, Session: "s"})))
	}))
	t.Cleanup(door.Close)
	o.url = door.URL
	return o
}

func (o *office) Ask(_ context.Context, p permissions.Prompt, _ func() int) (permissions.Answer, error) {
	o.asked = append(o.asked, p)
	return permissions.Answer{Nonce: p.Nonce, Shown: p.Hash(), Verdict: o.answer, Lifetime: permissions.Once}, nil
}

func (o *office) keep(id string, made time.Time) {
	o.t.Helper()
	d := permissions.Decision{
		ID: id, Key: permissions.Key{Skill: "files", Client: "claude-code"}, Verdict: permissions.Allow,
		Lifetime: permissions.Always, Made: made,
	}
	if err := o.decisions.Keep(d); err != nil {
		o.t.Fatal(err)
	}
}

type allDecisions struct {
	Decisions []api.KeptDecision
	Gone      []api.GoneDecision
}

func (o *office) list() (l allDecisions) {
	o.t.Helper()
	response, err := http.Get(o.url + "/api/decisions")
	if err != nil {
		o.t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&l); err != nil {
		o.t.Fatal(err)
	}
	return l
}

func (o *office) post(path string, body any) int {
	o.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		o.t.Fatal(err)
	}
	response, err := http.Post(o.url+path, "application/json", bytes.NewReader(text))
	if err != nil {
		o.t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}

func TestDecisionsSayWhenTheyWereUsedAndWhenTheyLapse(t *testing.T) {
	o := newOffice(t, "playground")
	now := time.Now().Truncate(time.Millisecond)
	o.keep("used", now.AddDate(0, 0, -100))
	o.decisions.Used("used", now)
	o.keep("new", now)
	o.keep("forgotten", now.AddDate(0, 0, -61))
	l := o.list()
	if len(l.Decisions) != 2 || l.Decisions[0].ID != "new" || l.Decisions[0].LastUsed != 0 || l.Decisions[1].LastUsed != now.UnixMilli() {
		t.Errorf("decisions are %+v", l.Decisions)
	}
	for _, d := range l.Decisions {
		if want := now.Add(60 * 24 * time.Hour).UnixMilli(); d.Lapses != want {
			t.Errorf("%s lapses at %d, want %d", d.ID, d.Lapses, want)
		}
	}
	if len(l.Gone) != 1 || l.Gone[0].ID != "forgotten" || l.Gone[0].Why != "lapsed" || l.Gone[0].Gone < now.UnixMilli() {
		t.Errorf("gone are %+v", l.Gone)
	}
}

func TestManyAreRevokedAtOnce(t *testing.T) {
	o := newOffice(t, "playground")
	for _, id := range []string{"one", "two", "three"} {
		o.keep(id, time.Now())
	}
	if status := o.post("/api/decisions/revoke", map[string]any{"ids": []string{"one", "gone already", "three"}}); status != http.StatusNoContent {
		t.Errorf("status %d", status)
	}
	if l := o.list(); len(l.Decisions) != 1 || l.Decisions[0].ID != "two" || len(l.Gone) != 2 || l.Gone[0].Why != "revoked" {
		t.Errorf("left are %+v", l)
	}
	if len(o.asked) != 0 {
		t.Errorf("asked %+v: revoking asks nobody", o.asked)
	}
}

func TestGivingBackIsForThePerson(t *testing.T) {
	for _, client := range []string{"playground", "terminal"} {
		o := newOffice(t, client)
		o.keep("one", time.Now())
		o.post("/api/decisions/one/revoke", nil)
		o.answer = permissions.Deny
		if status := o.post("/api/decisions/one/restore", nil); status != http.StatusForbidden {
			t.Errorf("%s: after a no, status %d", client, status)
		}
		if l := o.list(); len(l.Decisions) != 0 || len(l.Gone) != 1 {
			t.Errorf("%s: after a no, %+v", client, l)
		}
		o.answer = permissions.Allow
		if status := o.post("/api/decisions/one/restore", nil); status != http.StatusNoContent {
			t.Errorf("%s: after a yes, status %d", client, status)
		}
		if l := o.list(); len(l.Decisions) != 1 || l.Decisions[0].ID == "one" || len(l.Gone) != 0 {
			t.Errorf("%s: after a yes, %+v", client, l)
		}
		if status := o.post("/api/decisions/one/restore", nil); status != http.StatusNotFound || len(o.asked) != 2 {
			t.Errorf("%s: a second time, status %d after %d questions", client, status, len(o.asked))
		}
	}
}
