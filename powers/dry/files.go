package dry

import (
	"context"
	"fmt"
	"path"
	"strings"
	"sync"
	"time"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// FilesOptions says what one call's files are.
type FilesOptions struct {
	// Notes takes what is asked for.
	Notes *Notes
	// Answers are the files that there are, by the guest's names: /workspace/a.txt. With nil every name that is asked
	// for is there, and empty; a folder where the guest demands one or where the name has no dot.
	Answers map[string][]byte
	// OpenFiles is how many files may be open at once.
	OpenFiles int
}

// Files is a file system in memory, for one call. It implements powers.Files and may be used by several goroutines.
type Files struct {
	notes   *Notes
	guesses bool
	limit   int

	mu   sync.Mutex
	tree tree
	open int
}

// NewFiles returns the files of one call. An answer whose name is not clean and absolute, or that lies below another
// one, is powers.ErrName.
func NewFiles(o FilesOptions) (*Files, error) {
	f := &Files{notes: o.Notes, guesses: o.Answers == nil, limit: o.OpenFiles, tree: newTree()}
	for name, content := range o.Answers {
		if !clean(name) || f.tree.fill(name, content) != nil {
			return nil, fmt.Errorf("the answer %q: %w", name, powers.ErrName)
		}
	}
	return f, nil
}

// clean says whether name is one as adapters hand it on.
func clean(name string) bool {
	return path.IsAbs(name) && path.Clean(name) == name && len(name) <= 4096
}

// grant names right on what the guest calls name.
func grant(right permissions.Right, name string) permissions.Grant {
	if rest, ok := strings.CutPrefix(name, workspace); ok && (rest == "" || rest[0] == '/') {
		name = "${workspace}" + rest
	}
	return permissions.FileGrant(right, name)
}

// want notes that the guest wants rights on name.
func (f *Files) want(name string, rights ...permissions.Right) error {
	if !clean(name) {
		return powers.ErrName
	}
	for _, right := range rights {
		if err := f.notes.note(grant(right, name)); err != nil {
			return err
		}
	}
	return nil
}

// Open notes what o needs and opens it.
func (f *Files) Open(_ context.Context, o powers.Open) (powers.File, error) {
	o.Write = o.Write || o.Append || o.Create || o.Truncate
	o.Read = o.Read || !o.Write
	f.mu.Lock()
	defer f.mu.Unlock()
	if !o.NoFollow {
		path, err := f.tree.follow(o.Path)
		if err != nil {
			return nil, fmt.Errorf("opening %q: %w", o.Path, err)
		}
		o.Path = path
	}
	found, err := f.openNode(o)
	if err != nil {
		return nil, fmt.Errorf("opening %q: %w", o.Path, err)
	}
	f.open++
	return &handle{files: f, node: found, open: o}, nil
}

func (f *Files) openNode(o powers.Open) (*node, error) {
	there := f.tree.nodes[o.Path]
	folder := o.Folder || there != nil && there.folder && !o.Write
	switch {
	case folder && !o.Write:
		if err := f.want(o.Path, permissions.List); err != nil {
			return nil, err
		}
	default:
		if err := f.want(o.Path, rightsOf(o)...); err != nil {
			return nil, err
		}
	}
	switch {
	case f.open >= f.limit:
		return nil, powers.ErrTooMany
	case there != nil && there.guess && there.folder != folder:
		f.tree.remove(o.Path) // the guess was wrong
		there = nil
	}
	switch {
	case there == nil && f.guesses && folder:
		return f.tree.guess(o.Path, true)
	case there == nil && f.guesses && !o.Create:
		return f.tree.guess(o.Path, false)
	case there == nil && !o.Create:
		return nil, powers.ErrNotExist
	case there == nil:
		return f.tree.add(o.Path, f.guesses)
	case o.Create && o.Exclusive && !there.guess:
		return nil, powers.ErrExist
	case there.folder && o.Write:
		return nil, powers.ErrFolder
	case there.says != "":
		return nil, powers.ErrLink
	case o.Folder && !there.folder:
		return nil, powers.ErrNotFolder
	}
	there.guess = there.guess && !o.Write
	if o.Truncate {
		return there, f.tree.resize(there, 0)
	}
	return there, nil
}

func rightsOf(o powers.Open) []permissions.Right {
	switch {
	case o.Read && o.Write:
		return []permissions.Right{permissions.Read, permissions.Write}
	case o.Write:
		return []permissions.Right{permissions.Write}
	}
	return []permissions.Right{permissions.Read}
}

// Stat describes what stands at name. What was not asked for at the top is not there. It notes nothing: to look at a name needs no right of its own.
func (f *Files) Stat(_ context.Context, name string, follow bool) (powers.Info, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !clean(name) {
		return powers.Info{}, powers.ErrName
	}
	if follow {
		var err error
		if name, err = f.tree.follow(name); err != nil {
			return powers.Info{}, err
		}
	}
	if n := f.tree.nodes[name]; n != nil {
		return n.info(), nil
	}
	if !f.guesses || path.Dir(name) == "/" { // nothing of this machine lies at the top
		return powers.Info{}, fmt.Errorf("describing %q: %w", name, powers.ErrNotExist)
	}
	n, err := f.tree.guess(name, !strings.Contains(path.Base(name), "."))
	if err != nil {
		return powers.Info{}, err
	}
	return n.info(), nil
}

// Change notes what c needs and does it in memory.
func (f *Files) Change(_ context.Context, c powers.Change) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.change(c); err != nil {
		return fmt.Errorf("changing %q: %w", c.Path, err)
	}
	return nil
}

func (f *Files) change(c powers.Change) error {
	rights := []permissions.Right{permissions.Write}
	if c.Operation == powers.Rename {
		rights = append(rights, permissions.Read)
		if err := f.want(c.To, permissions.Write); err != nil {
			return err
		}
	}
	if err := f.want(c.Path, rights...); err != nil {
		return err
	}
	if c.Operation == powers.MakeLink {
		return f.tree.makeLink(c.Path, c.To, f.guesses)
	}
	there := f.tree.nodes[c.Path]
	if there == nil && f.guesses && c.Operation != powers.MakeFolder {
		var err error
		if there, err = f.tree.guess(c.Path, c.Operation == powers.RemoveFolder); err != nil {
			return err
		}
	}
	if c.Operation == powers.MakeFolder {
		if there != nil && !there.guess {
			return powers.ErrExist
		}
		f.tree.remove(c.Path)
		return f.tree.makeFolder(c.Path, f.guesses)
	}
	if there == nil {
		return powers.ErrNotExist
	}
	switch c.Operation {
	case powers.RemoveFile, powers.RemoveFolder:
		return f.tree.take(c.Path, c.Operation == powers.RemoveFolder)
	case powers.Rename:
		return f.tree.rename(c.Path, c.To, f.guesses)
	case powers.Truncate:
		return f.tree.resize(there, c.Size)
	case powers.Touch:
		there.touch(c.Modified)
		return nil
	}
	return powers.ErrIO
}

// release gives back the place of an open file.
func (f *Files) release() { f.open-- }

// now is when everything was last changed: a dry run has no clock of its own that a result could depend on.
var now = time.Unix(0, 0)
