package local

import (
	"context"
	"errors"
	"os"
	"syscall"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// Change asks for fs:write on each name that c is about and does it. A rename asks for fs:read at its source too, or
// what may not be read could be read under its new name.
//
// The kernel removes and renames by name: between the last look and the act another program may put something else
// there. It happens in the folder that was asked for all the same.
func (f *Files) Change(ctx context.Context, c powers.Change) error {
	return saying("changing", c.Path, f.change(ctx, c))
}

func (f *Files) change(ctx context.Context, c powers.Change) error {
	wants := []want{{guest: c.Path, operation: operations[c.Operation], plan: f.planning(c.Operation)}}
	switch c.Operation {
	case powers.Touch, powers.Truncate:
		wants[0].follow = true
	case powers.Rename:
		wants = append(wants, want{guest: c.To, operation: permissions.Receive, plan: f.planTarget})
	case powers.MakeFolder, powers.RemoveFile, powers.RemoveFolder:
	default:
		return powers.ErrIO
	}
	found, err := f.settle(ctx, wants...)
	if err != nil {
		return err
	}
	defer closeAll(found)
	p := found[0]
	switch c.Operation {
	case powers.MakeFolder:
		return f.makeFolder(p)
	case powers.RemoveFile:
		return cause(p.parent.removeFile(p.name()))
	case powers.RemoveFolder:
		return cause(p.parent.removeFolder(p.name()))
	case powers.Rename:
		return f.rename(p, found[1])
	}
	return f.refusal(changeObject(p, c), permissions.Write, c.Path)
}

// operations are the words for a change at its first name.
var operations = map[powers.Operation]permissions.Operation{
	powers.MakeFolder: permissions.MakeFolder, powers.RemoveFile: permissions.Remove, powers.RemoveFolder: permissions.Remove,
	powers.Rename: permissions.Rename, powers.Touch: permissions.Touch, powers.Truncate: permissions.Truncate,
}

func (f *Files) makeFolder(p *place) error {
	need := f.need(permissions.Write, permissions.MakeFolder, p)
	if err := p.parent.makeFolder(p.name()); err != nil {
		return cause(err)
	}
	f.made(need, p, nil)
	return nil
}

func (f *Files) rename(from, to *place) error {
	need := f.need(permissions.Write, permissions.Receive, to)
	if err := rename(from, to); err != nil {
		return cause(err)
	}
	f.made(need, to, from.object.info)
	return nil
}

// changeObject touches or truncates the object that was pinned.
func changeObject(p *place, c powers.Change) error {
	flags := os.O_WRONLY
	if p.kind() == powers.Folder {
		flags = os.O_RDONLY
	}
	file, err := openObject(p.object, flags|syscall.O_NONBLOCK, true)
	if err != nil {
		return err
	}
	defer file.Close()
	if c.Operation == powers.Truncate {
		return cause(file.Truncate(c.Size))
	}
	return cause(touch(file, c.Accessed, c.Modified))
}

// planning says what operation needs at its first name.
func (f *Files) planning(operation powers.Operation) func(*place) ([]permissions.Right, error) {
	rights := []permissions.Right{permissions.Write}
	if operation == powers.Rename {
		rights = append(rights, permissions.Read)
	}
	return func(p *place) ([]permissions.Right, error) { return rights, f.obstacle(operation, p) }
}

// obstacle says why operation cannot be done at p.
func (f *Files) obstacle(operation powers.Operation, p *place) error {
	kind := p.kind()
	if operation == powers.MakeFolder {
		switch {
		case p.object != nil:
			return powers.ErrExist
		case !errors.Is(p.err, powers.ErrNotExist) || p.parent == nil:
			return p.err
		}
		return f.onDevice(p.parent, p)
	}
	switch {
	case p.object == nil:
		return p.err
	case kind == "":
		return errKind
	case operation == powers.Touch:
		return f.sound(p, kind == powers.RegularFile)
	case operation == powers.RemoveFolder && kind != powers.Folder:
		return powers.ErrNotFolder
	case operation == powers.RemoveFolder && (p.parent == nil || p.real == f.workspace):
		return refused("where a walk begins stays")
	case operation == powers.RemoveFolder || operation == powers.RemoveFile && kind != powers.Folder:
		return f.onDevice(p.object, p)
	case operation == powers.Rename && kind == powers.Folder:
		return refused("folders are not renamed")
	case operation == powers.Rename && kind == powers.Link:
		return refused("a link that moves may lead elsewhere")
	case kind == powers.Folder:
		return powers.ErrFolder
	}
	return f.sound(p, true)
}

// planTarget says what a rename needs at its second name.
func (f *Files) planTarget(p *place) ([]permissions.Right, error) {
	rights := []permissions.Right{permissions.Write}
	switch {
	case errors.Is(p.err, powers.ErrNotExist) && p.parent != nil:
		return rights, f.onDevice(p.parent, p)
	case p.object == nil:
		return rights, p.err
	case p.kind() == powers.Folder:
		return rights, powers.ErrFolder
	case p.kind() == "":
		return rights, errKind
	}
	return rights, f.onDevice(p.object, p)
}
