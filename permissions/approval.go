package permissions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Approval is what a person approved of a skill for one client in one workspace. An update is held against it.
type Approval struct {
	// Key is what the skill was then, Version what it called itself.
	Key     Key    `json:"key"`
	Version string `json:"version"`
	// Asked is what it asked for and offered.
	Asked Capabilities `json:"asked"`
	Made  time.Time    `json:"made"`
}

// Approvals remember one Approval a place. Their two implementers are store.Decisions (bbolt) and Map (memory), and both
// pass internal/storetest.
type Approvals interface {
	// Approved returns what was approved last in k's place; ErrNotFound where nothing was.
	Approved(k Key) (Approval, error)
	// Approve returns once a is durable, in the place of what was approved there before, and the decisions with the IDs
	// in replaced are gone with that, all or nothing. One that is not there is no error.
	Approve(a Approval, replaced []string) error
}

// Place is k without what an update changes: one skill by its name, for one client, through one chain, in one
// workspace.
func (k Key) Place() Key {
	return Key{Skill: k.Skill, Client: k.Client, Chain: k.Chain, Workspace: k.Workspace}
}

// growth is the difference between what the person approved of the skill and what it is now; nil where it is the same,
// or nothing was approved yet. A skill in development changes all the time, and nothing is kept of it for long.
func (g *Guard) growth() (*Growth, Approval, error) {
	if g.subject.Digest == "" {
		return nil, Approval{}, nil
	}
	a, err := g.broker.options.Approvals.Approved(g.subject.Key())
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, a, nil
	case err != nil:
		return nil, a, fmt.Errorf("looking up what was approved: %w", err)
	case a.Key == g.subject.Key():
		return nil, a, nil
	}
	return a.since(g.subject, g.asked), a, nil
}

// carry takes the answers for what was approved over to the skill as it is now: every no, for an update lifts none, and
// every yes where the same verified signer vouches for a skill that is neither older nor more. Everything else is asked
// again. It comes before the first question of a call.
func (g *Guard) carry(ctx context.Context) error {
	grown, a, err := g.growth()
	if err != nil || grown == nil {
		return err
	}
	b, same := g.broker, g.subject.verified() && a.Key.Signer == g.subject.Signer && !grown.matters()
	b.taking.Lock()
	defer b.taking.Unlock()
	kept, err := b.options.Store.Find(a.Key)
	if err != nil {
		return err
	}
	for _, d := range kept {
		if d.Verdict != Deny && !same {
			continue
		}
		d.Key = g.subject.Key()
		if err := b.options.Recorder.Record(ctx, d.event("carry")); err != nil {
			return err
		}
		if err := b.options.Store.Keep(d); err != nil {
			return err
		}
	}
	if !same {
		return nil
	}
	a.Key, a.Version, a.Asked = g.subject.Key(), g.subject.Version, g.asked
	return b.options.Approvals.Approve(a, nil)
}

// approve remembers what the skill is now, where that was approved for good or there was nothing to approve; it comes
// after a start was allowed. The answers for what was approved before end with it, and so do older ones for what is
// approved now: going back to an earlier version brings none of them back.
func (g *Guard) approve(ctx context.Context) error {
	f, err := g.facts()
	if err != nil || g.subject.Digest == "" {
		return err
	}
	grown, a, err := g.growth()
	known := grown == nil && a.Key == g.subject.Key()
	if err != nil || known || (grown.matters() || len(g.asked.Requires)+len(g.asked.Raised) > 0) && !f.agreedForGood() {
		return err
	}
	b := g.broker
	b.taking.Lock()
	defer b.taking.Unlock()
	var ended []Decision
	if grown != nil {
		if ended, err = b.options.Store.Find(a.Key); err != nil {
			return err
		}
		for _, d := range f.kept {
			if d.Made.Before(a.Made) {
				ended = append(ended, d)
			}
		}
		ended = slices.DeleteFunc(slices.Clone(ended), func(d Decision) bool { return d.Verdict != Allow })
	}
	now := Approval{Key: g.subject.Key(), Version: g.subject.Version, Asked: g.asked, Made: b.options.Now()}
	if err := b.options.Approvals.Approve(now, idsOf(ended)); err != nil {
		return err
	}
	for _, d := range ended {
		b.tell(d.ID)
		err = errors.Join(err, b.options.Recorder.Record(ctx, d.event("lapse")))
	}
	return err
}

// agreed says whether the person confirmed the skill as it is now.
func (f *facts) agreed() bool {
	return f.started || slices.ContainsFunc(f.kept, func(d Decision) bool { return d.Required && f.live(d, Allow) })
}

// agreedForGood says whether that confirmation has no end that is near.
func (f *facts) agreedForGood() bool {
	return slices.ContainsFunc(f.kept, func(d Decision) bool {
		return d.Required && f.live(d, Allow) && (d.Lifetime == Always || d.Lifetime == UntilDate)
	})
}

func idsOf(decisions []Decision) (ids []string) {
	for _, d := range decisions {
		ids = append(ids, d.ID)
	}
	return ids
}
