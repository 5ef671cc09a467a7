package host_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
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

// writer answers every question with the plain button, or no, after a while.
type writer struct {
	no     bool
	pause  time.Duration
	asked  []permissions.Prompt
	before func()
}

func (w *writer) Ask(_ context.Context, p permissions.Prompt, _ func() int) (permissions.Answer, error) {
	w.asked = append(w.asked, p)
	time.Sleep(w.pause) // a person thinks
	if w.before != nil {
		w.before()
	}
	a := permissions.Answer{Nonce: p.Nonce, Shown: p.Hash(), Verdict: permissions.Allow, Rung: p.Quick.Rung, Lifetime: p.Quick.Lifetime}
	if w.no {
		a.Verdict, a.Lifetime = permissions.Deny, permissions.Once
	}
	return a, nil
}

// study is a host with one skill and one folder in which a letter lies.
type study struct {
	*testing.T
	host   *host.Host
	undo   *host.Undo
	record *audit.Log
	person *writer
	pkg    *skill.Package
	folder string
	kept   string // the folder of undo
	now    time.Time
}

func newStudy(t *testing.T, cache string) *study {
	t.Helper()
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &study{T: t, folder: folder, kept: t.TempDir(), person: &writer{}, pkg: guestSkill(t), now: time.Now()}
	s.write("letter.txt", "Dear reader\n")
	if s.record, err = audit.Open(t.TempDir(), audit.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.record.Close() })
	s.undo = s.open(0)
	kept := permissions.NewMap()
	s.host = host.New(host.Options{
		Library: one{s.pkg}, Broker: permissions.NewBroker(permissions.Options{Store: kept, Prompter: s.person, Recorder: s.record}),
		Pool: worker.NewPool(worker.Options{Program: guesttest.Worker(t), Cache: cache}), Audit: s.record, Changes: host.NewChanges(), Home: "/nowhere",
		Undo: s.undo, Drafts: t.TempDir(),
	})
	t.Cleanup(func() { s.host.Close() })
	subject, _, err := s.host.Subject(s.order(""))
	if err != nil {
		t.Fatal(err)
	}
	keepAlways(t, kept, "workspace", subject.WorkspaceKey())
	return s
}

// open opens what is kept as a host that starts would.
func (s *study) open(most int64) *host.Undo {
	s.Helper()
	u, err := host.OpenUndo(host.UndoOptions{Folder: s.kept, Audit: s.record, Most: most, Now: func() time.Time { return s.now }})
	if err != nil {
		s.Fatal(err)
	}
	return u
}

func (s *study) order(input string) host.Call {
	return host.Call{Skill: s.pkg.Manifest.Name, Tool: "run", Workspace: s.folder, Client: "terminal", Session: "s", Input: json.RawMessage(input)}
}

func (s *study) write(name, text string) {
	s.Helper()
	if err := os.WriteFile(filepath.Join(s.folder, name), []byte(text), 0o640); err != nil {
		s.Fatal(err)
	}
}

func (s *study) holds(want string) {
	s.Helper()
	b, err := os.ReadFile(filepath.Join(s.folder, "letter.txt"))
	if err != nil || string(b) != want {
		s.Errorf("the letter holds %q, %v; want %q", b, err, want)
	}
}

// lines are the record's lines of one kind, oldest first.
func (s *study) lines(kind string) (lines []audit.Record) {
	s.Helper()
	all, err := s.record.List(audit.Filter{Limit: 100})
	if err != nil {
		s.Fatal(err)
	}
	for _, l := range slices.Backward(all) {
		if l.Kind == kind {
			lines = append(lines, l)
		}
	}
	return lines
}

