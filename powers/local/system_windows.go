package local

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
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

// giveTo does nothing: a new file in a folder gets the folder's rights here.
func giveTo(*os.File, os.FileInfo) error { return nil }

// links is how many names the open file has.
func links(file *os.File) (uint64, error) {
	var i syscall.ByHandleFileInformation
	err := withHandle(file, func(h syscall.Handle) error { return syscall.GetFileInformationByHandle(h, &i) })
	return uint64(i.NumberOfLinks), err
}

// identity tells the object from every other while it exists; one that cannot be looked at is never the same twice.
func (p *pin) identity() string {
	const shared = syscall.FILE_SHARE_READ | syscall.FILE_SHARE_WRITE | syscall.FILE_SHARE_DELETE
	var path string
	if p.root != nil {
		path = p.root.Name()
	} else {
		path = filepath.Join(p.parent.Name(), p.name)
	}
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return rand.Text()
	}
	// Without any right to it, so that this is a look and not an opening.
	h, err := syscall.CreateFile(name, 0, shared, nil, syscall.OPEN_EXISTING,
		syscall.FILE_FLAG_BACKUP_SEMANTICS|syscall.FILE_FLAG_OPEN_REPARSE_POINT, 0)
	if err != nil {
		return rand.Text()
	}
	defer syscall.CloseHandle(h)
	var i syscall.ByHandleFileInformation
	if syscall.GetFileInformationByHandle(h, &i) != nil {
		return rand.Text()
	}
	return fmt.Sprintf("%d:%d:%d", i.VolumeSerialNumber, i.FileIndexHigh, i.FileIndexLow)
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
