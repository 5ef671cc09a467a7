package api_test

import (
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"gatehouse/host"
	"gatehouse/host/api"
	"gatehouse/permissions"
	"gatehouse/skill"
)

// shelf is a library of one skill, and listed a Decisions over what a test keeps.
type shelf struct{ pkg *skill.Package }

func (s shelf) Load(name string) (*skill.Package, error) {
	if name != s.pkg.Manifest.Name {
		return nil, skill.ErrNotFound
	}
	return s.pkg, nil
}

func (s shelf) Names() ([]string, error) { return []string{s.pkg.Manifest.Name}, nil }

type listed struct {
	api.Decisions
	all []permissions.Decision
}

func (l *listed) List() ([]permissions.Decision, error) { return l.all, nil }

func grant(t *testing.T, text string) permissions.Grant {
	g, err := permissions.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestWhatASkillCanDoNow(t *testing.T) {
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	workspace := filepath.Join(home, "acme")
	if err := os.Mkdir(workspace, 0o700); err != nil {
		t.Fatal(err)
	}
	reads, lists := grant(t, "fs:read:${workspace}/**"), grant(t, "fs:list:${workspace}/**")
	pkg := &skill.Package{Manifest: skill.Manifest{
		Name: "files", Version: "1.0.0", Kind: skill.Command,
		Requires: []skill.Wish{{Grant: lists}}, Optional: []skill.Wish{{Grant: reads}},
	}}
	store, decisions := permissions.NewMap(), &listed{}
	broker := permissions.NewBroker(permissions.Options{Store: store})
	h := host.New(host.Options{Library: shelf{pkg}, Broker: broker, Home: home})
	subject, _, err := h.Subject(host.Call{Skill: "files", Client: "claude", Workspace: workspace})
	if err != nil {
		t.Fatal(err)
	}
	keep := func(d permissions.Decision) {
		if d.Lifetime, d.Made = permissions.Always, time.Now(); d.Key == (permissions.Key{}) {
			d.Key = subject.Key()
		}
		if err := store.Keep(d); err != nil {
			t.Fatal(err)
		}
		decisions.all = append(decisions.all, d)
	}
	keep(permissions.Decision{ID: "w", Key: subject.WorkspaceKey(), Verdict: permissions.Allow})
	keep(permissions.Decision{ID: "r", Grants: []permissions.Grant{lists}, Verdict: permissions.Allow, Required: true})
	keep(permissions.Decision{ID: "d", Grants: []permissions.Grant{grant(t, "fs:read:${workspace}/docs/**")}, Verdict: permissions.Allow})
	keep(permissions.Decision{ID: "n", Grants: []permissions.Grant{grant(t, "fs:read:${workspace}/pay.csv")}, Verdict: permissions.Deny})
	other := subject.Key()
	other.Client = "vs-code"
	keep(permissions.Decision{ID: "o", Key: other, Grants: []permissions.Grant{reads}, Verdict: permissions.Allow})

	r := &recorded{TB: t, server: api.NewServer(api.Options{Host: h, Broker: broker, Decisions: decisions})}
	var can api.Can
	r.get("/api/skills/files/can?client=claude&workspace="+url.QueryEscape(workspace), &can)
	var got []string
	for _, l := range can.Lines {
		got = append(got, string(l.Verdict)+" "+l.Grant)
	}
	want := []string{"allow fs:list:${workspace}/**", "ask fs:read:${workspace}/**", "allow fs:read:${workspace}/docs/**", "deny fs:read:${workspace}/pay.csv"}
	if !slices.Equal(got, want) {
		t.Errorf("for claude it can %q; want %q", got, want)
	}
	r.get("/api/skills/files/can?client=vs-code&workspace="+url.QueryEscape(workspace), &can)
	if len(can.Lines) != 2 || can.Lines[0].Verdict != permissions.Ask || can.Lines[0].Rule != permissions.RuleWorkspace {
		t.Errorf("for a client whose folder nobody confirmed it can %+v; want both lines asked", can.Lines)
	}
	if want := []api.Place{{"claude", workspace}, {"vs-code", workspace}}; !slices.Equal(can.Places, want) {
		t.Errorf("the places are %v; want %v", can.Places, want)
	}
	r.get("/api/skills/files/can", &can)
	if can.Client != "claude" || can.Workspace != workspace {
		t.Errorf("where none is named it is about %s in %s; want the first place", can.Client, can.Workspace)
	}
	w := httptest.NewRecorder()
	r.server.ServeHTTP(w, httptest.NewRequest("GET", "/api/skills/nothing/can", nil))
	if w.Code != 404 {
		t.Errorf("an unknown skill has status %d; want 404", w.Code)
	}
}
