package local

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"gatehouse/permissions"
)

// What a difference shows at most, and what it costs at most to find it.
const (
	contextLines = 3
	mostShown    = 400      // lines
	mostText     = 64 << 10 // bytes of lines
	longestShown = 2000     // bytes of one line
	mostCompared = 1 << 20  // bytes between the first and the last change, of each side
)

// content is what a file holds, or would hold. The zero content is that of no file.
type content struct {
	io.ReaderAt
	size int64
}

// difference says what turns before into after. It reads both but keeps only what lies around the changes, and of that
// no more than can be shown.
func difference(before, after content) (permissions.Difference, error) {
	d := permissions.Difference{Before: before.size, After: after.size}
	m, err := narrow(before, after)
	if err != nil {
		return d, err
	}
	if m.binary() {
		d.Binary = true
		return d, nil
	}
	if !m.whole() {
		d.Cut = true
		d.Removed, d.Added, err = m.count()
		if err != nil {
			return d, err
		}
	}
	old, now := lines(m.old, m.oldEnds), lines(m.now, m.nowEnds)
	edits := compare(old, now)
	if m.whole() {
		for _, e := range edits {
			d.Removed += e.oldEnd - e.old
			d.Added += e.nowEnd - e.now
		}
	}
	s := shown{difference: &d, first: m.line, old: old, now: now}
	s.show(edits)
	return d, nil
}

// middle is the part of two contents that holds every change, with a few lines around it.
type middle struct {
	before, after content
	// from is where it begins in both, and line the number of that line, from 0; oldTo and nowTo are where it ends.
	from         int64
	line         int
	oldTo, nowTo int64
	// changed is where its first changed line begins, and beside how many bytes of what both end with follow the last.
	changed, beside int64
	// heads are the first bytes of both; old and now the middle itself as far as it is compared, and whether that
	// reaches its end.
	heads            [2][]byte
	old, now         []byte
	oldEnds, nowEnds bool
}

// narrow leaves out what both contents begin and end with.
func narrow(before, after content) (*middle, error) {
	m := &middle{before: before, after: after}
	same, err := commonPrefix(before, after)
	if err != nil {
		return nil, err
	}
	tail, err := commonSuffix(before, after, same)
	if err != nil {
		return nil, err
	}
	if err := m.align(same, tail); err != nil {
		return nil, err
	}
	if m.line, err = countLines(before, 0, m.from); err != nil {
		return nil, err
	}
	for i, c := range []content{before, after} {
		if m.heads[i], err = part(c, 0, 8<<10); err != nil {
			return nil, err
		}
	}
	if m.old, err = part(before, m.from, min(m.oldTo, m.from+mostCompared)); err != nil {
		return nil, err
	}
	if m.now, err = part(after, m.from, min(m.nowTo, m.from+mostCompared)); err != nil {
		return nil, err
	}
	m.oldEnds, m.nowEnds = m.from+int64(len(m.old)) == m.oldTo, m.from+int64(len(m.now)) == m.nowTo
	return m, nil
}

// align lets the middle begin and end where lines do in both contents, which begin with same equal bytes and end with
// tail.
func (m *middle) align(same, tail int64) error {
	var err error
	if m.changed, err = lineStart(m.before, same, 0); err != nil {
		return err
	}
	if m.from, err = lineStart(m.before, same, contextLines); err != nil {
		return err
	}
	end, partial := m.before.size-tail, 1
	old, err := beginsLine(m.before, end)
	if err != nil {
		return err
	}
	now, err := beginsLine(m.after, m.after.size-tail)
	if err != nil {
		return err
	}
	if old && now {
		partial = 0
	}
	if end, err = pastLines(m.before, end, partial); err != nil {
		return err
	}
	m.beside = m.before.size - end
	m.oldTo, err = pastLines(m.before, end, contextLines)
	m.nowTo = m.after.size - (m.before.size - m.oldTo)
	return err
}

// binary says whether there are no lines that could be shown.
func (m *middle) binary() bool {
	for i, b := range [][]byte{m.heads[0], m.heads[1], m.old, m.now} {
		cut := i < 2 || i == 2 && !m.oldEnds || i == 3 && !m.nowEnds
		if bytes.IndexByte(b, 0) >= 0 || !validText(b, cut) {
			return true
		}
	}
	return false
}

// validText reports whether b is UTF-8, which may be cut off within a character.
func validText(b []byte, cut bool) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			return cut && len(b) < utf8.UTFMax && !utf8.FullRune(b)
		}
		b = b[n:]
	}
	return true
}

func (m *middle) whole() bool { return m.oldEnds && m.nowEnds }

// count counts the lines of a middle that is too large to be compared: all of them are another's.
func (m *middle) count() (removed, added int, err error) {
	if removed, err = countLines(m.before, m.changed, m.before.size-m.beside); err == nil {
		added, err = countLines(m.after, m.changed, m.after.size-m.beside)
	}
	return removed, added, err
}

// lines splits b behind each line end. What is cut off in a line's middle is left out, unless there is nothing else.
func lines(b []byte, ends bool) []string {
	all := strings.SplitAfter(string(b), "\n")
	if last := len(all) - 1; all[last] == "" || !ends && last > 0 {
		all = all[:last]
	}
	return all
}

// shown puts edits into hunks until there is enough to look at.
type shown struct {
	difference *permissions.Difference
	first      int // the number of the first of both lines
	old, now   []string
	lines, all int
}

func (s *shown) show(edits []edit) {
	until := 0 // of old
	for i, e := range edits {
		from := max(e.old-contextLines, until)
		if i == 0 || from > until {
			s.difference.Hunks = append(s.difference.Hunks, permissions.Hunk{
				Old: s.first + from + 1, New: s.first + e.now - (e.old - from) + 1,
			})
		}
		until = min(e.oldEnd+contextLines, len(s.old))
		if i+1 < len(edits) {
			until = min(until, edits[i+1].old)
		}
		if !s.add(permissions.SameLine, s.old[from:e.old]) || !s.add(permissions.RemovedLine, s.old[e.old:e.oldEnd]) ||
			!s.add(permissions.AddedLine, s.now[e.now:e.nowEnd]) || !s.add(permissions.SameLine, s.old[e.oldEnd:until]) {
			s.difference.Cut = true
			return
		}
	}
}

// add appends lines to the last hunk and reports whether there was room for all of them.
func (s *shown) add(kind permissions.LineKind, lines []string) bool {
	h := &s.difference.Hunks[len(s.difference.Hunks)-1]
	for _, l := range lines {
		text := strings.TrimSuffix(l, "\n")
		if len(text) > longestShown {
			text = fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(text[:longestShown], ""), len(text))
			s.difference.Cut = true
		}
		if s.lines == mostShown || s.all+len(text) > mostText {
			return false
		}
		s.lines, s.all = s.lines+1, s.all+len(text)
		h.Lines = append(h.Lines, permissions.DiffLine{Kind: kind, Text: text})
	}
	return true
}
