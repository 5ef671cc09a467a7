package host

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"gatehouse/audit"
	"gatehouse/permissions"
	"gatehouse/powers/local"
)

const (
	// keptFor is how long a change can be taken back.
	keptFor = 7 * 24 * time.Hour
	// mostChanges is how many can be taken back at once.
	mostChanges = 10_000
)

// KeptChange is one change that a call made and that can be taken back. Its paths are hostile.
type KeptChange struct {
	ID      string              `json:"id"`
	Time    time.Time           `json:"time"`
	Call    string              `json:"call"`
	Tool    string              `json:"tool"`
	Subject permissions.Subject `json:"subject"`
	local.Written
	// Bytes is what the old version takes on disk.
	Bytes int64 `json:"bytes"`
}

// Expires is when the change can be taken back no longer.
func (k KeptChange) Expires() time.Time { return k.Time.Add(keptFor) }

// Undo keeps what calls replaced and removed, for seven days, in a folder of its own: for each change a description and,
// where something stood there, its old content. Its methods may be called from any goroutine.
type Undo struct {
	folder string
	record *audit.Log
	now    func() time.Time
	most   int64

	taking sync.Mutex // one change is taken back at a time
	mu     sync.Mutex
	kept   []KeptChange // the oldest first
}

// UndoOptions are the parts of an Undo.
type UndoOptions struct {
	// Folder is this user's alone.
	Folder string
	Audit  *audit.Log
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Most is how many bytes old versions may take on disk; 0 is 512 MiB.
	Most int64
}

// OpenUndo reads what is kept in the folder and removes what is too old or incomplete.
func OpenUndo(o UndoOptions) (*Undo, error) {
	u := &Undo{folder: o.Folder, record: o.Audit, now: o.Now, most: cmp.Or(o.Most, 512<<20)}
	if u.now == nil {
		u.now = time.Now
	}
	files, err := os.ReadDir(u.folder)
	if err != nil {
		return nil, fmt.Errorf("opening the folder of changes: %w", err)
	}
	known := map[string]bool{}
	for _, file := range files {
		id, described := strings.CutSuffix(file.Name(), ".json")
		if k, err := u.read(id); described && err == nil {
			u.kept = append(u.kept, k)
			known[id] = true
		}
	}
	for _, file := range files {
		id, _, _ := strings.Cut(file.Name(), ".")
		if !known[id] {
			_ = os.Remove(filepath.Join(u.folder, file.Name()))
		}
	}
	slices.SortFunc(u.kept, func(a, b KeptChange) int { return a.Time.Compare(b.Time) })
	u.Sweep()
	return u, nil
}

func (u *Undo) description(id string) string { return filepath.Join(u.folder, id+".json") }
func (u *Undo) content(id string) string     { return filepath.Join(u.folder, id+".old") }

func (u *Undo) read(id string) (KeptChange, error) {
	var k KeptChange
	text, err := os.ReadFile(u.description(id))
	if err == nil {
		err = json.Unmarshal(text, &k)
	}
	if err == nil && k.ID != id {
		err = permissions.ErrNotFound
	}
	return k, err
}

// Sweep removes what is older than seven days. Of what is too much it removes the oldest of the skill that takes most: a
// skill that changes much pushes out its own changes, and those of others only where it takes less than they do.
func (u *Undo) Sweep() {
	u.mu.Lock()
	defer u.mu.Unlock()
	bytes, changes := map[string]int64{}, map[string]int64{}
	var all int64
	u.kept = slices.DeleteFunc(u.kept, func(k KeptChange) bool {
		if !u.now().Before(k.Expires()) {
			u.remove(k.ID)
			return true
		}
		bytes[k.Subject.Skill] += k.Bytes
		changes[k.Subject.Skill]++
		all += k.Bytes
		return false
	})
	for all > u.most || len(u.kept) > mostChanges {
		full := all > u.most
		from := largest(changes)
		if full {
			from = largest(bytes)
		}
		i := slices.IndexFunc(u.kept, func(k KeptChange) bool { return k.Subject.Skill == from && (k.Bytes > 0 || !full) })
		gone := u.kept[i]
		u.remove(gone.ID)
		bytes[from] -= gone.Bytes
		changes[from]--
		all -= gone.Bytes
		u.kept = slices.Delete(u.kept, i, i+1)
	}
}

