package wasip1

import "gatehouse/powers"

// change does what c says, which asks where it is not granted.
func (p *Process) change(c powers.Change) errno {
	if p.files == nil {
		return errAccess
	}
	return errnoOf(p.files.Change(p.ctx, c))
}

func (p *Process) pathCreateDirectory(a arguments) errno {
	at, failed := p.at(a.u32(0), a.u32(1), a.u32(2), rightMakeFolder)
	switch {
	case failed != success:
		return failed
	case at.dots:
		return errExist
	}
	return p.change(powers.Change{Operation: powers.MakeFolder, Path: at.path})
}

func (p *Process) pathRemoveDirectory(a arguments) errno {
	at, failed := p.at(a.u32(0), a.u32(1), a.u32(2), rightRemoveFolder)
	switch {
	case failed != success:
		return failed
	case at.dots:
		return errInvalid
	}
	return p.change(powers.Change{Operation: powers.RemoveFolder, Path: at.path})
}

func (p *Process) pathUnlinkFile(a arguments) errno {
	at, failed := p.at(a.u32(0), a.u32(1), a.u32(2), rightUnlink)
	if failed != success {
		return failed
	}
	if at.folder {
		info, failed := p.describe(at.path, false)
		switch {
		case failed != success:
			return failed
		case info.Kind != powers.Folder:
			return errNotFolder
		}
	}
	return p.change(powers.Change{Operation: powers.RemoveFile, Path: at.path})
}

// pathRename gives an object another name. Where one of the names is written like a folder's, only a folder has it.
func (p *Process) pathRename(a arguments) errno {
	from, failed := p.at(a.u32(0), a.u32(1), a.u32(2), rightRenameSource)
	if failed != success {
		return failed
	}
	to, failed := p.at(a.u32(3), a.u32(4), a.u32(5), rightRenameTarget)
	if failed != success {
		return failed
	}
	if from.dots || to.dots {
		return errInvalid
	}
	if from.folder || to.folder {
		info, failed := p.describe(from.path, false)
		switch {
		case failed != success:
			return failed
		case info.Kind != powers.Folder:
			return errNotFolder
		}
	}
	if failed := p.change(powers.Change{Operation: powers.Rename, Path: from.path, To: to.path}); failed != success {
		return failed
	}
	p.table.follow(from.path, to.path)
	return success
}

// pathLink makes no second name of a file: what is written to the one would be written to the other, which may lie where
// nobody was asked about. It says what a file system says that has no such names.
func (p *Process) pathLink(a arguments) errno {
	if _, failed := p.at(a.u32(0), a.u32(2), a.u32(3), rightLinkSource); failed != success {
		return failed
	}
	to, failed := p.at(a.u32(4), a.u32(5), a.u32(6), rightLinkTarget)
	switch {
	case failed != success:
		return failed
	case a.u32(1)&followLinks != 0:
		return errInvalid
	}
	if _, failed := p.describe(to.path, false); failed == success {
		return errExist
	}
	return errNotAllowed
}

// pathSymlink makes a link. Where it may lead is for the power to say.
func (p *Process) pathSymlink(a arguments) errno {
	says, failed := p.text(a.u32(0), a.u32(1))
	if failed != success {
		return failed
	}
	at, failed := p.at(a.u32(2), a.u32(3), a.u32(4), rightSymlink)
	if failed != success {
		return failed
	}
	if at.folder {
		info, failed := p.describe(at.path, false)
		switch {
		case failed != success:
			return failed
		case info.Kind == powers.Folder:
			return errExist
		}
		return errNotFolder
	}
	return p.change(powers.Change{Operation: powers.MakeLink, Path: at.path, To: says})
}

// pathReadlink writes as much of what a link says as there is room for.
func (p *Process) pathReadlink(a arguments) errno {
	at, failed := p.at(a.u32(0), a.u32(1), a.u32(2), rightReadlink)
	if failed != success {
		return failed
	}
	b, ok := p.memory.bytes(a.u32(3), a.u32(4))
	if !ok || !p.memory.has(a.u32(5), 4) {
		return errFault
	}
	info, failed := p.describe(at.path, at.folder)
	switch {
	case failed != success:
		return failed
	case info.Kind != powers.Link:
		return errInvalid
	case info.Target == "":
		return errAccess
	}
	return p.memory.put32(a.u32(5), uint32(copy(b, info.Target)))
}
