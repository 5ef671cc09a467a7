package audit

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"gatehouse/permissions"
)

const (
	// floodTime is how long refusals are counted before the count is written.
	floodTime = time.Minute
	// mostEqual is how many equal refusals, and mostRefused how many of one skill for one client, are lines of their
	// own in that time: what a person looks into is all there, and a flood does not fill the disk.
	mostEqual   = 10
	mostRefused = 200
)

// flood counts the refusals of the last while. Nothing that was allowed comes here.
type flood struct {
	runs  map[run]*counted
	timer *time.Timer // runs while there is something to forget or to write
}

// run is what refusals have in common that are counted together: all of a subject, or those that are equal.
type run struct {
	who     permissions.Key
	session string
	grant   string
	code    permissions.Code
	rule    string
}

// counted is how many refusals of a run were written, and how many were not. last is the last of those.
type counted struct {
	lines, more int
	last        Record
}

func (c *counted) add(r Record) {
	if c.more > 0 && c.last.Call != r.Call {
		r.Call = ""
	}
	if c.more > 0 && (c.last.Grant != r.Grant || c.last.Rule != r.Rule || c.last.Code != r.Code) {
		r.Grant, r.Rule, r.Code = "", "", ""
	}
	c.more++
	c.last = r
}

// countsAlone says whether the refusal r gets a line of its own. Otherwise it is counted, and the count is written
// within floodTime.
func (l *Log) countsAlone(r Record) bool {
	if l.dir == "" || l.file == nil {
		return true
	}
	if l.refused.runs == nil {
		l.refused.runs = map[run]*counted{}
		l.refused.timer = time.AfterFunc(floodTime, l.forget)
	}
	of := run{who: r.Subject.Key(), session: r.Subject.Session}
	all := l.refused.of(of)
	of.grant, of.code, of.rule = r.Grant, r.Code, r.Rule
	equal := l.refused.runs[of]
	switch {
	case equal != nil && equal.lines >= mostEqual:
		equal.add(r)
		return false
	case all.lines >= mostRefused:
		all.add(r)
		return false
	}
	all.lines++
	l.refused.of(of).lines++
	return true
}

func (f *flood) of(key run) *counted {
	c := f.runs[key]
	if c == nil {
		c = &counted{}
		f.runs[key] = c
	}
	return c
}

// forget writes the counts and begins to count anew. Where they cannot be written, it goes on counting.
func (l *Log) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil && l.writeCounted() != nil {
		l.refused.timer.Reset(floodTime)
	}
}

// writeCounted writes a line for each run of refusals that were counted, in the order of their grants.
func (l *Log) writeCounted() (err error) {
	var due []*counted
	for _, c := range l.refused.runs {
		if c.more > 0 {
			due = append(due, c)
		}
	}
	slices.SortFunc(due, func(a, b *counted) int { return cmp.Compare(a.last.Grant, b.last.Grant) })
	for _, c := range due {
		r := c.last
		r.Count = c.more
		if bad := l.append(r); bad != nil {
			err = errors.Join(err, bad)
			continue
		}
		c.more = 0
	}
	if err == nil {
		l.refused.runs = nil
	}
	return err
}
