package wasip1

import "math"

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

// transfer is one reading or writing, checked and not begun.
type transfer struct {
	*descriptor
	vectors
	// off is where it begins: below 0, where the descriptor is.
	off int64
	// result is where the guest wants to be told how much was done.
	result uint32
}

// transfer reads the arguments of fd_read and fd_write or, with a place, those of fd_pread and fd_pwrite.
func (p *Process) transfer(a arguments, needed rights, placed bool) (t transfer, failed errno) {
	t.off, t.result = -1, a.u32(3)
	if placed {
		t.off, t.result = int64(a[3]), a.u32(4)
		if t.off < 0 {
			return t, errInvalid
		}
	}
	if t.descriptor, failed = p.usable(a.u32(0), needed); failed != success {
		return t, failed
	}
	t.vectors, failed = p.vectors(a.u32(1), a.u32(2))
	switch {
	case failed != success:
		return t, failed
	case !p.memory.has(t.result, 4):
		return t, errFault
	case t.isStream() && placed:
		return t, errNoSeek
	}
	return t, success
}

// over ends a transfer of n bytes from at on, which counts as done where it did anything.
func (p *Process) over(t transfer, at int64, n int, failed errno) errno {
	if failed != success && n == 0 {
		return failed
	}
	if t.off < 0 {
		t.offset = at + int64(n)
	}
	return p.memory.put32(t.result, uint32(n))
}

func (p *Process) fdRead(a arguments) errno  { return p.read(a, false) }
func (p *Process) fdPread(a arguments) errno { return p.read(a, true) }

// read fills the guest's pieces.
func (p *Process) read(a arguments, placed bool) errno {
	t, failed := p.transfer(a, rightRead, placed)
	switch {
	case failed != success:
		return failed
	case t.isStream():
		return p.readStream(t)
	}
	at := t.off
	if at < 0 {
		at = t.offset
	}
	n, failed := p.readFile(t, at)
	return p.over(t, at, n, failed)
}

func (p *Process) readStream(t transfer) errno {
	n := 0
	for _, piece := range t.pieces {
		n += t.input.read(piece)
	}
	p.payBytes(uint64(n))
	return p.memory.put32(t.result, uint32(n))
}

// readFile reads until the pieces are full or the file ends: a power may hand out less at a time.
func (p *Process) readFile(t transfer, at int64) (n int, failed errno) {
	for _, piece := range t.pieces {
		for len(piece) > 0 {
			if at > math.MaxInt64-int64(len(piece)) {
				return n, errInvalid
			}
			got, err := t.file.ReadAt(p.ctx, piece, at)
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

func (p *Process) fdWrite(a arguments) errno  { return p.write(a, false) }
func (p *Process) fdPwrite(a arguments) errno { return p.write(a, true) }

// write puts the guest's pieces where they belong.
func (p *Process) write(a arguments, placed bool) errno {
	t, failed := p.transfer(a, rightWrite, placed)
	if failed != success {
		return failed
	}
	p.payBytes(t.total)
	if t.isStream() {
		return p.writeStream(t)
	}
	at := t.off
	if at < 0 {
		if at, failed = p.end(t.descriptor); failed != success {
			return failed
		}
	}
	n, failed := p.writeFile(t, at)
	return p.over(t, at, n, failed)
}

func (p *Process) writeStream(t transfer) errno {
	for _, piece := range t.pieces {
		if _, err := t.output.Write(piece); err != nil {
			return errIO
		}
	}
	return p.memory.put32(t.result, uint32(t.total))
}

// end is where the next write of a descriptor goes.
func (p *Process) end(d *descriptor) (int64, errno) {
	if d.flags&flagAppend == 0 {
		return d.offset, success
	}
	info, failed := p.info(d)
	return info.Size, failed
}

func (p *Process) writeFile(t transfer, at int64) (n int, failed errno) {
	if at > math.MaxInt64-int64(t.total) {
		return 0, errFileTooBig
	}
	for _, piece := range t.pieces {
		for len(piece) > 0 {
			put, err := t.file.WriteAt(p.ctx, piece, at)
			put = max(0, min(put, len(piece)))
			n, at, piece = n+put, at+int64(put), piece[put:]
			if err != nil || put == 0 {
				return n, errnoOf(err)
			}
		}
	}
	return n, success
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
