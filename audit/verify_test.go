package audit_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/audit"
	"gatehouse/permissions"
)

// keeper is a keeper in memory.
type keeper struct {
	values map[string][]byte
	err    error
}

func (k *keeper) Get(name string) ([]byte, error) {
	if k.err != nil {
		return nil, k.err
	}
	if v, ok := k.values[name]; ok {
		return v, nil
	}
	return nil, fs.ErrNotExist
}

func (k *keeper) Set(name string, value []byte) error {
	if k.err != nil {
		return k.err
	}
	if k.values == nil {
		k.values = map[string][]byte{}
	}
	k.values[name] = value
	return nil
}

// written is a record of some lines, closed: its files and what it was opened with.
func written(t testing.TB, lines int, o audit.Options) (dir string, _ audit.Options) {
	t.Helper()
	if o.File == nil {
		o.File = &keeper{}
	}
	dir = t.TempDir()
	l := openWith(t, dir, o)
	for i := range lines {
		add(t, l, audit.Record{Kind: audit.KindCall, Call: fmt.Sprint("c-", i), Tool: "read", Subject: permissions.Subject{Skill: "files"}})
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, o
}

func add(t testing.TB, l *audit.Log, r audit.Record) {
	t.Helper()
	if err := l.Append(r); err != nil {
		t.Fatal(err)
	}
}

func verify(t testing.TB, dir string, o audit.Options) audit.Report {
	t.Helper()
	report, err := audit.Verify(dir, o, 0)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// thirtyLines is a record of thirty lines over two parts.
func thirtyLines(t testing.TB) (string, audit.Options) {
	t.Helper()
	dir, o := written(t, 30, audit.Options{Part: 4000})
	if parts, _ := filepath.Glob(filepath.Join(dir, "audit-*.jsonl")); len(parts) != 1 {
		t.Fatalf("the parts are %q; want one beside the current file", parts)
	}
	if r := verify(t, dir, o); r.Bad != nil || r.Lines != 30 || r.First != 1 || r.Last != 30 || r.Signed != 30 || r.Parts != 2 || r.Kept != audit.KeptInFile {
		t.Fatalf("Verify = %+v, %v; want 30 whole and signed lines", r, r.Bad)
	}
	return dir, o
}

// stride is 1, and more beside a whole run with the race detector (-short), which makes each check ten times as long.
func stride() int {
	if testing.Short() {
		return 17
	}
	return 1
}

func TestEveryFlippedByteIsNoticed(t *testing.T) {
	t.Parallel()
	dir, o := thirtyLines(t)
	for _, path := range filesOf(t, dir) {
		whole := read(t, path)
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		for i := 0; i < len(whole); i += stride() {
			put := func(b byte) {
				if _, err := file.WriteAt([]byte{b}, int64(i)); err != nil {
					t.Fatal(err)
				}
			}
			put(whole[i] ^ 1<<(i%8))
			if r := verify(t, dir, o); r.Bad == nil {
				t.Fatalf("byte %d of %s with bit %d flipped: not noticed", i, filepath.Base(path), i%8)
			}
			put(whole[i])
		}
	}
}

func TestEveryCutIsNoticed(t *testing.T) {
	t.Parallel()
	dir, o := thirtyLines(t)
	for _, path := range filesOf(t, dir) {
		whole := read(t, path)
		for size := len(whole) - 1; size >= 0; size -= stride() {
			if err := os.Truncate(path, int64(size)); err != nil {
				t.Fatal(err)
			}
			if r := verify(t, dir, o); r.Bad == nil {
				t.Fatalf("%s cut off at %d of %d bytes: not noticed", filepath.Base(path), size, len(whole))
			}
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if r := verify(t, dir, o); r.Bad == nil {
			t.Errorf("%s gone: not noticed", filepath.Base(path))
		}
		write(t, path, whole)
	}
}

// TestACutThatTheHostMetStaysNoticed opens a record that was cut off: what is gone is said in a line, for good.
func TestACutThatTheHostMetStaysNoticed(t *testing.T) {
	dir, o := thirtyLines(t)
	path := filepath.Join(dir, "audit.jsonl")
	lines := bytes.SplitAfter(read(t, path), []byte("\n"))
	for cut := range lines {
		write(t, path, bytes.Join(lines[:cut], nil))
		before := read(t, filepath.Join(dir, "audit.head"))
		l := openWith(t, dir, o)
		add(t, l, audit.Record{Kind: audit.KindCall})
		l.Close()
		r := verify(t, dir, o)
		if whole := cut == len(lines)-1; whole != (r.Bad == nil) || !whole && r.Bad.What != audit.CutOff {
			t.Errorf("cut after %d of %d lines: %+v", cut, len(lines)-1, r.Bad)
		}
		if r.Bad != nil {
			if after, err := audit.Verify(dir, o, r.Bad.Seq); err != nil || after.Bad != nil || len(after.Notes) == 0 {
				t.Errorf("after line %d, which a person looked into: %+v, %v", r.Bad.Seq, after, err)
			}
		}
		write(t, filepath.Join(dir, "audit.head"), before)
	}
}

func TestVerifyNamesTheLine(t *testing.T) {
	// Each change is made to the lines of the current file, whose first line is the 6th of the record here.
	for _, test := range []struct {
		name   string
		change func(lines [][]byte) [][]byte
		line   int
		what   string
	}{
		{"a word", func(l [][]byte) [][]byte { l[3] = bytes.Replace(l[3], []byte("read"), []byte("list"), 1); return l }, 4, audit.Changed},
		{"a word of the last line", func(l [][]byte) [][]byte {
			l[len(l)-1] = bytes.Replace(l[len(l)-1], []byte("read"), []byte("list"), 1)
			return l
		}, 10, audit.Changed},
		{"a hash", func(l [][]byte) [][]byte { l[3] = otherPrev(l[3]); return l }, 4, audit.Changed},
		{"the hash in the last line", func(l [][]byte) [][]byte { l[len(l)-1] = otherPrev(l[len(l)-1]); return l }, 10, audit.Changed},
		{"spaces", func(l [][]byte) [][]byte { l[3] = bytes.Replace(l[3], []byte(":"), []byte(": "), 1); return l }, 4, audit.Changed},
		{"no JSON", func(l [][]byte) [][]byte { l[3] = []byte("hello\n"); return l }, 4, audit.Changed},
		{"a line is gone", func(l [][]byte) [][]byte { return slices.Delete(l, 3, 4) }, 4, audit.Missing},
		{"three lines are gone", func(l [][]byte) [][]byte { return slices.Delete(l, 3, 6) }, 4, audit.Missing},
		{"two lines changed places", func(l [][]byte) [][]byte { l[3], l[4] = l[4], l[3]; return l }, 4, audit.Missing},
		{"a line twice", func(l [][]byte) [][]byte { return slices.Insert(l, 3, l[2]) }, 4, audit.Reordered},
		{"the end is gone", func(l [][]byte) [][]byte { return l[:7] }, 7, audit.CutOff},
		{"the end is torn", func(l [][]byte) [][]byte { l[9] = l[9][:20]; return l }, 10, audit.Torn},
		{"a link from before the chain", func(l [][]byte) [][]byte {
			l[3] = []byte(`{"kind":"call","seq":9}` + "\n")
			return l
		}, 4, audit.Changed},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir, o := written(t, 15, audit.Options{Part: 1000})
			path := filepath.Join(dir, "audit.jsonl")
			lines := bytes.SplitAfter(oneFile(t, dir), []byte("\n"))
			lines = lines[5 : len(lines)-1]
			write(t, path, bytes.Join(test.change(slices.Clone(lines)), nil))
			r := verify(t, dir, o)
			want := audit.Bad{Part: "audit.jsonl", Line: test.line, Seq: uint64(test.line) + 5, What: test.what}
			if r.Bad == nil {
				t.Fatalf("not noticed; want %+v", want)
			}
			got := *r.Bad
			got.Said = ""
			if got != want || r.Bad.Said == "" {
				t.Errorf("Bad = %+v; want %+v", *r.Bad, want)
			}
		})
	}
}

// oneFile makes the record in dir one of two files, with five lines in the first, and returns all its lines.
func oneFile(t *testing.T, dir string) []byte {
	t.Helper()
	var all []byte
	for _, path := range filesOf(t, dir) {
		all = append(all, read(t, path)...)
		os.Remove(path)
	}
	lines := bytes.SplitAfter(all, []byte("\n"))
	write(t, filepath.Join(dir, fmt.Sprintf("audit-%020d.jsonl", 5)), bytes.Join(lines[:5], nil))
	return all
}

func otherPrev(line []byte) []byte {
	at := bytes.Index(line, []byte(`"prev":"`)) + len(`"prev":"`)
	line = bytes.Clone(line)
	line[at] ^= 1
	if bytes.IndexByte([]byte("0123456789abcdef"), line[at]) < 0 {
		line[at] = '0'
	}
	return line
}

func TestTheHead(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(t *testing.T, dir string, o *audit.Options)
		what   string
		said   string
	}{
		{"gone", func(t *testing.T, dir string, _ *audit.Options) { os.Remove(filepath.Join(dir, "audit.head")) }, audit.BadHead, "gone"},
		{"emptied", func(t *testing.T, dir string, _ *audit.Options) { write(t, filepath.Join(dir, "audit.head"), nil) }, audit.BadHead, "gone"},
		{"not one", func(t *testing.T, dir string, _ *audit.Options) {
			write(t, filepath.Join(dir, "audit.head"), []byte("x"))
		}, audit.BadHead, "read"},
		{"of another record", func(t *testing.T, dir string, _ *audit.Options) {
			other, _ := written(t, 20, audit.Options{})
			write(t, filepath.Join(dir, "audit.head"), read(t, filepath.Join(other, "audit.head")))
		}, audit.BadHead, "key"},
		{"of this record, by another key", func(t *testing.T, dir string, o *audit.Options) { o.File = &keeper{}; openAndClose(t, t.TempDir(), *o) }, audit.BadHead, "key"},
		{"where the key is out of reach", func(t *testing.T, dir string, o *audit.Options) { o.File = &keeper{err: fs.ErrPermission} }, audit.BadHead, "reached"},
		{"everything gone but the key", func(t *testing.T, dir string, _ *audit.Options) {
			for _, path := range append(filesOf(t, dir), filepath.Join(dir, "audit.head")) {
				os.Remove(path)
			}
		}, audit.BadHead, "gone"},
		{"and the record by somebody without the key", func(t *testing.T, dir string, _ *audit.Options) {
			forged, _ := written(t, 40, audit.Options{})
			write(t, filepath.Join(dir, "audit.jsonl"), read(t, filepath.Join(forged, "audit.jsonl")))
		}, audit.Changed, "signed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir, o := written(t, 20, audit.Options{})
			test.change(t, dir, &o)
			if r := verify(t, dir, o); r.Bad == nil || r.Bad.What != test.what || !strings.Contains(r.Bad.Said, test.said) {
				t.Errorf("Bad = %+v; want %q that says %q", r.Bad, test.what, test.said)
			}
		})
	}
	t.Run("older than the record, as after a crash", func(t *testing.T) {
		dir, o := written(t, 20, audit.Options{})
		head := read(t, filepath.Join(dir, "audit.head"))
		l := openWith(t, dir, o)
		add(t, l, audit.Record{Kind: audit.KindCall})
		l.Close()
		write(t, filepath.Join(dir, "audit.head"), head)
		if r := verify(t, dir, o); r.Bad != nil || r.Signed != 20 || r.Last != 21 {
			t.Errorf("Verify = %+v, %+v; want 21 lines, signed to the 20th", r, r.Bad)
		}
		openAndClose(t, dir, o)
		if r := verify(t, dir, o); r.Bad != nil || r.Signed != 21 || r.Last != 21 {
			t.Errorf("when it was opened again: %+v, %+v; want 21 lines, all signed", r, r.Bad)
		}
	})
}

