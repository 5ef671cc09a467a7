package wasip1

import "time"

// clockID is a guest's number for a clock.
type clockID uint32

const (
	clockWall clockID = iota
	clockMonotonic
	clockProcess
	clockThread
)

// now is what a clock shows. There is one thread, and no clock that stands still while it waits: the last two show the
// monotonic time.
func (p *Process) now(id clockID) (time.Duration, errno) {
	switch id {
	case clockWall:
		return time.Duration(p.clock.Wall().UnixNano()), success
	case clockMonotonic, clockProcess, clockThread:
		return p.clock.Monotonic(), success
	}
	return 0, errInvalid
}

func (p *Process) clockResGet(a arguments) errno {
	if clockID(a.u32(0)) > clockThread {
		return errInvalid
	}
	return p.memory.put64(a.u32(1), 1)
}

func (p *Process) clockTimeGet(a arguments) errno {
	if !p.memory.has(a.u32(2), 8) {
		return errFault
	}
	now, failed := p.now(clockID(a.u32(0)))
	if failed != success {
		return failed
	}
	return p.memory.put64(a.u32(2), uint64(now))
}

// What fd_filestat_set_times and path_filestat_set_times are to set.
const (
	setAccessed = 1 << iota
	setAccessedNow
	setModified
	setModifiedNow
)

// times reads the times that a guest sets. The zero time leaves one as it is.
func (p *Process) times(accessed, modified uint64, flags uint32) (a, m time.Time, failed errno) {
	both := func(f uint32, x uint32) bool { return f&x == x }
	if flags >= setModifiedNow<<1 || both(flags, setAccessed|setAccessedNow) || both(flags, setModified|setModifiedNow) {
		return a, m, errInvalid
	}
	pick := func(given uint64, flags, set, now uint32) time.Time {
		switch {
		case flags&set != 0:
			return time.Unix(0, int64(given))
		case flags&now != 0:
			return p.clock.Wall()
		}
		return time.Time{}
	}
	return pick(accessed, flags, setAccessed, setAccessedNow), pick(modified, flags, setModified, setModifiedNow), success
}
