package powers

import (
	"context"
	"errors"
	"time"
)

// Files is the file system that one call sees. Paths are the guest's: absolute, slash separated, cleaned, without
// `..`. The workspace stands at /workspace; a grant elsewhere stands at its own absolute path.
//
// The errors are the ones below, *permissions.DeniedError, or ctx's.
type Files interface {
	// Open opens the object at o.Path. Opening for reading asks for fs:read; opening a folder asks for fs:list; fs:write is
	// asked for when what was written is to take its place. It blocks while a person is asked.
	Open(ctx context.Context, o Open) (File, error)
	// Stat describes the object at path; it never asks. With follow false a link is described, not its target. A name
	// that lies in no root and in nothing that any line of the manifest covers is refused as undeclared; whether it
	// exists is not told, and where a link leads is told only to who may know what is there.
	Stat(ctx context.Context, path string, follow bool) (Info, error)
	// Change does one thing to names rather than to content, asking for fs:write at each end, and for fs:read where a
	// rename begins. A link that is made is relative, and leads to what lies in the workspace, or outside of it in the
	// link's own folder.
	Change(ctx context.Context, c Change) error
}

// File is one open object. Its methods are called by one goroutine at a time. What is written may be a copy that takes
// its place only when the file is synced or closed; a refusal comes from there then. What a guest leaves open is for
// whoever made the Files to end: only there it is known whether the call went well.
type File interface {
	// Info describes the open object itself.
	Info(ctx context.Context) (Info, error)
	// ReadAt fills p from offset off and returns how much it read; 0 and a nil error is the end of the file.
	ReadAt(ctx context.Context, p []byte, off int64) (int, error)
	// WriteAt writes p at off, or at the end of the file where it was opened with Append.
	WriteAt(ctx context.Context, p []byte, off int64) (int, error)
	// Truncate makes the file size bytes long.
	Truncate(ctx context.Context, size int64) error
	// Touch sets the times of the object; a zero time is left as it is.
	Touch(ctx context.Context, accessed, modified time.Time) error
	// Sync returns once what was written is in place and on disk. It blocks while a person is asked.
	Sync(ctx context.Context) error
	// List returns the entries of a folder, sorted by name, without "." and "..".
	List(ctx context.Context) ([]Entry, error)
	// Close puts what was written in place, as Sync does, and gives the object back. The file is unusable afterwards,
	// whatever Close returns.
	Close(ctx context.Context) error
}

// Open says what to open and how. At least one of Read and Write is set, unless Folder is.
type Open struct {
	Path                                             string
	Read, Write, Append, Create, Exclusive, Truncate bool
	// Folder demands a folder; a file is ErrNotFolder. Append, Create and Truncate are writing too.
	Folder bool
	// NoFollow refuses a link as the last segment with ErrLink.
	NoFollow bool
}

// Operation is one thing that Change does.
type Operation string

// The operations of Change.
const (
	MakeFolder   Operation = "mkdir"
	RemoveFile   Operation = "unlink"
	RemoveFolder Operation = "rmdir"
	Rename       Operation = "rename"
	Touch        Operation = "touch"
	Truncate     Operation = "truncate"
	MakeLink     Operation = "symlink"
)

// Change is one change of names. To is the second end of a rename, which replaces a file that stands there, or what a
// link that is made says; Accessed and Modified belong to Touch, where a zero time is left as it is, and Size to Truncate. Touch and Truncate act on what
// a link leads to; the others act on the name itself.
type Change struct {
	Operation          Operation
	Path, To           string
	Accessed, Modified time.Time
	Size               int64
}

// Kind is what an object is. Devices, pipes and sockets have no kind here: they are refused.
type Kind string

// The kinds of object.
const (
	RegularFile Kind = "file"
	Folder      Kind = "folder"
	Link        Kind = "link"
)

// Info describes one object. Device and Inode tell two objects apart within one call; they are not the system's.
type Info struct {
	Kind               Kind
	Size               int64
	Links              uint64
	Accessed, Modified time.Time
	Device, Inode      uint64
	// Target is what a link says, with the guest's names; empty where the guest may not know, and for everything else.
	Target string
}

// Entry is one name in a folder.
type Entry struct {
	Name  string
	Kind  Kind
	Inode uint64
}

// What Files and File return besides a refusal. An implementer wraps them with the path.
var (
	ErrNotExist  = errors.New("no such file or folder")
	ErrExist     = errors.New("it exists already")
	ErrFolder    = errors.New("it is a folder")
	ErrNotFolder = errors.New("it is not a folder")
	ErrNotEmpty  = errors.New("the folder is not empty")
	ErrLink      = errors.New("it is a link, or too many links follow each other")
	ErrName      = errors.New("not a name that a file can have")
	ErrClosed    = errors.New("the file is closed or was not opened for this")
	ErrSpace     = errors.New("no space is left")
	ErrTooMany   = errors.New("too many files are open")
	ErrDevice    = errors.New("it lies on another file system")
	ErrIO        = errors.New("the system could not do it")
)
