package sandbox

import (
	"context"
	"time"

	"gatehouse/powers"
)

// priceRequest is what asking a power costs in fuel, whatever the power does: its way to the host and back.
const priceRequest = 2000

// wait is deferred around every power: `defer r.wait()()`. But for the beginning of that, the guest's time stands still
// until the power returns; a panic of the power is remembered as ours; and a call that ended meanwhile is unwound at once,
// since the guest would notice only at its next loop.
func (r *run) wait() (done func()) {
	r.pay(r.fuelOf, priceRequest)
	r.watch.wait()
	r.requests++
	return func() {
		p := recover()
		r.watch.goOn()
		if p != nil {
			r.fault = p
			panic(p)
		}
		if r.inGuest && r.ctx.Err() != nil {
			panic(errStopped)
		}
	}
}

// waitingFiles is powers.Files with wait around every method.
type waitingFiles struct {
	run   *run
	files powers.Files
}

func (w *waitingFiles) Open(ctx context.Context, o powers.Open) (powers.File, error) {
	defer w.run.wait()()
	f, err := w.files.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	return &waitingFile{run: w.run, file: f}, nil
}

func (w *waitingFiles) Stat(ctx context.Context, path string, follow bool) (powers.Info, error) {
	defer w.run.wait()()
	return w.files.Stat(ctx, path, follow)
}

func (w *waitingFiles) Change(ctx context.Context, c powers.Change) error {
	defer w.run.wait()()
	return w.files.Change(ctx, c)
}

// waitingFile is powers.File with wait around every method.
type waitingFile struct {
	run  *run
	file powers.File
}

func (w *waitingFile) Info(ctx context.Context) (powers.Info, error) {
	defer w.run.wait()()
	return w.file.Info(ctx)
}

func (w *waitingFile) ReadAt(ctx context.Context, p []byte, off int64) (int, error) {
	defer w.run.wait()()
	return w.file.ReadAt(ctx, p, off)
}

func (w *waitingFile) WriteAt(ctx context.Context, p []byte, off int64) (int, error) {
	defer w.run.wait()()
	return w.file.WriteAt(ctx, p, off)
}

func (w *waitingFile) Truncate(ctx context.Context, size int64) error {
	defer w.run.wait()()
	return w.file.Truncate(ctx, size)
}

func (w *waitingFile) Touch(ctx context.Context, accessed, modified time.Time) error {
	defer w.run.wait()()
	return w.file.Touch(ctx, accessed, modified)
}

func (w *waitingFile) Sync(ctx context.Context) error {
	defer w.run.wait()()
	return w.file.Sync(ctx)
}

func (w *waitingFile) List(ctx context.Context) ([]powers.Entry, error) {
	defer w.run.wait()()
	return w.file.List(ctx)
}

func (w *waitingFile) Close(ctx context.Context) error {
	defer w.run.wait()()
	return w.file.Close(ctx)
}

// waitingHTTP is http with wait around every method; nil where there is none.
func (r *run) waitingHTTP(http powers.HTTP) powers.HTTP {
	if http == nil {
		return nil
	}
	return &waitingHTTP{run: r, http: http}
}

type waitingHTTP struct {
	run  *run
	http powers.HTTP
}

func (w *waitingHTTP) Begin(ctx context.Context, q powers.Request) (powers.Exchange, error) {
	defer w.run.wait()()
	e, err := w.http.Begin(ctx, q)
	if err != nil {
		return nil, err
	}
	return &waitingExchange{run: w.run, exchange: e}, nil
}

// waitingExchange is powers.Exchange with wait around every method.
type waitingExchange struct {
	run      *run
	exchange powers.Exchange
}

func (w *waitingExchange) Write(ctx context.Context, p []byte) (int, error) {
	defer w.run.wait()()
	return w.exchange.Write(ctx, p)
}

func (w *waitingExchange) Response(ctx context.Context) (powers.Response, error) {
	defer w.run.wait()()
	return w.exchange.Response(ctx)
}

func (w *waitingExchange) Read(ctx context.Context, p []byte) (int, error) {
	defer w.run.wait()()
	return w.exchange.Read(ctx, p)
}

func (w *waitingExchange) Close(ctx context.Context) error {
	defer w.run.wait()()
	return w.exchange.Close(ctx)
}
