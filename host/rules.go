package host

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"gatehouse/audit"
	"gatehouse/permissions"
	"gatehouse/store"
)

// Rulebook changes the person's own rules and what is kept of a workspace's policy. What narrows it does at once, for
// whoever asks, and reaches what calls hold open; what widens it puts to the person first (permissions.md section 3).
type Rulebook struct {
	*Policies
	Broker *permissions.Broker
}

// AddRule keeps a rule of the person's own for client, who proposes it, and returns it once it is on disk. A deny and an
// ask hold at once. An allow blocks while the person is asked, and is a *permissions.DeniedError where they do not agree.
func (b *Rulebook) AddRule(ctx context.Context, client string, verdict permissions.Verdict, rule permissions.Rule) (made store.Rule, err error) {
	add := func() error {
		made, err = b.options.Rules.Add(verdict, rule)
		if err != nil {
			return unkept(err)
		}
		if verdict != permissions.Allow {
			b.Broker.Reconsider("")
		}
		if err = b.record(client, made, "added"); err != nil && verdict == permissions.Allow {
			_, _ = b.options.Rules.Remove(made.ID)
		}
		b.options.Changed()
		return err
	}
	if verdict != permissions.Allow {
		err = add()
		return made, err
	}
	if reason := rule.Fault(); reason != "" {
		return made, &Error{Code: CodeInput, Message: "this cannot be a rule: " + reason}
	}
	if rule.Client == permissions.Unknown {
		return made, &Error{Code: CodeInput, Message: "no rule can allow an unknown client anything: nobody knows who it is the next time",
			Hint: "connect it, so that it has a name: gatehouse mcp connect --help"}
	}
	if reason := b.Broker.CheckAllow(rule.Grant); reason != "" {
		return made, &Error{Code: CodeInput, Message: fmt.Sprintf("no rule can allow %s: %s", rule.Grant, reason)}
	}
	err = b.Broker.Propose(ctx, permissions.Proposal{
		Client: client, Subject: permissions.Subject{Skill: rule.Skill, Client: rule.Client},
		Verb: "Always allow", Name: whose(rule),
		Lines:    []permissions.PromptLine{{Grant: rule.Grant.String(), Sentence: permissions.Sentence(rule.Grant), Why: rule.Why}},
		Warnings: reach(rule), Apply: add,
	})
	return made, err
}

// unkept explains why a rule cannot be kept.
func unkept(err error) error {
	var hinted interface{ Hint() string }
	if errors.Is(err, store.ErrRule) && errors.As(err, &hinted) {
		return &Error{Code: CodeInput, Message: err.Error(), Hint: hinted.Hint(), cause: err}
	}
	return err
}

// whose names the skill of a rule for a title.
func whose(r permissions.Rule) string {
	if r.Skill == "" {
		return "every skill"
	}
	return r.Skill
}

// reach says for whom a rule that allows is beyond what the person may think of now.
func reach(r permissions.Rule) []string {
	var said []string
	if r.Skill == "" {
		said = append(said, "It is for every skill, also one that you add later.")
	} else {
		said = append(said, "It is for whatever skill has this name, also a changed one.")
	}
	if r.Client == "" {
		said = append(said, "It is for every client and in every folder that you confirm.")
	}
	return said
}

// RemoveRule takes a rule of the person's own away. An allow is gone at once; for a deny or an ask it blocks as AddRule
// does for an allow. It returns permissions.ErrNotFound where there is no such rule.
func (b *Rulebook) RemoveRule(ctx context.Context, client, id string) error {
	rule, err := b.options.Rules.Find(id)
	if err != nil {
		return err
	}
	remove := func() error {
		removed, err := b.options.Rules.Remove(id)
		if err != nil {
			return err
		}
		b.Broker.Reconsider(id)
		b.options.Changed()
		return b.record(client, removed, "removed")
	}
	if rule.Verdict == permissions.Allow {
		return remove()
	}
	return b.Broker.Propose(ctx, permissions.Proposal{
		Client: client, Subject: permissions.Subject{Skill: rule.Skill, Client: rule.Client},
		Verb: map[permissions.Verdict]string{permissions.Deny: "No longer deny", permissions.Ask: "No longer ask each time about"}[rule.Verdict],
		Name: whose(rule.Rule), Apply: remove,
		Lines: []permissions.PromptLine{{Grant: rule.Grant.String(), Sentence: permissions.Sentence(rule.Grant), Why: rule.Why}},
	})
}

// record writes down that a rule changed. Where an allow cannot be recorded it does not hold.
func (b *Rulebook) record(client string, r store.Rule, what string) error {
	return b.options.Audit.Append(audit.Record{
		Kind: audit.KindRule, Subject: permissions.Subject{Skill: r.Skill, Client: client},
		Grant: r.Grant.String(), Verdict: r.Verdict, Rule: r.ID, Outcome: what,
	})
}

// ForgetPolicy makes the workspace's policy file, as it is now, all that holds of it, once the person agrees. workspace is
// a real path. It returns permissions.ErrNotFound where nothing else holds, and an *Error where the file is broken: then
// there is nothing that the person could agree to.
func (b *Rulebook) ForgetPolicy(ctx context.Context, client, workspace string) error {
	file := b.workspace(workspace)
	forms, err := file.look()
	if err != nil {
		return err
	}
	var lines []permissions.PromptLine
	for _, form := range forms {
		switch form.State {
		case Broken:
			return &Error{Code: CodeInput, Message: form.Problem, Hint: "mend or remove the file first"}
		case Kept:
			lines = append(lines, freed(form)...)
		}
	}
	if len(lines) == 0 {
		return permissions.ErrNotFound
	}
	return b.Broker.Propose(ctx, permissions.Proposal{
		Client: client, Subject: permissions.Subject{Workspace: workspace}, Verb: "Forget the old policy of", Name: filepath.Base(workspace),
		Lines:    lines,
		Warnings: []string{"What it stopped may be asked for and allowed again."},
		Apply: func() error {
			if err := file.forget(forms); err != nil {
				return err
			}
			return b.options.Audit.Append(audit.Record{Kind: audit.KindRule, Subject: permissions.Subject{Client: client, Workspace: workspace},
				Rule: policyPath(workspace), Outcome: "forgotten"})
		},
	})
}

// freed are the lines of a form that would hold no longer, in our words.
func freed(form Form) (lines []permissions.PromptLine) {
	if form.Only != nil {
		lines = append(lines, permissions.PromptLine{Sentence: fmt.Sprintf("ask for more than the %d things that it left", len(form.Only))})
	}
	for _, r := range form.Deny {
		lines = append(lines, permissions.PromptLine{Grant: r.Grant.String(), Sentence: permissions.Sentence(r.Grant), Why: r.Why})
	}
	for _, r := range form.Ask {
		lines = append(lines, permissions.PromptLine{Grant: r.Grant.String(), Sentence: permissions.Sentence(r.Grant) + " without being asked each time", Why: r.Why})
	}
	return lines
}
