package host_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"

	"gatehouse/audit"
	"gatehouse/host"
	"gatehouse/permissions"
	"gatehouse/skill"
	"gatehouse/store"
)

// TestAnOwnToolIsACallInTheRecord has own tools end in every way: each has its two lines, with its skill where it names one
// that the client's profile leaves in.
func TestAnOwnToolIsACallInTheRecord(t *testing.T) {
	log, err := audit.Open(t.TempDir(), audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	g, err := permissions.Parse("fs:read:${workspace}/**")
	if err != nil {
		t.Fatal(err)
	}
	pkg := &skill.Package{Manifest: skill.Manifest{Name: "letters", Optional: []skill.Wish{{Grant: g}}}, Digest: "sha256:aa"}
	h := host.New(host.Options{
		Library: one{pkg}, Broker: permissions.NewBroker(permissions.Options{Recorder: log}), Audit: log, Changes: host.NewChanges(), Home: "/nowhere",
		Profiles: func(client, _ string) ([]store.Profile, error) {
			if client == "bare" {
				return []store.Profile{{Name: "none", Skills: []string{"other"}}}, nil
			}
			return nil, nil
		},
	})
	for _, c := range []struct {
		name string
		call host.Call
		own  host.Own
		code host.Code
	}{
		{"it answers", host.Call{}, func(context.Context, *host.Desk) (json.RawMessage, error) { return json.RawMessage(`1`), nil }, ""},
		{"it fails", host.Call{}, func(context.Context, *host.Desk) (json.RawMessage, error) { return nil, errors.New("no") }, host.CodeInternal},
		{"it is about a skill", host.Call{Skill: "letters"}, func(_ context.Context, d *host.Desk) (json.RawMessage, error) {
			return json.Marshal(d.Skill().Manifest.Name)
		}, ""},
		{"nobody can be asked", host.Call{Skill: "letters", Workspace: folder}, func(ctx context.Context, d *host.Desk) (json.RawMessage, error) {
			return nil, d.Ask(ctx, permissions.Extent{Path: folder, Rights: []permissions.Right{permissions.Read}})
		}, host.CodeUnavailable},
		{"no grant can name it", host.Call{Skill: "letters", Workspace: folder}, func(ctx context.Context, d *host.Desk) (json.RawMessage, error) {
			return nil, d.Ask(ctx, permissions.Extent{Path: folder + "/../x", Rights: []permissions.Right{permissions.Read}})
		}, host.CodeInput},
		{"a profile leaves the skill out", host.Call{Skill: "letters", Client: "bare"}, func(context.Context, *host.Desk) (json.RawMessage, error) {
			t.Error("it was done")
			return nil, nil
		}, host.CodeNotFound},
	} {
		c.call.Tool, c.call.Own, c.call.Session = "own:tool", c.own, "s"
		result, err := h.Call(context.Background(), c.call)
		if got := host.Explain(err); (got == nil) != (c.code == "") || got != nil && got.Code != c.code {
			t.Errorf("%s: %v; want %q", c.name, err, c.code)
		}
		lines, err := log.List(audit.Filter{Call: result.Call})
		if err != nil {
			t.Fatal(err)
		}
		var began, ended int
		for _, l := range lines {
			switch {
			case l.Kind == audit.KindCall && l.Tool == "own:tool" && l.Subject.Skill == c.call.Skill:
				began++
			case l.Kind == audit.KindResult && l.Outcome == string(c.code):
				ended++
			}
		}
		if began != 1 || ended != 1 {
			t.Errorf("%s: the record has %+v", c.name, lines)
		}
	}
}
