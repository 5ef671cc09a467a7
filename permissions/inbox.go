package permissions

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"
)

// State says what became of the call that a question of the inbox belongs to.
type State string

// The states. An open question's call waits. A parked one's call has ended without an answer, which may still be given
// for the next call. A cancelled one's call was ended, and there is nothing to answer.
const (
	StateOpen      State = "open"
	StateParked    State = "parked"
	StateCancelled State = "cancelled"
)

// Bounds of the inbox: how long a question rests there, how many do of all and of one client, and how many bytes one
// may have as JSON.
const (
	parkedFor        = 24 * time.Hour
	mostParked       = 100
	mostOfOneClient  = 20
	mostParkedBytes  = 32 << 10
	mostInboxedBytes = 512 << 10
)

// Inbox is what rests there, for the host to keep.
type Inbox struct {
	Parked    []Parked    `json:"parked"`
	Dismissed []Dismissal `json:"dismissed"`
}

// Parked is a question whose call is gone. What is kept of it has no contents: no difference, no request but its address without the query, no names of files that a
// pattern matched, and of the arguments the digest alone.
type Parked struct {
	Question
	State State `json:"state"`
	// Until is when it is forgotten.
	Until time.Time `json:"until"`
	// Asks is what the manifest asked for, Need and Identity what was wanted (the zero Grant for a start), Arguments the
	// digest of the call's.
	Asks      Capabilities `json:"asks"`
	Grant     Grant        `json:"grant,omitzero"`
	Object    Object       `json:"object"`
	Identity  string       `json:"identity,omitempty"`
	Arguments string       `json:"arguments"`
	// Grants are what a client wanted ahead of its skill; empty for every other question.
	Grants []Grant `json:"grants,omitempty"`

	// said are the arguments themselves, difference and request what was shown, for as long as this host runs.
	said       string
	difference *Difference
	request    *Outgoing
	// opened says that it stands in the line again.
	opened bool
}

// parkable is a matter that may be answered after its call is gone.
type parkable interface {
	// park says what was wanted.
	park() (g *Guard, need Need)
}

func (w *wish) park() (*Guard, Need)  { return w.guard, w.need }
func (s *start) park() (*Guard, Need) { return s.guard, Need{} }
func (a *ahead) park() (*Guard, Need) { return a.guard, Need{} }

// park leaves a question in the inbox that nobody answered. One that is equal to it and rests there already makes way.
func (b *Broker) park(q *question, o outcome) {
	m, ok := q.matter.(parkable)
	if !ok || b.options.Passing || q.Prompt.Quick.Lifetime == ThisCall || len(q.Prompt.Rungs) == 0 {
		return
	}
	guard, need := m.park()
	p := Parked{
		Question: q.Question, State: StateParked, Until: b.options.Now().Add(parkedFor),
		Asks: guard.asked, Grant: need.Grant, Object: need.Object, Identity: need.Object.Identity,
		Arguments: guard.arguments, said: q.Prompt.Arguments, difference: need.Object.Difference, request: need.Object.Request,
	}
	if a, ahead := q.matter.(*ahead); ahead {
		p.Grants = a.grants
	}
	if o.err != nil {
		p.State = StateCancelled
	}
	p.bare()
	if size(p) > mostParkedBytes {
		return
	}
	b.changeInbox(func(in *Inbox) bool {
		rest := slices.DeleteFunc(slices.Clone(in.Parked), func(other Parked) bool {
			return !other.opened && other.Prompt.Subject.Key() == p.Prompt.Subject.Key() &&
				other.Grant == p.Grant && slices.Equal(other.Grants, p.Grants) && other.Arguments == p.Arguments && other.sameObject(need.Object)
		})
		in.Parked = bounded(append(rest, p))
		return true
	})
}

// bare takes contents out of p and whatever belongs to one showing alone.
func (p *Parked) bare() {
	p.Position, p.Prompt.Nonce, p.Prompt.Times, p.Prompt.Arguments = 0, "", 0, ""
	p.Object.Difference, p.Prompt.Object.Difference = nil, nil
	p.Object.Request, p.Prompt.Object.Request = nil, nil
	p.Prompt.Rungs = slices.Clone(p.Prompt.Rungs)
	for i := range p.Prompt.Rungs {
		p.Prompt.Rungs[i].Matches = nil
	}
}

// sameObject says whether o is what p was about, as far as that can be told.
func (p Parked) sameObject(o Object) bool {
	was := p.Object
	was.Identity, was.Difference = p.Identity, p.difference
	return sameObject(was, o)
}

// sameObject says whether two needs for one grant are about the same: the same object, to do the same with it, and the
// same content where that was shown.
func sameObject(a, b Object) bool {
	return a.Identity == b.Identity && a.Path == b.Path && a.Operation == b.Operation && a.Other == b.Other &&
		spelled(a.Difference) == spelled(b.Difference)
}

// bounded drops the oldest questions of a client that has too many, and then the oldest of all.
func bounded(all []Parked) []Parked {
	var kept []Parked
	left, of := mostInboxedBytes, map[string]int{}
	for _, p := range slices.Backward(all) {
		client := p.Prompt.Subject.Client
		left -= size(p)
		of[client]++
		if of[client] <= mostOfOneClient && len(kept) < mostParked && left >= 0 {
			kept = append(kept, p)
		}
	}
	slices.Reverse(kept)
	return kept
}

func size(p Parked) int { return len(spelled(p)) }

// spelled is v as JSON.
func spelled(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // what is spelled here holds nothing but strings, numbers and lists
	}
	return string(text)
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// changeInbox changes the inbox and keeps it where change says that it did. What cannot be kept is lost with this host:
// it is asked again then.
func (b *Broker) changeInbox(change func(*Inbox) bool) {
	b.keeping.Lock()
	defer b.keeping.Unlock()
	b.mu.Lock()
	changed := change(&b.inbox)
	in := b.inbox
	b.mu.Unlock()
	if !changed {
		return
	}
	in.Parked = slices.DeleteFunc(slices.Clone(in.Parked), func(p Parked) bool { return p.State != StateParked })
	_ = b.options.KeepInbox(in)
	b.options.Changed()
}

// Parked returns the questions that rest in the inbox, the newest last, without those that were opened and so are
// among the waiting ones.
func (b *Broker) Parked() []Parked {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.options.Now()
	return slices.DeleteFunc(slices.Clone(b.inbox.Parked), func(p Parked) bool {
		return p.opened || !now.Before(p.Until)
	})
}
