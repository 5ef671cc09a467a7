package worker

import (
	"context"
	"encoding/hex"
	"time"

	"gatehouse/worker/wire"
)

const (
	compilingTooLong = "compiling took too long"
	// lastPiece is how much of the code is held back until it may be read.
	lastPiece = 4 << 10
)

// load sends the code and waits until it is ready. Where the connection fails it leaves ready to live, which knows
// soon how the process ended.
//
// The last piece of the code is sent when all that is kept of it was lent, and where that is nothing, when it is the
// worker's turn to compile: before that nobody there has read any of it.
//
// What the compiler left in its folder is taken before any call may begin: until then no guest has run there. After that
// the worker has no folder any more.
func (w *process) load(t Task, cache string, lent <-chan int, exited <-chan struct{}) {
	late := time.AfterFunc(w.pool.options.Compile, func() { w.kill(compilingTooLong) })
	defer late.Stop()
	last := t.Wasm[len(t.Wasm)-min(len(t.Wasm), lastPiece):]
	stream, err := w.sendCode(t, cache, len(t.Wasm)-len(last))
	if err != nil {
		w.broken(err)
		return
	}
	if <-lent == 0 {
		late.Stop()
		if !w.queue(exited) {
			return
		}
		late.Reset(w.pool.options.Compile)
	}
	defer w.watchFolder(cache)()
	answer, err := compiled(stream, last)
	if err != nil {
		w.broken(err)
		return
	}
	if answer.GetInvalid() != "" {
		w.failed = &InvalidError{Reason: short(answer.GetInvalid()), Unsupported: answer.GetUnsupported()}
		w.pool.mu.Lock()
		w.pool.end(w, "its code cannot run")
		w.pool.mu.Unlock()
	} else {
		w.interpreted = short(answer.GetInterpreted())
		w.pool.cache.take(t.Digest, cache)
	}
	w.returnFolder()
	w.leaveQueue()
	close(w.ready)
}

// sendCode sends the first bytes of the code.
func (w *process) sendCode(t Task, cache string, most int) (wire.Worker_LoadClient, error) {
	digest, err := hex.DecodeString(hexOf(t.Digest))
	if err != nil {
		return nil, err
	}
	stream, err := wire.NewWorkerClient(w.client).Load(context.Background())
	if err != nil {
		return nil, err
	}
	begin := &wire.LoadStart{Digest: digest, Size: uint64(len(t.Wasm)), Cache: cache, Room: w.room}
	if err := stream.Send(&wire.LoadPiece{Body: &wire.LoadPiece_Start{Start: begin}}); err != nil {
		return nil, err
	}
	for code := t.Wasm[:most]; len(code) > 0; code = code[min(hostPiece, len(code)):] {
		next := code[:min(hostPiece, len(code))]
		if err := stream.Send(&wire.LoadPiece{Body: &wire.LoadPiece_Code{Code: next}}); err != nil {
			return nil, err
		}
	}
	return stream, nil
}

// compiled sends the last bytes of the code, and returns what the worker made of it.
func compiled(stream wire.Worker_LoadClient, last []byte) (*wire.Loaded, error) {
	if err := stream.Send(&wire.LoadPiece{Body: &wire.LoadPiece_Code{Code: last}}); err != nil {
		return nil, err
	}
	return stream.CloseAndRecv()
}

// room is how much data a worker may take: every call's memory twice, since growing copies it, and for compiling more
// than honest code was seen to need, 350 MB for 26 MB of it.
func room(t Task) uint64 {
	const compiling = 768 << 20
	return 2*t.Limits.Concurrency*uint64(t.Limits.Memory) + compiling + 32*uint64(len(t.Wasm))
}
