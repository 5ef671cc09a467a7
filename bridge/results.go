package bridge

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"gatehouse/host"
)

const (
	// resultFor is how long a large result can be read.
	resultFor = 24 * time.Hour
	// mostResultBytes and mostResults bound what is kept; the oldest goes first, one owner's own before others'.
	mostResultBytes = 256 << 20
	mostResults     = 100 // of one owner
)

var errNoResult = errors.New("there is no such result")

// Results keeps what is too large for a reply: encrypted in a folder, under a random address, for the client and session
// that it was made for. Its key is never written, so what a host leaves behind is noise to the next.
type Results struct {
	folder string
	aead   cipher.AEAD

	mu    sync.Mutex
	kept  map[string]*result
	order []string // of kept, the oldest first
	bytes int
}

// result is one kept output.
type result struct {
	owner   host.Owner
	session string
	skill   string
	size    int
	expiry  *time.Timer
	output  []byte // set in what read returns
}

// NewResults returns an empty Results over folder, which is this user's alone and holds nothing else.
func NewResults(folder string) *Results {
	return &Results{folder: folder, aead: newSealer().aead, kept: map[string]*result{}}
}

// Close removes everything that is kept.
func (r *Results) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.order) > 0 {
		r.forget(r.order[0])
	}
}

// keep writes output and returns its address.
func (r *Results) keep(output []byte, skillName string, owner host.Owner, session string) (address string, err error) {
	id := rand.Text()
	kept := &result{owner: owner, session: session, skill: skillName, size: len(output)}
	if err := os.WriteFile(r.path(id), r.aead.Seal(nil, nil, output, kept.bond(id)), 0o600); err != nil {
		return "", fmt.Errorf("keeping a large result: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept[id], r.order, r.bytes = kept, append(r.order, id), r.bytes+kept.size
	kept.expiry = time.AfterFunc(resultFor, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.forget(id)
	})
	r.bound(owner)
	return resultAddress + id, nil
}

// bound drops the oldest of an owner who has too many, and then the oldest of all. The caller holds mu.
func (r *Results) bound(owner host.Owner) {
	var own []string
	for _, id := range r.order {
		if r.kept[id].owner == owner {
			own = append(own, id)
		}
	}
	if len(own) > mostResults {
		r.forget(own[0])
	}
	for r.bytes > mostResultBytes && len(r.order) > 1 {
		r.forget(r.order[0])
	}
}

// read returns what is kept under id for this owner and session; errNoResult for everyone else.
func (r *Results) read(id string, owner host.Owner, session string) (result, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := r.kept[id]
	if kept == nil || kept.owner != owner || kept.session != session {
		return result{}, errNoResult
	}
	sealed, err := os.ReadFile(r.path(id))
	if err != nil {
		return result{}, fmt.Errorf("reading a large result: %w", err)
	}
	out := *kept
	if out.output, err = r.aead.Open(nil, nil, sealed, kept.bond(id)); err != nil {
		return result{}, fmt.Errorf("reading a large result: %w", err)
	}
	return out, nil
}

// bond binds the file to what it is for.
func (k *result) bond(id string) []byte {
	text, _ := json.Marshal([]any{id, k.owner, k.session, k.skill}) // texts alone
	return text
}

// forget removes one. The caller holds mu.
func (r *Results) forget(id string) {
	kept := r.kept[id]
	if kept == nil {
		return
	}
	kept.expiry.Stop()
	delete(r.kept, id)
	r.order = slices.DeleteFunc(r.order, func(other string) bool { return other == id })
	r.bytes -= kept.size
	os.Remove(r.path(id))
}

// path is where id lies. Only an id of our own comes so far.
func (r *Results) path(id string) string { return filepath.Join(r.folder, id) }
