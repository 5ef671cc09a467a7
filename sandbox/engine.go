package sandbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"gatehouse/sandbox/gatehouse"
	"gatehouse/sandbox/wasip1"
)

// features are what a guest's code may use of WebAssembly.
const features = api.CoreFeaturesV2 | experimental.CoreFeaturesExtendedConst

// engineKind is one way to run code.
type engineKind int

const (
	compiling    engineKind = iota // and keeping what comes out in the cache
	forgetting                     // compiling, and keeping nothing
	interpreting                   // what is too hard to compile
	engineKinds
)

// engine runs code in one way, and has what guests may import.
type engine struct {
	wazero  wazero.Runtime
	cache   wazero.CompilationCache
	imports map[string]map[string]api.FunctionDefinition
}

// engine returns the one engine of its kind.
func (r *Runtime) engine(ctx context.Context, kind engineKind) (*engine, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.engines[kind] == nil {
		e, err := newEngine(ctx, kind, r.options.Cache)
		if err != nil {
			return nil, err
		}
		r.engines[kind] = e
	}
	return r.engines[kind], nil
}

func newEngine(ctx context.Context, kind engineKind, folder string) (*engine, error) {
	e := &engine{cache: wazero.NewCompilationCache()}
	config := wazero.NewRuntimeConfig()
	switch kind {
	case compiling:
		var err error
		if e.cache, err = wazero.NewCompilationCacheWithDir(folder); err != nil {
			return nil, fmt.Errorf("opening the cache of compiled code: %w", err)
		}
	case interpreting:
		config = wazero.NewRuntimeConfigInterpreter()
	}
	// Debug sections are a stranger's bytes for one more parser, and nobody here reads its stack traces.
	e.wazero = wazero.NewRuntimeWithConfig(ctx, config.
		WithCoreFeatures(features).
		WithCompilationCache(e.cache).
		WithDebugInfoEnabled(false))
	if err := e.provide(ctx); err != nil {
		return nil, errors.Join(err, e.close(ctx))
	}
	return e, nil
}

// provide makes what guests may import, by module and name.
func (e *engine) provide(ctx context.Context) error {
	wasi, err := wasip1.Instantiate(ctx, e.wazero)
	if err != nil {
		return err
	}
	own, err := gatehouse.Instantiate(ctx, e.wazero)
	if err != nil {
		return err
	}
	e.imports = map[string]map[string]api.FunctionDefinition{
		wasip1.Name: wasi.ExportedFunctionDefinitions(), gatehouse.HTTPModule: own.ExportedFunctionDefinitions(),
	}
	return provideMeter(ctx, e.wazero)
}

func (e *engine) close(ctx context.Context) error {
	return errors.Join(e.wazero.Close(ctx), e.cache.Close(ctx))
}
