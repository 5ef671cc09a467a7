package host_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"gatehouse/audit"
	"gatehouse/host"
	"gatehouse/permissions"
)

// say is a person who answers every prompt with one verdict, after doing something else.
type say struct {
	verdict permissions.Verdict
	first   func()
	asked   []permissions.Prompt
}

func (s *say) Ask(_ context.Context, p permissions.Prompt, _ func() int) (permissions.Answer, error) {
	s.asked = append(s.asked, p)
	if s.first != nil {
		s.first()
	}
	if s.verdict == "" {
		return permissions.Answer{}, permissions.ErrUnavailable
	}
	return permissions.Answer{Nonce: p.Nonce, Shown: p.Hash(), Verdict: s.verdict, Lifetime: permissions.Once}, nil
}

// book is a rulebook with a person before it.
func book(t *testing.T, s *say) (*host.Rulebook, *desk, *audit.Log) {
	d := newDesk(t)
	record, err := audit.Open(t.TempDir(), audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { record.Close() })
	d.policies = host.NewPolicies(host.PoliciesOptions{
		Managed: d.root, Trusted: func(string) error { return nil }, Kept: d.db.Policies(), Rules: d.db.Rules(), Audit: record,
		Profiles: d.db.Profiles().Of,
	})
	return &host.Rulebook{Policies: d.policies, Broker: permissions.NewBroker(permissions.Options{Prompter: s, Policies: d.policies.For})}, d, record
}

func TestWhatNarrowsIsDoneAndWhatWidensIsAsked(t *testing.T) {
	grant, err := permissions.Parse("fs:read:${workspace}/keys/**")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []permissions.Verdict{permissions.Deny, permissions.Ask, permissions.Allow} {
		for _, answer := range []permissions.Verdict{permissions.Allow, permissions.Deny, ""} {
			t.Run(string(v)+" answered with "+string(answer), func(t *testing.T) {
				person := &say{verdict: answer}
				b, d, record := book(t, person)
				widens, agreed := v == permissions.Allow, answer == permissions.Allow
				made, err := b.AddRule(t.Context(), "terminal", v, permissions.Rule{Grant: grant, Skill: "files", Why: "why"})
				if added := !widens || agreed; (err == nil) != added || (made.ID != "") != added || (len(person.asked) > 0) != widens {
					t.Errorf("AddRule = %+v, %v, asked %d times", made, err, len(person.asked))
				}
				if err != nil && !errors.Is(err, permissions.ErrDenied) {
					t.Errorf("AddRule = %v; want a refusal", err)
				}
				if err != nil { // so that there is one to remove
					if made, err = d.db.Rules().Add(v, permissions.Rule{Grant: grant}); err != nil {
						t.Fatal(err)
					}
				}
				person.asked = nil
				err = b.RemoveRule(t.Context(), "terminal", made.ID)
				left, listErr := d.db.Rules().List()
				if removed := widens || agreed; (err == nil) != removed || (len(left) == 0) != removed || (len(person.asked) > 0) == widens || listErr != nil {
					t.Errorf("RemoveRule = %v, %v are left, asked %d times", err, left, len(person.asked))
				}
				lines, err := record.List(audit.Filter{Kind: audit.KindRule})
				want := 0
				for _, happened := range []bool{!widens || agreed, widens || agreed} {
					if happened {
						want++
					}
				}
				if err != nil || len(lines) != want {
					t.Errorf("the record has %d lines of rules, %v; want %d", len(lines), err, want)
				}
			})
		}
	}
}

func TestARuleThatCannotBeRecordedAllowsNothing(t *testing.T) {
	b, d, record := book(t, &say{verdict: permissions.Allow})
	record.Close()
	if made, err := b.AddRule(t.Context(), "terminal", permissions.Allow, permissions.Rule{Grant: permissions.EnvGrant("LANG")}); err == nil {
		t.Errorf("AddRule = %+v without a record", made)
	}
	if left, err := d.db.Rules().List(); err != nil || len(left) != 0 {
		t.Errorf("kept all the same: %+v, %v", left, err)
	}
}

func TestWhatNobodyCanAllowIsNotAsked(t *testing.T) {
	person := &say{verdict: permissions.Allow}
	b, _, _ := book(t, person)
	for _, text := range []string{"fs:pick:read", "net:any:GET", "fs:write:${workspace}/.gatehouse/policy.json"} {
		g, err := permissions.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		var refused *host.Error
		if _, err := b.AddRule(t.Context(), "terminal", permissions.Allow, permissions.Rule{Grant: g}); !errors.As(err, &refused) || refused.Code != host.CodeInput {
			t.Errorf("allow %s: %v; want %s", text, err, host.CodeInput)
		}
	}
	if len(person.asked) > 0 {
		t.Errorf("asked %q", person.asked[0].Name)
	}
}

func TestAPolicyIsForgottenAsThePersonSawIt(t *testing.T) {
	person := &say{verdict: permissions.Allow}
	b, d, _ := book(t, person)
	if err := b.ForgetPolicy(t.Context(), "terminal", d.folder); !errors.Is(err, permissions.ErrNotFound) {
		t.Errorf("with nothing to forget: %v", err)
	}
	d.write(d.file, denyKeys)
	d.wantDenied("with the file", "keys")
	if err := b.ForgetPolicy(t.Context(), "terminal", d.folder); !errors.Is(err, permissions.ErrNotFound) {
		t.Errorf("with the file as it was: %v", err)
	}
	os.Remove(d.file)
	person.first = func() { d.write(d.file, denyOther) }
	if err := b.ForgetPolicy(t.Context(), "terminal", d.folder); err == nil || !strings.Contains(err.Error(), "in the meantime") {
		t.Errorf("changed while the person read: %v", err)
	}
	d.wantDenied("changed while the person read", "keys", "other")
	person.first = nil
	if err := b.ForgetPolicy(t.Context(), "terminal", d.folder); err != nil {
		t.Errorf("ForgetPolicy = %v", err)
	}
	d.wantDenied("forgotten", "other")
	d.restart()
	d.wantDenied("forgotten, in another host", "other")
	p := person.asked[len(person.asked)-1]
	if len(p.Lines) != 1 || p.Lines[0].Grant != "fs:read:${workspace}/keys/**" || p.Subject.Workspace != d.folder {
		t.Errorf("the person saw %+v", p)
	}
	d.write(d.file, torn)
	if err := b.ForgetPolicy(t.Context(), "terminal", d.folder); err == nil || !strings.Contains(err.Error(), "not JSON") {
		t.Errorf("of a broken file: %v", err)
	}
}
