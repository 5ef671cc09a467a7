package local

import (
	"fmt"
	"os"
	"syscall"
	"time"
)

// touch sets the times of the open file; a zero time is left as it is.
func touch(file *os.File, accessed, modified time.Time) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if accessed.IsZero() {
		_, _, _, accessed = system(info)
	}
	if modified.IsZero() {
		modified = info.ModTime()
	}
	c, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var done error
	times := []syscall.Timeval{syscall.NsecToTimeval(accessed.UnixNano()), syscall.NsecToTimeval(modified.UnixNano())}
	if err := c.Control(func(fd uintptr) { done = syscall.Futimes(int(fd), times) }); err != nil {
		return err
	}
	return done
}

// identity tells the object from every other, also from a later one that gets its number.
func (p *pin) identity() string {
	s := p.info.Sys().(*syscall.Stat_t)
	return fmt.Sprintf("%d:%d:%d.%d", s.Dev, s.Ino, s.Birthtimespec.Sec, s.Birthtimespec.Nsec)
}

// giveTo lets file belong to whom the replaced one belongs.
func giveTo(file *os.File, replaced os.FileInfo) error {
	s := replaced.Sys().(*syscall.Stat_t)
	return file.Chown(int(s.Uid), int(s.Gid))
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
	return uint64(s.Dev), s.Ino, uint64(s.Nlink), time.Unix(s.Atimespec.Unix())
}
