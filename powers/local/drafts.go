package local

import (
	"errors"
	"path"
	"slices"
	"strings"

	"gatehouse/powers"
)

// draftAt returns the draft of what lies at the real name, or nil.
func (f *Files) draftAt(real string) *draft {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.drafts[real]
}

// openDraft opens a copy of what stands at p, or the one that is open already.
func (f *Files) openDraft(p *place, o powers.Open) (*draft, error) {
	d := f.useDraft(p.real, nil)
	if d == nil {
		made, err := f.newDraft(p, o)
		if err != nil {
			return nil, err
		}
		if d = f.useDraft(p.real, made); d != made {
			made.discard()
		}
	}
	if o.Truncate {
		if err := d.truncate(0); err != nil {
			return nil, errors.Join(err, f.endDraft(d))
		}
	}
	return d, nil
}

// useDraft takes a handle of the draft at real, which becomes made where there is none.
func (f *Files) useDraft(real string, made *draft) *draft {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := f.drafts[real]
	if d == nil && made != nil {
		f.drafts[real], d = made, made
	}
	if d != nil {
		d.handles++
	}
	return d
}

// endDraft gives a handle back; with the last one the copy goes.
func (f *Files) endDraft(d *draft) error {
	f.mu.Lock()
	d.handles--
	last := d.handles == 0
	if last && f.drafts[d.real] == d {
		delete(f.drafts, d.real)
	}
	f.mu.Unlock()
	if last {
		return d.discard()
	}
	return nil
}

// dropDraft parts the draft at real from its name: what its handles write from now on goes nowhere.
func (f *Files) dropDraft(real string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if d := f.drafts[real]; d != nil {
		d.dropped = true
		delete(f.drafts, real)
	}
}

// draftsBelow returns the drafts of what lies at or below the real name, sorted by name.
func (f *Files) draftsBelow(real string) (drafts []*draft) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for at, d := range f.drafts {
		if _, ok := below(at, real); ok {
			drafts = append(drafts, d)
		}
	}
	slices.SortFunc(drafts, func(a, b *draft) int { return strings.Compare(a.real, b.real) })
	return drafts
}

// moveDrafts lets the drafts at or below from belong to the same names at or below to, which the guest calls guest.
func (f *Files) moveDrafts(from, to, guest string) {
	if from == to {
		return
	}
	f.dropDraft(to)
	moved := f.draftsBelow(from)
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, d := range moved {
		rest, _ := below(d.real, from)
		delete(f.drafts, d.real)
		d.real, d.guest = to+rest, guest+rest
		f.drafts[d.real] = d
	}
}

// draftsIn returns the names of the files in a folder that there are only drafts of.
func (f *Files) draftsIn(folder string) (entries []powers.Entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for real, d := range f.drafts {
		if path.Dir(real) == folder {
			entries = append(entries, powers.Entry{Name: path.Base(real), Kind: powers.RegularFile, Inode: d.info.Inode})
		}
	}
	return entries
}
