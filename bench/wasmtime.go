package main

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/bytecodealliance/wasmtime-go/v39"
)

// wasmtimeEngine is the runtime that others use, with or without its fuel.
type wasmtimeEngine struct {
	called string
	engine *wasmtime.Engine
	fuel   bool
}

func newWasmtime(called string, fuel bool) *wasmtimeEngine {
	config := wasmtime.NewConfig()
	config.SetConsumeFuel(fuel)
	return &wasmtimeEngine{called, wasmtime.NewEngineWithConfig(config), fuel}
}

func (e *wasmtimeEngine) name() string { return e.called }

func (e *wasmtimeEngine) compile(_ context.Context, wasm []byte) (program, error) {
	module, err := wasmtime.NewModule(e.engine, wasm)
	return &wasmtimeProgram{e, module}, err
}

type wasmtimeProgram struct {
	engine *wasmtimeEngine
	module *wasmtime.Module
}

func (p *wasmtimeProgram) begin(_ context.Context, args []string) (instance, error) {
	store := wasmtime.NewStore(p.engine.engine)
	wasi := wasmtime.NewWasiConfig()
	wasi.SetArgv(args)
	store.SetWasi(wasi)
	if p.engine.fuel {
		if err := store.SetFuel(math.MaxInt64); err != nil {
			return nil, err
		}
	}
	linker := wasmtime.NewLinker(p.engine.engine)
	if err := linker.DefineWasi(); err != nil {
		return nil, err
	}
	for _, s := range stubs {
		if err := linker.FuncNew("env", s.name, s.wasmtimeType(), func(*wasmtime.Caller, []wasmtime.Val) ([]wasmtime.Val, *wasmtime.Trap) {
			if s.result {
				return []wasmtime.Val{wasmtime.ValI32(0)}, nil
			}
			return nil, nil
		}); err != nil {
			return nil, err
		}
	}
	i, err := linker.Instantiate(store, p.module)
	return &wasmtimeInstance{store, linker, i}, err
}

type wasmtimeInstance struct {
	store    *wasmtime.Store
	linker   *wasmtime.Linker
	instance *wasmtime.Instance
}

func (i *wasmtimeInstance) call(name string, args ...uint32) (uint64, error) {
	f := i.instance.GetFunc(i.store, name)
	if f == nil {
		return 0, fmt.Errorf("there is no function %s", name)
	}
	loose := make([]any, len(args))
	for n, a := range args {
		loose[n] = int32(a)
	}
	result, err := f.Call(i.store, loose...)
	var ended *wasmtime.Error
	if errors.As(err, &ended) {
		if code, is := ended.ExitStatus(); is {
			return 0, exit(code)
		}
	}
	switch r := result.(type) {
	case int32:
		return uint64(uint32(r)), err
	case int64:
		return uint64(r), err
	case float64:
		return math.Float64bits(r), err
	}
	return 0, err
}

func (i *wasmtimeInstance) write(at uint32, b []byte) error {
	memory := i.instance.GetExport(i.store, "memory").Memory().UnsafeData(i.store)
	if uint64(at)+uint64(len(b)) > uint64(len(memory)) {
		return fmt.Errorf("there is no room at %d", at)
	}
	copy(memory[at:], b)
	return nil
}

func (i *wasmtimeInstance) close() {
	i.linker.Close()
	i.store.Close()
}

func (s stub) wasmtimeType() *wasmtime.FuncType {
	number := wasmtime.NewValType(wasmtime.KindI32)
	var params, results []*wasmtime.ValType
	for range s.params {
		params = append(params, number)
	}
	if s.result {
		results = append(results, number)
	}
	return wasmtime.NewFuncType(params, results)
}
