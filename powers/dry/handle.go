package dry

import (
	"context"
	"fmt"
	"path"
	"time"

	"gatehouse/powers"
)

// handle is one open file or folder. It implements powers.File.
type handle struct {
	files  *Files
	node   *node
	open   powers.Open
	closed bool
}

// use locks the files for one method of an open handle.
func (h *handle) use(doing string, may bool) (done func(), err error) {
	h.files.mu.Lock()
	if h.closed || !may {
		h.files.mu.Unlock()
		return nil, fmt.Errorf("%s %q: %w", doing, h.open.Path, powers.ErrClosed)
	}
	return h.files.mu.Unlock, nil
}

func (h *handle) Info(context.Context) (powers.Info, error) {
	done, err := h.use("describing", true)
	if err != nil {
		return powers.Info{}, err
	}
	defer done()
	return h.node.info(), nil
}

func (h *handle) ReadAt(_ context.Context, p []byte, off int64) (int, error) {
	done, err := h.use("reading", h.open.Read)
	if err != nil {
		return 0, err
	}
	defer done()
	switch {
	case h.node.folder:
		return 0, powers.ErrFolder
	case off < 0:
		return 0, powers.ErrIO
	case off >= int64(len(h.node.content)):
		return 0, nil
	}
	return copy(p, h.node.content[off:]), nil
}

func (h *handle) WriteAt(_ context.Context, p []byte, off int64) (int, error) {
	done, err := h.use("writing", h.open.Write)
	if err != nil {
		return 0, err
	}
	defer done()
	if h.open.Append {
		off = int64(len(h.node.content))
	}
	if off < 0 || off > mostBytes {
		return 0, powers.ErrSpace
	}
	if end := off + int64(len(p)); end > int64(len(h.node.content)) {
		if err := h.files.tree.resize(h.node, end); err != nil {
			return 0, err
		}
	}
	return copy(h.node.content[off:], p), nil
}

func (h *handle) Truncate(_ context.Context, size int64) error {
	done, err := h.use("cutting", h.open.Write)
	if err != nil {
		return err
	}
	defer done()
	return h.files.tree.resize(h.node, size)
}

func (h *handle) Touch(_ context.Context, _, modified time.Time) error {
	done, err := h.use("touching", h.open.Write)
	if err != nil {
		return err
	}
	defer done()
	h.node.touch(modified)
	return nil
}

func (h *handle) Sync(context.Context) error {
	done, err := h.use("saving", true)
	if err == nil {
		done()
	}
	return err
}

func (h *handle) List(context.Context) ([]powers.Entry, error) {
	done, err := h.use("listing", h.node.folder)
	if err != nil {
		return nil, err
	}
	defer done()
	entries := []powers.Entry{}
	for _, name := range h.files.tree.names(h.open.Path) {
		n := h.files.tree.nodes[name]
		entries = append(entries, powers.Entry{Name: path.Base(name), Kind: n.kind(), Inode: n.inode})
	}
	return entries, nil
}

func (h *handle) Close(context.Context) error {
	done, err := h.use("closing", true)
	if err != nil {
		return err
	}
	defer done()
	h.closed = true
	h.files.release()
	return nil
}
