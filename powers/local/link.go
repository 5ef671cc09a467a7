package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"gatehouse/permissions"
	"gatehouse/powers"
)

var (
	errLeadsOut = refused("a link that leads out of the workspace, or out of its own folder")
	errAbsolute = refused("a link by an absolute name")
)

// planLink says what making a link needs that says target. What it leads to must be something that the guest could ask to
// write itself: whoever writes to the link writes there.
func (f *Files) planLink(ctx context.Context, target string) func(*place) ([]permissions.Right, error) {
	return func(p *place) ([]permissions.Right, error) {
		rights := []permissions.Right{permissions.Write}
		if err := f.obstacle(powers.MakeLink, p); err != nil {
			return rights, err
		}
		leads, err := f.linkTarget(p, target)
		if err != nil {
			return rights, err
		}
		end, err := f.find(f.guestOf(leads), true)
		if err != nil {
			return rights, err
		}
		defer end.close()
		if _, ok := below(end.real, f.linkBase(p)); !ok {
			return rights, errLeadsOut
		}
		p.leads = end.real
		return rights, f.checker.Possible(ctx, f.need(permissions.Write, permissions.Look, end))
	}
}

// linkBase is the folder that a link at p must not lead out of.
func (f *Files) linkBase(p *place) string {
	if _, inside := below(p.real, f.workspace); inside {
		return f.workspace
	}
	return path.Dir(p.real)
}

// linkTarget is the name that a link at p leads to which says target, where it may say that: a relative name that first
// goes up and then down, so that no link on its way leads it elsewhere.
func (f *Files) linkTarget(p *place, target string) (string, error) {
	if len(target) > maxName || target == "" {
		return "", powers.ErrName
	}
	if path.IsAbs(target) || filepath.IsAbs(target) {
		return "", errAbsolute
	}
	at, down := path.Dir(p.real), false
	for segment := range strings.SplitSeq(target, "/") {
		switch {
		case segment == "" || segment == ".":
		case segment != "..":
			if !validSegment(segment) {
				return "", powers.ErrName
			}
			down = true
		case down || at == f.linkBase(p):
			return "", errLeadsOut
		default:
			at = path.Dir(at)
		}
	}
	return path.Join(path.Dir(p.real), target), nil
}

// makeLink makes a link where nothing stands.
func (f *Files) makeLink(ctx context.Context, p *place, target string) error {
	need := f.need(permissions.Write, permissions.MakeLink, p)
	w := Written{
		Operation: permissions.MakeLink, Grant: need.Grant, Path: filepath.FromSlash(p.real), Other: filepath.FromSlash(p.leads),
		After: int64(len(target)), AfterDigest: digestOfText(target),
	}
	err := f.kept(ctx, w, nil, func() error { return p.parent.makeLink(p.name(), target) })
	if err == nil {
		f.made(need, p, nil)
	}
	return err
}

func digestOfText(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// tellTarget is what the link at p says, with the guest's names, if it may know what is there. A name that leads
// through folders which are none of its business is told as the name of where it ends.
func (f *Files) tellTarget(ctx context.Context, p *place) string {
	says, err := p.object.target()
	if err != nil {
		return ""
	}
	says = filepath.ToSlash(says)
	end, err := f.leadsTo(p, says)
	if err != nil {
		return ""
	}
	defer end.close()
	if f.mayTell(ctx, end, permissions.Read) != nil {
		return ""
	}
	if _, err := f.linkTarget(p, says); err == nil {
		return says
	}
	return f.guestOf(end.real)
}

// leadsTo walks from the link at p to what it names, be that another link.
func (f *Files) leadsTo(p *place, says string) (*place, error) {
	end := &place{}
	segments := split(says)
	if slices.ContainsFunc(segments, func(s string) bool { return s != "." && s != ".." && !validSegment(s) }) {
		return nil, powers.ErrName
	}
	base := path.Dir(p.real)
	if path.IsAbs(says) || filepath.IsAbs(says) {
		base = "/"
	}
	err := end.restart(base)
	if err == nil {
		err = f.walk(end, segments, false)
	}
	if err != nil {
		end.close()
		return nil, err
	}
	return end, nil
}
