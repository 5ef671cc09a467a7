package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.etcd.io/bbolt"

	"gatehouse/permissions"
)

// Bounds of profiles: every decision of a bound client looks at all rules of its own.
const (
	mostProfiles     = 100
	mostProfileRules = 100
	mostSkills       = 500
)

// ErrProfile is returned, wrapped, for a profile that cannot be kept or removed.
var ErrProfile = errors.New("no such profile can be kept")

// Profile is a named set of skills and rules. It only ever leaves something out: a client that has one sees and may no
// more than one that has none.
type Profile struct {
	Name string `json:"name"`
	// Skills are those that agents see; nil is all that they may see anyway.
	Skills []string `json:"skills,omitempty"`
	// Only is a ceiling, nil for none. Deny and Ask are as in a policy.
	Only []permissions.Grant `json:"only,omitempty"`
	Deny []permissions.Grant `json:"deny,omitempty"`
	Ask  []permissions.Grant `json:"ask,omitempty"`
}

// Has says whether the profile leaves a skill in.
func (p Profile) Has(skill string) bool { return p.Skills == nil || slices.Contains(p.Skills, skill) }

// Policy is what the profile says of permissions.
func (p Profile) Policy() permissions.Policy {
	name := "the profile " + p.Name
	rules := func(kind string, grants []permissions.Grant) (rules []permissions.Rule) {
		for i, g := range grants {
			rules = append(rules, permissions.Rule{ID: name + "#/" + kind + "/" + strconv.Itoa(i), Grant: g})
		}
		return rules
	}
	return permissions.Policy{Layer: permissions.LayerUser, Name: name, Only: p.Only, Deny: rules("deny", p.Deny), Ask: rules("ask", p.Ask), Remedy: "gatehouse profile list"}
}

// For is what the profile says of permissions of a skill: one that it leaves out may nothing. An empty name is no skill.
func (p Profile) For(skill string) permissions.Policy {
	policy := p.Policy()
	if skill != "" && !p.Has(skill) {
		policy.Only = []permissions.Grant{}
	}
	return policy
}

// Narrows says whether p, in the place of old, lets a client see and do nothing more. Where it cannot tell it says no.
func (p Profile) Narrows(old Profile) bool {
	more := func(skill string) bool { return !old.Has(skill) }
	if old.Skills != nil && (p.Skills == nil || slices.ContainsFunc(p.Skills, more)) {
		return false
	}
	return p.Policy().Narrows(old.Policy(), "/workspace")
}