// largest is the skill that takes most; of several it is always the same one.
func largest(takes map[string]int64) (skill string) {
	for name, n := range takes {
		if n > takes[skill] || n == takes[skill] && name < skill {
			skill = name
		}
	}
	return skill
}

func (u *Undo) remove(id string) {
	_ = os.Remove(u.description(id)) // first: without it the content is nothing
	_ = os.Remove(u.content(id))
}

// List returns at most limit changes that can be taken back, the newest first.
func (u *Undo) List(limit int) []KeptChange {
	u.Sweep()
	u.mu.Lock()
	defer u.mu.Unlock()
	newest := slices.Clone(u.kept[max(0, len(u.kept)-limit):])
	slices.Reverse(newest)
	return newest
}

// keep puts k and old on disk. They are listed once the change has happened, which the caller says through done.
func (u *Undo) keep(k KeptChange, old io.Reader) (done func(happened bool), err error) {
	k.Time = u.now()
	if old != nil {
		k.Bytes, err = save(u.content(k.ID), old)
	}
	if err == nil {
		err = u.describe(k)
	}
	if err != nil {
		u.remove(k.ID)
		return nil, fmt.Errorf("keeping what stood there: %w", err)
	}
	return func(happened bool) {
		if !happened {
			u.remove(k.ID)
			return
		}
		u.mu.Lock()
		u.kept = append(u.kept, k)
		u.mu.Unlock()
		u.Sweep()
	}, nil
}

func (u *Undo) describe(k KeptChange) error {
	text, err := json.Marshal(k)
	if err != nil {
		return err
	}
	begun := u.description(k.ID) + ".new"
	if _, err := save(begun, strings.NewReader(string(text))); err != nil {
		_ = os.Remove(begun)
		return err
	}
	return os.Rename(begun, u.description(k.ID))
}

// save writes a new file that is on disk when it returns.
func save(path string, from io.Reader) (int64, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(file, from)
	if err == nil {
		err = file.Sync()
	}
	return n, errors.Join(err, file.Close())
}

// Take takes the change with this id back. It returns permissions.ErrNotFound where it is not kept any more, and an
// *Error with CodeChanged, having done nothing, where what the change left was changed since.
func (u *Undo) Take(ctx context.Context, id string) error {
	u.Sweep()
	u.taking.Lock()
	defer u.taking.Unlock()
	k, err := u.find(id)
	if err != nil {
		return err
	}
	var old io.Reader
	if k.Replaces && !k.Folder {
		file, err := os.Open(u.content(id))
		if err != nil {
			return fmt.Errorf("reading what stood there: %w", err)
		}
		defer file.Close()
		old = file
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	line := writeRecord(audit.KindUndo, k.Call, k.Tool, k.Subject, k.Written)
	line.InputDigest, line.InputBytes, line.OutputDigest, line.OutputBytes = k.AfterDigest, k.After, k.BeforeDigest, k.Before
	line.WrittenBytes = k.Before
	if err := u.record.Append(line); err != nil {
		return &Error{Code: CodeStorage, Message: "the record cannot be written, so nothing was taken back: " + err.Error(), cause: err}
	}
	if err := local.Restore(k.Subject.Workspace, k.Written, old); err != nil {
		out := &Error{Code: CodeInternal, Message: err.Error(), cause: err}
		if errors.Is(err, local.ErrChanged) {
			out.Code, out.Message = CodeChanged, fmt.Sprintf("%q was changed since, so nothing was taken back", k.Path)
		}
		line.Outcome = string(out.Code)
		return errors.Join(out, u.record.Append(line))
	}
	u.forget(id)
	return nil
}

func (u *Undo) find(id string) (KeptChange, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	i := slices.IndexFunc(u.kept, func(k KeptChange) bool { return k.ID == id })
	if i < 0 {
		return KeptChange{}, permissions.ErrNotFound
	}
	return u.kept[i], nil
}

func (u *Undo) forget(id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.kept = slices.DeleteFunc(u.kept, func(k KeptChange) bool { return k.ID == id })
	u.remove(id)
}
