package local

import (
	"cmp"
	"context"
	"errors"
	"path"
	"path/filepath"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// attempts is how often one operation is asked for when its objects change while the person decides.
const attempts = 3

// want is one name that an operation is about.
type want struct {
	guest  string
	follow bool
	// operation is what a write does; empty for the writing of content.
	operation permissions.Operation
	// pickable says that another file may be opened instead, if the person picks one: *instead is returned then.
	pickable bool
	// content says that a write is asked at its commit, unless the place is written directly; same, that the guest sees no
	// difference before that, whatever stands there.
	content, same bool
	// plan says which rights the operation needs on what was found, at least one, and how it must fail whatever the
	// answer is; nil where it can be done.
	plan func(*place) ([]permissions.Right, error)
}

// settle finds what the wants name and asks for it, until what was allowed is still what the names lead to. The caller
// closes the places.
func (f *Files) settle(ctx context.Context, wants ...want) ([]*place, error) {
	var before []*place // held, so that nothing new gets the identity of what was asked for
	defer func() { closeAll(before) }()
	for range attempts {
		found, err := f.findAll(wants)
		if err != nil {
			return nil, err
		}
		failure, err := f.ask(ctx, wants, found)
		if err == nil {
			var same bool
			if same, err = f.unchanged(wants, found); same {
				if failure == nil {
					return found, nil
				}
				err = failure
			}
		}
		before = append(before, found...)
		if err != nil {
			return nil, err
		}
	}
	return nil, f.refusal(refused("it kept changing while it was asked for"), permissions.Write, wants[0].guest)
}

// ask puts every need to the checker. It returns how the operation must fail once that may be told, or the refusal.
func (f *Files) ask(ctx context.Context, wants []want, found []*place) (failure, err error) {
	for i, w := range wants {
		rights, failure := w.plan(found[i])
		if failure != nil {
			known := f.mayTell(ctx, found[i], rights[0])
			if errors.Is(failure, permissions.ErrDenied) { // a question whose answer changes nothing is not asked
				return nil, f.refusal(cmp.Or(known, failure), rights[0], w.guest)
			}
			if known == nil {
				return failure, nil
			}
			rights = rights[:1] // one is enough to be told
		}
		for _, right := range rights {
			n := f.need(right, w.doing(found[i]), found[i])
			if right == permissions.Write && len(found) > 1 {
				n.Object.Other = filepath.FromSlash(found[1-i].real)
			}
			if w.operation == permissions.MakeLink {
				n.Object.Other = filepath.FromSlash(found[i].leads)
			}
			n.Pickable = w.pickable && right == permissions.Read
			check := f.check
			if right == permissions.Write && failure == nil && f.waits(ctx, w, found[i], rights) {
				check = f.checker.Possible
			}
			if err := check(ctx, n); err != nil {
				return nil, f.refusal(err, right, w.guest)
			}
		}
		if failure != nil {
			return failure, nil
		}
	}
	return nil, nil
}

// waits says whether the write that w opens p for is asked at its commit. A guest that may not know what stands there, and
// would learn it from its copy, is asked about at once too.
func (f *Files) waits(ctx context.Context, w want, p *place, rights []permissions.Right) bool {
	if !w.content || p.direct {
		return false
	}
	read := rights[0] == permissions.Read // and that was asked before
	return read || w.same || f.draftAt(p.real) != nil || f.mayTell(ctx, p, permissions.Write) == nil
}

// doing is what a write does to what was found.
func (w want) doing(p *place) permissions.Operation {
	switch {
	case w.operation != "":
		return w.operation
	case p.object == nil:
		return permissions.Create
	}
	return permissions.WriteContent
}

// mayTell returns nil if the guest may know what stands at p, or that nothing does: with a right on it, or to list it
// or its folder. Otherwise it returns the refusal of right.
func (f *Files) mayTell(ctx context.Context, p *place, right permissions.Right) error {
	refusal := f.checker.Granted(ctx, f.need(right, permissions.Look, p))
	if refusal == nil {
		return nil
	}
	for _, r := range []permissions.Right{permissions.Read, permissions.Write, permissions.List} {
		if r != right && f.checker.Granted(ctx, f.need(r, permissions.Look, p)) == nil {
			return nil
		}
	}
	folder := &place{real: path.Dir(p.real), object: p.parent}
	if f.checker.Granted(ctx, f.need(permissions.List, permissions.Look, folder)) == nil {
		return nil
	}
	return refusal
}

// need is right on what was found at p, as the person is to see it. The operation counts for writing alone.
func (f *Files) need(right permissions.Right, operation permissions.Operation, p *place) permissions.Need {
	o := permissions.Object{
		Path: filepath.FromSlash(p.real), Name: p.name(),
		New: p.object == nil, Folder: p.kind() == powers.Folder || right == permissions.List,
	}
	if right == permissions.Write || operation == permissions.Look {
		o.Operation = operation
		o.Unseen, o.Final = p.direct, f.final(operation, p)
	}
	if p.object != nil {
		o.Identity = p.object.identity()
		o.Modified = p.object.info.ModTime().Unix()
		if !o.Folder {
			o.Size = p.object.info.Size()
		}
	}
	return permissions.Need{Grant: f.grant(right, p.real), Object: o}
}

// refusal is err with the grant that guest asked for, where err is a refusal.
func (f *Files) refusal(err error, right permissions.Right, guest string) error {
	var d *permissions.DeniedError
	if !errors.As(err, &d) {
		return err
	}
	told := *d
	told.Grant = f.wanted(right, guest)
	return &told
}

func (f *Files) findAll(wants []want) ([]*place, error) {
	var found []*place
	for _, w := range wants {
		p, err := f.find(w.guest, w.follow)
		if err != nil {
			closeAll(found)
			return nil, f.refusal(err, permissions.Read, w.guest)
		}
		found = append(found, p)
	}
	return found, nil
}

// unchanged reports whether the names still lead to what was found.
func (f *Files) unchanged(wants []want, found []*place) (bool, error) {
	again, err := f.findAll(wants)
	if err != nil {
		return false, err
	}
	defer closeAll(again)
	for i := range found {
		if !found[i].same(again[i]) {
			return false, nil
		}
	}
	return true, nil
}

func closeAll(places []*place) {
	for _, p := range places {
		p.close()
	}
}
