package local

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// commit lets the draft take its place. What it changes is compared with what stands there now, shown and asked; after
// the answer the same must still stand there, or it is asked again. Where the two are equal nothing happens, and nothing
// is asked.
func (d *draft) commit(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.files
	f.mu.Lock()
	dropped, revoked := d.dropped, f.revoked
	f.mu.Unlock()
	if dropped || !d.changed && d.accessed.IsZero() && d.modified.IsZero() {
		return nil
	}
	for range attempts {
		now, err := d.look()
		if err != nil {
			return f.refusal(err, permissions.Write, d.guest)
		}
		defer now.close() // only in the end, so that nothing new gets the identity of what was asked for
		if done, err := d.offer(ctx, now, revoked); done || err != nil {
			return f.refusal(err, permissions.Write, d.guest)
		}
	}
	return f.refusal(refused("it kept changing while it was asked for"), permissions.Write, d.guest)
}

// look is at what stands in the draft's place.
func (d *draft) look() (*sight, error) {
	s, err := d.files.look(d.real)
	if err == nil && s.file != nil && d.exclusive {
		s.close()
		return nil, powers.ErrExist
	}
	return s, err
}

// offer asks about the change to what was seen now, and makes it. It returns false where something else stands there
// after the answer.
func (d *draft) offer(ctx context.Context, now *sight, revoked int) (done bool, err error) {
	mine := content{d.file, d.size}
	digest, err := digestOf(mine)
	if err != nil {
		return false, cause(err)
	}
	if now.file != nil && now.digest == digest {
		return true, d.offerTimes(ctx, now)
	}
	n, err := d.need(now, mine)
	if err != nil {
		return false, err
	}
	if err := d.files.checker.Check(ctx, n); err != nil {
		return false, err
	}
	again, err := d.look()
	if err != nil {
		return false, err
	}
	defer again.close()
	if !now.same(again) {
		return false, nil
	}
	return true, d.replace(ctx, again, n, version{
		Reader: io.NewSectionReader(mine, 0, mine.size), digest: digest, accessed: d.accessed, modified: d.modified,
	}, revoked)
}

// need is the writing of mine to what was seen, with the difference that it makes.
func (d *draft) need(now *sight, mine content) (permissions.Need, error) {
	operation := permissions.WriteContent
	if now.file == nil {
		operation = permissions.Create
	}
	n := d.files.need(permissions.Write, operation, now.place)
	n.Object.Difference = &permissions.Difference{Before: now.size, After: mine.size, Binary: true}
	if mine.size > mostPreviewed {
		n.Object.Unseen = true
		return n, nil
	}
	changes, err := difference(now.content, mine)
	n.Object.Difference = &changes
	return n, cause(err)
}

// replace puts v where now was seen, once it is kept and written down.
func (d *draft) replace(ctx context.Context, now *sight, n permissions.Need, v version, revoked int) error {
	f := d.files
	if err := f.stillMay(revoked); err != nil {
		return err
	}
	w := now.written(n.Object.Operation, n.Grant)
	w.After, w.AfterDigest, w.Added, w.Removed = d.size, v.digest, n.Object.Difference.Added, n.Object.Difference.Removed
	v.mode = w.Mode
	if err := f.grow(w.After - w.Before); err != nil {
		return err
	}
	done, err := f.keep(ctx, w, now.old())
	if err != nil {
		return err
	}
	if now.file != nil {
		now.file.Close() // some systems replace no open file
	}
	info, err := put(now.place, v)
	done(err == nil)
	if err != nil {
		return cause(err)
	}
	f.written.Add(d.size)
	n.Object.Difference = nil
	f.made(n, now.place, info)
	f.keepNumber(info, d.info.Inode)
	d.settled()
	return nil
}

// offerTimes asks about the times that the guest set, where that is all it changed.
func (d *draft) offerTimes(ctx context.Context, now *sight) error {
	if d.accessed.IsZero() && d.modified.IsZero() {
		d.settled()
		return nil
	}
	if err := d.files.checker.Check(ctx, d.files.need(permissions.Write, permissions.Touch, now.place)); err != nil {
		return err
	}
	file, err := openObject(now.object, os.O_WRONLY|syscall.O_NONBLOCK, true)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := d.files.keepTouch(ctx, now.place); err != nil {
		return err
	}
	if err := touch(file, d.accessed, d.modified); err != nil {
		return cause(err)
	}
	d.settled()
	return nil
}

// settled says that the draft is what stands in its place.
func (d *draft) settled() {
	d.changed, d.exclusive = false, false
	d.accessed, d.modified = time.Time{}, time.Time{}
}

// keepTouch writes down that times are set, of which there is nothing to keep.
func (f *Files) keepTouch(ctx context.Context, p *place) error {
	done, err := f.keep(ctx, Written{
		Operation: permissions.Touch, Grant: f.grant(permissions.Write, p.real), Path: filepath.FromSlash(p.real), Folder: p.kind() == powers.Folder,
	}, nil)
	if err == nil {
		done(true)
	}
	return err
}

// stillMay refuses to act on an answer that was taken back since revoked was counted.
func (f *Files) stillMay(revoked int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closed:
		return powers.ErrClosed
	case f.revoked != revoked:
		return errTakenBack
	}
	return nil
}

// Commit commits every file that is still open for writing, in the order in which they were opened, and returns the
// first refusal or failure. It is for the end of a call that went well; it blocks while a person is asked.
func (f *Files) Commit(ctx context.Context) error {
	var first error
	for _, h := range f.opened() {
		w, ok := h.(*writing)
		if !ok || !w.open.Write {
			continue
		}
		if err := w.saying("saving", w.commit(ctx)); err != nil && first == nil {
			first = err
		}
	}
	return first
}
