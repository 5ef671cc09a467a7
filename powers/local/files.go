package local

import (
	"cmp"
	"errors"
	"fmt"
	"hash/maphash"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"gatehouse/powers"
)

// FilesOptions says what one call's files are.
type FilesOptions struct {
	// Checker decides; nil refuses everything.
	Checker Checker
	// Workspace is the real path of the confirmed folder; empty where there is none.
	Workspace string
	// OpenFiles is how many files may be open at once; 0 is none.
	OpenFiles int
	// Roots are the guest's names at which lines of the manifest begin. The folders above them can be described,
	// bare, so that a guest may walk down to them.
	Roots []string
	// Scratch is the folder of the copies that the guest writes, on this user's own disk and for nobody else; empty is
	// the system's.
	Scratch string
	// Keeper is told of every change before it happens; nil keeps nothing.
	Keeper Keeper
}

// Files is the file system of one call. It implements powers.Files and may be used by several goroutines.
type Files struct {
	checker   Checker
	workspace string // slash separated
	root      *pin   // held so that no other folder can get the workspace's identity
	roots     []string
	limit     int
	seed      maphash.Seed
	scratch   string
	keeper    Keeper

	read, written atomic.Int64 // bytes

	mu      sync.Mutex
	picked  map[string]*place // by their real names
	open    map[opened]int    // counted from 1 in the order of their opening
	count   int               // of everything that was ever opened
	used    int               // open handles and those about to be
	drafts  map[string]*draft
	copied  int64             // bytes of all drafts
	grown   int64             // by which files were let become longer
	numbers map[object]uint64 // those that committed files keep from their drafts
	revoked int               // how often Revoke was called
	closed  bool
}

// object is a file as the system numbers it.
type object struct{ device, inode uint64 }

// opened is a handle that was given out.
type opened interface {
	powers.File
	// shut gives it back without committing anything. It returns os.ErrClosed where that was done before.
	shut() error
}

var errWorkspace = errors.New("not a folder that can be a workspace")

// NewFiles pins the workspace and returns its files. It fails where Workspace is not the clean, absolute path of a
// folder. Close gives everything back.
func NewFiles(o FilesOptions) (*Files, error) {
	f := &Files{
		checker: checked(o.Checker), roots: o.Roots, limit: o.OpenFiles,
		seed: maphash.MakeSeed(), open: map[opened]int{}, drafts: map[string]*draft{}, scratch: cmp.Or(o.Scratch, os.TempDir()), keeper: o.Keeper,
		picked: map[string]*place{}, numbers: map[object]uint64{},
	}
	if o.Workspace == "" {
		return f, nil
	}
	if !filepath.IsAbs(o.Workspace) || filepath.Clean(o.Workspace) != o.Workspace || filepath.Dir(o.Workspace) == o.Workspace {
		return nil, fmt.Errorf("pinning the workspace %q: %w", o.Workspace, errWorkspace)
	}
	real, err := filepath.EvalSymlinks(o.Workspace)
	if err != nil || real != o.Workspace {
		return nil, fmt.Errorf("pinning the workspace %q: %w", o.Workspace, errors.Join(errWorkspace, err))
	}
	root, err := pinFolder(o.Workspace)
	if err != nil {
		return nil, fmt.Errorf("pinning the workspace %q: %w", o.Workspace, err)
	}
	f.root, f.workspace = root, filepath.ToSlash(o.Workspace)
	return f, nil
}

// Usage returns how many bytes the guest has read from files, and how many were written to them.
func (f *Files) Usage() (read, written int64) { return f.read.Load(), f.written.Load() }

// Close closes every open file without committing anything and ends the use of f: later calls return powers.ErrClosed.
func (f *Files) Close() error {
	f.mu.Lock()
	ended := f.closed
	f.closed = true
	f.mu.Unlock()
	if ended {
		return nil
	}
	err := f.Revoke()
	for _, p := range f.picked {
		p.close()
	}
	if f.root != nil {
		f.root.close()
	}
	return err
}

// Revoke closes every open file, as a decision that was taken back demands; nothing of them is committed. What is opened later is asked for again.
func (f *Files) Revoke() error {
	f.mu.Lock()
	f.revoked++
	f.mu.Unlock()
	var errs []error
	for _, h := range f.opened() {
		if err := h.shut(); !errors.Is(err, os.ErrClosed) { // the guest may have been first
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// reserve takes the place of one open file, before anybody is asked. The number goes to keep.
func (f *Files) reserve() (revoked int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closed:
		return 0, powers.ErrClosed
	case f.used >= f.limit:
		return 0, powers.ErrTooMany
	}
	f.used++
	return f.revoked, nil
}

func (f *Files) release() {
	f.mu.Lock()
	f.used--
	f.mu.Unlock()
}

var errTakenBack = refused("a decision was taken back meanwhile")

// remember makes h one of the open ones, unless everything was closed since the place was reserved.
func (f *Files) remember(h opened, revoked int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closed:
		return powers.ErrClosed
	case f.revoked != revoked:
		return errTakenBack
	}
	f.count++
	f.open[h] = f.count
	return nil
}

// forget gives the place of h back and reports whether it was open.
func (f *Files) forget(h opened) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open[h] == 0 {
		return false
	}
	delete(f.open, h)
	f.used--
	return true
}

// opened returns the open files in the order of their opening.
func (f *Files) opened() []opened {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.SortedFunc(maps.Keys(f.open), func(a, b opened) int { return f.open[a] - f.open[b] })
}

// describe is info as a guest may see it. Device and inode are hidden: the same within one call, and no one's business.
func (f *Files) describe(info os.FileInfo) powers.Info {
	device, inode, links, accessed := system(info)
	i := powers.Info{
		Kind: kindOf(info.Mode()), Links: links, Accessed: accessed, Modified: info.ModTime(),
		Device: maphash.Comparable(f.seed, device), Inode: f.number(object{device, inode}),
	}
	if i.Kind == powers.RegularFile {
		i.Size = info.Size()
	}
	return i
}

// number tells one object from all others within one call.
func (f *Files) number(o object) uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n, kept := f.numbers[o]; kept {
		return n
	}
	return maphash.Comparable(f.seed, o)
}

// mostNumbers is for how many committed files their number is remembered.
const mostNumbers = 10_000

// keepNumber lets the file of info keep the number that the guest knows: what it wrote is one file to it, though it became
// a new one with its commit.
func (f *Files) keepNumber(info os.FileInfo, number uint64) {
	device, inode, _, _ := system(info)
	f.mu.Lock()
	defer f.mu.Unlock()
	if inode != 0 && len(f.numbers) < mostNumbers {
		f.numbers[object{device, inode}] = number
	}
}

// bare is the description of a folder of which a guest may know nothing but that names lie below it.
func (f *Files) bare(guest string) powers.Info {
	return powers.Info{Kind: powers.Folder, Links: 1, Inode: maphash.Comparable(f.seed, guest)}
}

func kindOf(m os.FileMode) powers.Kind {
	switch {
	case m.IsRegular():
		return powers.RegularFile
	case m.IsDir():
		return powers.Folder
	case m&os.ModeSymlink != 0:
		return powers.Link
	}
	return ""
}
