package wasip1

import (
	"encoding/binary"
	"time"

	"gatehouse/powers"
)

const (
	sizeFdstat   = 24
	sizeFilestat = 64
	sizePrestat  = 8
)

// isRoot says whether path is a folder that is there for every guest, whatever it was granted.
func isRoot(path string) bool { return path == "/" || path == Workspace }

// describe is what stands at path. It never asks.
func (p *Process) describe(path string, follow bool) (powers.Info, errno) {
	if p.files == nil {
		if isRoot(path) {
			return powers.Info{Kind: powers.Folder, Links: 1}, success
		}
		return powers.Info{}, errAccess
	}
	info, err := p.files.Stat(p.ctx, path, follow)
	if err != nil && isRoot(path) {
		return powers.Info{Kind: powers.Folder, Links: 1}, success
	}
	return info, errnoOf(err)
}

// info describes an open object.
func (p *Process) info(d *descriptor) (powers.Info, errno) {
	if d.file == nil {
		return p.describe(d.path, true)
	}
	info, err := d.file.Info(p.ctx)
	return info, errnoOf(err)
}

func (p *Process) fdFdstatGet(a arguments) errno {
	d, failed := p.table.get(a.u32(0))
	b, ok := p.memory.bytes(a.u32(1), sizeFdstat)
	switch {
	case failed != success:
		return failed
	case !ok:
		return errFault
	}
	clear(b)
	b[0] = byte(d.kind)
	binary.LittleEndian.PutUint16(b[2:], uint16(d.flags))
	binary.LittleEndian.PutUint64(b[8:], uint64(d.base))
	binary.LittleEndian.PutUint64(b[16:], uint64(d.inheriting))
	return success
}

// fdFdstatSetFlags lets a file be appended to or not, as long as it was not opened for appending: that was asked for then,
// and what a person agreed to stays. A stream that does not block has nothing to offer here.
func (p *Process) fdFdstatSetFlags(a arguments) errno {
	d, failed := p.usable(a.u32(0), rightSetFlags)
	flags := fdflags(a.u32(1))
	switch {
	case failed != success:
		return failed
	case a.u32(1) > uint32(allFlags):
		return errInvalid
	case flags&(flagDatasync|flagReadsync|flagSync) != d.flags&(flagDatasync|flagReadsync|flagSync):
		return errUnsupported
	case d.isStream() && flags != d.flags:
		return errUnsupported
	case d.opened.Append && flags&flagAppend == 0:
		return errUnsupported
	}
	d.flags = flags
	return success
}

// fdFdstatSetRights takes rights away.
func (p *Process) fdFdstatSetRights(a arguments) errno {
	d, failed := p.table.get(a.u32(0))
	base, inheriting := rights(a[1]), rights(a[2])
	switch {
	case failed != success:
		return failed
	case base&^d.base != 0 || inheriting&^d.inheriting != 0:
		return errNoRight
	}
	d.base, d.inheriting = base, inheriting
	return success
}

func (p *Process) fdFilestatGet(a arguments) errno {
	d, failed := p.usable(a.u32(0), rightStat)
	switch {
	case failed != success:
		return failed
	case !p.memory.has(a.u32(1), sizeFilestat):
		return errFault
	case d.isStream():
		return p.putFilestat(a.u32(1), powers.Info{Links: 1, Inode: uint64(a.u32(0)) + 1})
	}
	info, failed := p.info(d)
	if failed != success {
		return failed
	}
	return p.putFilestat(a.u32(1), info)
}

func (p *Process) pathFilestatGet(a arguments) errno {
	at, failed := p.at(a.u32(0), a.u32(2), a.u32(3), rightPathStat)
	switch {
	case failed != success:
		return failed
	case !p.memory.has(a.u32(4), sizeFilestat):
		return errFault
	}
	info, failed := p.describe(at.path, a.u32(1)&followLinks != 0 || at.folder)
	switch {
	case failed != success:
		return failed
	case at.folder && info.Kind != powers.Folder:
		return errNotFolder
	}
	return p.putFilestat(a.u32(4), info)
}

