package api

import (
	"slices"
	"sync"

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
	// deeds are what persons decided, gave back, took back and undid, the oldest first.
	deeds []audit.Record
	// short says that the record has lines from before the oldest call here.
	short bool
}

// begun is a call with the number of the line in which it began.
type begun struct {
	CallSummary
	seq uint64
}

// snapshot returns the calls, the oldest first, as the record has them now. Nothing in them changes any more.
func (l *ledger) snapshot() (calls []begun, deeds []audit.Record, short bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.catchUp(); err != nil {
		return nil, nil, false, err
	}
	calls = make([]begun, len(l.calls))
	for i, c := range l.calls {
		calls[i] = *c
	}
	return calls, slices.Clone(l.deeds), l.short, nil
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
	case audit.KindDecision, audit.KindRevoke, audit.KindUndo, audit.KindRestore, audit.KindRule, audit.KindPause:
		l.deeds = append(l.deeds, line)
	case audit.KindCall:
		c := &begun{seq: line.Seq, CallSummary: CallSummary{ID: line.Call, Time: millis(line.Time), Skill: line.Subject.Skill,
			Tool: line.Tool, Client: line.Subject.Client, Workspace: line.Subject.Workspace,
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
		c.Refusals++
	}
	if line.Kind == audit.KindResult {
		c.Code, c.State = host.Code(line.Outcome), "done"
		if line.Outcome != "" {
			c.State = "failed"
		}
		c.Usage = CallUsage{
			Usage:     Usage{RunningMs: line.RunningMs, WaitingMs: line.WaitingMs, Memory: line.Memory},
			ReadBytes: line.ReadBytes, WrittenBytes: line.WrittenBytes, InputBytes: line.InputBytes, OutputBytes: line.OutputBytes,
		}
	} else if len(c.Steps) >= mostSteps {
		c.StepsLeft++
		return
	}
	if s, told := step(c.Time, line); told {
		c.Steps = append(c.Steps, s)
	}
}

// forget keeps the ledger to its size.
func (l *ledger) forget() {
	if over := len(l.calls) - mostCalls; over > 0 {
		for _, c := range l.calls[:over] {
			delete(l.byID, c.ID)
		}
		l.calls, l.short = slices.Delete(l.calls, 0, over), true
	}
	if over := len(l.deeds) - mostDeeds; over > 0 {
		l.deeds = slices.Delete(l.deeds, 0, over)
	}
}
