package permissions

import (
	"slices"
	"sync"
	"time"
)

// Map is a Store and Approvals in memory, for calls that keep nothing (`gatehouse run --here`) and for tests. The zero Map is empty
// and ready; it may be used by many goroutines.
type Map struct {
	mu   sync.RWMutex
	kept map[Key][]Decision // whose slices are replaced and never written to
	// approved is by Key.Place.
	approved map[Key]Approval
}

// NewMap returns an empty Map.
func NewMap() *Map { return &Map{} }

// Find returns the decisions whose key is k, as Store says. It never fails.
func (m *Map) Find(k Key) ([]Decision, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.kept[k], nil
}

// Keep keeps d until it is revoked. It never fails.
func (m *Map) Keep(d Decision) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.remove(d.ID)
	if m.kept == nil {
		m.kept = map[Key][]Decision{}
	}
	d.Grants = slices.Clone(d.Grants)
	m.kept[d.Key] = append(slices.Clip(m.kept[d.Key]), d)
	return nil
}

// Revoke removes the decision and returns it; ErrNotFound where there is none.
func (m *Map) Revoke(id string) (Decision, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, found := m.remove(id)
	if !found {
		return Decision{}, ErrNotFound
	}
	return d, nil
}

// Used notes when a decision last allowed something, as Options.Used says.
func (m *Map) Used(id string, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if d, found := m.remove(id); found {
		d.Used = at
		m.kept[d.Key] = append(slices.Clip(m.kept[d.Key]), d)
	}
}

// Approved returns what was approved last in k's place, as Approvals says.
func (m *Map) Approved(k Key) (Approval, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	a, found := m.approved[k.Place()]
	if !found {
		return Approval{}, ErrNotFound
	}
	return a, nil
}

// Approve keeps a, as Approvals says. It never fails.
func (m *Map) Approve(a Approval, replaced []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.approved == nil {
		m.approved = map[Key]Approval{}
	}
	m.approved[a.Key.Place()] = a
	for _, id := range replaced {
		m.remove(id)
	}
	return nil
}

// remove takes the decision out; the caller holds mu.
func (m *Map) remove(id string) (Decision, bool) {
	for key, decisions := range m.kept {
		if i := slices.IndexFunc(decisions, func(d Decision) bool { return d.ID == id }); i >= 0 {
			m.kept[key] = slices.Concat(decisions[:i], decisions[i+1:])
			return decisions[i], true
		}
	}
	return Decision{}, false
}
