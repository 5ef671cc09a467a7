package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gatehouse/audit"
	"gatehouse/permissions"
	"gatehouse/store"
)

// Profiles changes the person's profiles, and which client has which. What leaves more out is done at once, for whoever
// asks, and reaches what calls hold open; what leaves more in is put to the person.
type Profiles struct {
	Kept    *store.Profiles
	Clients *store.Clients
	Broker  *permissions.Broker
	Audit   *audit.Log
	Changes *Changes
}

// Set keeps a profile for client, who proposes it. A new one, and one that only narrows the one of its name, holds at once;
// else it blocks while the person is asked, and is a *permissions.DeniedError where they do not agree.
func (p *Profiles) Set(ctx context.Context, client string, profile store.Profile) error {
	was, err := p.Kept.Find(profile.Name)
	isNew := errors.Is(err, permissions.ErrNotFound)
	if err != nil && !isNew {
		return err
	}
	set := func() error {
		if now, err := p.Kept.Find(profile.Name); !isNew && (err != nil || !profile.Narrows(now) && !same(now, was)) {
			return &Error{Code: CodeInput, Message: "the profile changed in the meantime, so it stays as it is", Hint: "look at it again: gatehouse profile list"}
		}
		if err := p.record(client, "", profile.Name, "changed"); err != nil {
			return err
		}
		defer p.changed()
		return unkeptProfile(p.Kept.Keep(profile))
	}
	if isNew || profile.Narrows(was) {
		return set()
	}
	return p.Broker.Propose(ctx, permissions.Proposal{
		Client: client, Verb: "Leave more in the profile", Name: profile.Name, Lines: wider(was, profile), Apply: set,
	})
}

// Use gives a client a profile, the empty name being none. Where that leaves out no less than what holds for it now it is
// put to the person.
func (p *Profiles) Use(ctx context.Context, client, of, name string) error {
	c, err := p.Clients.Find(of)
	if err != nil {
		return err
	}
	was, err := p.named(c.Profile)
	if err != nil {
		return err
	}
	is, err := p.named(name)
	if err != nil {
		return err
	}
	use := func() error {
		now, err := p.named(name)
		if err != nil {
			return err
		}
		if !same(now, is) {
			return &Error{Code: CodeInput, Message: "the profile changed in the meantime, so the client keeps what it has", Hint: "look at it again: gatehouse profile list"}
		}
		if err := p.record(client, c.Name, name, "used"); err != nil {
			return err
		}
		defer p.changed()
		_, err = p.Clients.SetProfile(c.Name, name)
		return err
	}
	if is.Narrows(was) {
		return use()
	}
	return p.Broker.Propose(ctx, permissions.Proposal{
		Client: client, Subject: permissions.Subject{Client: c.Name}, Verb: "Leave more to the client", Name: c.Name, Lines: wider(was, is), Apply: use,
	})
}

// Remove takes a profile away that no client has.
func (p *Profiles) Remove(client, name string) error {
	if err := p.Kept.Remove(name); err != nil {
		return unkeptProfile(err)
	}
	p.changed()
	return p.record(client, "", name, "removed")
}

// changed has what holds now reach the calls that run, and the screens.
func (p *Profiles) changed() {
	p.Broker.Reconsider("")
	p.Changes.Touch(TopicClients, TopicPolicies, TopicSkills)
}

// named is the profile of this name; that of the empty name leaves everything in.
func (p *Profiles) named(name string) (store.Profile, error) {
	if name == "" {
		return store.Profile{}, nil
	}
	found, err := p.Kept.Find(name)
	return found, noProfile(err)
}

func same(a, b store.Profile) bool { return a.Narrows(b) && b.Narrows(a) }

// wider are what is leaves in and was did not, in our words.
func wider(was, is store.Profile) (lines []permissions.PromptLine) {
	say := func(format string, args ...any) {
		lines = append(lines, permissions.PromptLine{Sentence: fmt.Sprintf(format, args...)})
	}
	if was.Skills != nil {
		if is.Skills == nil {
			say("see every skill that you turned on, also one that you turn on later")
		}
		for _, name := range is.Skills {
			if !was.Has(name) {
				say("see the skill %s", permissions.Visible(name))
			}
		}
	}
	if was.Only != nil {
		if is.Only == nil {
			say("ask for everything that its skills may ask for")
		}
		for _, g := range is.Only {
			if !slices.Contains(was.Only, g) {
				lines = append(lines, permissions.PromptLine{Grant: g.String(), Sentence: "ask to " + permissions.Sentence(g)})
			}
		}
	}
	for _, g := range was.Deny {
		if !slices.Contains(is.Deny, g) {
			lines = append(lines, permissions.PromptLine{Grant: g.String(), Sentence: permissions.Sentence(g) + ", where you allow it"})
		}
	}
	for _, g := range was.Ask {
		if !slices.Contains(slices.Concat(is.Ask, is.Deny), g) {
			lines = append(lines, permissions.PromptLine{Grant: g.String(), Sentence: permissions.Sentence(g) + " without being asked each time"})
		}
	}
	const most = 30
	if len(lines) > most {
		rest := len(lines) - most
		lines = lines[:most]
		say("%d more things", rest)
	}
	return lines
}

func (p *Profiles) record(by, client, profile, outcome string) error {
	words := []string{"profile", profile}
	return p.Audit.Append(audit.Record{
		Kind: audit.KindClient, Subject: permissions.Subject{Client: or(client, by)}, Rule: strings.TrimSpace(strings.Join(words, " ")), Outcome: outcome,
	})
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// noProfile explains that a profile is not there; nothing goes through then.
func noProfile(err error) error {
	if errors.Is(err, permissions.ErrNotFound) {
		return &Error{Code: CodeNotFound, Message: "there is no such profile", Hint: "gatehouse profile list", cause: err}
	}
	return err
}

// unkeptProfile explains why a profile cannot be kept or removed.
func unkeptProfile(err error) error {
	var hinted interface{ Hint() string }
	if errors.Is(err, store.ErrProfile) && errors.As(err, &hinted) {
		return &Error{Code: CodeInput, Message: err.Error(), Hint: hinted.Hint(), cause: err}
	}
	return noProfile(err)
}
