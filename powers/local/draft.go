package local

import (
	"errors"
	"hash/maphash"
	"io"
	"math"
	"os"
	"sync"
	"syscall"
	"time"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// mostCopied is how many bytes the copies of one call may hold together.
const mostCopied = 256 << 20

// draft is the guest's own copy of one file, from its first opening for writing to the closing of its last handle. What
// is written to it changes nothing outside: commit does. Nobody else can open it, and it is gone when the host is.
type draft struct {
	files *Files
	// real is where it belongs, guest how it was called when it was opened.
	real, guest string
	// handles and dropped are guarded by Files.mu. A dropped draft is never committed.
	handles int
	dropped bool

	mu   sync.Mutex // held while a person is asked about it
	file *os.File
	size int64
	// fresh says that nothing of what stood there is in it, exclusive that nothing may stand there.
	fresh, exclusive bool
	// changed says that it may be something else than what stands there.
	changed bool
	// info describes it; accessed and modified are times that the guest set.
	info               powers.Info
	accessed, modified time.Time
}

// newDraft makes the copy. Who opens with Truncate or makes a file begins with nothing.
func (f *Files) newDraft(p *place, o powers.Open) (*draft, error) {
	file, err := scratch(f.scratch)
	if err != nil {
		return nil, cause(err)
	}
	now := time.Now()
	d := &draft{
		files: f, real: p.real, guest: o.Path, file: file, fresh: p.object == nil || o.Truncate, changed: p.object == nil, exclusive: p.object == nil && o.Exclusive,
		info: powers.Info{Kind: powers.RegularFile, Links: 1, Accessed: now, Modified: now, Inode: maphash.Comparable(f.seed, p.real)},
	}
	d.info.Device = f.describe(p.parent.info).Device
	if p.object == nil {
		return d, nil
	}
	if err := d.fill(p.object); err != nil {
		return nil, errors.Join(err, d.discard())
	}
	return d, nil
}

// fill copies the object, which must be one that could be written. One that is cut at once looks to the guest like a new
// file.
func (d *draft) fill(p *pin) error {
	if err := p.writable(); err != nil {
		return cause(err)
	}
	from, err := openObject(p, os.O_RDONLY|syscall.O_NONBLOCK, true)
	if err != nil {
		return err
	}
	defer from.Close()
	info, err := from.Stat()
	if err != nil {
		return cause(err)
	}
	if d.fresh {
		return nil
	}
	d.info = d.files.describe(info)
	if err := d.reserve(info.Size()); err != nil {
		return err
	}
	n, err := io.Copy(d.file, io.LimitReader(from, info.Size()))
	if err != nil {
		return cause(err)
	}
	return d.reserve(n) // it may have become shorter
}

// reserve takes room for a copy of size bytes.
func (d *draft) reserve(size int64) error {
	f := d.files
	f.mu.Lock()
	defer f.mu.Unlock()
	if size < 0 || size-d.size > mostCopied-f.copied {
		return powers.ErrSpace
	}
	f.copied += size - d.size
	d.size = size
	return nil
}

func (d *draft) discard() error {
	d.files.mu.Lock()
	d.files.copied -= d.size
	d.files.mu.Unlock()
	return cause(discard(d.file))
}

func (d *draft) describe() powers.Info {
	d.mu.Lock()
	defer d.mu.Unlock()
	info := d.info
	info.Size = d.size
	return info
}

func (d *draft) readAt(p []byte, off int64) (int, error) {
	n, err := d.file.ReadAt(p, off)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, cause(err)
}

func (d *draft) writeAt(p []byte, off int64, end bool) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if end {
		off = d.size
	}
	if off < 0 || off > math.MaxInt64-int64(len(p)) {
		return 0, powers.ErrIO
	}
	before := d.size
	if err := d.reserve(max(before, off+int64(len(p)))); err != nil {
		return 0, err
	}
	n, err := d.file.WriteAt(p, off)
	if err != nil { // what was written behind the end is not kept
		_ = d.reserve(max(before, off+int64(n)))
		_ = d.file.Truncate(d.size)
	}
	d.change()
	return n, cause(err)
}

func (d *draft) truncate(size int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.size
	if err := d.reserve(size); err != nil {
		return err
	}
	if err := d.file.Truncate(size); err != nil {
		_ = d.reserve(before)
		return cause(err)
	}
	if size == 0 {
		d.fresh = true
	}
	d.change()
	return nil
}

func (d *draft) change() {
	d.changed, d.modified = true, time.Time{}
	d.info.Modified = time.Now()
}

// touch sets times, which take effect with what is written.
func (d *draft) touch(accessed, modified time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !accessed.IsZero() {
		d.accessed, d.info.Accessed = accessed, accessed
	}
	if !modified.IsZero() {
		d.modified, d.info.Modified = modified, modified
	}
}

// plan says what opening a file as o needs of which there is a draft. What the guest wrote it may read.
func (d *draft) plan(o powers.Open) ([]permissions.Right, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	rights := rightsOf(o)
	switch {
	case o.Folder:
		return rights, powers.ErrNotFolder
	case o.Create && o.Exclusive:
		return rights, powers.ErrExist
	case !d.fresh && !o.Truncate:
		return rights, nil
	case o.Write:
		return []permissions.Right{permissions.Write}, nil
	}
	return nil, nil
}
