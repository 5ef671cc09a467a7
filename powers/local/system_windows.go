package local

import (
	"os"
	"syscall"
	"time"
)

// touch sets the times of the open file; a zero time is left as it is.
func touch(file *os.File, accessed, modified time.Time) error {
	return withHandle(file, func(h syscall.Handle) error {
		return syscall.SetFileTime(h, nil, filetime(accessed), filetime(modified))
	})
}

func filetime(t time.Time) *syscall.Filetime {
	if t.IsZero() {
		return nil
	}
	f := syscall.NsecToFiletime(t.UnixNano())
	return &f
}

// links is how many names the open file has.
func links(file *os.File) (uint64, error) {
	var i syscall.ByHandleFileInformation
	err := withHandle(file, func(h syscall.Handle) error { return syscall.GetFileInformationByHandle(h, &i) })
	return uint64(i.NumberOfLinks), err
}

func withHandle(file *os.File, do func(syscall.Handle) error) error {
	c, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var done error
	if err := c.Control(func(h uintptr) { done = do(syscall.Handle(h)) }); err != nil {
		return err
	}
	return done
}

// system is what the system adds to info. Here it says nothing of the device, the inode and the count of names: a second
// name is noticed only once the file is open, and a mounted volume inside the workspace not at all.
func system(info os.FileInfo) (device, inode, links uint64, accessed time.Time) {
	if a, ok := info.Sys().(*syscall.Win32FileAttributeData); ok {
		accessed = time.Unix(0, a.LastAccessTime.Nanoseconds())
	}
	return 0, 0, 1, accessed
}
