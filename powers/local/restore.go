package local

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// ErrChanged is returned by Restore where what stands there now is not what the change left.
var ErrChanged = errors.New("it was changed since")

// Restore takes the change w back, of which old is what stood there before: it puts old back, removes what was made, or
// gives a file its former name. It walks as a guest's names are walked and follows no link; where the change was made in
// a workspace, only that folder is walked. Nothing is overwritten that is not exactly what w left: that is ErrChanged.
func Restore(workspace string, w Written, old io.Reader) error {
	f, err := NewFiles(FilesOptions{Workspace: workspace})
	if err != nil {
		return fmt.Errorf("taking back a change: %w", errors.Join(ErrChanged, err))
	}
	defer f.Close()
	if err := f.restore(w, old); err != nil {
		return fmt.Errorf("taking back a change of %q: %w", w.Path, err)
	}
	return nil
}

func (f *Files) restore(w Written, old io.Reader) error {
	path, other := filepath.ToSlash(w.Path), filepath.ToSlash(w.Other)
	before := version{Reader: old, digest: w.BeforeDigest, mode: w.Mode, modified: w.Modified}
	switch {
	case w.Folder:
		return f.restoreFolder(path, w)
	case w.Operation == permissions.MakeLink:
		return f.restoreLink(path, w)
	case w.Operation == permissions.WriteContent:
		return f.with(path, w.AfterDigest, func(now *sight) error { return putBack(now, before) })
	case w.Operation == permissions.Create:
		return f.with(path, w.AfterDigest, func(now *sight) error { return now.parent.removeFile(now.name()) })
	case w.Operation == permissions.Remove:
		return f.with(path, "", func(now *sight) error { return putBack(now, before) })
	case w.Operation == permissions.Rename:
		return f.restoreName(path, other, w, before)
	}
	return ErrChanged
}

// with calls do with what stands at path, if that has the digest; an empty one is that of nothing.
func (f *Files) with(path, digest string, do func(*sight) error) error {
	now, err := f.look(path)
	if err != nil {
		return errors.Join(ErrChanged, err)
	}
	defer now.close()
	if now.digest != digest {
		return ErrChanged
	}
	now.forget()
	return do(now)
}

func putBack(now *sight, v version) error {
	_, err := put(now.place, v)
	return ifThere(err)
}

// ifThere is ErrChanged where something stands that was not there a moment ago.
func ifThere(err error) error {
	if errors.Is(err, os.ErrExist) {
		return ErrChanged
	}
	return err
}

// restoreName renames the file back, and puts back what it replaced: both or neither, so that it can be tried again.
func (f *Files) restoreName(path, other string, w Written, replaced version) error {
	return f.with(other, w.AfterDigest, func(now *sight) error {
		return f.with(path, "", func(before *sight) error {
			if err := renameNew(now.place, before.place); err != nil {
				return ifThere(err)
			}
			if !w.Replaces {
				return nil
			}
			err := f.with(other, "", func(gap *sight) error { return putBack(gap, replaced) })
			if err != nil {
				err = errors.Join(err, renameNew(before.place, now.place))
			}
			return err
		})
	})
}

func (f *Files) restoreFolder(path string, w Written) error {
	p, err := f.find(f.guestOf(path), false)
	if err != nil {
		return errors.Join(ErrChanged, err)
	}
	defer p.close()
	switch {
	case p.real != path || p.parent == nil:
		return ErrChanged
	case w.Operation == permissions.MakeFolder && p.kind() == powers.Folder:
		if err := p.parent.removeFolder(p.name()); err != nil {
			return errors.Join(ErrChanged, cause(err))
		}
		return p.parent.sync()
	case w.Operation == permissions.Remove && p.object == nil:
		return remakeFolder(p, w.Mode)
	}
	return ErrChanged
}

func remakeFolder(p *place, mode fs.FileMode) error {
	if err := p.parent.makeFolder(p.name()); err != nil {
		return ifThere(err)
	}
	made, err := p.parent.child(p.name())
	if err != nil {
		return err
	}
	defer made.close()
	folder, err := openObject(made, os.O_RDONLY, false)
	if err != nil {
		return err
	}
	defer folder.Close()
	return errors.Join(folder.Chmod(mode.Perm()), p.parent.sync())
}

// restoreLink removes a link that still says what it said.
func (f *Files) restoreLink(path string, w Written) error {
	p, err := f.find(f.guestOf(path), false)
	if err != nil {
		return errors.Join(ErrChanged, err)
	}
	defer p.close()
	if p.real != path || p.parent == nil || p.kind() != powers.Link {
		return ErrChanged
	}
	if says, err := p.object.target(); err != nil || digestOfText(filepath.ToSlash(says)) != w.AfterDigest {
		return errors.Join(ErrChanged, err)
	}
	if err := p.parent.removeFile(p.name()); err != nil {
		return err
	}
	return p.parent.sync()
}
