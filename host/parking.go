package host

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"gatehouse/permissions"
)

// Owner is who may collect the outcome of a parked call: a client, or one connection of a client that nobody knows.
type Owner string

// Bounds of what is parked.
const (
	// mostRunning is how many calls of one owner may not have ended.
	mostRunning = 256
	// mostOutcomes and mostOutcomeBytes bound what waits to be collected; the oldest goes first.
	mostOutcomes     = 1000
	mostOutcomeBytes = 64 << 20
	// readableFor is how long an outcome stays after it was first delivered, uncollectedFor how long one that nobody collects.
	readableFor    = 10 * time.Minute
	uncollectedFor = 24 * time.Hour
)

// Parking keeps the calls of clients that give up before a person has answered. A call in it lives apart from the request
// that began it: it runs once, and whoever holds its ticket collects what came of it. It outlives connections and not the
// host.
type Parking struct {
	call func(context.Context, Call) (Result, error)
	now  func() time.Time

	mu      sync.Mutex
	calls   map[string]*Parked // by ticket
	running map[Owner]int
	ended   []*Parked // that may be collected, in the order in which they ended
	bytes   int
	work    sync.WaitGroup
}

// NewParking returns an empty Parking that runs calls with call, a Host's.
func NewParking(call func(context.Context, Call) (Result, error)) *Parking {
	return &Parking{call: call, now: time.Now, calls: map[string]*Parked{}, running: map[Owner]int{}}
}

// Wait returns when no call runs any more. Host.Close ends those that do.
func (p *Parking) Wait() { p.work.Wait() }

// Begin runs c, for owner on one connection of theirs, and returns at once; the caller is attached to it. The error is an
// *Error where owner has too many calls that have not ended: then nothing runs.
func (p *Parking) Begin(owner Owner, connection string, c Call) (*Parked, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running[owner] >= mostRunning {
		return nil, &Error{Code: Code(permissions.CodeTooMany), Message: "too many calls of this client have not ended yet"}
	}
	p.running[owner]++
	parked := &Parked{
		parking: p, ticket: "t-" + rand.Text(), owner: owner, connection: connection, call: c,
		done: make(chan struct{}), changed: make(chan struct{}), attached: 1,
	}
	ctx, cancel := context.WithCancel(context.Background())
	parked.cancel, parked.call.Waiting = cancel, parked.setWaiting
	p.calls[parked.ticket] = parked
	p.work.Go(func() {
		defer cancel()
		result, err := p.call(ctx, parked.call)
		parked.end(result, err)
	})
	return parked, nil
}

// Find returns owner's call with this ticket and attaches the caller to it; false where owner has none.
func (p *Parking) Find(owner Owner, ticket string) (*Parked, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	parked := p.calls[ticket]
	if parked == nil || parked.owner != owner || !parked.handed {
		return nil, false
	}
	parked.attached++
	return parked, true
}

// Again attaches the caller to a call that equals c, was begun on the same connection, was given up there with a ticket,
// and has not been collected; false where there is none. Such a c is a client's second try and no second call.
func (p *Parking) Again(owner Owner, connection string, c Call) (*Parked, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, parked := range p.calls {
		if parked.handed && parked.attached == 0 && parked.delivered.IsZero() &&
			parked.owner == owner && parked.connection == connection && parked.equals(c) {
			parked.attached++
			return parked, true
		}
	}
	return nil, false
}

// forget takes what has ended out, and the oldest outcomes where there are too many. The caller holds mu.
func (p *Parking) forget(parked *Parked) {
	if p.calls[parked.ticket] != parked {
		return
	}
	delete(p.calls, parked.ticket)
	if i := slices.Index(p.ended, parked); i >= 0 {
		p.ended = slices.Delete(p.ended, i, i+1)
		p.bytes -= len(parked.result.Output)
	}
	if parked.expiry != nil {
		parked.expiry.Stop()
	}
}

// keep leaves an outcome to be collected. The caller holds mu.
func (p *Parking) keep(parked *Parked) {
	p.ended = append(p.ended, parked)
	p.bytes += len(parked.result.Output)
	for len(p.ended) > 1 && (len(p.ended) > mostOutcomes || p.bytes > mostOutcomeBytes) {
		p.forget(p.ended[0])
	}
	parked.expireIn(uncollectedFor)
}

// Stage is how far a parked call has come.
type Stage int

// The stages. A call may run and wait several times.
const (
	StageRunning Stage = iota
	StageWaiting
	StageEnded
)

// Parked is one call in Parking.
type Parked struct {
	parking    *Parking
	ticket     string
	owner      Owner
	connection string
	call       Call
	cancel     context.CancelFunc
	done       chan struct{}
	result     Result
	err        error

	// The rest is guarded by Parking.mu.
	waiting  bool
	changed  chan struct{} // closed at the next change of stage
	attached int           // requests that wait for it
	handed   bool          // its client holds a ticket
	round    int           // how often it was sealed
	sealed   bool          // and nobody has come with that yet
	// delivered is when its outcome was first collected.
	delivered time.Time
	expiry    *time.Timer
}

