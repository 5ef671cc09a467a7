package local

import (
	"context"
	"os"
	"time"

	"gatehouse/powers"
)

// writing is a handle on a draft. It implements powers.File.
type writing struct {
	*draft
	open powers.Open
}

func (w *writing) Info(context.Context) (powers.Info, error) {
	if !w.isOpen() {
		return powers.Info{}, w.saying("describing", powers.ErrClosed)
	}
	return w.describe(), nil
}

func (w *writing) ReadAt(_ context.Context, p []byte, off int64) (int, error) {
	if !w.open.Read {
		return 0, w.saying("reading", powers.ErrClosed)
	}
	n, err := w.readAt(p, off)
	w.files.read.Add(int64(n))
	return n, w.saying("reading", err)
}

func (w *writing) WriteAt(_ context.Context, p []byte, off int64) (int, error) {
	if !w.open.Write {
		return 0, w.saying("writing", powers.ErrClosed)
	}
	n, err := w.writeAt(p, off, w.open.Append)
	return n, w.saying("writing", err)
}

func (w *writing) Truncate(_ context.Context, size int64) error {
	if !w.open.Write {
		return w.saying("cutting", powers.ErrClosed)
	}
	return w.saying("cutting", w.truncate(size))
}

func (w *writing) Touch(_ context.Context, accessed, modified time.Time) error {
	if !w.open.Write {
		return w.saying("touching", powers.ErrClosed)
	}
	w.touch(accessed, modified)
	return nil
}

// Sync commits what was written so far.
func (w *writing) Sync(ctx context.Context) error { return w.saying("saving", w.save(ctx)) }

func (w *writing) List(context.Context) ([]powers.Entry, error) {
	return nil, w.saying("listing", powers.ErrNotFolder)
}

// Close commits what was written. Where that is refused the handle is closed all the same.
func (w *writing) Close(ctx context.Context) error {
	err := w.save(ctx)
	if shut := w.shut(); err == nil {
		err = cause(shut)
	}
	return w.saying("closing", err)
}

func (w *writing) save(ctx context.Context) error {
	switch {
	case !w.isOpen():
		return powers.ErrClosed
	case !w.open.Write:
		return nil
	}
	return w.commit(ctx)
}

func (w *writing) isOpen() bool {
	w.files.mu.Lock()
	defer w.files.mu.Unlock()
	return w.files.open[w] != 0
}

// shut gives the handle back, once. Nothing is committed.
func (w *writing) shut() error {
	if !w.files.forget(w) {
		return os.ErrClosed
	}
	return w.files.endDraft(w.draft)
}

func (w *writing) saying(doing string, err error) error { return saying(doing, w.open.Path, err) }
