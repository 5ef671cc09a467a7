package local

import (
	"os"
	"path"
	"path/filepath"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// maxLinks is how many links one name may lead through.
const maxLinks = 40

// place is where a name leads: the folders pinned on the way, and what stands at the end.
type place struct {
	// real is the canonical name of the end: absolute, slash separated, and without links as far as it exists.
	real string
	// object is what stands there; nil where err says why there is nothing.
	object *pin
	err    error
	// parent holds the object, or would; nil where it does not exist or lies above base.
	parent *pin
	// leads is the real name of what a link is to lead to that is made here.
	leads string
	// direct is set where what is written goes to the object itself and not to a copy of it.
	direct bool

	base    string // the real name of folders[0]
	folders []*pin // from base on
	at      string // the real name of the last of folders
}

func (p *place) close() {
	for _, f := range p.folders {
		f.close()
	}
	if p.object != nil {
		p.object.close()
	}
	p.folders, p.object, p.parent = nil, nil, nil
}

func (p *place) kind() powers.Kind {
	if p.object == nil {
		return ""
	}
	return kindOf(p.object.info.Mode())
}

// name is the last segment of real.
func (p *place) name() string { return path.Base(p.real) }

// same reports whether two walks of one name led to one place.
func (p *place) same(q *place) bool {
	return p.real == q.real && samePin(p.object, q.object) && samePin(p.parent, q.parent)
}

func samePin(p, q *pin) bool {
	if p == nil || q == nil {
		return p == q
	}
	return os.SameFile(p.info, q.info)
}

// find walks to guest and pins what is there. A place is returned for a name that leads nowhere too, since nobody may
// be told so before being allowed to know. The error is for names that cannot be walked at all.
func (f *Files) find(guest string, follow bool) (*place, error) {
	if err := checkName(guest); err != nil {
		return nil, err
	}
	p := &place{}
	rest, err := f.begin(p, guest)
	if err == nil {
		err = f.walk(p, rest, follow)
	}
	if err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// begin pins the base of the walk to guest and returns what is left to walk.
func (f *Files) begin(p *place, guest string) ([]string, error) {
	f.mu.Lock()
	closed := f.closed
	f.mu.Unlock()
	if closed {
		return nil, powers.ErrClosed
	}
	rest, inside := below(guest, guestWorkspace)
	if !inside {
		return split(guest), p.restart("/")
	}
	if f.root == nil {
		return nil, &permissions.DeniedError{Code: permissions.CodeUndeclared, Rule: "there is no workspace"}
	}
	if err := p.restart(f.workspace); err != nil {
		return nil, errMoved
	}
	return split(rest), f.stillWorkspace(p.folders[0])
}

var errMoved = refused("the workspace is no longer the folder that was confirmed")

func (f *Files) stillWorkspace(found *pin) error {
	if !samePin(found, f.root) {
		return errMoved
	}
	return nil
}

// restart lets the walk go on from the folder base.
func (p *place) restart(base string) error {
	top, err := pinFolder(filepath.FromSlash(base))
	if err != nil {
		return cause(err)
	}
	for _, f := range p.folders {
		f.close()
	}
	p.folders, p.base, p.at = []*pin{top}, base, base
	return nil
}

// walk goes down the segments of rest, which grow by the targets of links.
func (f *Files) walk(p *place, rest []string, follow bool) error {
	for links := 0; len(rest) > 0; {
		segment := rest[0]
		rest = rest[1:]
		if segment == "." {
			continue
		}
		if segment == ".." {
			var err error
			if rest, err = p.up(rest); err != nil {
				return p.nothing(p.at, nil, err)
			}
			continue
		}
		here, real, last := p.folders[len(p.folders)-1], path.Join(p.at, segment), len(rest) == 0
		child, err := here.child(segment)
		if err != nil {
			if !last {
				here = nil
			}
			return p.nothing(path.Join(real, path.Join(rest...)), here, cause(err))
		}
		switch kind := kindOf(child.info.Mode()); {
		case kind == powers.Link && (follow || !last):
			links++
			target, err := child.target()
			child.close()
			if err != nil || links > maxLinks {
				return p.nothing(real, nil, powers.ErrLink)
			}
			if rest, err = p.through(target, rest); err != nil {
				return p.nothing(real, nil, err)
			}
		case last && kind != powers.Folder:
			p.real, p.object, p.parent = real, child, here
			return nil
		case kind == powers.Folder:
			p.folders, p.at = append(p.folders, child), real
			if real == f.workspace {
				if err := f.stillWorkspace(child); err != nil {
					return err
				}
			}
		default:
			child.close()
			return p.nothing(path.Join(real, path.Join(rest...)), nil, powers.ErrNotFolder)
		}
	}
	end := len(p.folders) - 1
	p.real, p.object, p.folders = p.at, p.folders[end], p.folders[:end]
	if end > 0 {
		p.parent = p.folders[end-1]
	}
	return nil
}

// nothing ends the walk at a name that leads nowhere.
func (p *place) nothing(real string, parent *pin, err error) error {
	p.real, p.parent, p.err = real, parent, err
	return nil
}

// up goes to the folder above; above the base, by walking there from the top.
func (p *place) up(rest []string) ([]string, error) {
	if last := len(p.folders) - 1; last > 0 {
		p.folders[last].close()
		p.folders, p.at = p.folders[:last], path.Dir(p.at)
		return rest, nil
	}
	above := path.Dir(p.at)
	return append(split(above), rest...), p.restart("/")
}

// through puts the target of a link before rest.
func (p *place) through(target string, rest []string) ([]string, error) {
	segments := split(filepath.ToSlash(target))
	for _, s := range segments {
		if s != "." && s != ".." && !validSegment(s) {
			return nil, powers.ErrName
		}
	}
	rest = append(segments, rest...)
	if filepath.IsAbs(target) {
		return rest, p.restart("/")
	}
	return rest, nil
}
