package wasip1

import (
	"encoding/binary"

	"gatehouse/powers"
)

const sizeDirent = 24

// mostWeight bounds what the listings of one process may hold, in bytes: names, and what goes with each.
const (
	mostWeight  = 64 << 20
	entryWeight = 64
)

// fdReaddir writes as many entries as there is room for, the last one cut off, from the one that cookie numbers: "." is
// 0, ".." is 1. A guest that begins at 0 gets the folder as it is now.
func (p *Process) fdReaddir(a arguments) errno {
	d, failed := p.usable(a.u32(0), 0)
	if failed != success {
		return failed
	}
	cookie := a[3]
	b, ok := p.memory.bytes(a.u32(1), a.u32(2))
	switch {
	case d.kind != typeFolder:
		return errNotFolder
	case d.base&rightReaddir == 0:
		return errNoRight
	case !ok || !p.memory.has(a.u32(4), 4):
		return errFault
	}
	if !d.listed || cookie == 0 {
		if failed := p.list(d); failed != success {
			return failed
		}
	}
	n := 0
	for ; cookie < uint64(len(d.entries)) && n < len(b); cookie++ {
		n += putDirent(b[n:], cookie+1, d.entries[cookie])
	}
	p.payBytes(uint64(n))
	return p.memory.put32(a.u32(4), uint32(n))
}

// list fetches the entries of a folder. A root becomes an object of powers with that.
func (p *Process) list(d *descriptor) errno {
	if p.files == nil {
		return errAccess
	}
	if d.file == nil {
		o := powers.Open{Path: d.path, Folder: true}
		file, err := p.files.Open(p.ctx, o)
		if err != nil {
			return errnoOf(err)
		}
		d.file = file
	}
	self, failed := p.info(d)
	if failed != success {
		return failed
	}
	found, err := d.file.List(p.ctx)
	if err != nil {
		return errnoOf(err)
	}
	weight := 0
	for _, e := range found {
		weight += entryWeight + len(e.Name)
	}
	p.payBytes(uint64(weight))
	p.forget(d)
	if weight > mostWeight-p.weight {
		return errNoMemory
	}
	d.entries = append([]powers.Entry{{Name: ".", Kind: powers.Folder, Inode: self.Inode}, {Name: "..", Kind: powers.Folder}}, found...)
	d.listed, d.weight = true, weight
	p.weight += weight
	return success
}

// forget drops a listing.
func (p *Process) forget(d *descriptor) {
	p.weight -= d.weight
	d.entries, d.listed, d.weight = nil, false, 0
}

// putDirent writes as much of an entry as there is room for and returns how much that is.
func putDirent(b []byte, next uint64, e powers.Entry) int {
	var head [sizeDirent]byte
	binary.LittleEndian.PutUint64(head[:], next)
	binary.LittleEndian.PutUint64(head[8:], e.Inode)
	binary.LittleEndian.PutUint32(head[16:], uint32(len(e.Name)))
	head[20] = byte(typeOf(e.Kind))
	n := copy(b, head[:])
	return n + copy(b[n:], e.Name)
}

func (p *Process) fdPrestatGet(a arguments) errno {
	d, failed := p.table.get(a.u32(0))
	b, ok := p.memory.bytes(a.u32(1), sizePrestat)
	switch {
	case failed != success:
		return failed
	case d.preopen == "":
		return errBadDesc
	case !ok:
		return errFault
	}
	clear(b)
	binary.LittleEndian.PutUint32(b[4:], uint32(len(d.preopen)))
	return success
}

func (p *Process) fdPrestatDirName(a arguments) errno {
	d, failed := p.table.get(a.u32(0))
	switch {
	case failed != success:
		return failed
	case d.preopen == "":
		return errBadDesc
	case a.u32(2) < uint32(len(d.preopen)):
		return errNameTooLong
	}
	b, ok := p.memory.bytes(a.u32(1), uint32(len(d.preopen)))
	if !ok {
		return errFault
	}
	copy(b, d.preopen)
	return success
}
