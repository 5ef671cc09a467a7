// Package sandbox runs guests: it compiles a command skill's code, runs a fresh instance of it for every call, and
// ends the call that goes past its memory, time or output. It runs inside a worker process and knows nothing of
// workers, hosts, manifests or persons; what a guest may reach is the powers.Set of its call.
//
// It keeps wazero, a WebAssembly runtime in pure Go: no cgo, one static binary, and host functions that are plain Go
// calls, so that a power can wait for a person.
package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"gatehouse/sandbox/gatehouse"
	"gatehouse/sandbox/meter"
	"gatehouse/sandbox/wasip1"
)

// Options says how a Runtime works. The zero Options is fine.
type Options struct {
	// Cache is a folder for compiled code, made where it is missing; only this process and its equals may write
	// there, for what lies in it is run. Empty keeps compiled code in memory alone.
	Cache string
}

// Runtime compiles guests. It may be used by many goroutines at once.
type Runtime struct {
	wazero wazero.Runtime
	cache  wazero.CompilationCache
	// imports are what is provided, by module and name.
	imports map[string]map[string]api.FunctionDefinition
	clock   machine
	rooms   rooms
}

// New makes a Runtime; Close gives it back.
func New(ctx context.Context, o Options) (*Runtime, error) {
	cache := wazero.NewCompilationCache()
	if o.Cache != "" {
		var err error
		if cache, err = wazero.NewCompilationCacheWithDir(o.Cache); err != nil {
			return nil, fmt.Errorf("opening the cache of compiled code: %w", err)
		}
	}
	// Debug sections are a stranger's bytes for one more parser, and nobody here reads its stack traces.
	config := wazero.NewRuntimeConfig().
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExtendedConst).
		WithCompilationCache(cache).
		WithDebugInfoEnabled(false)
	r := &Runtime{wazero: wazero.NewRuntimeWithConfig(ctx, config), cache: cache, clock: machine{since: time.Now()}}
	wasi, err := wasip1.Instantiate(ctx, r.wazero)
	if err != nil {
		return nil, errors.Join(err, r.Close(ctx))
	}
	own, err := gatehouse.Instantiate(ctx, r.wazero)
	if err == nil {
		err = provideMeter(ctx, r.wazero)
	}
	if err != nil {
		return nil, errors.Join(err, r.Close(ctx))
	}
	r.imports = map[string]map[string]api.FunctionDefinition{
		wasip1.Name: wasi.ExportedFunctionDefinitions(), gatehouse.HTTPModule: own.ExportedFunctionDefinitions(),
	}
	return r, nil
}

// Close ends the runtime and every module of it. No call may be under way.
func (r *Runtime) Close(ctx context.Context) error {
	defer r.rooms.close()
	return errors.Join(r.wazero.Close(ctx), r.cache.Close(ctx))
}

// Module is one guest's code, compiled. Its calls may run at once.
type Module struct {
	runtime *Runtime
	code    wazero.CompiledModule
}

// Compile checks and compiles the binary of a command skill. It returns an *InvalidError for what is not one. It may
// take very long and much memory on hostile code and does not notice ctx: only ending the process stops it.
func (r *Runtime) Compile(ctx context.Context, wasm []byte) (m *Module, err error) {
	if err := checkHeader(wasm); err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p != nil {
			m, err = nil, invalid("the compiler failed on it: %v", p)
		}
	}()
	metered, err := meter.Rewrite(wasm)
	if err != nil {
		return nil, invalid("%v", err)
	}
	code, err := r.wazero.CompileModule(ctx, metered)
	if err != nil {
		return nil, invalid("it is damaged or cut off: %v", err)
	}
	if err := r.checkCommand(code); err != nil {
		return nil, errors.Join(err, code.Close(ctx))
	}
	return &Module{runtime: r, code: code}, nil
}

// Close frees the compiled code. No call may be under way.
func (m *Module) Close(ctx context.Context) error { return m.code.Close(ctx) }

// checkHeader tells a module from a component and from everything else.
func checkHeader(wasm []byte) error {
	switch {
	case !bytes.HasPrefix(wasm, []byte("\x00asm")):
		return invalid("it is not WebAssembly")
	case len(wasm) < 8:
		return invalid("it is cut off after %d bytes", len(wasm))
	case bytes.Equal(wasm[4:8], []byte{0x0d, 0, 1, 0}):
		return &InvalidError{Reason: "it is a component; only core modules of WASI preview 1 can run yet", Unsupported: true}
	}
	return nil
}

// checkCommand refuses what could not run: a module without a start, or with an import that nothing here provides.
func (r *Runtime) checkCommand(code wazero.CompiledModule) error {
	for _, want := range code.ImportedFunctions() {
		module, name, _ := want.Import()
		if module == meter.Module { // which no guest may import by itself
			continue
		}
		have, found := r.imports[module][name]
		switch {
		case !found:
			return invalid("it imports %q from %q, which is not provided", name, module)
		case !sameSignature(want, have):
			return invalid("it imports %q from %q with other parameters or results", name, module)
		case module == gatehouse.HTTPModule && !makesRoom(code):
			return invalid("it imports %q and exports no %s, by which it makes room for results, or no memory", module, gatehouse.Realloc)
		}
	}
	for _, memory := range code.ImportedMemories() {
		module, name, _ := memory.Import()
		return invalid("it imports the memory %q from %q, which is not provided", name, module)
	}
	start, found := code.ExportedFunctions()["_start"]
	if !found || len(start.ParamTypes())+len(start.ResultTypes()) != 0 {
		return invalid("it has no function _start, so it is no command")
	}
	return nil
}

// makesRoom says whether a module exports what results are returned through.
func makesRoom(code wazero.CompiledModule) bool {
	realloc, found := code.ExportedFunctions()[gatehouse.Realloc]
	i32 := api.ValueTypeI32
	return found && len(code.ExportedMemories()) > 0 &&
		bytes.Equal(realloc.ParamTypes(), []byte{i32, i32, i32, i32}) && bytes.Equal(realloc.ResultTypes(), []byte{i32})
}

func sameSignature(a, b api.FunctionDefinition) bool {
	return bytes.Equal(a.ParamTypes(), b.ParamTypes()) && bytes.Equal(a.ResultTypes(), b.ResultTypes())
}
