package worker

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gatehouse/skill"
	"gatehouse/worker/wire"
)

const compilingTooLong = "compiling took too long"

// load sends the code and waits until it is compiled. Where the connection fails it leaves ready to live, which knows
// soon how the process ended.
func (w *process) load(t Task, cache string) {
	late := time.AfterFunc(w.pool.options.Compile, func() { w.kill(compilingTooLong) })
	defer late.Stop()
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
	}
	close(w.ready)
}

func (w *process) sendCode(t Task, cache string) (*wire.Loaded, error) {
	digest, err := hex.DecodeString(strings.TrimPrefix(string(t.Digest), "sha256:"))
	if err != nil {
		return nil, err
	}
	stream, err := wire.NewWorkerClient(w.client).Load(context.Background())
	if err != nil {
		return nil, err
	}
	begin := &wire.LoadStart{Digest: digest, Size: uint64(len(t.Wasm)), Cache: cache, Room: room(t)}
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

// cacheFolder makes the folder of one digest, for nobody else to read or write: native code lies there.
func cacheFolder(root string, d skill.Digest) (string, error) {
	if root == "" {
		return "", errors.New("opening the cache: no folder is given for it")
	}
	if _, err := skill.ParseDigest(string(d)); err != nil {
		return "", fmt.Errorf("opening the cache: %w", err)
	}
	folder, err := filepath.Abs(filepath.Join(root, strings.TrimPrefix(string(d), "sha256:")))
	if err != nil {
		return "", fmt.Errorf("opening the cache: %w", err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("opening the cache: %w", err)
	}
	if err := os.Chmod(folder, 0o700); err != nil {
		return "", fmt.Errorf("opening the cache: %w", err)
	}
	return folder, nil
}
