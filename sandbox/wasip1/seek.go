package wasip1

import (
	"math"

	"gatehouse/powers"
)

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
