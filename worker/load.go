package worker

import (
	"context"
	"encoding/hex"
	"time"

	"gatehouse/worker/wire"
)

const compilingTooLong = "compiling took too long"

// load sends the code and waits until it is compiled. Where the connection fails it leaves ready to live, which knows
// soon how the process ended.
//
// What the compiler left in its folder is taken before any call may begin: until then no guest has run there. After that
// the worker has no folder any more.
func (w *process) load(t Task, cache string) {
	late := time.AfterFunc(w.pool.options.Compile, func() { w.kill(compilingTooLong) })
	defer late.Stop()
	defer w.watchFolder(cache)()
	answer, err := w.sendCode(t, cache)
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

func (w *process) sendCode(t Task, cache string) (*wire.Loaded, error) {
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
	for code := t.Wasm; len(code) > 0; code = code[min(hostPiece, len(code)):] {
		next := code[:min(hostPiece, len(code))]
		if err := stream.Send(&wire.LoadPiece{Body: &wire.LoadPiece_Code{Code: next}}); err != nil {
			return nil, err
		}
	}
	return stream.CloseAndRecv()
}

// room is how much data a worker may take: every call's memory twice, since growing copies it, and for compiling more
// than honest code was seen to need, 350 MB for 26 MB of it.
func room(t Task) uint64 {
	const compiling = 768 << 20
	return 2*t.Limits.Concurrency*uint64(t.Limits.Memory) + compiling + 32*uint64(len(t.Wasm))
}
