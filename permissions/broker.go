package permissions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"
)

// longestArguments is how much of a call's arguments a prompt shows, in bytes.
const longestArguments = 4 << 10

// Options is what a Broker works with.
type Options struct {
	// Store remembers; nil is a new Map.
	Store Store
	// Approvals remember what was approved, beside the same decisions; nil is Store where it can, else a new Map.
	Approvals Approvals
	// Prompter asks; nil means that nobody can be asked.
	Prompter Prompter
	// Passing says that nothing outlives a call here, so that no answer is offered for longer.
	Passing bool
	// Recorder writes down; nil writes nothing.
	Recorder Recorder
	// Policies returns the policies that hold for a subject, the broken ones in their last good form; an error means no.
	// It is called for every decision. nil is none.
	Policies func(Subject) ([]Policy, error)
	// Never is what nobody can allow.
	Never Never
	// Now is the clock for lifetimes; nil is time.Now.
	Now func() time.Time
	// Wait is how long a question waits for its answer, its turn included; zero is ten minutes.
	Wait time.Duration
	// Count says how many files below folder, a real path, the grant names now, 0 where it cannot tell, and the real
	// paths of some of them. nil counts nothing. It is called while a question is made and may look at the disk, but not
	// for long.
	Count func(ctx context.Context, folder string, g Grant) (count int, some []string)
	// Kept returns every kept decision, for what a prompt says of earlier ones; nil returns none.
	Kept func() ([]Decision, error)
	// Inbox is what an earlier host left in the inbox, and KeepInbox keeps it for a later one; nil keeps nothing.
	Inbox     Inbox
	KeepInbox func(Inbox) error
	// Paused says that everything is paused from the start, and KeepPaused keeps whether it is; nil keeps nothing.
	Paused     bool
	KeepPaused func(bool) error
	// Stopped ends every running call of a skill and does not wait for that; nil ends nothing.
	Stopped func(skill string)
	// Used is told that a kept decision allowed something, at that time. It must not block; nil is not told.
	Used func(id string, at time.Time)
	// Changed is called after Waiting has changed. It must not block; nil is not called.
	Changed func()
	// Settled is called once for each prompt that was put to the Prompter, with its nonce and what came of it, when that
	// holds: Allow only once a yes is durable. It must not block; nil is not called.
	Settled func(nonce string, v Verdict)
}

// Broker decides and is the only place where a call waits for a person. It puts one question at a time, and clients
// take turns. A skill has at most three that wait for a client, and a client twenty; one that takes questions back as
// soon as they are shown is passed over for a while. What nobody answered in time rests in the inbox, where the person
// may still answer it for the next call.
type Broker struct {
	options Options
	laws    *laws
	seen    seen

	// life is as long as the questions last that the broker itself asks, those of the inbox.
	life  context.Context
	close context.CancelFunc
	own   sync.WaitGroup

	mu    sync.Mutex
	line  []*question // those that wait for their turn
	first *question   // it has the turn and is being put in words
	shown *showing
	round int            // that of the latest turn
	said  map[string]int // how many open questions are about the same
	inbox Inbox          // its lists are only ever replaced
	owed  []owed         // answers from the inbox to what is asked next
	// glimpses are when each client last took a question back that nobody can have read.
	glimpses map[string][]time.Time
	paused   chan struct{} // closed when everything goes on; nil where it does

	pausing, keeping sync.Mutex // held while what they name is kept

	// taken counts the decisions that were taken back; calls are those that have not ended.
	taken atomic.Uint64
	calls calls
	// taking is held while decisions are taken back, and while they are taken over to a skill's update, so that none
	// comes back by it.
	taking sync.Mutex
}

