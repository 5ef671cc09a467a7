package host

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"gatehouse/permissions"
	"gatehouse/store"
)

const (
	// largestPolicy is more than permissions.ParsePolicy takes, in bytes.
	largestPolicy = 128 << 10
	// settled is how long after its last change a file's times tell any other change.
	settled = 2 * time.Second
)

// policyFile is one policy file and what of it holds. A workspace's file is anybody's who can write there, so it only
// ever narrows: what it said once holds until the person agrees to less. The managed file is root's, who may change it as
// they like, and is believed only while it is root's alone.
type policyFile struct {
	layer           permissions.Layer
	path, workspace string
	trusted         func(path string) error
	keeper          *store.Policies // nil where nothing outlives this process
	changed         func()

	mu    sync.Mutex
	known bool
	at    time.Time   // when it was read
	info  fs.FileInfo // as it was then, nil for no file
	last  reading
	// kept are the forms that hold until a narrower one comes or the person agrees, and forms all that hold now.
	kept, forms []Form
	policies    []permissions.Policy
}

// reading is what was found in a file's place. problem is set where that cannot be told.
type reading struct {
	there         bool
	text, problem string
}

// now returns what holds as the file is now. The error means that nobody can tell, and so no.
func (f *policyFile) now() ([]permissions.Policy, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.refresh()
	return f.policies, err
}

// look returns the forms that hold.
func (f *policyFile) look() ([]Form, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.refresh()
	return slices.Clone(f.forms), err
}

// refresh reads the file again if it may have changed.
func (f *policyFile) refresh() error {
	info, err := os.Lstat(f.path)
	if f.known && f.last.problem == "" && f.same(info, err) {
		return nil
	}
	began := time.Now()
	r := f.read(info, err)
	if !f.known {
		if err := f.remember(); err != nil {
			return err
		}
	}
	if !f.known || r != f.last {
		if err := f.take(r); err != nil {
			return err
		}
		f.changed()
	}
	f.known, f.at, f.info, f.last = true, began, info, r
	return nil
}

// same says whether the file is surely the one that was read, or none as it was none.
func (f *policyFile) same(info fs.FileInfo, err error) bool {
	if info == nil || f.info == nil {
		return info == nil && f.info == nil && missing(err)
	}
	return os.SameFile(info, f.info) && info.ModTime().Equal(f.info.ModTime()) && info.Size() == f.info.Size() &&
		info.Mode() == f.info.Mode() && f.at.Sub(info.ModTime()) > settled
}

func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// read reads the file that Lstat found. It follows no link and waits for nothing.
func (f *policyFile) read(info fs.FileInfo, err error) reading {
	switch {
	case missing(err):
		return reading{}
	case err != nil:
		return reading{there: true, problem: err.Error()}
	case !info.Mode().IsRegular():
		return reading{there: true, problem: f.path + " is not a regular file"}
	}
	if err := f.trusted(f.path); err != nil {
		return reading{there: true, problem: err.Error()}
	}
	file, err := os.OpenFile(f.path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return reading{there: true, problem: err.Error()}
	}
	defer file.Close()
	if opened, err := file.Stat(); err != nil || !os.SameFile(info, opened) {
		return reading{there: true, problem: f.path + " changed while it was read"}
	}
	text, err := io.ReadAll(io.LimitReader(file, largestPolicy))
	if err != nil {
		return reading{there: true, problem: err.Error()}
	}
	return reading{there: true, text: string(text)}
}

// remember reads what is kept of the file since an earlier time.
func (f *policyFile) remember() error {
	if f.keeper == nil {
		return nil
	}
	texts, err := f.keeper.Find(f.path)
	if err == nil {
		f.kept, err = f.parse(texts)
	}
	return err
}
