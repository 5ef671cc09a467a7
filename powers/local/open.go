package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// Open asks for what o needs and opens it. A file to be written is copied, and asked for when the copy is to take its
// place; one that is too large for that, or only appended to with a right that the guest has, is written itself. Nothing
// is made or cut before the answer.
func (f *Files) Open(ctx context.Context, o powers.Open) (powers.File, error) {
	h, err := f.openHandle(ctx, o, o.Create && o.Truncate && !o.Exclusive)
	if err != nil {
		return nil, saying("opening", o.Path, err)
	}
	return h, nil
}

// openHandle opens o. same says that the guest sees no difference before the commit, whatever stands there.
func (f *Files) openHandle(ctx context.Context, o powers.Open, same bool) (opened, error) {
	o.Write = o.Write || o.Append || o.Create || o.Truncate
	o.Read = o.Read || !o.Write
	revoked, err := f.reserve()
	if err != nil {
		return nil, err
	}
	h, err := f.openAsked(ctx, o, same)
	if err != nil {
		f.release()
		return nil, err
	}
	if err := f.remember(h, revoked); err != nil {
		f.release()
		h.shut()
		return nil, f.refusal(err, rightsOf(o)[0], o.Path)
	}
	return h, nil
}

func (f *Files) openAsked(ctx context.Context, o powers.Open, same bool) (opened, error) {
	h, err := f.openNamed(ctx, o, same)
	var other *instead
	if errors.As(err, &other) {
		file, err := f.openPicked(other.path)
		if err != nil {
			return nil, f.refusal(err, permissions.Read, o.Path)
		}
		return &handle{files: f, file: file, real: filepath.ToSlash(other.path), open: o}, nil
	}
	return h, err
}

// openNamed asks for what o names and opens that; *instead is returned where the person picked another file.
func (f *Files) openNamed(ctx context.Context, o powers.Open, same bool) (opened, error) {
	if need, ok := asksToPick(o); ok {
		if err := checkName(o.Path); err != nil {
			return nil, err
		}
		if err := f.check(ctx, need); err != nil {
			return nil, err
		}
		return nil, refused("no file was picked")
	}
	follow := !o.NoFollow && !(o.Create && o.Exclusive)
	found, err := f.settle(ctx, want{
		guest: o.Path, follow: follow, pickable: pickable(o), content: true, same: same,
		plan: func(p *place) ([]permissions.Right, error) { return f.planOpen(ctx, o, p) },
	})
	if err != nil {
		return nil, err
	}
	defer closeAll(found)
	p := found[0]
	if o.Write && !p.direct || f.draftAt(p.real) != nil {
		d, err := f.openDraft(p, o)
		if err != nil {
			return nil, f.refusal(err, permissions.Write, o.Path)
		}
		return &writing{d, o}, nil
	}
	return f.openItself(ctx, p, o)
}

// openItself opens the object of p to be read, or to be written in place.
func (f *Files) openItself(ctx context.Context, p *place, o powers.Open) (*handle, error) {
	file, err := openObject(p.object, openFlags(o), o.Write)
	if err != nil {
		return nil, f.refusal(err, rightsOf(o)[0], o.Path)
	}
	h := &handle{files: f, file: file, real: p.real, open: o}
	if !o.Write {
		return h, nil
	}
	done, err := f.keep(ctx, Written{
		Operation: permissions.WriteContent, Grant: f.grant(permissions.Write, p.real), Path: filepath.FromSlash(p.real),
		Replaces: true, Before: p.object.info.Size(), After: p.object.info.Size(),
	}, nil)
	if err == nil && o.Truncate {
		err = cause(file.Truncate(0))
		done(err == nil)
	} else if err == nil {
		done(true)
	}
	if err != nil {
		file.Close()
		return nil, f.refusal(err, permissions.Write, o.Path)
	}
	return h, nil
}

// direct says whether a file is written itself: it is too large to be shown and kept, or its lines come from several
// programs and the guest only adds some, as it may.
func (f *Files) direct(ctx context.Context, o powers.Open, p *place) bool {
	if !o.Write || p.kind() != powers.RegularFile {
		return false
	}
	if p.object.info.Size() > mostPreviewed {
		return true
	}
	return o.Append && !o.Read && !o.Truncate &&
		f.checker.Granted(ctx, f.need(permissions.Write, permissions.WriteContent, p)) == nil
}