// Stage says how far the call has come, and returns a channel that is closed when that changes.
func (p *Parked) Stage() (Stage, <-chan struct{}) {
	p.parking.mu.Lock()
	defer p.parking.mu.Unlock()
	select {
	case <-p.done:
		return StageEnded, p.changed
	default:
	}
	if p.waiting {
		return StageWaiting, p.changed
	}
	return StageRunning, p.changed
}

func (p *Parked) setWaiting(waiting bool) {
	p.parking.mu.Lock()
	defer p.parking.mu.Unlock()
	p.waiting = waiting
	p.tell()
}

// tell wakes those who look at the stage. The caller holds Parking.mu.
func (p *Parked) tell() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// end notes what came of the call. Nobody can collect what no ticket was given out for once its request is gone, so that
// is not kept: the record has it.
func (p *Parked) end(result Result, err error) {
	l := p.parking
	l.mu.Lock()
	defer l.mu.Unlock()
	p.result, p.err = result, err
	close(p.done)
	if l.running[p.owner]--; l.running[p.owner] == 0 {
		delete(l.running, p.owner)
	}
	switch {
	case p.handed:
		l.keep(p)
	case p.attached == 0:
		l.forget(p)
	}
	p.tell()
}

// HandOut returns the ticket, for the client that the call belongs to and for nobody else, and detaches the caller.
func (p *Parked) HandOut() string {
	p.parking.mu.Lock()
	defer p.parking.mu.Unlock()
	p.hand()
	return p.ticket
}

// Seal is HandOut for a ticket that serves once: it returns the round that Unseal takes, counted from 1.
func (p *Parked) Seal() (ticket string, round int) {
	p.parking.mu.Lock()
	defer p.parking.mu.Unlock()
	p.hand()
	p.round++
	p.sealed = true
	return p.ticket, p.round
}

// hand gives the ticket out. The caller holds Parking.mu.
func (p *Parked) hand() {
	p.attached--
	if p.handed {
		return
	}
	p.handed = true
	select {
	case <-p.done:
		p.parking.keep(p)
	default:
	}
}

// Unseal is Find for what Seal returned; false also where that round is over.
func (p *Parking) Unseal(owner Owner, ticket string, round int) (*Parked, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	parked := p.calls[ticket]
	if parked == nil || parked.owner != owner || !parked.sealed || parked.round != round {
		return nil, false
	}
	parked.sealed = false
	parked.attached++
	return parked, true
}

// Detach says that the caller's request is gone, and leaves the call to itself.
func (p *Parked) Detach() {
	p.parking.mu.Lock()
	defer p.parking.mu.Unlock()
	p.leave()
}

// leave detaches one request. The caller holds Parking.mu.
func (p *Parked) leave() {
	p.attached--
	select {
	case <-p.done:
		if p.attached == 0 && !p.handed {
			p.parking.forget(p)
		}
	default:
	}
}

// Cancel says that the client wants the call no more, and detaches the caller. The guest is stopped and its question
// withdrawn, unless another request waits for it.
func (p *Parked) Cancel() {
	p.parking.mu.Lock()
	defer p.parking.mu.Unlock()
	p.leave()
	if p.attached == 0 {
		p.cancel()
	}
}

// Collect returns what came of a call that has ended, and detaches the caller. It may be collected again with its ticket,
// for ten minutes from the first time.
func (p *Parked) Collect() (Result, error) {
	<-p.done
	p.parking.mu.Lock()
	defer p.parking.mu.Unlock()
	if p.delivered.IsZero() {
		p.delivered = p.parking.now()
		if p.handed {
			p.expireIn(readableFor)
		}
	}
	p.leave()
	return p.result, p.err
}

// expireIn makes the outcome go after d. The caller holds Parking.mu.
func (p *Parked) expireIn(d time.Duration) {
	if p.expiry != nil {
		p.expiry.Stop()
	}
	p.expiry = time.AfterFunc(d, func() {
		p.parking.mu.Lock()
		defer p.parking.mu.Unlock()
		p.parking.forget(p)
	})
}

// equals says whether c asks for the same.
func (p *Parked) equals(c Call) bool {
	return p.call.Skill == c.Skill && p.call.Tool == c.Tool && p.Own() == (c.Own != nil) && p.call.Workspace == c.Workspace &&
		Same(p.call.Input) == Same(c.Input)
}

// Same is JSON with its members in order and its numbers as they were written: equal for equal inputs. What is no JSON
// stays as it is.
func Same(input json.RawMessage) string {
	decoder := json.NewDecoder(bytes.NewReader(input))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) == nil {
		if text, err := json.Marshal(value); err == nil {
			return string(text)
		}
	}
	return string(input)
}

// Skill and Tool say what was called.
func (p *Parked) Skill() string { return p.call.Skill }

// Tool is the tool's name in the skill's manifest.
func (p *Parked) Tool() string { return p.call.Tool }

// Own says whether it is a tool of Gatehouse's own that was called.
func (p *Parked) Own() bool { return p.call.Own != nil }
