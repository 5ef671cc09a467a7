package local

import (
	"context"
	"errors"
	"os"
	"syscall"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// Open asks for what o needs and opens it. Nothing is opened, made or cut before the answer.
func (f *Files) Open(ctx context.Context, o powers.Open) (powers.File, error) {
	o.Write = o.Write || o.Append || o.Create || o.Truncate
	o.Read = o.Read || !o.Write
	h, err := f.openHandle(ctx, o)
	if err != nil {
		return nil, saying("opening", o.Path, err)
	}
	return h, nil
}

func (f *Files) openHandle(ctx context.Context, o powers.Open) (*handle, error) {
	revoked, err := f.reserve()
	if err != nil {
		return nil, err
	}
	file, err := f.openFile(ctx, o)
	if err != nil {
		f.release()
		return nil, err
	}
	h := &handle{files: f, file: file, open: o}
	if err := f.keep(h, revoked); err != nil {
		f.release()
		file.Close()
		return nil, f.refusal(err, rightsOf(o)[0], o.Path)
	}
	return h, nil
}

func (f *Files) openFile(ctx context.Context, o powers.Open) (*os.File, error) {
	file, err := f.openAsked(ctx, o)
	var other *instead
	if errors.As(err, &other) {
		if file, err = f.openPicked(other.path); err != nil {
			err = f.refusal(err, permissions.Read, o.Path)
		}
	}
	return file, err
}

// openAsked asks for what o names and opens that; *instead is returned where the person picked another file.
func (f *Files) openAsked(ctx context.Context, o powers.Open) (*os.File, error) {
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
		guest: o.Path, follow: follow, pickable: pickable(o),
		plan: func(p *place) ([]permissions.Right, error) { return f.planOpen(o, p) },
	})
	if err != nil {
		return nil, err
	}
	defer closeAll(found)
	p := found[0]
	if p.object == nil {
		return f.create(p, o)
	}
	file, err := openObject(p.object, openFlags(o), o.Write)
	if err != nil {
		return nil, f.refusal(err, rightsOf(o)[0], o.Path)
	}
	if o.Truncate {
		if err := file.Truncate(0); err != nil {
			file.Close()
			return nil, cause(err)
		}
	}
	return file, nil
}

func (f *Files) create(p *place, o powers.Open) (*os.File, error) {
	file, err := p.parent.create(p.name(), openFlags(o))
	if err != nil {
		return nil, cause(err)
	}
	if info, err := file.Stat(); err == nil {
		for _, right := range rightsOf(o) {
			f.made(f.need(right, permissions.Create, p), p, info)
		}
	}
	return file, nil
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
func (f *Files) planOpen(o powers.Open, p *place) ([]permissions.Right, error) {
	rights, kind := rightsOf(o), p.kind()
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
