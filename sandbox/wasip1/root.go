package wasip1

import (
	"io"

	experimental "github.com/tetratelabs/wazero/experimental/sys"
	"github.com/tetratelabs/wazero/sys"

	"gatehouse/powers"
)

// folderRoot is an opened root. It becomes an object of powers when it is listed.
type folderRoot struct {
	file
	mount *mount
}

func (r *folderRoot) Stat() (sys.Stat_t, experimental.Errno)         { return r.mount.rootStat(), 0 }
func (r *folderRoot) Dev() (uint64, experimental.Errno)              { return rootDevice, 0 }
func (r *folderRoot) Ino() (sys.Inode, experimental.Errno)           { return r.mount.inode, 0 }
func (r *folderRoot) IsDir() (bool, experimental.Errno)              { return true, 0 }
func (r *folderRoot) Sync() experimental.Errno                       { return 0 }
func (r *folderRoot) Datasync() experimental.Errno                   { return 0 }
func (r *folderRoot) Truncate(int64) experimental.Errno              { return experimental.EISDIR }
func (r *folderRoot) Utimens(int64, int64) experimental.Errno        { return experimental.EACCES }
func (r *folderRoot) Read([]byte) (int, experimental.Errno)          { return 0, experimental.EISDIR }
func (r *folderRoot) Write([]byte) (int, experimental.Errno)         { return 0, experimental.EISDIR }
func (r *folderRoot) Pread([]byte, int64) (int, experimental.Errno)  { return 0, experimental.EISDIR }
func (r *folderRoot) Pwrite([]byte, int64) (int, experimental.Errno) { return 0, experimental.EISDIR }

func (r *folderRoot) Seek(offset position, whence int) (int64, experimental.Errno) {
	if offset != 0 || whence != io.SeekStart {
		return 0, experimental.EISDIR
	}
	return r.file.Seek(0, io.SeekStart)
}

func (r *folderRoot) Readdir(n int) ([]experimental.Dirent, experimental.Errno) {
	switch {
	case r.closed:
		return nil, experimental.EBADF
	case r.files == nil:
		return nil, experimental.EACCES
	case r.file.file == nil:
		opened, err := r.files.Open(r.ctx, powers.Open{Path: r.mount.root, Folder: true})
		if err != nil {
			return nil, errnoOf(err)
		}
		r.file.file = opened
	}
	return r.file.Readdir(n)
}