var profileName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`)

func (p Profile) check() error {
	switch {
	case !profileName.MatchString(p.Name):
		return &plainError{fmt.Sprintf("%q cannot be a profile's name", p.Name), "it has up to 40 small letters, digits and dashes", ErrProfile}
	case len(p.Only)+len(p.Deny)+len(p.Ask) > mostProfileRules:
		return &plainError{fmt.Sprintf("A profile has at most %d rules", mostProfileRules), "use patterns", ErrProfile}
	case len(p.Skills) > mostSkills || slices.ContainsFunc(p.Skills, func(s string) bool { return len(s) > 64 }):
		return &plainError{"This cannot be a profile's list of skills", "gatehouse skill list", ErrProfile}
	}
	return nil
}

// Profiles are the person's profiles. They do not decide who may change them.
type Profiles struct {
	bolt   *disk
	recent *recentProfiles
}

// Profiles returns the person's profiles.
func (db *DB) Profiles() *Profiles { return &Profiles{db.bolt, &db.profiles} }

// Keep keeps p and returns once it is on disk; one of its name is replaced. It returns ErrProfile for what cannot be one.
func (p *Profiles) Keep(profile Profile) error {
	if err := profile.check(); err != nil {
		return err
	}
	value, err := json.Marshal(keptProfile{profile, profile.Skills != nil, profile.Only != nil})
	if err == nil {
		err = p.bolt.decide(func(tx *bbolt.Tx) error {
			profiles := tx.Bucket(profilesBucket)
			if n := profiles.Stats().KeyN; n >= mostProfiles && profiles.Get([]byte(profile.Name)) == nil {
				return &plainError{fmt.Sprintf("There are %d profiles already", n), "remove some: gatehouse profile list", ErrProfile}
			}
			return profiles.Put([]byte(profile.Name), value)
		})
	}
	if err != nil {
		return fmt.Errorf("keeping profile %q: %w", profile.Name, err)
	}
	return nil
}

// keptProfile tells an empty list, which leaves nothing in, from none.
type keptProfile struct {
	Profile
	SomeSkills bool `json:"someSkills"`
	Ceiling    bool `json:"ceiling"`
}

// Find returns the profile of this name; permissions.ErrNotFound where there is none.
func (p *Profiles) Find(name string) (profile Profile, err error) {
	err = p.bolt.View(func(tx *bbolt.Tx) (err error) {
		profile, err = findProfile(tx, name)
		return err
	})
	return profile, err
}

// List returns every profile, by name.
func (p *Profiles) List() (all []Profile, err error) {
	err = p.bolt.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(profilesBucket).ForEach(func(_, value []byte) error {
			profile, err := decodeProfile(value)
			all = append(all, profile)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("listing profiles: %w", err)
	}
	return all, nil
}

// Remove takes the profile away; permissions.ErrNotFound where there is none, and ErrProfile while a client has it.
func (p *Profiles) Remove(name string) error {
	err := p.bolt.decide(func(tx *bbolt.Tx) error {
		if _, err := findProfile(tx, name); err != nil {
			return err
		}
		err := tx.Bucket(clientsBucket).ForEach(func(_, value []byte) error {
			kept, err := decodeClient(value)
			if err == nil && kept.Profile == name {
				err = &plainError{fmt.Sprintf("The client %s has the profile %s", kept.Name, name),
					"give it another first: gatehouse profile use", ErrProfile}
			}
			return err
		})
		if err != nil {
			return err
		}
		return tx.Bucket(profilesBucket).Delete([]byte(name))
	})
	if err != nil {
		return fmt.Errorf("removing profile %q: %w", name, err)
	}
	return nil
}

// Of returns the profiles that hold for a client, for many to share: its own, and the one that it named for itself,
// where that is not empty. permissions.ErrNotFound means that one of them is not there: then nothing may go through. It is
// called for every decision and reads only after something changed.
func (p *Profiles) Of(client, named string) (hold []Profile, err error) {
	err = p.bolt.View(func(tx *bbolt.Tx) error {
		var known bool
		if hold, known = p.recent.find(tx.ID(), client, named); known {
			return nil
		}
		names := []string{named}
		kept, err := findClient(tx, client)
		if err != nil && !errors.Is(err, permissions.ErrNotFound) {
			return err
		}
		names = append(names, kept.Profile)
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			if name == "" {
				continue
			}
			profile, err := findProfile(tx, name)
			if err != nil {
				return err
			}
			hold = append(hold, profile)
		}
		p.recent.keep(tx.ID(), client, named, hold)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("finding the profiles of client %q: %w", client, err)
	}
	return hold, nil
}

func findProfile(tx *bbolt.Tx, name string) (Profile, error) {
	value := tx.Bucket(profilesBucket).Get([]byte(name))
	if value == nil {
		return Profile{}, permissions.ErrNotFound
	}
	return decodeProfile(value)
}

func decodeProfile(value []byte) (Profile, error) {
	var kept keptProfile
	if err := json.Unmarshal(value, &kept); err != nil {
		return Profile{}, fmt.Errorf("a profile cannot be read: %w", err)
	}
	if kept.SomeSkills && kept.Skills == nil {
		kept.Skills = []string{}
	}
	if kept.Ceiling && kept.Only == nil {
		kept.Only = []permissions.Grant{}
	}
	return kept.Profile, nil
}

// mostRecentProfiles is for how many clients the profiles are remembered.
const mostRecentProfiles = 200

// recentProfiles remembers what holds for clients as one transaction left it.
type recentProfiles struct {
	mu          sync.Mutex
	transaction int
	hold        map[string][]Profile
}

func recentKey(client, named string) string { return strings.Join([]string{client, named}, "\x00") }

func (r *recentProfiles) find(transaction int, client, named string) ([]Profile, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.transaction != transaction || transaction == 0 {
		return nil, false
	}
	hold, known := r.hold[recentKey(client, named)]
	return hold, known
}

func (r *recentProfiles) keep(transaction int, client, named string, hold []Profile) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if transaction < r.transaction {
		return
	}
	if transaction > r.transaction || len(r.hold) >= mostRecentProfiles {
		r.transaction, r.hold = transaction, map[string][]Profile{}
	}
	r.hold[recentKey(client, named)] = hold
}
