package api

import (
	"slices"
	"sync"
	"time"

	"gatehouse/audit"
	"gatehouse/host"
	"gatehouse/permissions"
)

const (
	// linesRead is how many lines of the record, from its end, the ledger is made from.
	linesRead = 60_000
	// linesAdded is how many new lines are looked for at first when it is asked again.
	linesAdded = 256
	// mostCalls and mostDeeds are how many the ledger keeps, mostSteps how many of one call.
	mostCalls, mostDeeds, mostSteps = 20_000, 5_000, 300
)

// ledger is the newest calls of the record, so that screens may filter, count and plot them without reading files. It
// is made at the first question, and from then on takes in what the record has more.
type ledger struct {
	audit *audit.Log

	mu    sync.Mutex
	last  uint64 // the number of the last line taken in
	calls []*begun
	byID  map[string]*begun
	// deeds are what persons decided, gave back, took back and undid and what lapsed, the oldest first.
	deeds []audit.Record
	// floods are counts of refusals that are not of one call, the oldest first.
	floods []audit.Record
	// short says that the record has lines from before the oldest call here.
	short bool
	// since is when the oldest line was written after which none is missing here; zero where none is missing at all.
	since time.Time
}

// begun is a call with the number of the line in which it began, and how many changes to files were written down for it.
type begun struct {
	CallSummary
	seq     uint64
	changes int
}

// taken is what a ledger held at one moment, each list the oldest first. Nothing in it changes any more.
type taken struct {
	calls         []begun
	deeds, floods []audit.Record
	short         bool
	since         time.Time
}

// snapshot returns what the record has now.
func (l *ledger) snapshot() (taken, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.catchUp(); err != nil {
		return taken{}, err
	}
	out := taken{make([]begun, len(l.calls)), slices.Clone(l.deeds), slices.Clone(l.floods), l.short, l.since}
	for i, c := range l.calls {
		out.calls[i] = *c
	}
	return out, nil
}

// catchUp takes in the lines after the last one.
func (l *ledger) catchUp() error {
	most := linesAdded
	if l.byID == nil {
		l.byID, most = map[string]*begun{}, linesRead
	}
	for {
		lines, err := l.audit.List(audit.Filter{Limit: most})
		if err != nil {
			return err
		}
		reached := len(lines) < most || lines[len(lines)-1].Seq <= l.last+1
		if !reached && most < linesRead {
			most = linesRead
			continue
		}
		l.short = l.short || !reached
		if n := len(lines); n > 0 && lines[n-1].Seq > l.last+1 {
			l.since = lines[n-1].Time
		}
		for _, line := range slices.Backward(lines) {
			if line.Seq > l.last {
				l.take(line)
				l.last = line.Seq
			}
		}
		l.forget()
		return nil
	}
}

func (l *ledger) take(line audit.Record) {
	switch line.Kind {
	case audit.KindDecision, audit.KindRevoke, audit.KindLapse, audit.KindUndo, audit.KindRestore, audit.KindRule, audit.KindPause:
		l.deeds = append(l.deeds, line)
	case audit.KindRequest:
		if line.Call == "" && line.Verdict == permissions.Deny {
			l.floods = append(l.floods, line)
		}
	case audit.KindCall:
		c := &begun{seq: line.Seq, CallSummary: CallSummary{ID: line.Call, Time: millis(line.Time), Skill: line.Subject.Skill,
			Tool: line.Tool, Client: line.Subject.Client, Workspace: line.Subject.Workspace, Dry: line.Dry,
			// What has no result and is not in flight either was cut off.
			State: "failed", Code: host.CodeInternal, Usage: CallUsage{InputBytes: line.InputBytes}, Steps: []Step{}}}
		l.byID[line.Call] = c
		l.calls = append(l.calls, c)
		return
	}
	if c := l.byID[line.Call]; c != nil {
		c.take(line)
	}
}

func (c *begun) take(line audit.Record) {
	if line.Kind == audit.KindRequest && line.Verdict == permissions.Deny {
		c.Refusals += refusals(line)
	}
	if line.Kind == audit.KindWrite {
		c.changes++
	}
	if line.Kind == audit.KindResult {
		c.Code, c.State = host.Code(line.Outcome), "done"
		if line.Outcome != "" {
			c.State = "failed"
		}
		c.Usage = CallUsage{
			Usage: Usage{
				RunningMs: line.RunningMs, WaitingMs: line.WaitingMs, Memory: line.Memory, Fuel: line.Fuel,
				ThrottledMs: line.ThrottledMs, Files: line.Files, Asked: line.Asked, Wrote: line.Wrote, Interpreted: line.Interpreted,
			},
			ReadBytes: line.ReadBytes, WrittenBytes: line.WrittenBytes, SentBytes: line.SentBytes, ReceivedBytes: line.ReceivedBytes,
			Requests: line.Requests, InputBytes: line.InputBytes, OutputBytes: line.OutputBytes,
		}
	} else if len(c.Steps) >= mostSteps {
		c.StepsLeft++
		return
	}
	s, told := step(c.Time, line)
	if !told {
		return
	}
	// Refusals that are only counted are written down late, after the call has ended.
	if n := len(c.Steps) - 1; s.Count > 0 && n >= 0 && c.Steps[n].Kind == audit.KindResult {
		s.AfterMs = c.Steps[n].AfterMs
		c.Steps = slices.Insert(c.Steps, n, s)
		return
	}
	c.Steps = append(c.Steps, s)
}

// refusals is for how many refusals a line of one stands.
func refusals(line audit.Record) int { return max(1, line.Count) }

// forget keeps the ledger to its size.
func (l *ledger) forget() {
	if over := len(l.calls) - mostCalls; over > 0 {
		for _, c := range l.calls[:over] {
			delete(l.byID, c.ID)
		}
		l.calls, l.short = slices.Delete(l.calls, 0, over), true
		l.knowFrom(time.UnixMilli(l.calls[0].Time))
	}
	for _, list := range []*[]audit.Record{&l.deeds, &l.floods} {
		if over := len(*list) - mostDeeds; over > 0 {
			*list = slices.Delete(*list, 0, over)
			l.knowFrom((*list)[0].Time)
		}
	}
}

// knowFrom says that what was before t may be missing.
func (l *ledger) knowFrom(t time.Time) {
	if t.After(l.since) {
		l.since = t
	}
}
