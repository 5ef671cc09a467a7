package host_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/host"
	"gatehouse/internal/guesttest"
	"gatehouse/permissions"
	"gatehouse/skill"
	"gatehouse/store"
	"gatehouse/worker"
)

// TestRevokingTakesTheOpenFileAway runs a guest that holds a file open and reads on: whatever takes the power away that
// let it in, the file is closed under its hands.
func TestRevokingTakesTheOpenFileAway(t *testing.T) {
	const deny = `{"policyVersion":1,"deny":[{"grant":"fs:read:${workspace}/letter.txt"}]}`
	pkg := guestSkill(t)
	letter := permissions.FileGrant(permissions.Read, "${workspace}/letter.txt")
	for _, c := range []struct {
		name string
		take func(*desk, *host.Rulebook, *host.Profiles) error
	}{
		{"the decision is revoked", func(_ *desk, r *host.Rulebook, _ *host.Profiles) error { return r.Broker.Revoke("read") }},
		{"the workspace is forgotten", func(_ *desk, r *host.Rulebook, _ *host.Profiles) error { return r.Broker.Revoke("workspace") }},
		{"a rule denies it", func(_ *desk, r *host.Rulebook, _ *host.Profiles) error {
			_, err := r.AddRule(t.Context(), "terminal", permissions.Deny, permissions.Rule{Grant: letter})
			return err
		}},
		{"the workspace's file denies it", func(d *desk, _ *host.Rulebook, _ *host.Profiles) error {
			d.write(d.file, deny)
			return nil
		}},
		{"the workspace's file has a ceiling below it", func(d *desk, _ *host.Rulebook, _ *host.Profiles) error {
			d.write(d.file, `{"policyVersion":1,"only":["fs:list:${workspace}/**"]}`)
			return nil
		}},
		{"the workspace's file breaks and was never good", func(d *desk, _ *host.Rulebook, _ *host.Profiles) error {
			d.write(d.file, torn)
			return nil
		}},
		{"the machine's file denies it", func(d *desk, _ *host.Rulebook, _ *host.Profiles) error {
			d.write(d.root, deny)
			return nil
		}},
		{"the client's profile denies it", func(_ *desk, _ *host.Rulebook, p *host.Profiles) error {
			return p.Set(t.Context(), "terminal", store.Profile{Name: "narrow", Deny: []permissions.Grant{letter}})
		}},
		{"the client's profile leaves the skill out", func(_ *desk, _ *host.Rulebook, p *host.Profiles) error {
			return p.Set(t.Context(), "terminal", store.Profile{Name: "narrow", Skills: []string{"other"}})
		}},
		{"the client gets another profile", func(_ *desk, _ *host.Rulebook, p *host.Profiles) error {
			err := p.Set(t.Context(), "terminal", store.Profile{Name: "other", Deny: []permissions.Grant{letter}})
			return errors.Join(err, p.Use(t.Context(), "terminal", "one", "other"))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			kept, listed := permissions.NewMap(), make(heard)
			person := &say{verdict: permissions.Allow}
			rules, d, record := book(t, person)
			folder := d.folder
			h := newHost(t, pkg, permissions.Options{Store: kept, Recorder: listed, Policies: rules.For})
			h.Policies, rules.Broker = rules.Policies, h.Broker
			profiles := &host.Profiles{Kept: d.db.Profiles(), Clients: d.db.Clients(), Broker: h.Broker, Audit: record, Changes: host.NewChanges()}
			_, err := d.db.Clients().Keep(store.Client{Name: "one"}, store.NewToken())
			err = errors.Join(err, profiles.Set(t.Context(), "terminal", store.Profile{Name: "narrow"}), profiles.Use(t.Context(), "terminal", "one", "narrow"))
			call := host.Call{Skill: pkg.Manifest.Name, Tool: "run", Workspace: folder, Client: "one", Session: "s",
				Input: json.RawMessage(`{"do":"hold","path":"letter.txt","to":"."}`)}
			s, _, failed := h.Subject(call)
			if err := errors.Join(err, failed, os.WriteFile(filepath.Join(folder, "letter.txt"), []byte("Dear reader"), 0o600)); err != nil {
				t.Fatal(err)
			}
			keepAlways(t, kept, "workspace", s.WorkspaceKey())
			keepAlways(t, kept, "read", s.Key(), "fs:read:${workspace}/**")
			keepAlways(t, kept, "list", s.Key(), "fs:list:${workspace}/**")

			type ended struct {
				host.Result
				error
			}
			done := make(chan ended, 1)
			go func() {
				result, err := h.Call(context.Background(), call)
				done <- ended{result, err}
			}()
			select {
			case <-listed: // or is about to be, so the guest has read the file
			case e := <-done:
				t.Fatalf("the call ended early: %s, %v", e.Output, e.error)
			}
			if err := c.take(d, rules, profiles); err != nil {
				t.Fatal(err)
			}
			select {
			case e := <-done:
				if e.error != nil || !strings.Contains(string(e.Output), `"error":"read letter.txt: Bad file number"`) {
					t.Errorf("the guest says %s, %v; want its open file to be refused", e.Output, e.error)
				}
			case <-time.After(time.Minute):
				t.Fatal("the guest reads on")
			}
		})
	}
}

