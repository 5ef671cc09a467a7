//go:build darwin || windows

package local

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

// pin remembers one object by its identity, over os.Root. It is weaker than the pin of Linux in these ways: only
// folders are held open, so a file's identity may be given to another file while nobody looks; a file is opened by its
// name in its folder and compared afterwards, which opens, though never hands out, what was put in its place; and
// folders on the way must be readable, not just searchable. On Windows nothing outside the workspace can be reached,
// since no grant spells a volume.
type pin struct {
	parent *os.Root
	name   string
	root   *os.Root // of a folder
	info   os.FileInfo
}

// pinFolder pins the folder at name, which is no link.
func pinFolder(name string) (*pin, error) {
	if runtime.GOOS == "windows" && filepath.VolumeName(name) == "" {
		return nil, os.ErrNotExist
	}
	info, err := os.Lstat(name)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(name)
	return newPin(&pin{name: ".", info: info}, root, err)
}

// newPin completes p with its open folder, which must be the one that was seen.
func newPin(p *pin, root *os.Root, err error) (*pin, error) {
	if err != nil {
		return nil, err
	}
	p.root = root
	if info, err := root.Stat("."); err != nil || !os.SameFile(info, p.info) {
		root.Close()
		return nil, os.ErrNotExist
	}
	return p, nil
}

func (p *pin) close() {
	if p.root != nil {
		p.root.Close()
	}
}

// child pins what the folder holds under exactly this name. These file systems fold case and forms of Unicode, so the
// folder is read for it.
func (p *pin) child(name string) (*pin, error) {
	if p.root == nil {
		return nil, syscall.ENOTDIR
	}
	info, err := p.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !p.spells(name) {
		return nil, os.ErrNotExist
	}
	c := &pin{parent: p.root, name: name, info: info}
	if !info.IsDir() {
		return c, nil
	}
	root, err := p.root.OpenRoot(name)
	return newPin(c, root, err)
}

func (p *pin) spells(name string) bool {
	folder, err := p.root.Open(".")
	if err != nil {
		return false
	}
	defer folder.Close()
	for {
		names, err := folder.Readdirnames(1024)
		if slices.Contains(names, name) {
			return true
		}
		if err != nil {
			return false
		}
	}
}

// target is where the pinned link leads.
func (p *pin) target() (string, error) { return p.parent.Readlink(p.name) }

// open opens what has the pinned object's name by now; the caller compares.
func (p *pin) open(flags int) (*os.File, error) {
	if p.root != nil {
		return p.root.OpenFile(".", flags, 0)
	}
	return p.parent.OpenFile(p.name, flags, 0)
}

// create makes the file name in the folder and fails where anything has that name.
func (p *pin) create(name string, flags int) (*os.File, error) {
	return p.root.OpenFile(name, flags|os.O_CREATE|os.O_EXCL, 0o666)
}

func (p *pin) makeFolder(name string) error { return p.root.Mkdir(name, 0o777) }
func (p *pin) makeLink(name, target string) error {
	return p.root.Symlink(filepath.FromSlash(target), name)
}
func (p *pin) removeFile(name string) error   { return p.root.Remove(name) }
func (p *pin) removeFolder(name string) error { return p.root.Remove(name) }

// begin makes a file in the folder. It has its name already, before name is called.
func (p *pin) begin(temporary string) (file *os.File, name func() error, err error) {
	file, err = p.create(temporary, os.O_WRONLY)
	return file, func() error { return nil }, err
}

// move gives the file called from the name to, replacing what has it or failing where anything has.
func (p *pin) move(from, to string, replace bool) error {
	if replace {
		return p.root.Rename(from, to)
	}
	if err := p.root.Link(from, to); err != nil {
		return err
	}
	return p.root.Remove(from)
}

// sync returns once the names in the folder are on disk, where the system knows of that.
func (p *pin) sync() error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := p.root.Open(".")
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}

// writable says whether the object's mode lets its owner write.
func (p *pin) writable() error {
	if p.info.Mode()&0o200 == 0 {
		return syscall.EACCES
	}
	return nil
}

// scratch makes a file in folder that has no name, or loses it when it is discarded.
func scratch(folder string) (*os.File, error) {
	file, err := os.CreateTemp(folder, "copy-*")
	if err == nil {
		_ = os.Remove(file.Name()) // which Windows does not do to an open file
	}
	return file, err
}

// discard gives a scratch file back.
func discard(file *os.File) error {
	err := file.Close()
	_ = os.Remove(file.Name())
	return err
}

// rename works below one base only, and walks there once more.
func rename(from, to *place) error {
	if from.base != to.base {
		return syscall.EXDEV
	}
	relative := func(p *place) string { return strings.TrimPrefix(strings.TrimPrefix(p.real, p.base), "/") }
	return from.folders[0].root.Rename(relative(from), relative(to))
}

// renameNew is rename where nothing has the new name, as far as was looked.
func renameNew(from, to *place) error { return rename(from, to) }

// list describes what the open folder holds.
func list(folder *os.File) ([]os.FileInfo, error) {
	entries, err := folder.ReadDir(mostEntries + 1)
	switch {
	case err != nil && err != io.EOF:
		return nil, err
	case len(entries) > mostEntries:
		return nil, errLong
	}
	var infos []os.FileInfo
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			infos = append(infos, info)
		}
	}
	return infos, nil
}
