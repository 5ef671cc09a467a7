package permissions

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// owedFor is how long a yes for once waits for the call that it is for; mostOwed is how many do.
const (
	owedFor  = 15 * time.Minute
	mostOwed = 100
)

const (
	warnLate     = "The call that asked is gone. Your answer counts for the next one; “once” means within 15 minutes and for just this."
	warnUnspoken = "What it was called with is no longer known here; “once” counts for the same again."
)

// Dismiss takes a question out of the inbox without an answer. Anybody may call it: it only narrows. ErrNotFound where
// no such question rests there.
func (b *Broker) Dismiss(id string) error {
	found := b.changeParked(id, func(in []Parked, i int) []Parked { return slices.Delete(in, i, i+1) })
	if !found {
		return fmt.Errorf("dismissing question %q: %w", id, ErrNotFound)
	}
	return nil
}

// Open puts a parked question into the line once more, made anew as things stand now; it returns at once. Anybody may
// call it, for ask alone answers. ErrNotFound where no such question is parked.
func (b *Broker) Open(id string) error {
	var l *late
	b.changeParked(id, func(in []Parked, i int) []Parked {
		if p := in[i]; p.State == StateParked && !p.opened {
			in[i].opened = true
			l = b.late(p)
		}
		return in
	})
	if l == nil {
		return fmt.Errorf("opening question %q: %w", id, ErrNotFound)
	}
	b.own.Go(func() {
		defer l.guard.End()
		_, _ = b.ask(b.life, l.guard.subject, l) // what it comes to stands in l
		b.changeParked(id, func(in []Parked, i int) []Parked {
			if l.decided {
				return slices.Delete(in, i, i+1)
			}
			in[i].opened = false
			return in
		})
	})
	return nil
}

// Forget leaves nothing of a client that is no longer connected, so that whoever has its name next finds no question, no
// count and no answer of it: its calls are over, what it asked is withdrawn, also from the inbox, and what it is owed is
// nobody's. Its kept decisions are for the caller to revoke, afterwards.
func (b *Broker) Forget(client string) {
	b.changeInbox(func(in *Inbox) bool {
		parked, dismissed := len(in.Parked), len(in.Dismissed)
		in.Parked = slices.DeleteFunc(slices.Clone(in.Parked), func(p Parked) bool { return p.Prompt.Subject.Client == client })
		in.Dismissed = slices.DeleteFunc(slices.Clone(in.Dismissed), func(d Dismissal) bool { return d.Key.Client == client })
		return len(in.Parked) < parked || len(in.Dismissed) < dismissed
	})
	for _, g := range b.calls.all() {
		if g.subject.Client == client {
			g.End()
		}
	}
	b.mu.Lock()
	b.owed = slices.DeleteFunc(b.owed, func(o owed) bool { return o.key.Client == client })
	delete(b.glimpses, client)
	all := append(slices.Clone(b.line), b.first)
	if b.shown != nil {
		all = append(all, b.shown.questions...)
	}
	b.mu.Unlock()
	for _, q := range all {
		if q != nil && q.subject.Client == client {
			b.settle(q, outcome{err: context.Canceled})
		}
	}
}

// changeParked changes the list that has the parked question at its place i, and says whether there is one.
func (b *Broker) changeParked(id string, change func(in []Parked, i int) []Parked) (found bool) {
	b.changeInbox(func(in *Inbox) bool {
		i := slices.IndexFunc(in.Parked, func(p Parked) bool { return p.ID == id && b.options.Now().Before(p.Until) })
		if found = i >= 0; found {
			in.Parked = change(slices.Clone(in.Parked), i)
		}
		return found
	})
	return found
}

// late is the matter of a question whose call is gone: the answer is for the next call.
type late struct {
	matter
	guard  *Guard // of a call that never ran
	need   Need
	parked Parked
	// decided says that there is nothing left to ask.
	decided bool
}

func (b *Broker) late(p Parked) *late {
	g := b.Begin(p.Prompt.Subject, p.Asks, CallInfo{ID: p.Call, Tool: p.Prompt.Tool, Arguments: p.said})
	g.arguments = p.Arguments
	l := &late{guard: g, parked: p, need: Need{Grant: p.Grant, Object: p.Object}, matter: &start{guard: g}}
	l.need.Object.Identity, l.need.Object.Difference, l.need.Object.Request = p.Identity, p.difference, p.request
	switch {
	case p.Grant != (Grant{}):
		l.matter = &wish{guard: g, need: l.need}
	case len(p.Grants) > 0:
		l.matter = &ahead{guard: g, grants: p.Grants}
	}
	return l
}

func (l *late) rule() ruling {
	r := l.matter.rule()
	l.decided = r.verdict != Ask
	return r
}

func (l *late) prompt(ctx context.Context) Prompt {
	p := l.matter.prompt(ctx)
	for i, r := range p.Rungs {
		p.Rungs[i].Lifetimes = slices.DeleteFunc(r.Lifetimes, func(c Choice) bool { return c.Lifetime == ThisCall })
	}
	p.MayPick = false // a file is picked for a call, and there is none
	warnings := []string{warnLate}
	if len(l.parked.Grants) > 0 {
		warnings[0] = warnLateThen
	} else if l.guard.arguments != digest(l.parked.said) {
		warnings = append(warnings, warnUnspoken)
	}
	p.Warnings = append(warnings, p.Warnings...)
	return p
}

func (l *late) answered(ctx context.Context, a Answer) ruling {
	r := l.matter.answered(ctx, a)
	l.decided = true
	if r.verdict == Allow && a.Lifetime == Once {
		l.guard.broker.owe(l.guard, l.need)
	}
	return r
}

// owed is a yes for once that was given after its call was gone.
type owed struct {
	key       Key
	tool      string
	arguments string
	need      Need
	made      time.Time
}

// over says whether it holds no longer. The clock of the machine's day goes on while the machine sleeps and may be set;
// the other one that a time has does neither, and it is over as soon as either says so.
func (o owed) over(now time.Time) bool {
	made, today := o.made.Round(0), now.Round(0)
	return now.Sub(o.made) >= owedFor || today.Sub(made) >= owedFor || setBack(made, today)
}

func (b *Broker) owe(g *Guard, need Need) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if g.over() { // Forget came to its client
		return
	}
	b.owed = append(b.owed, owed{g.subject.Key(), g.call.Tool, g.arguments, need, b.options.Now()})
	b.owed = slices.Clone(b.owed[max(0, len(b.owed)-mostOwed):])
}

// claim takes a yes for once that is owed for need to a call with the same tool and arguments, and says whether there
// was one.
func (b *Broker) claim(g *Guard, need Need) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.owed) == 0 {
		return false
	}
	now, key := b.options.Now(), g.subject.Key()
	b.owed = slices.DeleteFunc(b.owed, func(o owed) bool { return o.over(now) })
	i := slices.IndexFunc(b.owed, func(o owed) bool {
		return o.key == key && o.tool == g.call.Tool && o.arguments == g.arguments && o.need.Grant == need.Grant &&
			sameObject(o.need.Object, need.Object)
	})
	if i < 0 {
		return false
	}
	b.owed = slices.Delete(b.owed, i, i+1)
	return true
}
