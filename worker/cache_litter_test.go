//go:build unix

package worker_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gatehouse/internal/guesttest"
	"gatehouse/powers"
	"gatehouse/skill"
	"gatehouse/worker"
	"gatehouse/worker/wire"
)

func init() { hostiles["litters"] = raw(func(c net.Conn) error { return serveOn(c, litterer{}) }) }

func init() { hostiles["fills"] = raw(func(c net.Conn) error { return serveOn(c, filler{}) }) }

// filler stands for code that has taken over its compiler and goes on writing, a file after the other.
type filler struct{ litterer }

func (filler) Load(_ context.Context, s wire.Worker_LoadServer) (*wire.Loaded, error) {
	first, err := s.Recv()
	if err != nil {
		return nil, err
	}
	for n := 0; ; n++ {
		name := filepath.Join(first.GetStart().GetCache(), fmt.Sprint(n))
		if err := errors.Join(os.WriteFile(name, nil, 0o600), os.Truncate(name, 64<<20)); err != nil {
			return nil, err
		}
		time.Sleep(time.Millisecond)
	}
}

// A folder that fills up is noticed long before the time for compiling is over.
func TestACompilerThatFillsItsFolder(t *testing.T) {
	p := pool(t, func(o *worker.Options) { o.Cache = filepath.Join(t.TempDir(), "cache") }, "hostile", "fills")
	_, err := p.Run(t.Context(), task(guesttest.Module{}.Bytes(), guesttest.Order{}), powers.Set{})
	if !errors.Is(err, worker.ErrCrashed) || !strings.Contains(err.Error(), "it filled its folder") {
		t.Errorf("Run() = %v; want that its worker is ended", err)
	}
}

// litterer stands for code that has taken over its compiler: it leaves in its folder what the host must not keep.
type litterer struct{}

func (litterer) Load(_ context.Context, s wire.Worker_LoadServer) (*wire.Loaded, error) {
	first, err := s.Recv()
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(first.GetStart().GetCache(), "wazero-v1")
	other := filepath.Join(first.GetStart().GetCache(), "../..")
	name := func(n int) string { return filepath.Join(folder, fmt.Sprintf("%064x", n)) }
	_ = os.Mkdir(folder, 0o700)
	_ = os.Symlink("/etc/passwd", name(1))
	_ = unix.Mkfifo(name(2), 0o600)
	_ = os.Mkdir(name(3), 0o700)
	_ = os.WriteFile(name(4), nil, 0o600)
	_ = os.Truncate(name(4), 300<<20)
	_ = os.WriteFile(filepath.Join(folder, "0.tmp"), []byte("x"), 0o600)
	_ = os.WriteFile(filepath.Join(first.GetStart().GetCache(), "beside"), []byte("x"), 0o600)
	_ = os.Symlink(other, filepath.Join(first.GetStart().GetCache(), "wazero-v2"))
	for n := range 300 {
		_ = os.WriteFile(name(100+n), []byte("code"), 0o600)
	}
	for {
		if _, err := s.Recv(); err != nil {
			return &wire.Loaded{}, nil
		}
	}
}

func (litterer) Call(_ context.Context, s wire.Worker_CallServer) error {
	if _, err := s.Recv(); err != nil {
		return err
	}
	return finish(s, &wire.End{Outcome: wire.End_FINE})
}

func TestWhatAHostileCompilerLeaves(t *testing.T) {
	root := filepath.Join(t.TempDir(), "cache")
	p := pool(t, func(o *worker.Options) { o.Cache = root }, "hostile", "litters")
	wasm := guesttest.Module{}.Bytes()
	if _, err := p.Run(t.Context(), task(wasm, guesttest.Order{}), powers.Set{}); err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadDir(filepath.Join(root, strings.TrimPrefix(string(skill.DigestOf(wasm)), "sha256:")))
	if err != nil || len(kept) > 64 || len(kept) == 0 {
		t.Errorf("%d entries are kept, %v; want some, and at most 64", len(kept), err)
	}
	for _, e := range kept {
		if info, err := e.Info(); err != nil || !info.Mode().IsRegular() || info.Size() > 200 {
			t.Errorf("%s is kept: %v, %v; want only files that it wrote", e.Name(), info, err)
		}
	}
	if state := p.Cache(); state.Dropped < 100 {
		t.Errorf("the cache says %+v; want what was refused counted", state)
	}
}
