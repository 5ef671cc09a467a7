package permissions

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"
)

// The bounds of an answer that holds until a date.
const (
	soonest = time.Hour
	latest  = 366 * 24 * time.Hour
)

// Hash returns the hexadecimal SHA-256 of the whole prompt as JSON: what Answer.Shown must be.
func (p Prompt) Hash() string {
	text, err := json.Marshal(p)
	if err != nil {
		panic(err) // a Prompt holds nothing but strings, numbers and lists
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// to returns the answer as it counts for p. An answer to another prompt, to another picture of it, or with a choice
// that was not offered is a refusal of this once.
func (a Answer) to(p Prompt, now time.Time) Answer {
	bound := a.Nonce == p.Nonce && a.Shown == p.Hash() && a.dated(now)
	switch {
	case a.Picked != "":
		if bound && a.mayPick(p) {
			return a
		}
	case bound && a.Verdict == Allow && !a.Stop && p.offers(a.Rung, a.Lifetime):
		return a
	case bound && a.Verdict == Deny && offers(p.Denials, a.Lifetime):
		return a
	}
	return Answer{Verdict: Deny, Lifetime: Once}
}

// dated says whether a names a date exactly where its lifetime needs one, and one that it may have.
func (a Answer) dated(now time.Time) bool {
	if a.Lifetime != UntilDate {
		return a.Until == 0
	}
	left := time.Unix(a.Until, 0).Sub(now)
	return left >= soonest && left <= latest
}

func (p Prompt) offers(rung int, l Lifetime) bool {
	if p.MayPick && len(p.Rungs) == 0 { // picking is the only yes
		return false
	}
	if rung == p.Quick.Rung && l == p.Quick.Lifetime {
		return true
	}
	return rung >= 0 && rung < len(p.Rungs) && offers(p.Rungs[rung].Lifetimes, l)
}

func offers(choices []Choice, l Lifetime) bool {
	return slices.ContainsFunc(choices, func(c Choice) bool { return c.Lifetime == l })
}