func TestWhatAGuestLeavesOpenIsCommittedAtTheEndOfItsCall(t *testing.T) {
	cache := t.TempDir()
	for _, c := range []struct {
		name  string
		order string
		no    bool
		want  string
		code  host.Code
		asked int
	}{
		{"it ends well and the person agrees", `{"do":"leave","path":"letter.txt","text":"Cheap reader\n"}`, false, "Cheap reader\n", "", 1},
		{"it ends well and the person does not", `{"do":"leave","path":"letter.txt","text":"Cheap reader\n"}`, true, "Dear reader\n", host.CodeDenied, 1},
		{"it ends badly", `{"do":"leave","path":"letter.txt","text":"Cheap reader\n","n":3}`, false, "Dear reader\n", host.CodeGuest, 0},
		{"it is stopped", `{"do":"leave","path":"letter.txt","text":"Cheap reader\n","n":-1}`, false, "Dear reader\n", "limit_time", 0},
		{"it changed nothing", `{"do":"leave","path":"letter.txt","text":"Dear reader\n"}`, false, "Dear reader\n", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStudy(t, cache)
			s.person.no = c.no
			if c.code == "limit_time" {
				s.pkg.Manifest.Limits.Time, s.pkg.Manifest.Limits.Fuel = skill.Time(2*time.Second), 1<<43
			}
			result, err := s.host.Call(t.Context(), s.order(c.order))
			var failed *host.Error
			if errors.As(err, &failed); (failed == nil) != (c.code == "") || failed != nil && failed.Code != c.code {
				t.Errorf("Call() = %v; want %q", err, c.code)
			}
			s.holds(c.want)
			if len(s.person.asked) != c.asked {
				t.Errorf("%d questions; want %d", len(s.person.asked), c.asked)
			}
			if c.code == "" && !strings.Contains(string(result.Output), `reader\n`) {
				t.Errorf("the guest read back %s; want what it wrote", result.Output)
			}
			changed := c.code == "" && c.asked == 1
			if (len(result.Changes) == 1) != changed || len(s.undo.List(10)) != len(result.Changes) || len(s.lines(audit.KindWrite)) != len(result.Changes) {
				t.Errorf("changes %+v, kept %+v, recorded %+v", result.Changes, s.undo.List(10), s.lines(audit.KindWrite))
			}
		})
	}
}

// TestARefusedCloseReachesTheGuest crosses the worker, and the time of the person is not the guest's.
func TestARefusedCloseReachesTheGuest(t *testing.T) {
	s := newStudy(t, t.TempDir())
	s.person.no, s.person.pause = true, 200*time.Millisecond
	result, err := s.host.Call(t.Context(), s.order(`{"do":"save","path":"letter.txt","text":"Cheap"}`))
	if err != nil || !strings.Contains(string(result.Output), "Permission denied") || len(result.Refusals) != 1 {
		t.Errorf("Call() = %s, %v, %v; want the guest to be told, and the refusal", result.Output, result.Refusals, err)
	}
	s.holds("Dear reader\n")
	if result.Usage.Waiting < s.person.pause || result.Usage.Running >= result.Usage.Waiting {
		t.Errorf("usage = %+v; want the person's time to be waiting", result.Usage)
	}
	d := s.person.asked[0].Object.Difference
	if d == nil || d.Added != 1 || d.Removed != 1 || s.person.asked[0].Object.Unseen {
		t.Errorf("the question shows %+v; want the difference", s.person.asked[0].Object)
	}
}

func TestAChangeIsRecordedKeptAndTakenBack(t *testing.T) {
	s := newStudy(t, t.TempDir())
	result, err := s.host.Call(t.Context(), s.order(`{"do":"save","path":"letter.txt","text":"Cheap\n"}`))
	if err != nil || len(result.Changes) != 1 {
		t.Fatalf("Call() = %+v, %v; want one change", result, err)
	}
	change := result.Changes[0]
	want := host.Change{ID: change.ID, Path: filepath.Join(s.folder, "letter.txt"), Done: host.Replaced, Added: 1, Removed: 1}
	if change != want || change.ID == "" {
		t.Errorf("the change is %+v; want %+v", change, want)
	}
	if result.Usage.Written != 6 {
		t.Errorf("%d bytes written; want 6", result.Usage.Written)
	}
	written := s.lines(audit.KindWrite)
	if len(written) != 1 || written[0].Rule != "write" || written[0].InputBytes != 12 || written[0].OutputBytes != 6 ||
		written[0].InputDigest == "" || written[0].OutputDigest == "" || written[0].Grant != "fs:write:${workspace}/letter.txt" || written[0].Call != result.Call {
		t.Errorf("recorded %+v", written)
	}
	s.person.asked = nil
	again := s.open(0) // another host
	if err := again.Take(t.Context(), change.ID); err != nil {
		t.Fatal(err)
	}
	s.holds("Dear reader\n")
	if info, err := os.Stat(want.Path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the mode is %v, %v; want what it was", info.Mode(), err)
	}
	if undone := s.lines(audit.KindUndo); len(undone) != 1 || undone[0].OutputDigest != written[0].InputDigest || undone[0].Outcome != "" {
		t.Errorf("recorded %+v", undone)
	}
	if err := again.Take(t.Context(), change.ID); !errors.Is(err, permissions.ErrNotFound) {
		t.Errorf("taking it back again = %v; want %v", err, permissions.ErrNotFound)
	}
	if left, err := os.ReadDir(s.kept); err != nil || len(left) != 0 {
		t.Errorf("the folder of changes holds %v, %v; want nothing", left, err)
	}
}

