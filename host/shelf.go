package host

import (
	"context"
	"errors"
	"fmt"

	"gatehouse/audit"
	"gatehouse/permissions"
	"gatehouse/skill"
	"gatehouse/store"
)

// Shown keeps which skills agents see. The shared host's library implements it over store.Skills.
type Shown interface {
	Library
	// Shown says whether agents see the skill, and what they read when the person turned it on last, nil where they never
	// did; skill.ErrNotFound where there is none.
	Shown(name string) (on bool, pinned *skill.Words, err error)
	// TurnOn lets agents see the skill exactly as it is given; store.ErrChanged where it is another by now.
	TurnOn(seen *skill.Package) error
	TurnOff(name string) error
}

// Shelf is what agents see of the skills. Taking a skill from it is done at once; putting one on it is put to the person,
// with what agents would read.
type Shelf struct {
	Skills  Shown
	Broker  *permissions.Broker
	Audit   *audit.Log
	Changes *Changes
	// Add installs the skill at a full path, which exposes nothing.
	Add func(path string) (*skill.Package, error)
}

// Reading is what agents read of a skill, as the person sees it.
type Reading struct {
	On bool
	// Notices are what to look at first, and Changes what is different from when it was turned on last; nil for never.
	Notices []skill.Notice
	Changes []permissions.Change
}

// Reading says whether agents see pkg, and what a person should know before they do.
func (s *Shelf) Reading(pkg *skill.Package) (Reading, error) {
	on, pinned, err := s.Skills.Shown(pkg.Manifest.Name)
	if err != nil {
		return Reading{}, err
	}
	r := Reading{On: on, Notices: pkg.Notices(s.others())}
	if pinned != nil {
		r.Changes = pkg.Words().Changes(*pinned)
	}
	return r, nil
}

// others are the names of all skills' tools as agents see them. What cannot be loaded is offered to nobody.
func (s *Shelf) others() (names []string) {
	skills, _ := s.Skills.Names()
	for _, name := range skills {
		pkg, err := s.Skills.Load(name)
		if err != nil {
			continue
		}
		for _, t := range pkg.Manifest.Tools {
			names = append(names, name+"_"+t.Name)
		}
	}
	return names
}

// mostToolLines is how many tools a question lists.
const mostToolLines = 30

// TurnOn proposes, for client, that agents see the skill as it is now. It blocks while the person is asked, and is a
// *permissions.DeniedError where they do not agree. Where agents see exactly this already it asks nobody.
func (s *Shelf) TurnOn(ctx context.Context, client, name string) error {
	pkg, err := s.Skills.Load(name)
	if err != nil {
		return err
	}
	r, err := s.Reading(pkg)
	if err != nil || r.On {
		return err
	}
	p := permissions.Proposal{
		Client: client, Verb: "Let agents use", Name: name,
		Subject: permissions.Subject{Skill: name, Version: pkg.Manifest.Version, Signer: pkg.Signer(), Digest: string(pkg.Digest), Client: client},
		Apply:   func() error { return s.turnOn(client, pkg) },
	}
	for i, t := range pkg.Manifest.Tools {
		if i == mostToolLines {
			p.Lines = append(p.Lines, permissions.PromptLine{Sentence: fmt.Sprintf("offer them %d more tools", len(pkg.Manifest.Tools)-i)})
			break
		}
		p.Lines = append(p.Lines, permissions.PromptLine{Sentence: "offer them its tool " + t.Name, Why: t.Description})
	}
	if len(r.Changes) > 0 {
		p.Growth = &permissions.Growth{Changes: r.Changes}
	}
	p.Warnings = warnings(r.Notices)
	return s.Broker.Propose(ctx, p)
}

// Install proposes, for a client whose agent thought of it, to install the skill at a full path and then to let agents see
// it: two questions, for the second shows what agents would read. Nothing is looked at before the first was answered with
// yes, so that nobody learns from it what there is. It blocks while the person is asked, and is a *permissions.DeniedError
// where they do not agree.
func (s *Shelf) Install(ctx context.Context, client, path string) (pkg *skill.Package, err error) {
	grant := permissions.FileGrant(permissions.Read, path)
	if grant == (permissions.Grant{}) {
		return nil, input("it is no clean full path", "")
	}
	if s.Broker.CheckAllow(grant) != "" {
		return nil, &permissions.DeniedError{Code: permissions.CodeDenied, Grant: grant.String(), Rule: permissions.RuleNever}
	}
	err = s.Broker.Propose(ctx, permissions.Proposal{
		Client: client, Verb: "Install a skill from", Name: path, FromAgent: true,
		Lines: []permissions.PromptLine{
			{Sentence: "have this file or folder read, and installed if it is a skill, in the place of one with the same name"},
			{Sentence: "ask you next whether agents may use it: they see nothing of it before"},
		},
		Apply: func() error {
			if pkg, err = s.Add(path); err != nil {
				return err
			}
			s.Changes.Touch(TopicSkills)
			return s.record(client, pkg.Manifest.Name, "installed")
		},
	})
	if err != nil {
		return nil, err
	}
	return pkg, s.TurnOn(ctx, client, pkg.Manifest.Name)
}

// warnings say each kind of notice once.
func warnings(notices []skill.Notice) []string {
	said := map[skill.NoticeKind]string{
		skill.Unseen:  "Its words hold characters that nobody sees. They are shown here, and agents read them as ‹U+…›.",
		skill.Mention: "Its words speak of tools that are not its own: it may want to be used in their place, or to steer agents.",
	}
	var out []string
	for _, n := range notices {
		if sentence := said[n.Kind]; sentence != "" {
			out = append(out, sentence)
			delete(said, n.Kind)
		}
	}
	return out
}

func (s *Shelf) turnOn(client string, pkg *skill.Package) error {
	if err := s.record(client, pkg.Manifest.Name, "turned on"); err != nil {
		return err
	}
	err := s.Skills.TurnOn(pkg)
	if errors.Is(err, store.ErrChanged) {
		return &Error{Code: CodeInput, Message: "the skill changed in the meantime, so agents do not see it", Hint: "look at it again: gatehouse skill show " + pkg.Manifest.Name, cause: err}
	}
	s.Changes.Touch(TopicSkills)
	return err
}

// TurnOff hides the skill from agents, for client.
func (s *Shelf) TurnOff(client, name string) error {
	if err := s.Skills.TurnOff(name); err != nil {
		return err
	}
	s.Changes.Touch(TopicSkills)
	return s.record(client, name, "turned off")
}

func (s *Shelf) record(client, name, outcome string) error {
	return s.Audit.Append(audit.Record{Kind: audit.KindClient, Subject: permissions.Subject{Skill: name, Client: client}, Outcome: outcome})
}
