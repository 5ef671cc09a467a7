package local

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// What a folder that is renamed may hold.
const (
	mostMoved    = 1000
	deepestMoved = 64
)

var (
	errLinkMoves = refused("a link that moves may lead elsewhere")
	errLinkBelow = refused("a folder with a link in it stays, for the link may lead elsewhere")
	errManyBelow = refused("a folder with so much in it stays")
	errBegins    = refused("where a walk begins stays")

	errChangedMeanwhile = refused("it changed while it was asked for")
)

// moving is one rename: of a file, of a link within its folder, or of a folder with all that lies in it.
type moving struct {
	files *Files
	// from and to are the guest's names.
	from, to string
	folder   bool
	// below is what lies in a folder that moves.
	below []inside
}

// inside is one object in a folder: its name relative to it, and what it was when it was looked at.
type inside struct {
	name string
	info os.FileInfo
}

// move gives an object another name. What the guest is writing there is committed before.
func (f *Files) move(ctx context.Context, c powers.Change) error {
	if err := f.commitBelow(ctx, c.Path); err != nil {
		return err
	}
	m := &moving{files: f, from: c.Path, to: c.To}
	found, err := f.settle(ctx,
		want{guest: c.Path, operation: permissions.Rename, plan: m.planFrom},
		want{guest: c.To, operation: permissions.Receive, plan: m.planTo})
	if err != nil {
		return err
	}
	defer closeAll(found)
	if m.folder {
		err = m.askBelow(ctx, found[0], found[1])
	}
	if err == nil {
		err = m.act(ctx, found[0], found[1])
	}
	return f.refusal(err, permissions.Write, c.Path)
}

// commitBelow commits what the guest is writing at or below the name.
func (f *Files) commitBelow(ctx context.Context, guest string) error {
	p, err := f.find(guest, false)
	if err != nil {
		return nil // settle says it again
	}
	defer p.close()
	for _, d := range f.draftsBelow(p.real) {
		if err := d.commit(ctx); err != nil {
			return err
		}
	}
	return nil
}

// planFrom says what the rename needs at its first name, and looks at what lies in a folder.
func (m *moving) planFrom(p *place) ([]permissions.Right, error) {
	f := m.files
	m.folder, m.below = p.kind() == powers.Folder, nil
	rights := []permissions.Right{permissions.Write, permissions.Read}
	if m.folder {
		rights[1] = permissions.List
	}
	switch kind := p.kind(); {
	case p.object == nil:
		return rights, p.err
	case kind == "":
		return rights, errKind
	case kind == powers.Link && path.Dir(m.from) != path.Dir(m.to):
		return rights, errLinkMoves
	case kind == powers.Link:
		return rights, f.onDevice(p.object, p)
	case !m.folder:
		return rights, f.sound(p, true)
	}
	if _, holds := below(f.workspace, p.real); holds || p.parent == nil {
		return rights, errBegins
	}
	if err := f.onDevice(p.object, p); err != nil {
		return rights, err
	}
	var err error
	m.below, err = lookBelow(p.object)
	return rights, err
}

// planTo says what the rename needs at its second name.
func (m *moving) planTo(p *place) ([]permissions.Right, error) {
	f, rights := m.files, []permissions.Right{permissions.Write}
	_, inItself := below(m.to, m.from)
	switch {
	case m.folder && inItself && m.to != m.from:
		return rights, powers.ErrName
	case errors.Is(p.err, powers.ErrNotExist) && p.parent != nil:
		return rights, f.onDevice(p.parent, p)
	case p.object == nil:
		return rights, p.err
	case p.kind() == "":
		return rights, errKind
	case m.folder && p.kind() != powers.Folder:
		return rights, powers.ErrNotFolder
	case !m.folder && p.kind() == powers.Folder:
		return rights, powers.ErrFolder
	case p.parent == nil || p.real == f.workspace:
		return rights, errBegins
	}
	return rights, f.onDevice(p.object, p)
}

// lookBelow returns everything in a folder, sorted by name. It refuses what cannot move along.
func lookBelow(folder *pin) ([]inside, error) {
	device, _, _, _ := system(folder.info)
	found, err := appendBelow(nil, folder, "", device, deepestMoved)
	slices.SortFunc(found, func(a, b inside) int { return strings.Compare(a.name, b.name) })
	return found, err
}

