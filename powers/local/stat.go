package local

import (
	"context"
	"path"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// Stat describes what stands at guest. It is allowed with any right on that name or with the right to list it or its
// folder; otherwise the refusal is the same whether there is something or not.
func (f *Files) Stat(ctx context.Context, guest string, follow bool) (powers.Info, error) {
	if need, ok := asksToPick(powers.Open{Path: guest}); ok {
		if path, picked := f.checker.Picked(need); picked {
			return f.describePicked(guest, path)
		}
	}
	p, err := f.find(guest, follow)
	if err != nil {
		return powers.Info{}, saying("describing", guest, f.refusal(err, permissions.Read, guest))
	}
	defer p.close()
	need := f.need(permissions.Read, permissions.Look, p)
	need.Pickable = true
	if path, picked := f.checker.Picked(need); picked {
		return f.describePicked(guest, path)
	}
	if d := f.draftAt(p.real); d != nil { // the guest's own
		return d.describe(), nil
	}
	if err := f.mayTell(ctx, p, permissions.Read); err != nil {
		if f.aboveRoot(guest) && ctx.Err() == nil {
			return f.bare(guest), nil
		}
		return powers.Info{}, f.refusal(err, permissions.Read, guest)
	}
	if p.err != nil {
		return powers.Info{}, saying("describing", guest, p.err)
	}
	if p.kind() == "" {
		return powers.Info{}, f.refusal(errKind, permissions.Read, guest)
	}
	info := f.describe(p.object.info)
	if info.Kind == powers.Link {
		info.Target = f.tellTarget(ctx, p)
		info.Size = int64(len(info.Target))
	}
	return info, nil
}

var errKind = refused("it is neither a file nor a folder")

// aboveRoot reports whether guest is the top, or a folder that must be there since something below it can be granted.
func (f *Files) aboveRoot(guest string) bool {
	if guest == "/" || guest == guestWorkspace && f.root != nil {
		return true
	}
	for _, root := range f.roots {
		if _, ok := below(path.Dir(root), guest); ok {
			return true
		}
	}
	return false
}