func TestWhatChangedSinceIsNotTakenBack(t *testing.T) {
	s := newStudy(t, t.TempDir())
	result, err := s.host.Call(t.Context(), s.order(`{"do":"save","path":"letter.txt","text":"Cheap\n"}`))
	if err != nil {
		t.Fatal(err)
	}
	s.write("letter.txt", "My own words\n")
	err = s.undo.Take(t.Context(), result.Changes[0].ID)
	if e := host.Explain(err); err == nil || e.Code != host.CodeChanged {
		t.Errorf("Take() = %v; want %s", err, host.CodeChanged)
	}
	s.holds("My own words\n")
	if undone := s.lines(audit.KindUndo); len(undone) != 2 || undone[1].Outcome != "changed" {
		t.Errorf("recorded %+v; want the attempt and how it ended", undone)
	}
}

func TestKeptVersionsExpireAndAreBounded(t *testing.T) {
	s := newStudy(t, t.TempDir())
	for _, text := range []string{"one\n", "two\n"} {
		if _, err := s.host.Call(t.Context(), s.order(`{"do":"save","path":"letter.txt","text":"`+strings.TrimSpace(text)+`\n"}`)); err != nil {
			t.Fatal(err)
		}
		s.now = s.now.Add(time.Hour)
	}
	if err := os.WriteFile(filepath.Join(s.kept, "u-cut.old"), []byte("cut off"), 0o600); err != nil {
		t.Fatal(err)
	}
	paths := func() (n int) {
		left, err := os.ReadDir(s.kept)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range left {
			if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s has the mode %v, %v; want 0600", f.Name(), info.Mode(), err)
			}
		}
		return len(left)
	}
	if u := s.open(0); len(u.List(10)) != 2 || len(u.List(1)) != 1 || paths() != 4 {
		t.Errorf("%d changes and %d files; want two of each change and what was cut off gone", len(u.List(10)), paths())
	}
	if newest := s.open(5).List(10); len(newest) != 1 || newest[0].Bytes != 4 || paths() != 2 {
		t.Errorf("with room for one: %+v and %d files; want the newest", newest, paths())
	}
	s.now = s.now.Add(8 * 24 * time.Hour)
	if u := s.open(0); len(u.List(10)) != 0 || paths() != 0 {
		t.Errorf("after eight days %d changes and %d files; want none", len(u.List(10)), paths())
	}
}

// changed leaves a change as a host did, the later the larger its number is.
func (s *study) changed(n int, name string, bytes int64) {
	s.Helper()
	k := host.KeptChange{ID: "u-" + strconv.Itoa(n), Time: s.now.Add(time.Duration(n-20_000) * time.Second), Bytes: bytes}
	k.Subject.Skill = name
	k.Grant, _ = permissions.Parse("fs:write:${workspace}/**")
	text, err := json.Marshal(k)
	if err == nil {
		err = os.WriteFile(filepath.Join(s.kept, k.ID+".json"), text, 0o600)
	}
	if err != nil {
		s.Fatal(err)
	}
}

// Whoever rewrites much pushes out what it changed itself, and not what another skill changed long before.
func TestASkillPushesOutItsOwnChanges(t *testing.T) {
	s := &study{T: t, kept: t.TempDir(), now: time.Now()}
	bytes := map[string]int64{"quiet": 40, "loud": 30, "late": 0}
	for i, name := range []string{"quiet", "loud", "loud", "late", "loud", "loud"} {
		s.changed(i, name, bytes[name])
	}
	for _, test := range []struct {
		room int64
		want string
	}{
		{160, "loud loud late loud loud quiet"},
		{150, "loud loud late loud quiet"},
		{100, "loud loud late quiet"},
		{99, "loud late quiet"}, // 60 of loud are more than 40
		{69, "loud late"},       // and 30 are less
	} {
		var left []string
		for _, k := range s.open(test.room).List(10) {
			left = append(left, k.Subject.Skill)
		}
		if got := strings.Join(left, " "); got != test.want {
			t.Errorf("in %d bytes %q are left; want %q", test.room, got, test.want)
		}
	}
}

// The same holds for how many changes there are, and what has no old content makes no room for what has.
func TestManyChangesPushOutNobodyElses(t *testing.T) {
	s := &study{T: t, kept: t.TempDir(), now: time.Now()}
	s.changed(0, "quiet", 0)
	for i := range 10_002 {
		s.changed(i+1, "loud", 0)
	}
	left := s.open(0).List(20_000)
	if len(left) != 10_000 || left[len(left)-1].Subject.Skill != "quiet" {
		t.Errorf("%d changes are left, the oldest of %q; want 10000 with the quiet skill's", len(left), left[len(left)-1].Subject.Skill)
	}
}
