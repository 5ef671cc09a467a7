package local

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// pin holds one object without opening it: it can be described, found in and opened for real later, but not read. While
// it is held no other object can get its identity.
type pin struct {
	file *os.File // O_PATH
	info os.FileInfo
}

const pinning = unix.O_PATH | unix.O_NOFOLLOW | unix.O_CLOEXEC

// pinFolder pins the folder at name, which is no link.
func pinFolder(name string) (*pin, error) {
	fd, err := unix.Open(name, pinning|unix.O_DIRECTORY, 0)
	return newPin(fd, name, err)
}

func newPin(fd int, name string, err error) (*pin, error) {
	if err != nil {
		return nil, err
	}
	p := &pin{file: os.NewFile(uintptr(fd), name)}
	if p.info, err = p.file.Stat(); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *pin) close() { p.file.Close() }

func (p *pin) fd() int { return int(p.file.Fd()) }

// again is a name of the pinned object itself: the kernel does not walk to it.
func (p *pin) again() string { return again(p.file.Fd()) }

func again(fd uintptr) string { return fmt.Sprintf("/proc/self/fd/%d", fd) }

// identity tells the object from every other, also from a later one that gets its number where the file system keeps
// times of birth.
func (p *pin) identity() string {
	device, inode, _, _ := system(p.info)
	var s unix.Statx_t
	if unix.Statx(p.fd(), "", unix.AT_EMPTY_PATH, unix.STATX_BTIME, &s) != nil || s.Mask&unix.STATX_BTIME == 0 {
		s.Btime = unix.StatxTimestamp{}
	}
	return fmt.Sprintf("%d:%d:%d.%d", device, inode, s.Btime.Sec, s.Btime.Nsec)
}

// child pins what the folder holds under exactly this name.
func (p *pin) child(name string) (*pin, error) {
	fd, err := unix.Openat(p.fd(), name, pinning, 0)
	c, err := newPin(fd, name, err)
	if err != nil {
		return nil, err
	}
	if !p.spells(name, c) {
		c.close()
		return nil, os.ErrNotExist
	}
	return c, nil
}

// spells reports whether the folder holds found as name to the letter. A file system that folds case, forms of Unicode or
// short names leads many names to one object, and a decision is about one of them. The folder is read only where a
// second spelling may exist.
func (p *pin) spells(name string, found *pin) bool {
	if strings.IndexFunc(name, func(r rune) bool { return r == '~' || r >= 0x80 }) < 0 {
		other := strings.Map(swapCase, name)
		if other == name {
			return true
		}
		if info, err := os.Lstat(path.Join(p.again(), other)); err != nil || !os.SameFile(info, found.info) {
			return true
		}
	}
	folder, err := p.open(unix.O_DIRECTORY)
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

func swapCase(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
		return r ^ 0x20
	}
	return r
}

// target is where the pinned link leads.
func (p *pin) target() (string, error) {
	b := make([]byte, maxName+1)
	n, err := unix.Readlinkat(p.fd(), "", b)
	switch {
	case err != nil:
		return "", err
	case n == 0 || n == len(b):
		return "", unix.ENAMETOOLONG
	}
	return string(b[:n]), nil
}

// open opens the pinned object itself, wherever its name leads by now.
func (p *pin) open(flags int) (*os.File, error) { return os.OpenFile(p.again(), flags, 0) }

