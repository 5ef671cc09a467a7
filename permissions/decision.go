package permissions

import "time"

// Verdict is what a decision or an answer says.
type Verdict string

// The verdicts.
const (
	Allow Verdict = "allow"
	Deny  Verdict = "deny"
)

// Lifetime is how long an answer holds.
type Lifetime string

// The lifetimes. Once is this one object or request; ThisCall the scope until the call ends; Session one client's
// connection or the terminal's login, at most 12 hours.
const (
	Once     Lifetime = "once"
	ThisCall Lifetime = "call"
	Session  Lifetime = "session"
	OneHour  Lifetime = "hour"
	// UntilDate ends at Decision.Until, at most a year away.
	UntilDate Lifetime = "date"
	Always    Lifetime = "always"
)

// Decision is an answer that is kept. Once and ThisCall are never kept.
type Decision struct {
	ID  string `json:"id"`
	Key Key    `json:"key"`
	// Grants is what it allows or denies: one, or the required lines that were confirmed together. A confirmed
	// workspace has none, and a Key with nothing but Client and Workspace.
	Grants   []Grant  `json:"grants"`
	Verdict  Verdict  `json:"verdict"`
	Lifetime Lifetime `json:"lifetime"`
	// Session is set for the lifetime Session; Until is when it ends, zero for never.
	Session string    `json:"session,omitempty"`
	Until   time.Time `json:"until,omitzero"`
	Made    time.Time `json:"made"`
	// Used is when it last allowed something, zero for never. Only a Store sets it.
	Used time.Time `json:"used,omitzero"`
	// Required says that Grants are the lines that the manifest requires.
	Required bool `json:"required,omitempty"`
	// Muted says that nobody chose it: the question was dismissed so often that it rests until Until.
	Muted bool `json:"muted,omitempty"`
}

// Kind is "workspace", "required" or "grant".
func (d Decision) Kind() string {
	switch {
	case len(d.Grants) == 0 && d.Key == Key{Client: d.Key.Client, Workspace: d.Key.Workspace}:
		return "workspace"
	case d.Required:
		return "required"
	}
	return "grant"
}

// denies is the rule by which a denial decides.
func (d Decision) denies() string {
	if d.Muted {
		return RuleMuted
	}
	return d.ID
}

// Store keeps decisions. Its two implementers are store.Decisions (bbolt) and Map (memory), and both pass
// internal/storetest.
type Store interface {
	// Find returns the decisions whose key is k, in no order. They are shared with everyone who asks for them, since
	// every Check does: nobody changes anything in them, and what is kept or revoked later does not change them.
	Find(k Key) ([]Decision, error)
	// Keep returns once d is durable; a decision with the same ID is replaced.
	Keep(d Decision) error
	// Revoke removes the decision and returns it; ErrNotFound where there is none.
	Revoke(id string) (Decision, error)
}
