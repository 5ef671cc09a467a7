package meter

// meeting is the end of a block, where several ways meet, or the head of a loop, to which ways lead back.
type meeting struct {
	number uint32
	// there are the values that the locals have there; nil while no way is known.
	there []uint32
	// before are those before an if, for its other arm.
	before []uint32
	// last is the branch that led here last: one with many ways may lead here often.
	last int
}

// open begins a block. A loop may be stopped at its head, which is a call.
func (f *frame) open(op byte, height uint64) (m meeting) {
	f.meetings++
	m.number = f.meetings
	switch op {
	case opLoop:
		f.call(height)
		m.there = f.copied()
	case opIf:
		m.before = f.copied()
	}
	return m
}

func (f *frame) copied() []uint32 {
	var c []uint32
	if n := len(f.spare); n > 0 {
		c, f.spare = f.spare[n-1][:0], f.spare[:n-1]
	}
	return append(c, f.now...)
}

// arrive is for a way to the end of a block. Where ways bring different values the local has one of its own there.
func (f *frame) arrive(m *meeting) {
	if m.there == nil {
		m.there = f.copied()
		return
	}
	for i, v := range m.there {
		if v != f.now[i] && f.values[v].meeting != m.number {
			m.there[i] = f.made(m.number)
		}
	}
}

// back is for a way to the head of a loop. What the loop has changed was another value than it was taken for, and in a
// tight loop it has one at either head.
func (f *frame) back(m *meeting, tight bool) {
	for i, v := range m.there {
		if v == f.now[i] {
			continue
		}
		f.place(v)
		if tight {
			f.places++
		}
	}
}

// other goes on with an if's other arm.
func (f *frame) other(m *meeting) { copy(f.now, m.before) }

// close goes on behind a block, and says whether anybody gets there.
func (f *frame) close(m *meeting, op byte, dead bool) (reached bool) {
	if op != opLoop {
		if !dead {
			f.arrive(m)
		}
		if op == opIf { // which had no other arm
			f.other(m)
			f.arrive(m)
		}
		if reached = m.there != nil; reached {
			copy(f.now, m.there)
		}
	}
	for _, s := range [][]uint32{m.there, m.before} {
		if s != nil {
			f.spare = append(f.spare, s)
		}
	}
	return reached || op == opLoop && !dead
}
