package wasip1

import (
	"path"
	"strings"
	"unicode/utf8"

	"gatehouse/powers"
)

// What one name can cost the host, and what systems take as one segment of it.
const (
	longestPath    = 4096
	longestSegment = 255
)

// followLinks is the only flag of a look-up.
const followLinks = 1

// name is where a guest's name leads.
type name struct {
	// path is absolute and clean.
	path string
	// folder says that the name ended like that of a folder, dots that its last segment was "." or "..": a name that
	// cannot be made, removed or given to something else.
	folder, dots bool
}

// at reads the name of n bytes at pointer, relative to the folder fd, which must have the rights needed.
func (p *Process) at(fd, pointer, n uint32, needed rights) (name, errno) {
	d, failed := p.table.get(fd)
	switch {
	case failed != success:
		return name{}, failed
	case d.kind != typeFolder:
		return name{}, errNotFolder
	case d.base&needed != needed:
		return name{}, errNoRight
	}
	text, failed := p.text(pointer, n)
	if failed != success {
		return name{}, failed
	}
	base := d.path
	if d.preopen == start {
		base = p.base(text)
	}
	return place(base, text)
}

// text reads a guest's name, or what a link of it is to say.
func (p *Process) text(pointer, n uint32) (string, errno) {
	b, ok := p.memory.bytes(pointer, n)
	switch {
	case !ok:
		return "", errFault
	case len(b) == 0:
		return "", errNoEntry
	case len(b) > longestPath:
		return "", errNameTooLong
	case !utf8.Valid(b):
		return "", errIllegal
	}
	p.payBytes(uint64(n))
	text := string(b)
	if strings.IndexByte(text, 0) >= 0 {
		return "", errInvalid
	}
	return text, success
}

// place joins the name relative to folder. It never leads above the folder: a ".." goes back over the segment before it,
// whatever that is.
func place(folder, relative string) (name, errno) {
	if relative[0] == '/' {
		return name{}, errNoRight
	}
	depth, last, dots := 0, "", false
	for segment := range strings.SplitSeq(relative, "/") {
		switch {
		case segment == "..":
			depth--
		case len(segment) > longestSegment:
			return name{}, errNameTooLong
		case segment != "" && segment != ".":
			depth++
		}
		if depth < 0 {
			return name{}, errNoRight
		}
		if last = segment; segment != "" {
			dots = segment == "." || segment == ".."
		}
	}
	at := name{path: path.Join(folder, relative), folder: last == "" || dots, dots: dots}
	if len(at.path) > longestPath {
		return name{}, errNameTooLong
	}
	return at, success
}

// How a guest opens.
const (
	openCreate = 1 << iota
	openFolder
	openExclusive
	openTruncate
)

// pathOpen opens an object, which asks where it is not granted. A root is opened without asking: every guest does that at
// its start, and listing it asks.
func (p *Process) pathOpen(a arguments) errno {
	how, flags := a.u32(4), fdflags(a.u32(7))
	needed := rightOpen
	if how&openCreate != 0 {
		needed |= rightCreate
	}
	at, failed := p.at(a.u32(0), a.u32(2), a.u32(3), needed)
	if failed != success {
		return failed
	}
	parent, _ := p.table.get(a.u32(0))
	base, inheriting := rights(a[5]), rights(a[6])
	switch {
	case !p.memory.has(a.u32(8), 4):
		return errFault
	case how >= openTruncate<<1 || a.u32(7) > uint32(allFlags):
		return errInvalid
	case (base|inheriting)&allRights&^parent.inheriting != 0:
		return errNoRight
	case flags&(flagDatasync|flagReadsync|flagSync) != 0:
		return errUnsupported
	case p.table.full():
		return errTooMany
	}
	d, failed := p.open(at, a.u32(1)&followLinks != 0, how, base, flags)
	if failed != success {
		return failed
	}
	d.flags, d.inheriting = flags, inheriting&allRights
	return p.memory.put32(a.u32(8), p.table.add(d))
}

func (p *Process) open(at name, follow bool, how uint32, base rights, flags fdflags) (*descriptor, errno) {
	o := powers.Open{
		Path: at.path, Read: base&rightRead != 0, Write: base&rightWrite != 0,
		Create: how&openCreate != 0, Exclusive: how&openExclusive != 0, Truncate: how&openTruncate != 0,
		Folder: at.folder || how&openFolder != 0, NoFollow: !follow && !at.folder,
	}
	o.Append = o.Write && flags&flagAppend != 0
	writes := o.Write || o.Create || o.Truncate
	switch {
	case how&openFolder != 0 && o.Create:
		return nil, errInvalid
	case o.Folder && writes:
		return nil, errIsFolder
	case isRoot(at.path) && writes:
		return nil, errIsFolder
	case isRoot(at.path):
		return &descriptor{kind: typeFolder, base: base & folderRights, path: at.path}, success
	case p.files == nil:
		return nil, errAccess
	}
	file, err := p.files.Open(p.ctx, o)
	if err != nil {
		return nil, errnoOf(err)
	}
	d := &descriptor{kind: typeFolder, base: base & folderRights, path: at.path, file: file, opened: o}
	if o.Folder {
		return d, success
	}
	info, failed := p.info(d)
	if failed != success {
		return nil, failed
	}
	if info.Kind == powers.RegularFile {
		d.kind, d.base = typeFile, base&fileRights
		if !o.Write {
			d.base &^= writingRights
		}
	}
	return d, success
}

// fdClose gives a descriptor back, whatever comes of it.
func (p *Process) fdClose(a arguments) errno {
	d, failed := p.table.get(a.u32(0))
	if failed != success {
		return failed
	}
	p.table.remove(a.u32(0))
	return p.shut(d)
}

func (p *Process) shut(d *descriptor) errno {
	p.forget(d)
	if d.file == nil {
		return success
	}
	return errnoOf(d.file.Close(p.ctx))
}

// fdRenumber gives the first descriptor the number of the second, which is closed.
func (p *Process) fdRenumber(a arguments) errno {
	from, to := a.u32(0), a.u32(1)
	d, failed := p.table.get(from)
	if failed != success {
		return failed
	}
	replaced, failed := p.table.get(to)
	if failed != success || from == to {
		return failed
	}
	p.table.remove(from)
	p.table.open[to] = d
	return p.shut(replaced)
}
