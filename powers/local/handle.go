package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gatehouse/powers"
)

// handle is one open object of the disk: a folder, a file that is read, or one that is written in place. It implements
// powers.File.
type handle struct {
	files *Files
	file  *os.File
	real  string
	open  powers.Open
}

func (h *handle) Info(context.Context) (powers.Info, error) {
	info, err := h.file.Stat()
	if err != nil {
		return powers.Info{}, h.failed("describing", err)
	}
	return h.files.describe(info), nil
}

func (h *handle) ReadAt(_ context.Context, p []byte, off int64) (int, error) {
	if !h.open.Read {
		return 0, h.unfit("reading")
	}
	n, err := h.file.ReadAt(p, off)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	h.files.read.Add(int64(n))
	return n, h.failed("reading", err)
}

func (h *handle) WriteAt(_ context.Context, p []byte, off int64) (n int, err error) {
	if !h.open.Write {
		return 0, h.unfit("writing")
	}
	if err := h.mayGrow(off, len(p)); err != nil {
		return 0, saying("writing", h.open.Path, err)
	}
	if h.open.Append {
		n, err = h.file.Write(p)
	} else {
		n, err = h.file.WriteAt(p, off)
	}
	h.files.written.Add(int64(n))
	return n, h.failed("writing", err)
}

func (h *handle) Truncate(_ context.Context, size int64) error {
	if !h.open.Write {
		return h.unfit("cutting")
	}
	if err := h.files.growTo(h.file, size); err != nil {
		return saying("cutting", h.open.Path, err)
	}
	return h.failed("cutting", h.file.Truncate(size))
}

// mayGrow takes room for n bytes that are to be written.
func (h *handle) mayGrow(off int64, n int) error {
	if h.open.Append {
		return h.files.grow(int64(n))
	}
	return h.files.growTo(h.file, endOf(off, n))
}

func (h *handle) Touch(_ context.Context, accessed, modified time.Time) error {
	if !h.open.Write {
		return h.unfit("touching")
	}
	return h.failed("touching", touch(h.file, accessed, modified))
}

func (h *handle) Sync(context.Context) error { return h.failed("saving", h.file.Sync()) }

// mostEntries is how many names one folder may hold for a guest to list it.
const mostEntries = 200_000

var errLong = fmt.Errorf("%w: more than %d names lie in one folder", powers.ErrIO, mostEntries)

// List leaves out names that are not valid UTF-8 and objects without a kind: neither can be asked for. It has the files
// that the guest is about to make.
func (h *handle) List(context.Context) ([]powers.Entry, error) {
	if _, err := h.file.Seek(0, io.SeekStart); err != nil {
		return nil, h.failed("listing", err)
	}
	infos, err := list(h.file)
	if err != nil {
		return nil, h.failed("listing", err)
	}
	entries := []powers.Entry{}
	for _, info := range infos {
		if i := h.files.describe(info); i.Kind != "" && utf8.ValidString(info.Name()) {
			entries = append(entries, powers.Entry{Name: info.Name(), Kind: i.Kind, Inode: i.Inode})
		}
	}
	for _, d := range h.files.draftsIn(h.real) {
		if !slices.ContainsFunc(entries, func(e powers.Entry) bool { return e.Name == d.Name }) {
			entries = append(entries, d)
		}
	}
	slices.SortFunc(entries, func(a, b powers.Entry) int { return strings.Compare(a.Name, b.Name) })
	return entries, nil
}

func (h *handle) Close(context.Context) error { return h.failed("closing", h.shut()) }

// shut closes the file and gives its place back, once.
func (h *handle) shut() error {
	h.files.forget(h)
	return h.file.Close()
}

func (h *handle) failed(doing string, err error) error {
	return saying(doing, h.open.Path, cause(err))
}

func (h *handle) unfit(doing string) error { return saying(doing, h.open.Path, powers.ErrClosed) }