func openAndClose(t *testing.T, dir string, o audit.Options) {
	t.Helper()
	if err := openWith(t, dir, o).Close(); err != nil {
		t.Fatal(err)
	}
}

func TestKeys(t *testing.T) {
	unreachable := &keeper{err: fs.ErrPermission}
	kinds := func(t *testing.T, dir string) []string {
		t.Helper()
		var kinds []string
		for line := range bytes.Lines(read(t, filepath.Join(dir, "audit.jsonl"))) {
			var r audit.Record
			if err := json.Unmarshal(line, &r); err != nil {
				t.Fatal(err)
			}
			kinds = append(kinds, strings.TrimSpace(r.Kind+" "+r.Outcome))
		}
		return kinds
	}
	begin := func(t *testing.T, o audit.Options) string {
		t.Helper()
		dir := t.TempDir()
		l := openWith(t, dir, o)
		add(t, l, audit.Record{Kind: audit.KindDecision})
		l.Close()
		return dir
	}
	t.Run("the keyring's comes first", func(t *testing.T) {
		o := audit.Options{Keyring: &keeper{}, File: &keeper{}}
		dir := begin(t, o)
		if r := verify(t, dir, o); r.Bad != nil || r.Kept != audit.KeptInKeyring {
			t.Errorf("Verify = %+v", r)
		}
		if n := len(o.File.(*keeper).values); n != 0 {
			t.Errorf("the file keeps %d values; want none", n)
		}
	})
	t.Run("without a keyring it is the file's", func(t *testing.T) {
		o := audit.Options{Keyring: unreachable, File: &keeper{}}
		if r := verify(t, begin(t, o), o); r.Bad != nil || r.Kept != audit.KeptInFile {
			t.Errorf("Verify = %+v", r)
		}
	})
	t.Run("with neither there is no record", func(t *testing.T) {
		if l, err := audit.Open(t.TempDir(), audit.Options{Keyring: unreachable, File: unreachable}); err == nil {
			l.Close()
			t.Error("a record was opened that nobody signs")
		}
	})
	t.Run("a keyring that comes later takes over, and a line says so", func(t *testing.T) {
		o := audit.Options{Keyring: unreachable, File: &keeper{}}
		dir := begin(t, o)
		o.Keyring = &keeper{}
		openAndClose(t, dir, o)
		if r := verify(t, dir, o); r.Bad != nil || r.Kept != audit.KeptInKeyring || len(r.Notes) != 1 {
			t.Errorf("Verify = %+v", r)
		}
		if got := kinds(t, dir); !slices.Equal(got, []string{"decision", "key keyring"}) {
			t.Errorf("the lines are %q; want that the key changed", got)
		}
		// The file's key can sign no more.
		o.Keyring = unreachable
		if r := verify(t, dir, o); r.Bad == nil || r.Bad.What != audit.BadHead {
			t.Errorf("with the file's key alone: %+v", r.Bad)
		}
	})
	t.Run("a keyring out of reach is said, and no other key is made", func(t *testing.T) {
		ring := &keeper{}
		o := audit.Options{Keyring: ring, File: &keeper{}}
		dir := begin(t, o)
		away := audit.Options{Keyring: unreachable, File: o.File}
		l := openWith(t, dir, away)
		add(t, l, audit.Record{Kind: audit.KindDecision})
		l.Close()
		if n := len(o.File.(*keeper).values); n != 0 {
			t.Errorf("the file keeps %d values; want none", n)
		}
		if r := verify(t, dir, away); r.Bad == nil || r.Bad.What != audit.BadHead {
			t.Errorf("without the key: %+v", r.Bad)
		}
		if r := verify(t, dir, o); r.Bad != nil || r.Signed != 1 || r.Last != 3 || len(r.Notes) != 1 {
			t.Errorf("with the key: %+v, %+v; want one line signed of three", r, r.Bad)
		}
		openAndClose(t, dir, o)
		if r := verify(t, dir, o); r.Bad != nil || r.Signed != 3 {
			t.Errorf("with the key again: %+v, %+v; want all signed", r, r.Bad)
		}
	})
	t.Run("a keyring that lost the key gets another one, and a line says so", func(t *testing.T) {
		ring := &keeper{}
		o := audit.Options{Keyring: ring}
		dir := begin(t, o)
		clear(ring.values)
		openAndClose(t, dir, o)
		if r := verify(t, dir, o); r.Bad != nil || len(r.Notes) != 1 {
			t.Errorf("Verify = %+v, %+v", r, r.Bad)
		}
		if got := kinds(t, dir); !slices.Equal(got, []string{"decision", "key keyring"}) {
			t.Errorf("the lines are %q", got)
		}
	})
	t.Run("a record whose head was signed anew with a file's key is noticed", func(t *testing.T) {
		ring := &keeper{}
		dir := begin(t, audit.Options{Keyring: ring})
		os.Remove(filepath.Join(dir, "audit.head"))
		os.Remove(filepath.Join(dir, "audit.jsonl"))
		forger := audit.Options{File: &keeper{}}
		openAndClose(t, dir, forger)
		o := audit.Options{Keyring: ring, File: forger.File}
		if r := verify(t, dir, o); r.Bad == nil || r.Bad.What != audit.BadHead {
			t.Errorf("Verify = %+v", r.Bad)
		}
		openAndClose(t, dir, o)
		if got := kinds(t, dir); !slices.Equal(got, []string{"broken head"}) {
			t.Errorf("the lines are %q; want that the head is not its own", got)
		}
	})
	t.Run("a key that is none", func(t *testing.T) {
		bad := &keeper{values: map[string][]byte{"record": []byte("abc")}}
		if l, err := audit.Open(t.TempDir(), audit.Options{File: bad}); err == nil {
			l.Close()
			t.Error("Open = nil")
		}
	})
}

