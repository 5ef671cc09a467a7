package local

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// kept does what w says once it is written down.
func (f *Files) kept(ctx context.Context, w Written, old io.Reader, do func() error) error {
	done, err := f.keep(ctx, w, old)
	if err != nil {
		return err
	}
	err = do()
	done(err == nil)
	return cause(err)
}

func (f *Files) folderWritten(operation permissions.Operation, p *place) Written {
	w := Written{Operation: operation, Grant: f.grant(permissions.Write, p.real), Path: filepath.FromSlash(p.real), Folder: true}
	if p.object != nil {
		w.Replaces, w.Mode = true, p.object.info.Mode().Perm()
	}
	return w
}

func (f *Files) makeFolder(ctx context.Context, p *place) error {
	need := f.need(permissions.Write, permissions.MakeFolder, p)
	err := f.kept(ctx, f.folderWritten(permissions.MakeFolder, p), nil, func() error { return p.parent.makeFolder(p.name()) })
	if err == nil {
		f.made(need, p, nil)
	}
	return err
}

// removeFile removes a file or a link, of which nothing is kept.
func (f *Files) removeFile(ctx context.Context, p *place) error {
	s := f.lookBack(p)
	defer s.forget()
	w := s.written(permissions.Remove, f.grant(permissions.Write, p.real))
	err := f.kept(ctx, w, s.old(), func() error { return p.parent.removeFile(p.name()) })
	if err == nil {
		f.dropDraft(p.real)
	}
	return err
}

// lookBack reads the file at p so that it can be kept. What cannot be read, or is too large, is only described.
func (f *Files) lookBack(p *place) *sight {
	s := &sight{place: p}
	if p.kind() != powers.RegularFile || p.object.info.Size() > mostPreviewed {
		return s
	}
	file, err := openObject(p.object, os.O_RDONLY|syscall.O_NONBLOCK, false)
	if err != nil {
		return s
	}
	info, err := file.Stat()
	if err == nil {
		s.info, s.content = info, content{file, info.Size()}
		s.digest, err = digestOf(s.content)
	}
	if err != nil {
		file.Close()
		return &sight{place: p}
	}
	s.file = file
	return s
}

// touch sets the times of the object that was pinned.
func (f *Files) touch(ctx context.Context, p *place, c powers.Change) error {
	flags := os.O_WRONLY
	if p.kind() == powers.Folder {
		flags = os.O_RDONLY
	}
	file, err := openObject(p.object, flags|syscall.O_NONBLOCK, true)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := f.keepTouch(ctx, p); err != nil {
		return err
	}
	return cause(touch(file, c.Accessed, c.Modified))
}