func (p *Process) putFilestat(at uint32, info powers.Info) errno {
	b, ok := p.memory.bytes(at, sizeFilestat)
	if !ok {
		return errFault
	}
	clear(b)
	binary.LittleEndian.PutUint64(b, info.Device)
	binary.LittleEndian.PutUint64(b[8:], info.Inode)
	b[16] = byte(typeOf(info.Kind))
	binary.LittleEndian.PutUint64(b[24:], info.Links)
	binary.LittleEndian.PutUint64(b[32:], uint64(info.Size))
	binary.LittleEndian.PutUint64(b[40:], nanoseconds(info.Accessed))
	binary.LittleEndian.PutUint64(b[48:], nanoseconds(info.Modified))
	binary.LittleEndian.PutUint64(b[56:], nanoseconds(info.Modified))
	return success
}

func nanoseconds(t time.Time) uint64 {
	if t.IsZero() {
		return 0
	}
	return uint64(t.UnixNano())
}

func (p *Process) fdFilestatSetSize(a arguments) errno {
	d, failed := p.usable(a.u32(0), 0)
	switch {
	case failed != success:
		return failed
	case d.kind == typeFolder:
		return errIsFolder
	case d.base&rightSetSize == 0 || d.file == nil || int64(a[1]) < 0:
		return errInvalid
	}
	return errnoOf(d.file.Truncate(p.ctx, int64(a[1])))
}

func (p *Process) fdFilestatSetTimes(a arguments) errno {
	d, failed := p.usable(a.u32(0), rightSetTimes)
	if failed != success {
		return failed
	}
	accessed, modified, failed := p.times(a[1], a[2], a.u32(3))
	switch {
	case failed != success:
		return failed
	case p.files == nil:
		return errAccess
	case d.opened.Write:
		return errnoOf(d.file.Touch(p.ctx, accessed, modified))
	}
	return errnoOf(p.files.Change(p.ctx, powers.Change{Operation: powers.Touch, Path: d.path, Accessed: accessed, Modified: modified}))
}

// pathFilestatSetTimes sets no times of a link: powers act on what it leads to.
func (p *Process) pathFilestatSetTimes(a arguments) errno {
	at, failed := p.at(a.u32(0), a.u32(2), a.u32(3), rightPathSetTimes)
	if failed != success {
		return failed
	}
	accessed, modified, failed := p.times(a[4], a[5], a.u32(6))
	if failed != success {
		return failed
	}
	if a.u32(1)&followLinks == 0 && !at.folder {
		if info, failed := p.describe(at.path, false); failed == success && info.Kind == powers.Link {
			return errUnsupported
		}
	}
	return p.change(powers.Change{Operation: powers.Touch, Path: at.path, Accessed: accessed, Modified: modified})
}

// fdAllocate makes a file at least so long. Room on the disk is not kept for it.
func (p *Process) fdAllocate(a arguments) errno {
	d, failed := p.usable(a.u32(0), 0)
	from, n := int64(a[1]), int64(a[2])
	switch {
	case failed != success:
		return failed
	case d.isStream():
		return errNoSeek
	case d.kind == typeFolder || d.base&rightAllocate == 0:
		return errBadDesc
	case from < 0 || n <= 0:
		return errInvalid
	case from+n < 0:
		return errFileTooBig
	}
	info, failed := p.info(d)
	if failed != success || info.Size >= from+n {
		return failed
	}
	return errnoOf(d.file.Truncate(p.ctx, from+n))
}

const lastAdvice = 5

// fdAdvise takes no advice, but says whether it makes sense.
func (p *Process) fdAdvise(a arguments) errno {
	d, failed := p.usable(a.u32(0), 0)
	switch {
	case failed != success:
		return failed
	case d.isStream():
		return errNoSeek
	case d.base&rightAdvise == 0:
		return errNoRight
	case a.u32(3) > lastAdvice || int64(a[1]) < 0 || int64(a[2]) < 0:
		return errInvalid
	}
	return success
}