// TestTheHeadComesSoon waits for the signature over what needs none at once.
func TestTheHeadComesSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		o := audit.Options{File: &keeper{}}
		l := openWith(t, dir, o)
		add(t, l, audit.Record{Kind: audit.KindCall})
		time.Sleep(2*time.Second - time.Millisecond) // of the test's own clock
		synctest.Wait()
		if r := verify(t, dir, o); r.Bad != nil || r.Last != 1 || r.Signed != 0 {
			t.Errorf("at once: %+v, %+v; want one line and no signature over it", r, r.Bad)
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if r := verify(t, dir, o); r.Bad != nil || r.Signed != 1 {
			t.Errorf("after 2 s: %+v, %+v; want that it is signed", r, r.Bad)
		}
		add(t, l, audit.Record{Kind: audit.KindDecision})
		if r := verify(t, dir, o); r.Bad != nil || r.Signed != 2 {
			t.Errorf("after a decision: %+v, %+v; want that it is signed", r, r.Bad)
		}
	})
}

// TestVerifyBesideAWriter verifies again and again while lines come, and once more when all are there.
func TestVerifyBesideAWriter(t *testing.T) {
	dir := t.TempDir()
	o := audit.Options{File: &keeper{}}
	done := writing(openWith(t, dir, o), t)
	for more := true; more; {
		select {
		case <-done:
			more = false
		default:
		}
		if r := verify(t, dir, o); r.Bad != nil {
			<-done
			t.Fatalf("Verify = %+v", *r.Bad)
		}
	}
}

