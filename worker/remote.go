package worker

import (
	"context"
	"errors"
	"time"

	"gatehouse/permissions"
	"gatehouse/powers"
	"gatehouse/worker/wire"
)

// errCancelled is the cause of a context that the host cancelled.
var errCancelled = errors.New("the call was cancelled")

// remote is powers.Files as a guest's adapter sees it in a worker: every method asks the host and waits. Only the
// guest's goroutine uses it.
type remote struct {
	stream  wire.Worker_CallServer
	answers chan *wire.Answer
	// changes counts what the guest changed: what was read ahead before is not what is there.
	changes int
}

// listen hands on what the host sends during a call, and cancels the call where the host says so or is gone. share is
// called with what it may use of the processor from now on.
func (r *remote) listen(ctx context.Context, cancel context.CancelCauseFunc, share func(percent uint64)) {
	for {
		m, err := r.stream.Recv()
		if err != nil {
			cancel(err)
			return
		}
		if m.GetCancel() != nil {
			cancel(errCancelled)
			return
		}
		if cpu, is := m.GetBody().(*wire.FromHost_Cpu); is {
			share(cpu.Cpu)
			continue
		}
		select {
		case r.answers <- m.GetAnswer():
		case <-ctx.Done():
			return
		}
	}
}

// ask sends one request and returns its answer, put together; or why the host did not do it.
func (r *remote) ask(ctx context.Context, ask *wire.Ask) (*wire.Answer, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := r.stream.Send(&wire.FromWorker{Body: &wire.FromWorker_Ask{Ask: ask}}); err != nil {
		return nil, err
	}
	whole := &wire.Answer{More: true}
	for whole.More {
		select {
		case a := <-r.answers:
			a.Entries = append(whole.Entries, a.Entries...)
			whole = a
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	if f := whole.GetFailure(); f != nil {
		return nil, failure(f)
	}
	return whole, nil
}

// failure is the error that the host's failed made into f.
func failure(f *wire.Failure) error {
	if f.GetKind() == wire.Failure_DENIED {
		return &permissions.DeniedError{Code: permissions.Code(f.GetCode()), Grant: f.GetGrant()}
	}
	if fault, known := faults[f.GetKind()]; known {
		return &powers.HTTPError{Fault: fault, Reason: f.GetReason()}
	}
	if err, known := failures[f.GetKind()]; known {
		return err
	}
	return powers.ErrIO
}

func (r *remote) Open(ctx context.Context, o powers.Open) (powers.File, error) {
	r.changes++ // it may cut
	a, err := r.ask(ctx, &wire.Ask{Act: &wire.Ask_Open{Open: &wire.Open{
		Path: o.Path, Read: o.Read, Write: o.Write, Append: o.Append, Create: o.Create,
		Exclusive: o.Exclusive, Truncate: o.Truncate, Folder: o.Folder, NoFollow: o.NoFollow,
	}}})
	if err != nil {
		return nil, err
	}
	return &remoteFile{remote: r, number: a.GetFile()}, nil
}

func (r *remote) Stat(ctx context.Context, path string, follow bool) (powers.Info, error) {
	a, err := r.ask(ctx, &wire.Ask{Act: &wire.Ask_Stat{Stat: &wire.Stat{Path: path, Follow: follow}}})
	return info(a, err)
}

func (r *remote) Change(ctx context.Context, c powers.Change) error {
	r.changes++
	_, err := r.ask(ctx, &wire.Ask{Act: &wire.Ask_Change{Change: &wire.Change{
		Operation: string(c.Operation), Path: c.Path, To: c.To, Size: c.Size, Times: times(c.Accessed, c.Modified),
	}}})
	return err
}

// remoteFile is a file that the host holds open under a number.
type remoteFile struct {
	remote *remote
	number uint32
	ahead  ahead
}

func (f *remoteFile) ask(ctx context.Context, ask *wire.Ask) (*wire.Answer, error) {
	ask.File = f.number
	return f.remote.ask(ctx, ask)
}

func (f *remoteFile) Info(ctx context.Context) (powers.Info, error) {
	return info(f.ask(ctx, &wire.Ask{Act: &wire.Ask_Info{Info: &wire.Nothing{}}}))
}

// ReadAt reads at most one piece; a guest asks again for the rest.
func (f *remoteFile) ReadAt(ctx context.Context, p []byte, off int64) (int, error) {
	if n := f.ahead.take(p, off, f.remote.changes); n > 0 {
		return n, nil
	}
	length := uint32(min(f.ahead.wanted(len(p), off), hostPiece))
	a, err := f.ask(ctx, &wire.Ask{Act: &wire.Ask_Read{Read: &wire.Read{Offset: off, Length: length}}})
	if err != nil {
		return 0, err
	}
	n := copy(p, a.GetData())
	f.ahead.keep(a.GetData()[n:], off+int64(n), f.remote.changes)
	return n, nil
}

// WriteAt writes at most one piece.
func (f *remoteFile) WriteAt(ctx context.Context, p []byte, off int64) (int, error) {
	f.remote.changes++
	data := p[:min(len(p), piece)]
	a, err := f.ask(ctx, &wire.Ask{Act: &wire.Ask_Write{Write: &wire.Write{Offset: off, Data: data}}})
	if err != nil {
		return 0, err
	}
	return min(int(a.GetWritten()), len(data)), nil
}

func (f *remoteFile) Truncate(ctx context.Context, size int64) error {
	f.remote.changes++
	_, err := f.ask(ctx, &wire.Ask{Act: &wire.Ask_Truncate{Truncate: size}})
	return err
}

func (f *remoteFile) Touch(ctx context.Context, accessed, modified time.Time) error {
	_, err := f.ask(ctx, &wire.Ask{Act: &wire.Ask_Touch{Touch: times(accessed, modified)}})
	return err
}

func (f *remoteFile) Sync(ctx context.Context) error {
	_, err := f.ask(ctx, &wire.Ask{Act: &wire.Ask_Sync{Sync: &wire.Nothing{}}})
	return err
}

func (f *remoteFile) List(ctx context.Context) ([]powers.Entry, error) {
	a, err := f.ask(ctx, &wire.Ask{Act: &wire.Ask_List{List: &wire.Nothing{}}})
	if err != nil {
		return nil, err
	}
	entries := make([]powers.Entry, len(a.GetEntries()))
	for i, e := range a.GetEntries() {
		entries[i] = powers.Entry{Name: string(e.GetName()), Kind: powers.Kind(e.GetKind()), Inode: e.GetInode()}
	}
	return entries, nil
}

func (f *remoteFile) Close(ctx context.Context) error {
	_, err := f.ask(ctx, &wire.Ask{Act: &wire.Ask_Close{Close: &wire.Nothing{}}})
	return err
}

func info(a *wire.Answer, err error) (powers.Info, error) {
	if err != nil {
		return powers.Info{}, err
	}
	i := a.GetInfo()
	accessed, modified := momentsOf(i.GetTimes())
	return powers.Info{
		Kind: powers.Kind(i.GetKind()), Size: i.GetSize(), Links: i.GetLinks(), Device: i.GetDevice(), Inode: i.GetInode(),
		Accessed: accessed, Modified: modified, Target: a.GetTarget(),
	}, nil
}