// TestAVariableThatIsGivenIsRecorded runs a skill that may ask for two variables, of which one was allowed.
func TestAVariableThatIsGivenIsRecorded(t *testing.T) {
	t.Setenv("LANG", "C")
	pkg, kept, recorded := guestSkill(t), permissions.NewMap(), &events{}
	for _, text := range []string{"env:LANG", "env:HOME"} {
		g, err := permissions.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		pkg.Manifest.Optional = append(pkg.Manifest.Optional, skill.Wish{Grant: g})
	}
	var used []string
	h := newHost(t, pkg, permissions.Options{Store: kept, Recorder: recorded, Used: func(id string, _ time.Time) { used = append(used, id) }})
	call := host.Call{Skill: pkg.Manifest.Name, Tool: "run", Client: "terminal", Input: json.RawMessage(`{"do":"echo","text":"{}"}`)}
	s, _, err := h.Subject(call)
	if err != nil {
		t.Fatal(err)
	}
	keepAlways(t, kept, "lang", s.Key(), "env:LANG")
	if _, err := h.Call(context.Background(), call); err != nil {
		t.Fatal(err)
	}
	if want := []string{"request allow env:LANG"}; !slices.Equal(recorded.all, want) {
		t.Errorf("recorded %q, want %q", recorded.all, want)
	}
	if want := []string{"lang"}; !slices.Equal(used, want) {
		t.Errorf("used %q, want %q", used, want)
	}
}

// TestWhereAnUnsignedSkillCameFrom adds one file from two places: they are two skills to every decision.
func TestWhereAnUnsignedSkillCameFrom(t *testing.T) {
	one, other := guestSkill(t), guestSkill(t)
	var keys []permissions.Key
	for _, pkg := range []*skill.Package{one, other} {
		s, _, err := newHost(t, pkg, permissions.Options{}).Subject(host.Call{Skill: pkg.Manifest.Name})
		if err != nil || s.Signer != "unsigned" || s.Origin != pkg.Origin {
			t.Errorf("Subject() = %+v, %v; want an unsigned one from %s", s, err, pkg.Origin)
		}
		keys = append(keys, s.Key())
	}
	if keys[0] == keys[1] || keys[0].Digest != keys[1].Digest {
		t.Errorf("the keys are %+v and %+v; want the same code from two places", keys[0], keys[1])
	}
}

// newHost is a host of one skill over real workers.
func newHost(t *testing.T, pkg *skill.Package, o permissions.Options) *host.Host {
	t.Helper()
	h := host.New(host.Options{
		Library: one{pkg}, Broker: permissions.NewBroker(o), Pool: worker.NewPool(worker.Options{Program: guesttest.Worker(t), Cache: cache}),
		Audit: &audit.Log{}, Changes: host.NewChanges(), Home: "/nowhere",
	})
	t.Cleanup(func() { h.Close() })
	return h
}

// guestSkill is the guest of guesttest as a skill that is packed.
func guestSkill(t *testing.T) *skill.Package {
	t.Helper()
	file := filepath.Join(t.TempDir(), "guest.wasm")
	if err := os.WriteFile(file, guesttest.Go(t), 0o600); err != nil {
		t.Fatal(err)
	}
	pkg, err := skill.LoadWasm(file)
	if err != nil {
		t.Fatal(err)
	}
	pkg.Development = false
	return pkg
}

// one is a library of one skill.
type one struct{ pkg *skill.Package }

func (o one) Names() ([]string, error)            { return []string{o.pkg.Manifest.Name}, nil }
func (o one) Load(string) (*skill.Package, error) { return o.pkg, nil }

// heard is a Recorder that says when a folder was listed.
type heard chan bool

func (h heard) Record(_ context.Context, e permissions.Event) error {
	if strings.HasPrefix(e.Grant, "fs:list:") && e.Kind == "request" {
		h <- true
	}
	return nil
}

// events is a Recorder that remembers.
type events struct{ all []string }

func (e *events) Record(_ context.Context, event permissions.Event) error {
	e.all = append(e.all, fmt.Sprint(event.Kind, " ", event.Verdict, " ", event.Grant))
	return nil
}

func keepAlways(t *testing.T, m *permissions.Map, id string, k permissions.Key, grants ...string) {
	t.Helper()
	d := permissions.Decision{ID: id, Key: k, Verdict: permissions.Allow, Lifetime: permissions.Always, Made: time.Now()}
	for _, text := range grants {
		g, err := permissions.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		d.Grants = append(d.Grants, g)
	}
	if err := m.Keep(d); err != nil {
		t.Fatal(fmt.Errorf("keeping %s: %w", id, err))
	}
}
