package local

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// guestPick is where a guest asks the person for a file: it opens /pick/NAME, and NAME is its own word for what it wants.
const guestPick = "/pick"

var pickRead, _ = permissions.Parse("fs:pick:read")

// instead is how a question ended to which the person picked the file at path in place of what was asked for.
type instead struct{ path string }

func (i *instead) Error() string { return "another file was picked" }

// pickable says that o can be served with another file that the person picks: it only reads.
func pickable(o powers.Open) bool { return !o.Write && !o.Folder }

// check is the checker's Check, and *instead where the person picked another file.
func (f *Files) check(ctx context.Context, n permissions.Need) error {
	if err := f.checker.Check(ctx, n); err != nil {
		return err
	}
	if path, ok := f.checker.Picked(n); ok {
		return &instead{path}
	}
	return nil
}

// asksToPick returns the need of an open that asks the person for a file.
func asksToPick(o powers.Open) (permissions.Need, bool) {
	name, inside := below(o.Path, guestPick)
	name = strings.TrimPrefix(name, "/")
	if !inside || name == "" || strings.Contains(name, "/") || !pickable(o) {
		return permissions.Need{}, false
	}
	return permissions.Need{Grant: pickRead, Object: permissions.Object{Name: name}, Pickable: true}, true
}

// openPicked opens the file at the real name path. The first time it is pinned for the rest of the call, so that the
// guest gets that very object and no other that takes its name.
func (f *Files) openPicked(path string) (*os.File, error) {
	p, err := f.pinPicked(filepath.ToSlash(path))
	if err != nil {
		return nil, err
	}
	return openObject(p.object, openFlags(powers.Open{Read: true}), false)
}

func (f *Files) pinPicked(real string) (*place, error) {
	f.mu.Lock()
	p, closed := f.picked[real], f.closed
	f.mu.Unlock()
	switch {
	case closed:
		return nil, powers.ErrClosed
	case p != nil:
		return p, nil
	}
	p = &place{}
	err := p.restart("/")
	if err == nil {
		err = f.walk(p, split(real), false)
	}
	if err == nil && (p.real != real || p.kind() != powers.RegularFile) {
		err = refused("it is no longer the file that was picked")
	}
	if err != nil {
		p.close()
		return nil, err
	}
	return f.keepPicked(p)
}

// keepPicked holds p until the call's files are closed, unless another open was first.
func (f *Files) keepPicked(p *place) (*place, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	first := f.picked[p.real]
	if first != nil || f.closed {
		p.close()
	}
	switch {
	case f.closed:
		return nil, powers.ErrClosed
	case first != nil:
		return first, nil
	}
	f.picked[p.real] = p
	return p, nil
}

// describePicked describes the file at path as what stands at guest.
func (f *Files) describePicked(guest, path string) (powers.Info, error) {
	p, err := f.pinPicked(filepath.ToSlash(path))
	if err != nil {
		return powers.Info{}, f.refusal(err, permissions.Read, guest)
	}
	return f.describe(p.object.info), nil
}
