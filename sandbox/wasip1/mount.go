package wasip1

import (
	"context"
	"io/fs"
	"math"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	experimental "github.com/tetratelabs/wazero/experimental/sys"
	"github.com/tetratelabs/wazero/sys"

	"gatehouse/powers"
)

const (
	// longestPath bounds what one name can cost the host.
	longestPath = 4096
	// mostOpen bounds a call's descriptors, those of the roots among them, which no power counts.
	mostOpen = 1024
	// rootDevice is the device number of the roots, which are no objects of powers.
	rootDevice = math.MaxUint64
)

// call is what the mounts of one call share. The library's interface has no place for a context.
type call struct {
	ctx   context.Context
	files powers.Files
	open  int
}

// mount is one preopened folder: the files of one call, seen from root.
type mount struct {
	experimental.UnimplementedFS
	*call
	root  string
	inode uint64
}

// place turns a name below the mount into an absolute, cleaned path, and says whether it ended in a slash, which
// demands a folder.
func (m *mount) place(name string) (at string, folder bool, errno experimental.Errno) {
	switch {
	case len(name) > longestPath:
		return "", false, experimental.ENAMETOOLONG
	case !utf8.ValidString(name) || strings.ContainsRune(name, 0):
		return "", false, experimental.EINVAL
	case climbs(name):
		return "", false, experimental.EPERM
	case m.files == nil:
		return "", false, experimental.EACCES
	}
	return path.Join(m.root, name), strings.HasSuffix(name, "/"), 0
}

// climbs says whether a segment of name is "..". The library cleans and refuses such names before they come here;
// that is not left to it.
func climbs(name string) bool {
	for segment := range strings.SplitSeq(name, "/") {
		if segment == ".." {
			return true
		}
	}
	return false
}

// OpenFile opens an object, which asks where it is not granted. The root itself is opened without asking: every
// guest does that at its start, and listing it asks.
func (m *mount) OpenFile(name string, flag experimental.Oflag, _ fs.FileMode) (experimental.File, experimental.Errno) {
	if path.Clean(name) == "." {
		return m.openRoot(flag)
	}
	at, slash, errno := m.place(name)
	if errno != 0 {
		return nil, errno
	}
	o := powers.Open{
		Path:      at,
		Append:    flag&experimental.O_APPEND != 0,
		Create:    flag&experimental.O_CREAT != 0,
		Exclusive: flag&experimental.O_EXCL != 0,
		Truncate:  flag&experimental.O_TRUNC != 0,
		Folder:    slash || flag&experimental.O_DIRECTORY != 0,
		NoFollow:  flag&experimental.O_NOFOLLOW != 0,
	}
	o.Read, o.Write = access(flag)
	if o.Folder && (o.Write || o.Create || o.Truncate) {
		return nil, experimental.EISDIR
	}
	if m.open >= mostOpen {
		return nil, errnoOf(powers.ErrTooMany)
	}
	opened, err := m.files.Open(m.ctx, o)
	if err != nil {
		return nil, errnoOf(err)
	}
	m.open++
	return &file{call: m.call, file: opened, append: o.Append}, 0
}

func (m *mount) openRoot(flag experimental.Oflag) (experimental.File, experimental.Errno) {
	if _, write := access(flag); write {
		return nil, experimental.EISDIR
	}
	if m.open >= mostOpen {
		return nil, errnoOf(powers.ErrTooMany)
	}
	m.open++
	return &folderRoot{file: file{call: m.call}, mount: m}, 0
}

// access reads the two bits that say what an object is opened for.
func access(flag experimental.Oflag) (read, write bool) {
	switch flag & (experimental.O_RDWR | experimental.O_WRONLY) {
	case experimental.O_RDWR:
		return true, true
	case experimental.O_WRONLY:
		return false, true
	}
	return true, false
}

// Stat describes an object, following links; it never asks.
func (m *mount) Stat(name string) (sys.Stat_t, experimental.Errno) { return m.stat(name, true) }

// Lstat describes an object or a link; it never asks.
func (m *mount) Lstat(name string) (sys.Stat_t, experimental.Errno) { return m.stat(name, false) }

func (m *mount) stat(name string, follow bool) (sys.Stat_t, experimental.Errno) {
	if path.Clean(name) == "." {
		return m.rootStat(), 0
	}
	at, slash, errno := m.place(name)
	if errno != 0 {
		return sys.Stat_t{}, errno
	}
	info, err := m.files.Stat(m.ctx, at, follow || slash)
	if err != nil {
		return sys.Stat_t{}, errnoOf(err)
	}
	if slash && info.Kind != powers.Folder {
		return sys.Stat_t{}, experimental.ENOTDIR
	}
	return stat(info), 0
}

// rootStat describes a root, which is there for every guest whatever it was granted.
func (m *mount) rootStat() sys.Stat_t {
	return sys.Stat_t{Dev: rootDevice, Ino: m.inode, Mode: fs.ModeDir | 0o700, Nlink: 1}
}

// Mkdir makes a folder.
func (m *mount) Mkdir(name string, _ fs.FileMode) experimental.Errno {
	return m.change(powers.Change{Operation: powers.MakeFolder}, name)
}

// Rmdir removes an empty folder.
func (m *mount) Rmdir(name string) experimental.Errno {
	return m.change(powers.Change{Operation: powers.RemoveFolder}, name)
}

// Unlink removes a file or a link.
func (m *mount) Unlink(name string) experimental.Errno {
	if strings.HasSuffix(name, "/") {
		return experimental.ENOTDIR
	}
	return m.change(powers.Change{Operation: powers.RemoveFile}, name)
}

// Rename gives an object another name under the same mount; between the two the library refuses.
func (m *mount) Rename(from, to string) experimental.Errno {
	at, _, errno := m.place(to)
	if errno != 0 {
		return errno
	}
	return m.change(powers.Change{Operation: powers.Rename, To: at}, from)
}

// Utimens sets the times of an object.
func (m *mount) Utimens(name string, accessed, modified int64) experimental.Errno {
	return m.change(powers.Change{Operation: powers.Touch, Accessed: moment(accessed), Modified: moment(modified)}, name)
}

func (m *mount) change(c powers.Change, name string) experimental.Errno {
	at, _, errno := m.place(name)
	if errno != 0 {
		return errno
	}
	c.Path = at
	return errnoOf(m.files.Change(m.ctx, c))
}

// moment is the time that WASI writes as nanoseconds; the zero time leaves one as it is.
func moment(nanoseconds int64) time.Time {
	if nanoseconds == experimental.UTIME_OMIT {
		return time.Time{}
	}
	return time.Unix(0, nanoseconds)
}
