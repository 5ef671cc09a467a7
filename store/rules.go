package store

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"gatehouse/permissions"
)

// mostRules is how many rules a person may have: every check looks at all of them.
const mostRules = 500

// ErrRule is returned, wrapped, by Rules.Add for a rule that cannot be one.
var ErrRule = errors.New("no such rule can be kept")

// Rule is a rule of the person's own.
type Rule struct {
	permissions.Rule
	// Verdict is permissions.Allow, Ask or Deny.
	Verdict permissions.Verdict
	Made    time.Time
}

// keptRule is a Rule as the database has it.
type keptRule struct {
	Verdict permissions.Verdict `json:"verdict"`
	Grant   permissions.Grant   `json:"grant"`
	Skill   string              `json:"skill,omitempty"`
	Client  string              `json:"client,omitempty"`
	Why     string              `json:"why,omitempty"`
	Made    time.Time           `json:"made"`
}

// Rules are the person's own rules: the user's layer of policies. They do not decide who may change them.
type Rules struct {
	bolt   *disk
	recent *recentRules
}

// Rules returns the person's own rules.
func (db *DB) Rules() *Rules { return &Rules{db.bolt, &db.rules} }

// List returns every rule, in no order. One that cannot be read is an error: nobody knows what it would have denied.
func (r *Rules) List() (all []Rule, err error) {
	err = r.bolt.View(func(tx *bbolt.Tx) (err error) {
		all, err = listRules(tx)
		return err
	})
	return all, err
}

func listRules(tx *bbolt.Tx) (all []Rule, err error) {
	err = tx.Bucket(rulesBucket).ForEach(func(id, value []byte) error {
		rule, err := decodeRule(id, value)
		all = append(all, rule)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing rules: %w", err)
	}
	return all, nil
}

// Policy returns the rules as the user's policy, the oldest first, for many to share. It is called for every decision and reads the rules
// only after something changed.
func (r *Rules) Policy() (p permissions.Policy, err error) {
	err = r.bolt.View(func(tx *bbolt.Tx) error {
		var known bool
		if p, known = r.recent.find(tx.ID()); known {
			return nil
		}
		rules, err := listRules(tx)
		if err == nil {
			p = policyOf(rules)
			r.recent.keep(tx.ID(), p)
		}
		return err
	})
	return p, err
}

func policyOf(rules []Rule) permissions.Policy {
	p := permissions.Policy{Layer: permissions.LayerUser, Name: "your rules"}
	slices.SortFunc(rules, func(a, b Rule) int { return cmp.Or(a.Made.Compare(b.Made), cmp.Compare(a.ID, b.ID)) })
	for _, rule := range rules {
		switch rule.Verdict {
		case permissions.Allow:
			p.Allow = append(p.Allow, rule.Rule)
		case permissions.Ask:
			p.Ask = append(p.Ask, rule.Rule)
		default:
			p.Deny = append(p.Deny, rule.Rule)
		}
	}
	return p
}

// Add keeps rule under a new ID and returns it once it is on disk; ErrRule for one that cannot be kept.
func (r *Rules) Add(verdict permissions.Verdict, rule permissions.Rule) (Rule, error) {
	if verdict != permissions.Allow && verdict != permissions.Ask && verdict != permissions.Deny {
		return Rule{}, &plainError{fmt.Sprintf("A rule cannot say %q", verdict), "it says allow, ask or deny", ErrRule}
	}
	if reason := rule.Fault(); reason != "" {
		return Rule{}, &plainError{"This cannot be a rule: " + reason, "gatehouse policy --help", ErrRule}
	}
	rule.ID = rand.Text()
	made := Rule{rule, verdict, time.Now().UTC().Round(0)}
	value, err := json.Marshal(keptRule{verdict, rule.Grant, rule.Skill, rule.Client, rule.Why, made.Made})
	if err != nil {
		return Rule{}, fmt.Errorf("keeping a rule: %w", err)
	}
	err = r.bolt.decide(func(tx *bbolt.Tx) error {
		rules := tx.Bucket(rulesBucket)
		if n := rules.Stats().KeyN; n >= mostRules {
			return &plainError{fmt.Sprintf("There are %d rules already", n), "remove some: gatehouse policy show", ErrRule}
		}
		return rules.Put([]byte(rule.ID), value)
	})
	if err != nil {
		return Rule{}, fmt.Errorf("keeping a rule: %w", err)
	}
	return made, nil
}

// Find returns the rule with this ID; permissions.ErrNotFound where there is none.
func (r *Rules) Find(id string) (rule Rule, err error) {
	err = r.bolt.View(func(tx *bbolt.Tx) (err error) {
		rule, err = findRule(tx, id)
		return err
	})
	return rule, err
}

// Remove takes the rule away and returns it once that is on disk; permissions.ErrNotFound where there is none.
func (r *Rules) Remove(id string) (rule Rule, err error) {
	err = r.bolt.decide(func(tx *bbolt.Tx) (err error) {
		if rule, err = findRule(tx, id); err != nil {
			return err
		}
		return tx.Bucket(rulesBucket).Delete([]byte(id))
	})
	if err != nil {
		return Rule{}, fmt.Errorf("removing rule %q: %w", id, err)
	}
	return rule, nil
}

func findRule(tx *bbolt.Tx, id string) (Rule, error) {
	value := tx.Bucket(rulesBucket).Get([]byte(id))
	if value == nil {
		return Rule{}, permissions.ErrNotFound
	}
	return decodeRule([]byte(id), value)
}

func decodeRule(id, value []byte) (Rule, error) {
	var k keptRule
	if err := json.Unmarshal(value, &k); err != nil {
		return Rule{}, fmt.Errorf("a rule cannot be read: %w", err)
	}
	return Rule{permissions.Rule{ID: string(id), Grant: k.Grant, Skill: k.Skill, Client: k.Client, Why: k.Why}, k.Verdict, k.Made}, nil
}

// recentRules remembers the user's policy as one transaction left it, like recent.
type recentRules struct {
	mu          sync.Mutex
	transaction int // 0 for none yet
	policy      permissions.Policy
}

func (r *recentRules) find(transaction int) (permissions.Policy, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.policy, r.transaction == transaction && transaction > 0
}

func (r *recentRules) keep(transaction int, p permissions.Policy) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if transaction >= r.transaction {
		r.transaction, r.policy = transaction, p
	}
}