// NewBroker returns a Broker that is ready for use by many goroutines.
func NewBroker(o Options) *Broker {
	if o.Store == nil {
		o.Store = &Map{}
	}
	if both, can := o.Store.(Approvals); can && o.Approvals == nil {
		o.Approvals = both
	}
	if o.Approvals == nil {
		o.Approvals = &Map{}
	}
	if o.Prompter == nil {
		o.Prompter = nobody{}
	}
	if o.Recorder == nil {
		o.Recorder = unrecorded{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wait == 0 {
		o.Wait = 10 * time.Minute
	}
	if o.Policies == nil {
		o.Policies = func(Subject) ([]Policy, error) { return nil, nil }
	}
	if o.Count == nil {
		o.Count = func(context.Context, string, Grant) (int, []string) { return 0, nil }
	}
	if o.Used == nil {
		o.Used = func(string, time.Time) {}
	}
	if o.Changed == nil {
		o.Changed = func() {}
	}
	if o.Kept == nil {
		o.Kept = func() ([]Decision, error) { return nil, nil }
	}
	if o.KeepInbox == nil {
		o.KeepInbox = func(Inbox) error { return nil }
	}
	if o.KeepPaused == nil {
		o.KeepPaused = func(bool) error { return nil }
	}
	if o.Stopped == nil {
		o.Stopped = func(string) {}
	}
	if o.Settled == nil {
		o.Settled = func(string, Verdict) {}
	}
	b := &Broker{options: o, said: map[string]int{}, glimpses: map[string][]time.Time{}, laws: newLaws(o.Never), inbox: o.Inbox}
	b.life, b.close = context.WithCancel(context.Background())
	if o.Paused {
		b.paused = make(chan struct{})
	}
	return b
}

// Conceal makes the files at these real paths credentials, as those of the data file are: no pattern and no answer opens
// them, and the person may pick one for reading. They take the place of those that were named before. It holds for what is
// asked from then on.
func (b *Broker) Conceal(paths []string) { b.laws.conceal(paths) }

// Close withdraws the questions that were opened from the inbox and waits for that. Those of calls end with their calls.
func (b *Broker) Close() {
	b.close()
	b.own.Wait()
}

// CallInfo is what is known of a call when it begins. Tool and Arguments are the client's words; Arguments is JSON.
type CallInfo struct {
	ID, Tool, Arguments string
	// Waiting is told whenever the call begins to wait for a person, and whenever it no longer does. It is called in that
	// order and must not block; nil is not told.
	Waiting func(bool)
}

// Begin returns the Guard of one call. The caller ends it with Guard.End.
func (b *Broker) Begin(s Subject, c Capabilities, call CallInfo) *Guard {
	arguments := digest(call.Arguments)
	if len(call.Arguments) > longestArguments {
		cut := longestArguments
		for !utf8.RuneStart(call.Arguments[cut]) {
			cut--
		}
		call.Arguments = call.Arguments[:cut]
	}
	s.Chain = slices.Clone(s.Chain)
	g := &Guard{broker: b, subject: s, asked: c, call: call, arguments: arguments, rests: map[string]bool{}, passed: map[Grant]bool{}}
	b.calls.add(g)
	return g
}

// facts reads what is kept for s, now. It reads the store and the policies every time, so that what was revoked is gone at
// once.
func (b *Broker) facts(s Subject, c Capabilities) (facts, error) {
	f := facts{laws: b.laws, subject: s, asked: c, now: b.options.Now()}
	var err error
	if f.policies, err = b.options.Policies(s); err != nil {
		return f, fmt.Errorf("reading the policies: %w", err)
	}
	if f.kept, err = b.options.Store.Find(s.Key()); err != nil {
		return f, fmt.Errorf("looking up decisions: %w", err)
	}
	if s.Workspace != "" {
		if f.workspace, err = b.options.Store.Find(s.WorkspaceKey()); err != nil {
			return f, fmt.Errorf("looking up the workspace: %w", err)
		}
	}
	return f, nil
}

// keep records an answer and then makes it last, so that nothing holds that has no line in the record. A host that is
// killed in between has recorded an answer that does not hold, and asks again; so does one that cannot write, and says
// in the record what it took back. A no reaches the calls that were allowed the same.
func (b *Broker) keep(ctx context.Context, kept []Decision, e Event) error {
	if err := b.options.Recorder.Record(ctx, e); err != nil {
		return err
	}
	for _, d := range kept {
		err := b.options.Store.Keep(d)
		if err == nil {
			continue
		}
		for _, d := range kept {
			if _, undo := b.options.Store.Revoke(d.ID); !errors.Is(undo, ErrNotFound) {
				err = errors.Join(err, undo)
			}
			err = errors.Join(err, b.options.Recorder.Record(ctx, d.event("revoke")))
		}
		return err
	}
	if slices.ContainsFunc(kept, func(d Decision) bool { return d.Verdict == Deny }) {
		b.Reconsider("")
	}
	return nil
}

// spell joins grants for a record; a workspace alone has no grants.
func spell(grants []Grant) string {
	if len(grants) == 0 {
		return workspaceWord
	}
	text := grants[0].text
	for _, g := range grants[1:] {
		text += " " + g.text
	}
	return text
}

// nobody is the Prompter where there is no other.
type nobody struct{}

func (nobody) Ask(context.Context, Prompt, func() int) (Answer, error) {
	return Answer{}, ErrUnavailable
}

type unrecorded struct{}

func (unrecorded) Record(context.Context, Event) error { return nil }
