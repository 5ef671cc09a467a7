package permissions

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"time"
)

// lapseAfter is how long a kept yes holds that allows nothing.
const lapseAfter = 60 * 24 * time.Hour

// ErrOver is returned by Restore for a decision whose time has ended.
var ErrOver = errors.New("its time is over")

// Lapses returns when d ends for want of use, 60 days after it last allowed something; the zero time for what does not
// lapse: a denial, which is used by nobody coming, and what ends by itself within hours.
func (d Decision) Lapses() time.Time {
	if d.Verdict != Allow || d.Lifetime != Always && d.Lifetime != UntilDate {
		return time.Time{}
	}
	last := d.Made
	if d.Used.After(last) {
		last = d.Used
	}
	return last.Add(lapseAfter)
}

func (d Decision) lapsed(now time.Time) bool {
	end := d.Lapses()
	return !end.IsZero() && !now.Before(end)
}

// Gone is a decision that was taken back, or lapsed, at a time.
type Gone struct {
	Decision
	At time.Time `json:"at"`
}

// Why is "lapsed" or "revoked".
func (g Gone) Why() string {
	if g.lapsed(g.At) {
		return "lapsed"
	}
	return "revoked"
}

// Revoke takes a kept decision back: the next Check no longer sees it, and before Revoke returns every call that rested
// on it has been told (Guard.OnRevoke). It ends an agent's Rest in the same way. It returns ErrNotFound where there is
// neither, and an error if it could not be recorded: the decision is gone all the same.
func (b *Broker) Revoke(id string) error {
	err := b.take(id, "revoke")
	if !errors.Is(err, ErrNotFound) {
		return err
	}
	if woken := b.wake(id); !errors.Is(woken, ErrNotFound) {
		return woken
	}
	return err
}

// TakeBack takes back every kept yes that serves s's skill, in any version, for s's client in its workspace, and is for
// something of e; the zero Extent is everything. What the manifest requires, the workspace and every no stay, and so does
// whatever serves others.
func (b *Broker) TakeBack(s Subject, e Extent) error {
	kept, err := b.options.Kept()
	if err != nil {
		return err
	}
	everything := e.Path+e.Host+e.Variable == ""
	concerned := func(g Grant) bool { return everything || e.concerns(g, s.Workspace) }
	var failed error
	for _, d := range kept {
		stays := d.Verdict != Allow || d.Kind() != "grant" || d.Key.Place() != s.Key().Place()
		// Every client that nobody knows has one name, and only its session tells it from the others.
		if stays || s.Client == Unknown && d.Session != s.Session || !slices.ContainsFunc(d.Grants, concerned) {
			continue
		}
		if err := b.Revoke(d.ID); !errors.Is(err, ErrNotFound) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// Lapse takes away those of kept that nobody used for 60 days, and records each. They stopped counting when their time
// came; this only clears up.
func (b *Broker) Lapse(kept []Decision) error {
	var failed error
	for _, d := range kept {
		if !d.lapsed(b.options.Now()) {
			continue
		}
		if err := b.take(d.ID, "lapse"); !errors.Is(err, ErrNotFound) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// take removes a decision, tells the calls that rest on it, and records it.
func (b *Broker) take(id, kind string) error {
	b.taking.Lock()
	d, err := b.options.Store.Revoke(id)
	b.taking.Unlock()
	if err != nil {
		return fmt.Errorf("revoking decision %q: %w", id, err)
	}
	b.tell(id)
	if err := b.options.Recorder.Record(context.Background(), d.event(kind)); err != nil {
		return fmt.Errorf("recording that decision %q was revoked: %w", id, err)
	}
	return nil
}

// tell tells the calls that a decision is gone.
func (b *Broker) tell(id string) {
	b.taken.Add(1)
	for _, g := range b.calls.all() {
		if g.restsOn(id) {
			g.lose()
		}
	}
}

// Restore gives back d, which was revoked or lapsed, as a decision of its own that is made now. For a yes it is a
// proposal of client's, and blocks and fails as Propose does; a no only narrows and asks nobody. It returns ErrOver where
// d would hold no longer.
func (b *Broker) Restore(ctx context.Context, client string, d Decision) error {
	if !d.Until.IsZero() && d.Lifetime != OneHour && !b.options.Now().Before(d.Until) {
		return fmt.Errorf("giving decision %q back: %w", d.ID, ErrOver)
	}
	apply := func() error { return b.giveBack(ctx, d) }
	if d.Verdict == Deny {
		return apply()
	}
	p := Proposal{Client: client, Subject: d.subject(), Verb: "Give a permission back to", Name: d.Key.Skill, Apply: apply}
	if d.Kind() == "workspace" {
		p.Verb, p.Name = "Let skills work again in", path.Base(d.Key.Workspace)
	}
	for _, g := range d.Grants {
		p.Lines = append(p.Lines, PromptLine{Grant: g.text, Sentence: Sentence(g)})
	}
	p.Warnings = append(p.Warnings, "A yes holds "+d.span()+".")
	return b.Propose(ctx, p)
}

func (b *Broker) giveBack(ctx context.Context, d Decision) error {
	now := b.options.Now()
	d.ID, d.Made, d.Used = rand.Text(), now, time.Time{}
	if d.Lifetime == OneHour {
		d.Until = now.Add(time.Hour)
	}
	return b.keep(context.WithoutCancel(ctx), []Decision{d}, d.event("restore"))
}

// span says for how long d holds when it is given back.
func (d Decision) span() string {
	switch d.Lifetime {
	case Session:
		return "for that session"
	case OneHour:
		return "for one hour"
	case UntilDate:
		return "until " + d.Until.Format("2 January 2006")
	}
	return "always, until you revoke it"
}

// event is a line of the record about d itself.
func (d Decision) event(kind string) Event {
	return Event{
		Kind: kind, Subject: d.subject(), Grant: spell(d.Grants), Verdict: d.Verdict, Rule: d.ID, Lifetime: d.Lifetime,
	}
}

// subject is whom d serves, as far as its key says.
func (d Decision) subject() Subject {
	s := Subject{
		Skill: d.Key.Skill, Signer: d.Key.Signer, Origin: d.Key.Origin, Digest: d.Key.Digest, Capabilities: d.Key.Capabilities,
		Client: d.Key.Client, Session: d.Session, Workspace: d.Key.Workspace,
	}
	_ = json.Unmarshal([]byte(d.Key.Chain), &s.Chain) // an empty chain is no JSON
	return s
}