func TestVerifyAfterPartsMadeRoomForEachOther(t *testing.T) {
	dir := t.TempDir()
	o := audit.Options{File: &keeper{}, Part: 2000, Most: 8000}
	<-writing(openWith(t, dir, o), t)
	if r := verify(t, dir, o); r.Bad != nil {
		t.Errorf("Verify = %+v", *r.Bad)
	}
}

// writing adds three hundred lines, every tenth of which is on disk at once, and says when it has.
func writing(l *audit.Log, t *testing.T) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 300 {
			kind := audit.KindCall
			if i%10 == 0 {
				kind = audit.KindDecision
			}
			if err := l.Append(audit.Record{Kind: kind}); err != nil {
				t.Error(err)
			}
		}
	}()
	return done
}

// FuzzVerify reads what anybody may have written into the folder.
func FuzzVerify(f *testing.F) {
	dir, o := written(f, 5, audit.Options{})
	f.Add([]byte(""), read(f, filepath.Join(dir, "audit.jsonl")), read(f, filepath.Join(dir, "audit.head")))
	f.Add(read(f, filepath.Join(dir, "audit.jsonl")), []byte("{}\n"), []byte("{}"))
	f.Add([]byte(`{"seq":1,"time":"2026-11-20T12:00:00Z","kind":"call"}`+"\n"), []byte(`{"kind":"seal","prev":"","seq":2,"span":null}`+"\n"), []byte{})
	f.Add([]byte(`{"kind":"broken","prev":"","seq":18446744073709551615,"span":{"first":0,"last":0}}`+"\n"), []byte("\n\n\x00"), []byte(strings.Repeat(" ", 512)))
	f.Fuzz(func(t *testing.T, older, newer, head []byte) {
		dir := t.TempDir()
		for name, content := range map[string][]byte{"audit-00000000000000000003.jsonl": older, "audit.jsonl": newer, "audit.head": head} {
			write(t, filepath.Join(dir, name), content)
		}
		was := sizes(t, dir)
		r, err := audit.Verify(dir, o, 0)
		if _, bad := json.Marshal(r); err != nil || bad != nil {
			t.Errorf("Verify = %v; its report as JSON: %v", err, bad)
		}
		if now := sizes(t, dir); !maps.Equal(was, now) {
			t.Errorf("Verify changed %v to %v", was, now)
		}
		if l, err := audit.Open(dir, o); err == nil {
			if _, err := l.List(audit.Filter{}); err != nil {
				t.Logf("List = %v", err)
			}
			l.Close()
		}
	})
}

func sizes(t testing.TB, dir string) map[string]int64 {
	t.Helper()
	sizes := map[string]int64{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		sizes[e.Name()] = info.Size()
	}
	return sizes
}

// filesOf are the files of the record's lines, the oldest first.
func filesOf(t testing.TB, dir string) []string {
	t.Helper()
	parts, err := filepath.Glob(filepath.Join(dir, "audit-*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(parts)
	return append(parts, filepath.Join(dir, "audit.jsonl"))
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func write(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
