package local

import (
	"context"
	"errors"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// Change asks for fs:write on each name that c is about and does it. A rename asks for fs:read at its source too, or
// what may not be read could be read under its new name; that of a folder asks for all that lies in it. What is removed
// or replaced is kept before.
//
// The kernel removes and renames by name: between the last look and the act another program may put something else
// there. It happens in the folder that was asked for all the same.
func (f *Files) Change(ctx context.Context, c powers.Change) error {
	return saying("changing", c.Path, f.change(ctx, c))
}

func (f *Files) change(ctx context.Context, c powers.Change) error {
	switch c.Operation {
	case powers.Truncate:
		return f.cut(ctx, c)
	case powers.Rename:
		return f.move(ctx, c)
	}
	wants := []want{{guest: c.Path, operation: operations[c.Operation], plan: f.planning(c.Operation)}}
	switch c.Operation {
	case powers.Touch:
		wants[0].follow = true
	case powers.MakeLink:
		wants[0].plan = f.planLink(ctx, c.To)
	case powers.MakeFolder, powers.RemoveFile, powers.RemoveFolder:
	default:
		return powers.ErrIO
	}
	if done, err := f.changeDraft(ctx, c, wants[0].follow); done || err != nil {
		return err
	}
	found, err := f.settle(ctx, wants...)
	if err != nil {
		return err
	}
	defer closeAll(found)
	p := found[0]
	switch c.Operation {
	case powers.MakeFolder:
		err = f.makeFolder(ctx, p)
	case powers.MakeLink:
		err = f.makeLink(ctx, p, c.To)
	case powers.RemoveFile:
		err = f.removeFile(ctx, p)
	case powers.RemoveFolder:
		err = f.kept(ctx, f.folderWritten(permissions.Remove, p), nil, func() error { return p.parent.removeFolder(p.name()) })
	case powers.Touch:
		err = f.touch(ctx, p, c)
	}
	return f.refusal(err, permissions.Write, c.Path)
}

// changeDraft does what c means for a file that the guest is writing, and reports whether that is all. A file that is
// only going to be made vanishes without a question.
func (f *Files) changeDraft(ctx context.Context, c powers.Change, follow bool) (done bool, err error) {
	p, err := f.find(c.Path, follow)
	if err != nil {
		return false, nil // settle says it again
	}
	defer p.close()
	d := f.draftAt(p.real)
	switch {
	case d == nil:
		return false, nil
	case (c.Operation == powers.MakeFolder || c.Operation == powers.MakeLink) && p.object == nil:
		return true, powers.ErrExist
	case c.Operation == powers.RemoveFile && p.object == nil:
		f.dropDraft(p.real)
		return true, nil
	case c.Operation == powers.Touch:
		d.touch(c.Accessed, c.Modified)
		return true, nil
	}
	return false, nil
}

// operations are the words for a change at its first name.
var operations = map[powers.Operation]permissions.Operation{
	powers.MakeFolder: permissions.MakeFolder, powers.MakeLink: permissions.MakeLink,
	powers.RemoveFile: permissions.Remove, powers.RemoveFolder: permissions.Remove,
	powers.Touch: permissions.Touch,
}

// cut changes a file's size as a guest would that opened it for writing.
func (f *Files) cut(ctx context.Context, c powers.Change) error {
	h, err := f.openHandle(ctx, powers.Open{Path: c.Path, Write: true}, true)
	if err != nil {
		return err
	}
	err = h.Truncate(ctx, c.Size)
	if err != nil {
		h.shut()
		return err
	}
	return h.Close(ctx)
}

// planning says what operation needs at its first name.
func (f *Files) planning(operation powers.Operation) func(*place) ([]permissions.Right, error) {
	rights := []permissions.Right{permissions.Write}
	return func(p *place) ([]permissions.Right, error) { return rights, f.obstacle(operation, p) }
}

// obstacle says why operation cannot be done at p.
func (f *Files) obstacle(operation powers.Operation, p *place) error {
	kind := p.kind()
	if operation == powers.MakeFolder || operation == powers.MakeLink {
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
		return errBegins
	case operation == powers.RemoveFile && kind == powers.Folder:
		return powers.ErrFolder
	}
	return f.onDevice(p.object, p)
}