func appendBelow(found []inside, folder *pin, prefix string, device uint64, depth int) ([]inside, error) {
	if depth == 0 {
		return found, errManyBelow
	}
	infos, err := listPin(folder)
	if err != nil {
		return found, cause(err)
	}
	for _, info := range infos {
		its, _, links, _ := system(info)
		switch kind := kindOf(info.Mode()); {
		case len(found) >= mostMoved:
			return found, errManyBelow
		case kind == powers.Link:
			return found, errLinkBelow
		case kind == "" || !utf8.ValidString(info.Name()) || !validSegment(info.Name()):
			return found, errKind
		case its != device:
			return found, powers.ErrDevice
		case kind == powers.RegularFile && links > 1:
			return found, errSecondName
		}
		name := prefix + info.Name()
		found = append(found, inside{name, info})
		if !info.IsDir() {
			continue
		}
		child, err := folder.child(info.Name())
		if err != nil {
			return found, cause(err)
		}
		found, err = appendBelow(found, child, name+"/", device, depth-1)
		child.close()
		if err != nil {
			return found, err
		}
	}
	return found, nil
}

// listPin describes what a pinned folder holds.
func listPin(folder *pin) ([]os.FileInfo, error) {
	open, err := folder.open(os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer open.Close()
	return list(open)
}

// askBelow asks for everything in the folder, at both its names: to write it, and at its first one to read it. Then the
// same must still lie there.
func (m *moving) askBelow(ctx context.Context, from, to *place) error {
	f := m.files
	for _, i := range m.below {
		old, err := f.find(f.guestOf(from.real+"/"+i.name), false)
		if err != nil {
			return err
		}
		err = m.askInside(ctx, old, path.Join(to.real, i.name))
		old.close()
		if err != nil {
			return err
		}
	}
	again, err := lookBelow(from.object)
	if err != nil {
		return err
	}
	wants := []want{{guest: m.from}, {guest: m.to}}
	if same, err := f.unchanged(wants, []*place{from, to}); err != nil || !same {
		return cmp.Or(err, errChangedMeanwhile)
	}
	if !slices.EqualFunc(m.below, again, func(a, b inside) bool { return a.name == b.name && os.SameFile(a.info, b.info) }) {
		return errChangedMeanwhile
	}
	return nil
}

func (m *moving) askInside(ctx context.Context, old *place, to string) error {
	f := m.files
	write, receive := f.need(permissions.Write, permissions.Rename, old), f.need(permissions.Write, permissions.Receive, &place{real: to})
	write.Object.Other, receive.Object.Other = filepath.FromSlash(to), filepath.FromSlash(old.real)
	read := f.need(permissions.Read, "", old)
	if old.kind() == powers.Folder {
		read = f.need(permissions.List, "", old)
	}
	for _, n := range []permissions.Need{write, read, receive} {
		if err := f.check(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// act renames. What stood at to is kept, and a file that moves is known by its digest.
func (m *moving) act(ctx context.Context, from, to *place) error {
	f := m.files
	need := f.need(permissions.Write, permissions.Receive, to)
	moved, replaced := f.lookBack(from), f.lookBack(to)
	defer moved.forget()
	defer replaced.forget()
	w := replaced.written(permissions.Rename, f.grant(permissions.Write, from.real))
	w.Path, w.Other = filepath.FromSlash(from.real), filepath.FromSlash(to.real)
	w.Replaces, w.Folder = to.object != nil, m.folder
	if !m.folder {
		w.After, w.AfterDigest = from.object.info.Size(), moved.digest
	}
	err := f.kept(ctx, w, replaced.old(), func() error {
		replaced.forget() // some systems replace no open file
		moved.forget()
		if to.object == nil { // under this spelling: a file system that folds names may have another
			return renameNew(from, to)
		}
		return rename(from, to)
	})
	if err == nil {
		f.moveDrafts(from.real, to.real, m.to)
		f.made(need, to, from.object.info)
	}
	return err
}
