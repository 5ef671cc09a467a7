package clients

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
)

// Bounds of a configuration that is read. Programs keep whole histories in theirs.
const (
	longest = 32 << 20
	deepest = 500
)

// backupSuffix ends the name of the copy that is kept of a file.
const backupSuffix = ".before-gatehouse"

// FileError says why a configuration cannot be used. It is one sentence for a person, and nothing was changed.
type FileError struct {
	Path   string
	Reason string
	hint   string
}

// Error says the file and the reason.
func (e *FileError) Error() string { return fmt.Sprintf("%q cannot be used: %s", e.Path, e.Reason) }

// Hint says what the person can do; empty where there is nothing.
func (e *FileError) Hint() string { return e.hint }

// File is a configuration as it was when it was opened.
type File struct {
	// Path is its real path: links are followed.
	Path string
	// Exists says whether it was there; where it was not, its folder was.
	Exists bool
	// Connected says that an entry for Gatehouse stands in it, and Token is that one's token, empty where it has none.
	Connected bool
	Token     string

	kind Kind
	text []byte
	mode fs.FileMode
}

// Open reads the configuration at path, which is absolute, and checks that it could be changed. Every error is a
// *FileError. home is the person's home folder: the configuration of a project, which others get to see, is refused.
func (k Kind) Open(path, home string) (*File, error) {
	f := &File{kind: k, mode: 0o600}
	fail := func(reason, hint string) (*File, error) { return nil, &FileError{path, reason, hint} }
	var err error
	if f.Path, err = realPath(path); err != nil {
		return fail(err.Error(), fmt.Sprintf("is %s installed, and was it started once? another file is named with --config FILE", k.Title))
	}
	if reason := ofProject(f.Path, home); reason != "" {
		return fail(reason+", and a token does not belong there", "name the file that is yours alone: --config FILE")
	}
	if err := f.load(); err != nil {
		return fail(err.Error(), "mend it, then try again; nothing was changed")
	}
	env, there, err := k.form.entry(f.text, k)
	if err != nil {
		return fail(err.Error(), "mend it, then try again; nothing was changed")
	}
	f.Connected, f.Token = there, env[TokenVariable]
	_, err = f.with(Entry{Command: "gatehouse"})
	switch {
	case errors.Is(err, errForm) && there:
		return fail(fmt.Sprintf("it has an entry %q in a form that Gatehouse does not write", Name), "remove that entry, then try again; nothing was changed")
	case errors.Is(err, errForm):
		return fail(err.Error(), fmt.Sprintf("write its %q out, one server after another on lines of their own, then try again; nothing was changed", k.section))
	case err != nil:
		return fail(err.Error(), "mend it, then try again; nothing was changed")
	}
	return f, nil
}

// realPath follows the links of path. The file itself may be missing, its folder may not.
func realPath(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		return real, nil
	}
	if _, dangling := os.Lstat(path); dangling == nil {
		return "", errors.New("it is a link to nothing")
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", errors.New("its folder is not there")
	}
	return filepath.Join(folder, filepath.Base(path)), nil
}

func (f *File) load() error {
	info, err := os.Stat(f.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return errors.New("it cannot be looked at")
	case !info.Mode().IsRegular():
		return errors.New("it is not a file")
	case info.Size() > longest:
		return fmt.Errorf("it is larger than %d MiB", longest>>20)
	}
	if f.text, err = os.ReadFile(f.Path); err != nil {
		return errors.New("it cannot be read")
	}
	if depth(f.text) > deepest {
		return fmt.Errorf("it is nested more than %d deep", deepest)
	}
	f.Exists, f.mode = true, info.Mode().Perm()
	return nil
}

// depth is how deep brackets stand in each other outside of quoted text, at least.
func depth(text []byte) (most int) {
	open, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted && c == '\n':
			quoted = false // no quoted text of these forms goes over a line's end; a comment's quotation mark may
		case quoted:
		case c == '[' || c == '{':
			open++
			most = max(most, open)
		case c == ']' || c == '}':
			open--
		}
	}
	return most
}

// errForm is returned for a file that is sound, and written so that our entry has no place in it.
var errForm = errors.New("an entry cannot be put into it without changing more")

// with is the file's text with e in it. Where it would not say exactly what it said before, and e, that is an error.
func (f *File) with(e Entry) ([]byte, error) {
	k := f.kind
	changed, err := k.form.put(f.text, k, e)
	if err != nil {
		return nil, err
	}
	env, there, err := k.form.entry(changed, k)
	if err != nil || !there || !maps.Equal(env, nonNil(e.Env)) {
		return nil, errForm
	}
	return changed, f.sameBut(changed, errForm)
}

// without is the file's text without our entry.
func (f *File) without() ([]byte, error) {
	k := f.kind
	changed, err := k.form.take(f.text, k)
	if err != nil {
		return nil, err
	}
	failed := errors.New("the entry cannot be taken out of it without changing more: remove it by hand")
	if _, there, err := k.form.entry(changed, k); err != nil || there {
		return nil, failed
	}
	return changed, f.sameBut(changed, failed)
}

