package store

import (
	"sync"

	"gatehouse/permissions"
)

// mostRecent is for how many keys the decisions are remembered.
const mostRecent = 100

// recent remembers what was found in the database as one transaction left it: every check of a call finds the same, and
// to read it from JSON takes ten times as long as all the rest. Whatever changes the database is another transaction,
// and what the one before left counts no more; nobody else can write the file.
type recent struct {
	mu          sync.Mutex
	transaction int
	found       map[permissions.Key][]permissions.Decision // shared, so never written to
}

func (r *recent) find(transaction int, k permissions.Key) (found []permissions.Decision, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.transaction != transaction {
		return nil, false
	}
	found, known = r.found[k]
	return found, known
}

// keep takes what the transaction left under k. A reader that began before the latest change brings nothing new.
func (r *recent) keep(transaction int, k permissions.Key, found []permissions.Decision) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if transaction < r.transaction {
		return
	}
	if transaction > r.transaction || len(r.found) >= mostRecent {
		r.transaction, r.found = transaction, map[permissions.Key][]permissions.Decision{}
	}
	r.found[k] = found
}
