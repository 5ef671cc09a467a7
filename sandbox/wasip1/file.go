package wasip1

import (
	"io"
	"io/fs"
	"time"

	experimental "github.com/tetratelabs/wazero/experimental/sys"
	"github.com/tetratelabs/wazero/sys"

	"gatehouse/powers"
)

// file is one open object of a guest, with the place where it reads and writes next.
type file struct {
	experimental.UnimplementedFile
	*call
	file   powers.File
	append bool
	closed bool
	offset int64
	// kind is empty until the object was described once: what is open stays what it is.
	kind    powers.Kind
	entries []powers.Entry
	listed  bool
}

func (f *file) info() (powers.Info, experimental.Errno) {
	if f.closed {
		return powers.Info{}, experimental.EBADF
	}
	info, err := f.file.Info(f.ctx)
	if err != nil {
		return powers.Info{}, errnoOf(err)
	}
	f.kind = info.Kind
	return info, 0
}

func (f *file) Stat() (sys.Stat_t, experimental.Errno) {
	info, errno := f.info()
	return stat(info), errno
}

func (f *file) Dev() (uint64, experimental.Errno) {
	info, errno := f.info()
	return info.Device, errno
}

func (f *file) Ino() (sys.Inode, experimental.Errno) {
	info, errno := f.info()
	return info.Inode, errno
}

func (f *file) IsDir() (bool, experimental.Errno) {
	if f.kind == "" {
		if _, errno := f.info(); errno != 0 {
			return false, errno
		}
	}
	return f.kind == powers.Folder, 0
}

func (f *file) IsAppend() bool { return f.append }

// SetAppend agrees only to what the object was opened with: that was what a person was asked about.
func (f *file) SetAppend(enable bool) experimental.Errno {
	if enable != f.append {
		return experimental.ENOTSUP
	}
	return 0
}

func (f *file) Read(p []byte) (int, experimental.Errno) {
	n, errno := f.Pread(p, f.offset)
	f.offset += int64(n)
	return n, errno
}

func (f *file) Pread(p []byte, off int64) (int, experimental.Errno) {
	if errno := f.usable(off); errno != 0 {
		return 0, errno
	}
	n, err := f.file.ReadAt(f.ctx, p, off)
	return n, errnoOf(err)
}

func (f *file) Write(p []byte) (int, experimental.Errno) {
	n, errno := f.Pwrite(p, f.offset)
	f.offset += int64(n)
	return n, errno
}

func (f *file) Pwrite(p []byte, off int64) (int, experimental.Errno) {
	if errno := f.usable(off); errno != 0 {
		return 0, errno
	}
	written := 0
	for written < len(p) {
		n, err := f.file.WriteAt(f.ctx, p[written:], off+int64(written))
		written += n
		if err != nil || n == 0 {
			return written, errnoOf(err)
		}
	}
	return written, 0
}

func (f *file) usable(off int64) experimental.Errno {
	switch {
	case f.closed:
		return experimental.EBADF
	case f.kind == powers.Folder:
		return experimental.EISDIR
	case off < 0:
		return experimental.EINVAL
	}
	return 0
}

// position lets Seek have the library's result: vet wants io.Seeker's of a method that takes an int64 by that name.
type position = int64

func (f *file) Seek(offset position, whence int) (int64, experimental.Errno) {
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += f.offset
	case io.SeekEnd:
		info, errno := f.info()
		if errno != 0 {
			return 0, errno
		}
		offset += info.Size
	default:
		return 0, experimental.EINVAL
	}
	if f.closed {
		return 0, experimental.EBADF
	}
	if offset < 0 {
		return 0, experimental.EINVAL
	}
	f.offset, f.listed, f.entries = offset, false, nil
	return offset, 0
}

// Readdir hands out the entries that one List returned, n at a time; Seek to the start lists again.
func (f *file) Readdir(n int) ([]experimental.Dirent, experimental.Errno) {
	if f.closed {
		return nil, experimental.EBADF
	}
	if !f.listed {
		entries, err := f.file.List(f.ctx)
		if err != nil {
			return nil, errnoOf(err)
		}
		f.entries, f.listed = entries, true
	}
	if n <= 0 || n > len(f.entries) {
		n = len(f.entries)
	}
	page := make([]experimental.Dirent, n)
	for i, e := range f.entries[:n] {
		page[i] = experimental.Dirent{Name: e.Name, Ino: e.Inode, Type: mode(e.Kind).Type()}
	}
	f.entries = f.entries[n:]
	return page, 0
}

func (f *file) Truncate(size int64) experimental.Errno {
	if errno := f.usable(size); errno != 0 {
		return errno
	}
	return errnoOf(f.file.Truncate(f.ctx, size))
}

func (f *file) Utimens(accessed, modified int64) experimental.Errno {
	if f.closed {
		return experimental.EBADF
	}
	return errnoOf(f.file.Touch(f.ctx, moment(accessed), moment(modified)))
}

func (f *file) Sync() experimental.Errno {
	if f.closed {
		return experimental.EBADF
	}
	return errnoOf(f.file.Sync(f.ctx))
}

func (f *file) Datasync() experimental.Errno { return f.Sync() }

// Close gives the object back once. The library closes again what failed to close, and everything left open at the
// end.
func (f *file) Close() experimental.Errno {
	if f.closed {
		return 0
	}
	f.closed = true
	f.open--
	if f.file == nil {
		return 0
	}
	return errnoOf(f.file.Close(f.ctx))
}

func stat(info powers.Info) sys.Stat_t {
	return sys.Stat_t{
		Dev: info.Device, Ino: info.Inode, Mode: mode(info.Kind), Nlink: info.Links, Size: info.Size,
		Atim: nanoseconds(info.Accessed), Mtim: nanoseconds(info.Modified), Ctim: nanoseconds(info.Modified),
	}
}

func nanoseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// mode is the kind with the rights of a person's own object: preview 1 has no others.
func mode(k powers.Kind) fs.FileMode {
	switch k {
	case powers.Folder:
		return fs.ModeDir | 0o700
	case powers.Link:
		return fs.ModeSymlink | 0o700
	}
	return 0o600
}