// create makes the file name in the folder and fails where anything has that name.
func (p *pin) create(name string, flags int) (*os.File, error) {
	fd, err := unix.Openat(p.fd(), name, flags|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o666)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

func (p *pin) makeFolder(name string) error { return unix.Mkdirat(p.fd(), name, 0o777) }
func (p *pin) makeLink(name, target string) error {
	return unix.Symlinkat(target, p.fd(), name)
}
func (p *pin) removeFile(name string) error   { return unix.Unlinkat(p.fd(), name, 0) }
func (p *pin) removeFolder(name string) error { return unix.Unlinkat(p.fd(), name, unix.AT_REMOVEDIR) }

// begin makes a file in the folder that has its name only after name was called, where the file system can do that: a
// host that is killed leaves nothing then.
func (p *pin) begin(temporary string) (file *os.File, name func() error, err error) {
	fd, err := unix.Openat(p.fd(), ".", unix.O_TMPFILE|unix.O_WRONLY|unix.O_CLOEXEC, 0o666)
	if err != nil {
		file, err = p.create(temporary, os.O_WRONLY)
		return file, func() error { return nil }, err
	}
	file = os.NewFile(uintptr(fd), temporary)
	return file, func() error {
		return unix.Linkat(unix.AT_FDCWD, again(file.Fd()), p.fd(), temporary, unix.AT_SYMLINK_FOLLOW)
	}, nil
}

// move gives the file called from the name to, replacing what has it or failing where anything has.
func (p *pin) move(from, to string, replace bool) error {
	if replace {
		return unix.Renameat(p.fd(), from, p.fd(), to)
	}
	return moveNew(p, from, p, to)
}

// moveNew moves a file and fails where anything has the new name.
func moveNew(folder *pin, from string, into *pin, to string) error {
	err := unix.Renameat2(folder.fd(), from, into.fd(), to, unix.RENAME_NOREPLACE)
	if err != unix.EINVAL && err != unix.ENOSYS {
		return err
	}
	if err := unix.Linkat(folder.fd(), from, into.fd(), to, 0); err != nil { // a file system without the flag moves no folder
		return err
	}
	return folder.removeFile(from)
}

// renameNew is rename where nothing has the new name.
func renameNew(from, to *place) error { return moveNew(from.parent, from.name(), to.parent, to.name()) }

// sync returns once the names in the folder are on disk.
func (p *pin) sync() error {
	folder, err := p.open(unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}

// writable says whether the object's mode lets this user write.
func (p *pin) writable() error { return unix.Access(p.again(), unix.W_OK) }

// giveTo lets file belong to whom the replaced one belongs.
func giveTo(file *os.File, replaced os.FileInfo) error {
	s := replaced.Sys().(*syscall.Stat_t)
	return file.Chown(int(s.Uid), int(s.Gid))
}

// scratch makes a file without a name on the file system of folder.
func scratch(folder string) (*os.File, error) {
	fd, err := unix.Open(folder, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err == nil {
		return os.NewFile(uintptr(fd), "copy"), nil
	}
	file, err := os.CreateTemp(folder, "copy-*")
	if err != nil {
		return nil, err
	}
	return file, os.Remove(file.Name())
}

// discard gives a scratch file back.
func discard(file *os.File) error { return file.Close() }

func rename(from, to *place) error {
	return unix.Renameat(from.parent.fd(), from.name(), to.parent.fd(), to.name())
}

// list describes what the open folder holds. What vanishes meanwhile is left out.
func list(folder *os.File) (infos []os.FileInfo, err error) {
	names, err := folder.Readdirnames(mostEntries + 1)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	case len(names) > mostEntries:
		return nil, errLong
	}
	err = withDescriptor(folder, func(fd uintptr) error {
		for _, name := range names {
			if info, err := os.Lstat(path.Join(again(fd), name)); err == nil {
				infos = append(infos, info)
			}
		}
		return nil
	})
	return infos, err
}

func touch(file *os.File, accessed, modified time.Time) error {
	return withDescriptor(file, func(fd uintptr) error { return os.Chtimes(again(fd), accessed, modified) })
}

// withDescriptor calls do with the descriptor of file, which stays open until do returns.
func withDescriptor(file *os.File, do func(fd uintptr) error) error {
	c, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var done error
	if err := c.Control(func(fd uintptr) { done = do(fd) }); err != nil {
		return err
	}
	return done
}

// links is how many names the open file has.
func links(file *os.File) (uint64, error) {
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	_, _, n, _ := system(info)
	return n, nil
}

// system is what the system adds to info.
func system(info os.FileInfo) (device, inode, links uint64, accessed time.Time) {
	s := info.Sys().(*syscall.Stat_t)
	return s.Dev, s.Ino, uint64(s.Nlink), time.Unix(s.Atim.Unix())
}
