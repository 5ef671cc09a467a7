package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"github.com/tetratelabs/wazero/sys"

	"gatehouse/sandbox/meter"
)

// wazeroEngine is the runtime that Gatehouse uses, in one of three ways.
type wazeroEngine struct {
	called  string
	runtime wazero.Runtime
	// metered code counts what it does; closing stops where the library looks at the context.
	metered, closing bool
}

func newWazero(ctx context.Context, called string, metered, closing bool) (*wazeroEngine, error) {
	config := wazero.NewRuntimeConfigCompiler().
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExtendedConst).
		WithCloseOnContextDone(closing).
		WithDebugInfoEnabled(false)
	e := &wazeroEngine{called: called, runtime: wazero.NewRuntimeWithConfig(ctx, config), metered: metered, closing: closing}
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, e.runtime); err != nil {
		return nil, err
	}
	env := e.runtime.NewHostModuleBuilder("env")
	for _, s := range stubs {
		var results []api.ValueType
		if s.result {
			results = []api.ValueType{api.ValueTypeI32}
		}
		env.NewFunctionBuilder().WithGoFunction(api.GoFunc(func(_ context.Context, stack []uint64) {
			if len(stack) > 0 {
				stack[0] = 0
			}
		}), slices.Repeat([]api.ValueType{api.ValueTypeI32}, s.params), results).Export(s.name)
	}
	if _, err := env.Instantiate(ctx); err != nil {
		return nil, err
	}
	return e, e.provideMeter(ctx)
}

// slice is how much fuel a guest gets at a time, as in package sandbox.
const slice = 1 << 17

type tankKey struct{}

// tank is the fuel of one instance: as in package sandbox it has a limit and ends with its context.
type tank struct {
	ctx          context.Context
	given, limit int64
	deep         bool
}

func (e *wazeroEngine) provideMeter(ctx context.Context) error {
	i64, i32 := []api.ValueType{api.ValueTypeI64}, []api.ValueType{api.ValueTypeI32}
	_, err := e.runtime.NewHostModuleBuilder(meter.Module).
		NewFunctionBuilder().WithGoFunction(api.GoFunc(func(ctx context.Context, stack []uint64) {
		t, left := ctx.Value(tankKey{}).(*tank), int64(stack[0])
		if t.ctx.Err() != nil || t.given-left > t.limit {
			panic(errors.New("the guest must stop"))
		}
		if left < 0 {
			t.given += slice - left
			stack[0] = slice
		}
	}), i64, i64).Export(meter.Refuel).
		NewFunctionBuilder().WithGoFunction(api.GoFunc(func(ctx context.Context, stack []uint64) {
		t, left := ctx.Value(tankKey{}).(*tank), int32(stack[0])
		if t.deep {
			panic(errors.New("the guest's stack is used up"))
		}
		t.deep = true
		stack[0] = uint64(uint32(left + 64<<20))
	}), i32, i32).Export(meter.Deepen).
		Instantiate(ctx)
	return err
}

func (e *wazeroEngine) name() string { return e.called }

func (e *wazeroEngine) compile(ctx context.Context, wasm []byte) (program, error) {
	if e.metered {
		rewritten, err := meter.Rewrite(wasm)
		if err != nil {
			return nil, err
		}
		wasm = rewritten
	}
	code, err := e.runtime.CompileModule(ctx, wasm)
	return &wazeroProgram{engine: e, code: code}, err
}

type wazeroProgram struct {
	engine *wazeroEngine
	code   wazero.CompiledModule
	// fuels are what metered instances used, one after the other.
	fuels []int64
}

func (p *wazeroProgram) begin(ctx context.Context, args []string) (instance, error) {
	ctx, cancel := context.WithCancel(ctx) // a context that can end is what makes the library look at it
	ctx = context.WithValue(ctx, tankKey{}, &tank{ctx: ctx, limit: math.MaxInt64 / 2})
	m, err := p.engine.runtime.InstantiateModule(ctx, p.code, wazero.NewModuleConfig().WithName("").WithStartFunctions().
		WithArgs(args...)) // with a clock and a randomness that are the same every time
	if err != nil {
		cancel()
		return nil, err
	}
	return &wazeroInstance{p, ctx, cancel, m}, nil
}

type wazeroInstance struct {
	program *wazeroProgram
	ctx     context.Context
	cancel  func()
	module  api.Module
}

func (i *wazeroInstance) call(name string, args ...uint32) (uint64, error) {
	wide := make([]uint64, len(args))
	for n, a := range args {
		wide[n] = uint64(a)
	}
	results, err := i.module.ExportedFunction(name).Call(i.ctx, wide...)
	var ended *sys.ExitError
	if errors.As(err, &ended) {
		return 0, exit(ended.ExitCode())
	}
	if err != nil || len(results) == 0 {
		return 0, err
	}
	return results[0], nil
}

func (i *wazeroInstance) write(at uint32, b []byte) error {
	if !i.module.Memory().Write(at, b) {
		return fmt.Errorf("there is no room at %d", at)
	}
	return nil
}

func (i *wazeroInstance) close() {
	if g := i.module.ExportedGlobal(meter.Fuel); g != nil {
		i.program.fuels = append(i.program.fuels, i.ctx.Value(tankKey{}).(*tank).given-int64(g.Get()))
	}
	i.module.Close(i.ctx)
	i.cancel()
}
