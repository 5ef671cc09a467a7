package host_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/host"
	"gatehouse/internal/guesttest"
	"gatehouse/permissions"
	"gatehouse/skill"
	"gatehouse/worker"
)

// TestRevokingTakesTheOpenFileAway runs a guest that holds a file open and reads on: after the decision that let it in
// is revoked, or its workspace forgotten, the file is closed under its hands.
func TestRevokingTakesTheOpenFileAway(t *testing.T) {
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "letter.txt"), []byte("Dear reader"), 0o600); err != nil {
		t.Fatal(err)
	}
	pkg := guestSkill(t)
	for _, revoked := range []string{"read", "workspace"} {
		t.Run("its "+revoked+" is revoked", func(t *testing.T) {
			kept, listed := permissions.NewMap(), make(heard)
			broker := permissions.NewBroker(permissions.Options{Store: kept, Recorder: listed})
			h := host.New(host.Options{
				Library: one{pkg}, Broker: broker, Pool: worker.NewPool(worker.Options{Cache: t.TempDir()}),
				Audit: &audit.Log{}, Changes: host.NewChanges(), Home: "/nowhere",
			})
			t.Cleanup(func() { h.Close() })
			call := host.Call{Skill: pkg.Manifest.Name, Tool: "run", Workspace: folder, Client: "terminal", Session: "s",
				Input: json.RawMessage(`{"do":"hold","path":"letter.txt","to":"."}`)}
			s, _, err := h.Subject(call)
			if err != nil {
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
			if err := broker.Revoke(revoked); err != nil {
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