func nonNil(env map[string]string) map[string]string {
	if env == nil {
		return map[string]string{}
	}
	return env
}

// sameBut returns failed unless changed says the same as the file, our entry aside.
func (f *File) sameBut(changed []byte, failed error) error {
	var said [2]map[string]any
	for i, text := range [][]byte{f.text, changed} {
		all, err := f.kind.form.read(text, f.kind)
		if err != nil {
			return failed
		}
		servers, _ := all[f.kind.section].(map[string]any)
		delete(servers, Name)
		if len(servers) == 0 {
			delete(all, f.kind.section) // an empty one and none are the same
		}
		said[i] = all
	}
	if !reflect.DeepEqual(said[0], said[1]) {
		return failed
	}
	return nil
}

// Written is what was written for a client.
type Written struct {
	// File is the real path, Backup that of the copy of what stood there; empty where nothing did.
	File, Backup string
	// Digest is the hexadecimal SHA-256 of what was written.
	Digest string
}

// Connect puts e into the file, after a copy of it, or changes nothing. The file is this user's alone from then on. Every
// error is a *FileError.
func (f *File) Connect(e Entry) (w Written, err error) {
	w.File = f.Path
	changed, err := f.with(e)
	if err == nil {
		w.Backup, err = f.backUp()
	}
	if err == nil {
		err = f.replaceWith(changed, 0o600)
	}
	if err != nil {
		return Written{}, &FileError{f.Path, err.Error(), "nothing was changed"}
	}
	w.Digest = digestOf(changed)
	return w, nil
}

// backUp keeps a copy of the file as it is without Gatehouse, and returns its path; empty where there is nothing to keep.
func (f *File) backUp() (path string, err error) {
	before := f.text
	if f.Connected {
		if before, err = f.without(); err != nil {
			return "", err
		}
	}
	if !f.Exists || f.Connected && f.empty(before) {
		return "", nil
	}
	path = f.Path + backupSuffix
	return path, replace(path, before, f.mode)
}

// empty says whether text, a form of the file without our entry, says nothing.
func (f *File) empty(text []byte) bool {
	all, err := f.kind.form.read(text, f.kind)
	servers, _ := all[f.kind.section].(map[string]any)
	return err == nil && (len(all) == 0 || len(all) == 1 && servers != nil && len(servers) == 0)
}

// Outcome is what became of a file when a client was disconnected.
type Outcome string

// The outcomes.
const (
	PutBack    Outcome = "put back"   // the file is as it was before
	Removed    Outcome = "removed"    // the file was ours alone, and is gone
	TakenOut   Outcome = "taken out"  // other things changed in it since: only our entry was taken out
	NotInThere Outcome = "not in it"  // there was no entry of ours
	LeftAsIs   Outcome = "left as is" // see the error
)

// Disconnect takes what was written for a client out of its file: where nothing else changed since, the file is put back
// as it was, else our entry alone is taken out. owner says whose token stands in the file: an entry that is not this
// client's stays. Every error is a *FileError, and then the file is as it was.
func (k Kind) Disconnect(w Written, home string, ours func(token string) bool) (Outcome, error) {
	f, err := k.Open(w.File, home)
	if err != nil {
		return LeftAsIs, err
	}
	if !f.Connected || !ours(f.Token) {
		return NotInThere, nil
	}
	outcome, err := f.undo(w)
	if err != nil {
		return LeftAsIs, &FileError{f.Path, err.Error(), "take the entry gatehouse out by hand"}
	}
	return outcome, nil
}

func (f *File) undo(w Written) (Outcome, error) {
	if digestOf(f.text) == w.Digest {
		if rest, err := f.without(); w.Backup == "" && err == nil && f.empty(rest) {
			return Removed, f.unchanged(func() error { return os.Remove(f.Path) })
		}
		info, err := os.Lstat(w.Backup)
		if err == nil && info.Mode().IsRegular() && info.Size() <= longest {
			before, err := os.ReadFile(w.Backup)
			if err == nil {
				if err := f.replaceWith(before, info.Mode().Perm()); err != nil {
					return LeftAsIs, err
				}
				_ = os.Remove(w.Backup)
				return PutBack, nil
			}
		}
	}
	rest, err := f.without()
	if err != nil {
		return LeftAsIs, err
	}
	return TakenOut, f.replaceWith(rest, f.mode)
}

func (f *File) replaceWith(text []byte, mode fs.FileMode) error {
	return f.unchanged(func() error { return replace(f.Path, text, mode) })
}

// unchanged does what it is given where the file is still as it was opened.
func (f *File) unchanged(do func() error) error {
	now, err := os.ReadFile(f.Path)
	if exists := err == nil; exists != f.Exists || exists && !bytes.Equal(now, f.text) {
		return errors.New("it was changed in this very moment")
	}
	return do()
}

// replace puts text at path as a whole or not at all.
func replace(path string, text []byte, mode fs.FileMode) error {
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return errors.New("nothing can be written in its folder")
	}
	_, err = temp.Write(text)
	err = errors.Join(err, temp.Chmod(mode), temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temp.Name())
		return errors.New("it cannot be written")
	}
	return nil
}

func digestOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
