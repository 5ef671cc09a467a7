package permissions

import (
	"slices"
	"sync"
)

// Map is a Store in memory, for calls that keep nothing (`gatehouse run --here`) and for tests. The zero Map is empty
// and ready; it may be used by many goroutines.
type Map struct {
	mu        sync.RWMutex
	decisions map[string]Decision
}

// NewMap returns an empty Map.
func NewMap() *Map { return &Map{} }

// Find returns the decisions whose key is k. It never fails.
func (m *Map) Find(k Key) ([]Decision, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var found []Decision
	for _, d := range m.decisions {
		if d.Key == k {
			found = append(found, d.clone())
		}
	}
	return found, nil
}

// Keep keeps d until it is revoked. It never fails.
func (m *Map) Keep(d Decision) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.decisions == nil {
		m.decisions = map[string]Decision{}
	}
	m.decisions[d.ID] = d.clone()
	return nil
}

// Revoke removes the decision and returns it; ErrNotFound where there is none.
func (m *Map) Revoke(id string) (Decision, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, found := m.decisions[id]
	if !found {
		return Decision{}, ErrNotFound
	}
	delete(m.decisions, id)
	return d, nil
}

func (d Decision) clone() Decision {
	d.Grants = slices.Clone(d.Grants)
	return d
}