// made tells the checker what stands now at p, of which n was asked: the object of info, or any where that is nil.
func (f *Files) made(n permissions.Need, p *place, info os.FileInfo) {
	object, err := p.parent.child(p.name())
	if err != nil {
		return
	}
	defer object.close()
	if info == nil || os.SameFile(info, object.info) {
		f.checker.Made(n, object.identity())
	}
}

// openObject opens what was pinned, and looks at what it got: that very object, still a file or folder, and for
// writing with no other name.
func openObject(p *pin, flags int, writes bool) (*os.File, error) {
	file, err := p.open(flags)
	if err != nil {
		return nil, cause(err)
	}
	if err := verify(file, p.info, writes); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

func verify(file *os.File, pinned os.FileInfo, writes bool) error {
	info, err := file.Stat()
	switch {
	case err != nil:
		return cause(err)
	case !os.SameFile(info, pinned):
		return refused("it changed while it was opened")
	case !info.IsDir() && !info.Mode().IsRegular():
		return errKind
	case writes && !info.IsDir():
		if n, err := links(file); err != nil || n > 1 {
			return errSecondName
		}
	}
	return nil
}

var errSecondName = refused("the file has a second name, which may lie anywhere")

// planOpen says what opening p as o needs.
func (f *Files) planOpen(ctx context.Context, o powers.Open, p *place) ([]permissions.Right, error) {
	if d := f.draftAt(p.real); d != nil {
		return d.plan(o)
	}
	rights, kind := rightsOf(o), p.kind()
	if o.Write && (o.Truncate || p.object == nil) { // there is nothing old to be read
		rights = []permissions.Right{permissions.Write}
	}
	p.direct = f.direct(ctx, o, p)
	switch {
	case errors.Is(p.err, powers.ErrNotExist) && p.parent != nil && o.Create && !o.Folder:
		return rights, f.onDevice(p.parent, p)
	case p.object == nil:
		return rights, p.err
	case o.Create && o.Exclusive:
		return rights, powers.ErrExist
	case kind == powers.Link:
		return rights, powers.ErrLink
	case kind == powers.Folder && o.Write:
		return rights, powers.ErrFolder
	case kind == powers.Folder:
		return []permissions.Right{permissions.List}, f.onDevice(p.object, p)
	case kind == "":
		return rights, errKind
	case o.Folder:
		return rights, powers.ErrNotFolder
	}
	return rights, f.sound(p, o.Write)
}

// rightsOf says what o needs on a file, or on a folder where it demands one.
func rightsOf(o powers.Open) []permissions.Right {
	switch {
	case o.Folder && !o.Write:
		return []permissions.Right{permissions.List}
	case o.Read && o.Write:
		return []permissions.Right{permissions.Read, permissions.Write}
	case o.Write:
		return []permissions.Right{permissions.Write}
	}
	return []permissions.Right{permissions.Read}
}

// sound refuses a file on another device, and for writing one that has a second name: what is written there is
// written wherever the other name lies.
func (f *Files) sound(p *place, writes bool) error {
	if _, _, links, _ := system(p.object.info); writes && links > 1 {
		return errSecondName
	}
	return f.onDevice(p.object, p)
}

// onDevice refuses what lies below the workspace but on another device than it.
func (f *Files) onDevice(found *pin, p *place) error {
	if _, inside := below(p.real, f.workspace); !inside {
		return nil
	}
	device, _, _, _ := system(found.info)
	if ours, _, _, _ := system(f.root.info); device != ours {
		return powers.ErrDevice
	}
	return nil
}

// openFlags never truncate: that waits until the opened object was looked at. A pipe that took a file's place must not
// hold up the host.
func openFlags(o powers.Open) int {
	flags := syscall.O_NONBLOCK
	switch {
	case o.Read && o.Write:
		flags |= os.O_RDWR
	case o.Write:
		flags |= os.O_WRONLY
	}
	if o.Append {
		flags |= os.O_APPEND
	}
	return flags
}
