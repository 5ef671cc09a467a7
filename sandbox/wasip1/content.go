package wasip1

import (
	"math"

	"gatehouse/powers"
)

// usable is an open descriptor with the rights needed. A guest that lacks those to read or write hears what a program
// hears that did not open a file for it.
func (p *Process) usable(fd uint32, needed rights) (*descriptor, errno) {
	d, failed := p.table.get(fd)
	if failed != success {
		return nil, failed
	}
	if d.base&needed == needed {
		return d, success
	}
	if needed&(rightRead|rightWrite) != 0 {
		if d.kind == typeFolder {
			return nil, errIsFolder
		}
		return nil, errBadDesc
	}
	return nil, errNoRight
}

func (p *Process) fdRead(a arguments) errno { return p.read(a, -1, a.u32(3)) }

func (p *Process) fdPread(a arguments) errno {
	if int64(a[3]) < 0 {
		return errInvalid
	}
	return p.read(a, int64(a[3]), a.u32(4))
}

// read fills the guest's pieces from off, or from where the descriptor is if off is below 0.
func (p *Process) read(a arguments, off int64, result uint32) errno {
	d, failed := p.usable(a.u32(0), rightRead)
	if failed != success {
		return failed
	}
	v, failed := p.vectors(a.u32(1), a.u32(2))
	switch {
	case failed != success:
		return failed
	case !p.memory.has(result, 4):
		return errFault
	case d.isStream() && off >= 0:
		return errNoSeek
	case d.isStream():
		return p.readStream(d, v, result)
	}
	at := off
	if off < 0 {
		at = d.offset
	}
	n, failed := p.readFile(d, v, at)
	if failed != success && n == 0 {
		return failed
	}
	if off < 0 {
		d.offset += int64(n)
	}
	return p.memory.put32(result, uint32(n))
}

func (p *Process) readStream(d *descriptor, v vectors, result uint32) errno {
	n := 0
	for _, piece := range v.pieces {
		n += d.input.read(piece)
	}
	p.payBytes(uint64(n))
	return p.memory.put32(result, uint32(n))
}

// readFile reads until the pieces are full or the file ends: a power may hand out less at a time.
func (p *Process) readFile(d *descriptor, v vectors, at int64) (n int, failed errno) {
	for _, piece := range v.pieces {
		for len(piece) > 0 {
			if at > math.MaxInt64-int64(len(piece)) {
				return n, errInvalid
			}
			got, err := d.file.ReadAt(p.ctx, piece, at)
			got = max(0, min(got, len(piece)))
			p.payBytes(uint64(got))
			n, at, piece = n+got, at+int64(got), piece[got:]
			if err != nil || got == 0 {
				return n, errnoOf(err)
			}
		}
	}
	return n, success
}

func (p *Process) fdWrite(a arguments) errno { return p.write(a, -1, a.u32(3)) }

func (p *Process) fdPwrite(a arguments) errno {
	if int64(a[3]) < 0 {
		return errInvalid
	}
	return p.write(a, int64(a[3]), a.u32(4))
}

// write puts the guest's pieces at off, or where the descriptor is if off is below 0.
func (p *Process) write(a arguments, off int64, result uint32) errno {
	d, failed := p.usable(a.u32(0), rightWrite)
	if failed != success {
		return failed
	}
	v, failed := p.vectors(a.u32(1), a.u32(2))
	switch {
	case failed != success:
		return failed
	case !p.memory.has(result, 4):
		return errFault
	case d.isStream() && off >= 0:
		return errNoSeek
	}
	p.payBytes(v.total)
	if d.isStream() {
		for _, piece := range v.pieces {
			if _, err := d.output.Write(piece); err != nil {
				return errIO
			}
		}
		return p.memory.put32(result, uint32(v.total))
	}
	at := off
	if off < 0 {
		if at, failed = p.end(d); failed != success {
			return failed
		}
	}
	n, failed := p.writeFile(d, v, at)
	if failed != success && n == 0 {
		return failed
	}
	if off < 0 {
		d.offset = at + int64(n)
	}
	return p.memory.put32(result, uint32(n))
}

// end is where the next write of a descriptor goes.
func (p *Process) end(d *descriptor) (int64, errno) {
	if d.flags&flagAppend == 0 {
		return d.offset, success
	}
	info, failed := p.info(d)
	return info.Size, failed
}

func (p *Process) writeFile(d *descriptor, v vectors, at int64) (n int, failed errno) {
	if at > math.MaxInt64-int64(v.total) {
		return 0, errFileTooBig
	}
	for _, piece := range v.pieces {
		for len(piece) > 0 {
			put, err := d.file.WriteAt(p.ctx, piece, at)
			put = max(0, min(put, len(piece)))
			n, at, piece = n+put, at+int64(put), piece[put:]
			if err != nil || put == 0 {
				return n, errnoOf(err)
			}
		}
	}
	return n, success
}

// Where a seek begins.
const (
	seekStart = iota
	seekCurrent
	seekEnd
)

func (p *Process) fdSeek(a arguments) errno {
	offset := int64(a[1])
	d, failed := p.seekable(a.u32(0), rightSeek)
	switch {
	case failed != success:
		return failed
	case !p.memory.has(a.u32(3), 8):
		return errFault
	}
	from := int64(0)
	switch a.u32(2) {
	case seekStart:
	case seekCurrent:
		from = d.offset
	case seekEnd:
		var info powers.Info
		if info, failed = p.info(d); failed != success {
			return failed
		}
		from = info.Size
	default:
		return errInvalid
	}
	switch {
	case offset > 0 && from > math.MaxInt64-offset:
		return errOverflow
	case from+offset < 0:
		return errInvalid
	}
	d.offset = from + offset
	return p.memory.put64(a.u32(3), uint64(d.offset))
}

func (p *Process) fdTell(a arguments) errno {
	d, failed := p.seekable(a.u32(0), rightTell)
	if failed != success {
		return failed
	}
	return p.memory.put64(a.u32(1), uint64(d.offset))
}

func (p *Process) seekable(fd uint32, needed rights) (*descriptor, errno) {
	d, failed := p.table.get(fd)
	switch {
	case failed != success:
		return nil, failed
	case d.isStream():
		return nil, errNoSeek
	case d.kind == typeFolder:
		return nil, errBadDesc
	case d.base&needed == 0:
		return nil, errNoRight
	}
	return d, success
}

func (p *Process) fdSync(a arguments) errno     { return p.sync(a, rightSync) }
func (p *Process) fdDatasync(a arguments) errno { return p.sync(a, rightDatasync) }

func (p *Process) sync(a arguments, needed rights) errno {
	d, failed := p.table.get(a.u32(0))
	switch {
	case failed != success:
		return failed
	case d.isStream():
		return errInvalid
	case d.kind == typeFile && d.base&needed == 0:
		return errNoRight
	case d.file == nil:
		return success
	}
	return errnoOf(d.file.Sync(p.ctx))
}
