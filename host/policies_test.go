package host_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/host"
	"gatehouse/permissions"
	"gatehouse/store"
)

const (
	denyKeys  = `{"policyVersion":1,"deny":[{"grant":"fs:read:${workspace}/keys/**"}]}`
	denyMore  = `{"policyVersion":1,"deny":[{"grant":"fs:read:${workspace}/**"}]}`
	denyOther = `{"policyVersion":1,"deny":[{"grant":"fs:read:${workspace}/other/**"}]}`
	nothing   = `{"policyVersion":1}`
	torn      = `{"policyVersion":1,"deny":`
)

// desk is a workspace with a policy file, a managed file, and the Policies over both.
type desk struct {
	t                  *testing.T
	folder, file, root string
	trusted            error
	db                 *store.DB
	policies           *host.Policies
}

func newDesk(t *testing.T) *desk {
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, folder: folder, root: filepath.Join(t.TempDir(), "policy.json")}
	d.file = filepath.Join(d.folder, ".gatehouse", "policy.json")
	db, err := store.Open(filepath.Join(t.TempDir(), "gatehouse.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	d.db = db
	d.restart()
	return d
}

// restart forgets all that is only in memory.
func (d *desk) restart() {
	d.policies = host.NewPolicies(host.PoliciesOptions{
		Managed: d.root, Trusted: func(string) error { return d.trusted }, Kept: d.db.Policies(), Rules: d.db.Rules(),
		Profiles: d.db.Profiles().Of,
	})
}

func (d *desk) write(path, text string) {
	d.t.Helper()
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = os.WriteFile(path, []byte(text), 0o600)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// wantDenied fails unless what may be read is exactly everything but the paths below these folders.
func (d *desk) wantDenied(when string, folders ...string) {
	d.t.Helper()
	s := permissions.Subject{Skill: "files", Client: "terminal", Session: "s", Workspace: d.folder}
	line, err := permissions.Parse("fs:read:${workspace}/**")
	if err != nil {
		d.t.Fatal(err)
	}
	b := permissions.NewBroker(permissions.Options{Policies: d.policies.For})
	for _, folder := range []string{"keys", "other", "docs"} {
		e := b.Explain(s, permissions.Capabilities{Optional: []permissions.Line{{Grant: line}}}, permissions.FileGrant(permissions.Read, "${workspace}/"+folder+"/x"))
		if got, want := e.Verdict == permissions.Deny, slices.Contains(folders, folder); got != want || e.Rule == permissions.RuleStorage {
			d.t.Errorf("%s: reading %s is %s by %s; want denied: %t", when, folder, e.Verdict, e.Rule, want)
		}
	}
}

func (d *desk) wantStates(when string, want ...host.State) {
	d.t.Helper()
	forms, err := d.policies.Workspace(d.folder)
	var got []host.State
	for _, f := range forms {
		got = append(got, f.State)
	}
	if err != nil || !slices.Equal(got, want) {
		d.t.Errorf("%s: the forms are %q, %v; want %q", when, got, err, want)
	}
}

func TestAWorkspacesFileOnlyEverNarrows(t *testing.T) {
	for name, change := range map[string]func(*desk){
		"removed":             func(d *desk) { os.Remove(d.file) },
		"its folder removed":  func(d *desk) { os.RemoveAll(filepath.Dir(d.file)) },
		"its folder a file":   func(d *desk) { os.RemoveAll(filepath.Dir(d.file)); d.write(filepath.Dir(d.file), "") },
		"emptied of rules":    func(d *desk) { d.write(d.file, nothing) },
		"emptied":             func(d *desk) { d.write(d.file, "") },
		"broken":              func(d *desk) { d.write(d.file, torn) },
		"made a folder":       func(d *desk) { os.Remove(d.file); os.Mkdir(d.file, 0o700) },
		"made a link":         func(d *desk) { os.Remove(d.file); os.Symlink("/dev/null", d.file) },
		"made a link to less": func(d *desk) { d.write(d.file+"2", nothing); os.Remove(d.file); os.Symlink(d.file+"2", d.file) },
		"given a ceiling":     func(d *desk) { d.write(d.file, `{"policyVersion":1,"only":["fs:read:${workspace}/**"]}`) },
		"narrowed to one":     func(d *desk) { d.write(d.file, strings.Replace(denyKeys, `**"`, `**","skill":"other"`, 1)) },
		"swapped with its times kept": func(d *desk) {
			info, _ := os.Stat(d.file)
			text := strings.Replace(denyKeys, "keys", "kegs", 1)
			d.write(d.file, text)
			os.Chtimes(d.file, info.ModTime(), info.ModTime())
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.wantDenied("before there is a file")
			d.write(d.file, denyKeys)
			d.wantDenied("with the file", "keys")
			change(d)
			d.wantDenied("after it was "+name, "keys")
			d.restart()
			d.wantDenied("in another host", "keys")
		})
	}
}

func TestWhatAFileSaysMoreHoldsAtOnceAndWhatItSaidBeforeToo(t *testing.T) {
	d := newDesk(t)
	d.write(d.file, denyKeys)
	d.wantDenied("first", "keys")
	d.write(d.file, denyOther)
	d.wantDenied("another rule", "keys", "other")
	d.wantStates("another rule", host.InForce, host.Kept)
	os.Remove(d.file)
	d.wantDenied("gone", "keys", "other")
	d.wantStates("gone", host.Kept, host.Kept)
	d.write(d.file, denyMore)
	d.wantDenied("a rule for all", "keys", "other", "docs")
	d.wantStates("a rule for all", host.InForce)
	for i := range 40 {
		d.write(d.file, fmt.Sprintf(`{"policyVersion":1,"deny":[{"grant":"fs:read:${workspace}/%d"}]}`, i))
		d.wantDenied("whatever follows", "keys", "other", "docs")
	}
}

func TestAFileThatChangesAgainAndAgainStillNarrows(t *testing.T) {
	d := newDesk(t)
	for i := range 30 {
		d.write(d.file, fmt.Sprintf(`{"policyVersion":1,"deny":[{"grant":"fs:read:${workspace}/%d"}]}`, i))
		d.wantDenied("something else")
	}
	d.write(d.file, denyKeys)
	d.wantDenied("and then the keys", "keys")
	if kept, err := d.db.Policies().Find(d.file); err != nil || len(kept) > 20 {
		t.Errorf("%d forms are kept, %v", len(kept), err)
	}
}

func TestAFileThatWasNeverGoodLetsNothingThrough(t *testing.T) {
	d := newDesk(t)
	d.write(d.file, torn)
	d.wantDenied("broken", "keys", "other", "docs")
	d.wantStates("broken", host.Broken)
	if seen, err := d.policies.Workspaces(); err != nil || !slices.Equal(seen, []string{d.folder}) {
		t.Errorf("Workspaces = %q, %v; want the one that is broken, for the person to see", seen, err)
	}
	d.write(d.file, denyKeys)
	d.wantDenied("mended", "keys")
	if seen, err := d.policies.Workspaces(); err != nil || !slices.Equal(seen, []string{d.folder}) {
		t.Errorf("Workspaces = %q, %v; want it once", seen, err)
	}
}

func TestAnotherFileOfTheSameSizeAndTimeIsSeen(t *testing.T) {
	d := newDesk(t)
	past := time.Now().Add(-time.Hour)
	put := func(text string) {
		d.write(d.file+".new", text)
		err := errors.Join(os.Chtimes(d.file+".new", past, past), os.Rename(d.file+".new", d.file))
		if err != nil {
			t.Fatal(err)
		}
	}
	put(denyKeys)
	d.wantDenied("the first", "keys")
	put(strings.Replace(denyKeys, "keys", "docs", 1))
	d.wantDenied("the second", "keys", "docs")
}

func TestAChangeRightAfterAnotherIsSeen(t *testing.T) {
	d := newDesk(t)
	for range 100 {
		d.write(d.root, denyKeys)
		d.wantDenied("one", "keys")
		d.write(d.root, strings.Replace(denyKeys, "keys", "docs", 1)) // in place, of the same size, in the same tick
		d.wantDenied("the other", "docs")
	}
}

func TestTheManagedFileIsRootsToChange(t *testing.T) {
	d := newDesk(t)
	d.write(d.root, denyKeys)
	d.wantDenied("with the file", "keys")
	d.write(d.root, denyOther)
	d.wantDenied("changed", "other")
	d.write(d.root, torn)
	d.wantDenied("broken", "other")
	d.restart()
	d.wantDenied("broken, in another host", "other")
	os.Remove(d.root)
	d.wantDenied("removed")
	d.write(d.root, torn)
	d.wantDenied("never good", "keys", "other", "docs")
	d.write(d.root, denyKeys)
	d.trusted = errors.New("others may write it")
	d.restart()
	d.wantDenied("not root's alone", "keys", "other", "docs")
	if forms, err := d.policies.Managed(); err != nil || len(forms) != 1 || !strings.Contains(forms[0].Problem, "others may write it") {
		t.Errorf("Managed() = %+v, %v; want what is wrong", forms, err)
	}
	d.trusted = nil
	d.wantDenied("given back to root", "keys")
}

func TestWithoutADatabaseFilesHoldAllTheSame(t *testing.T) {
	d := newDesk(t)
	d.policies = host.NewPolicies(host.PoliciesOptions{Managed: d.root, Trusted: func(string) error { return nil }})
	d.write(d.root, denyOther)
	d.write(d.file, denyKeys)
	d.wantDenied("as run --here has it", "keys", "other")
	os.Remove(d.file)
	d.wantDenied("for as long as the call runs", "keys", "other")
}

// BenchmarkPoliciesFor is what policies add to every decision.
func BenchmarkPoliciesFor(b *testing.B) {
	folder := b.TempDir()
	file := filepath.Join(folder, ".gatehouse", "policy.json")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(denyKeys), 0o600); err != nil {
		b.Fatal(err)
	}
	past := time.Now().Add(-time.Hour)
	if err := os.Chtimes(file, past, past); err != nil {
		b.Fatal(err)
	}
	db, err := store.Open(filepath.Join(b.TempDir(), "gatehouse.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	p := host.NewPolicies(host.PoliciesOptions{Managed: "/etc/gatehouse/policy.json", Trusted: func(string) error { return nil }, Kept: db.Policies(), Rules: db.Rules()})
	took := make([]time.Duration, 0, 1<<16)
	b.ReportAllocs()
	for b.Loop() {
		began := time.Now()
		if all, err := p.For(permissions.Subject{Workspace: folder}); err != nil || len(all) != 2 {
			b.Fatal(all, err)
		}
		if len(took) < cap(took) {
			took = append(took, time.Since(began))
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds()), "p99-ns")
}
