package host_test

import (
	"errors"
	"testing"

	"gatehouse/host"
	"gatehouse/permissions"
	"gatehouse/store"
)

// wardrobe is the counter's profiles, with a client that has one.
func wardrobe(t *testing.T, person *say) (*counter, *host.Profiles) {
	c := newCounter(t, person)
	p := &host.Profiles{Kept: c.db.Profiles(), Clients: c.db.Clients(), Broker: c.broker, Audit: c.record, Changes: host.NewChanges()}
	for _, profile := range []store.Profile{{Name: "narrow", Skills: []string{"files"}}, {Name: "wide"}} {
		if err := p.Set(t.Context(), "terminal", profile); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.db.Clients().Keep(store.Client{Name: "one"}, store.NewToken()); err != nil {
		t.Fatal(err)
	}
	if err := p.Use(t.Context(), "terminal", "one", "narrow"); err != nil || len(person.asked) > 0 {
		t.Fatalf("giving a client less: %v, asked %d times", err, len(person.asked))
	}
	return c, p
}

func TestWhatAProfileLeavesInIsForThePersonToSay(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(*host.Profiles) error
	}{
		{"more skills", func(p *host.Profiles) error {
			return p.Set(t.Context(), "terminal", store.Profile{Name: "narrow", Skills: []string{"files", "web"}})
		}},
		{"a wider profile", func(p *host.Profiles) error { return p.Use(t.Context(), "terminal", "one", "wide") }},
		{"no profile", func(p *host.Profiles) error { return p.Use(t.Context(), "terminal", "one", "") }},
	} {
		for _, answer := range []permissions.Verdict{permissions.Allow, permissions.Deny, ""} {
			t.Run(c.name+" answered with "+string(answer), func(t *testing.T) {
				person := &say{verdict: answer}
				d, p := wardrobe(t, person)
				err := c.do(p)
				hold, holdErr := d.db.Profiles().Of("one", "")
				more := len(hold) == 0 || hold[0].Has("web")
				if agreed := answer == permissions.Allow; (err == nil) != agreed || more != agreed || holdErr != nil || len(person.asked) != 1 {
					t.Errorf("%v, then %+v holds (%v), asked %d times", err, hold, holdErr, len(person.asked))
				}
			})
		}
	}
}

// A yes is for what was shown: where that changed while the person read, nothing more is left in.
func TestAProfileThatChangesWhileThePersonReads(t *testing.T) {
	var refused *host.Error
	person := &say{verdict: permissions.Allow}
	d, p := wardrobe(t, person)
	person.first = func() {
		if err := d.db.Profiles().Keep(store.Profile{Name: "narrow", Skills: []string{}}); err != nil {
			t.Error(err)
		}
	}
	err := p.Set(t.Context(), "terminal", store.Profile{Name: "narrow", Skills: []string{"files", "web"}})
	if hold, _ := d.db.Profiles().Of("one", ""); !errors.As(err, &refused) || hold[0].Has("files") || hold[0].Has("web") {
		t.Errorf("Set = %v, and %+v holds", err, hold)
	}

	person = &say{verdict: permissions.Allow}
	d, p = wardrobe(t, person)
	if err := p.Set(t.Context(), "terminal", store.Profile{Name: "other", Skills: []string{"web"}}); err != nil {
		t.Fatal(err)
	}
	person.first = func() {
		if err := d.db.Profiles().Keep(store.Profile{Name: "other"}); err != nil {
			t.Error(err)
		}
	}
	err = p.Use(t.Context(), "terminal", "one", "other")
	if hold, _ := d.db.Profiles().Of("one", ""); !errors.As(err, &refused) || hold[0].Name != "narrow" {
		t.Errorf("Use = %v, and %+v holds", err, hold)
	}
}

func TestAProfileThatCannotBeRecordedStaysAsItIs(t *testing.T) {
	person := &say{verdict: permissions.Allow}
	d, p := wardrobe(t, person)
	d.record.Close()
	for _, err := range []error{
		p.Set(t.Context(), "terminal", store.Profile{Name: "narrow"}),
		p.Use(t.Context(), "terminal", "one", "wide"),
	} {
		if err == nil {
			t.Error("it was done without a record")
		}
	}
	if hold, err := d.db.Profiles().Of("one", ""); err != nil || len(hold) != 1 || hold[0].Has("web") {
		t.Errorf("%+v, %v holds", hold, err)
	}
}
