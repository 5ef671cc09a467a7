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
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"gatehouse/sandbox/gatehouse"
	"gatehouse/sandbox/meter"
)

// Options says how a Runtime works. The zero Options is fine.
type Options struct {
	// Cache is a folder for compiled code, made where it is missing. Whatever lies in it is run: only this Runtime may
	// write there while it is open, and what was there before must be what another one left. Where it is empty or cannot
	// be used, compiled code stays in memory alone.
	Cache string
}

// Runtime makes guests ready to run. It may be used by many goroutines at once.
type Runtime struct {
	options Options
	clock   machine
	rooms   rooms

	mu sync.Mutex
	// engines are made when they are needed first.
	engines [engineKinds]*engine

	// keeping is held by whoever looks at what the library does in the cache.
	keeping sync.Mutex
}

// New makes a Runtime; Close gives it back.
func New(ctx context.Context, o Options) (*Runtime, error) {
	r := &Runtime{options: o, clock: machine{since: time.Now()}}
	kind := compiling
	if o.Cache == "" {
		kind = forgetting
	}
	_, err := r.engine(ctx, kind)
	if err != nil && kind == compiling { // a cache that cannot be used
		_, err = r.engine(ctx, forgetting)
	}
	if err != nil {
		return nil, errors.Join(err, r.Close(ctx))
	}
	return r, nil
}

// Close ends the runtime and every module of it. No call may be under way.
func (r *Runtime) Close(ctx context.Context) (err error) {
	defer r.rooms.close()
	for _, e := range r.engines {
		if e != nil {
			err = errors.Join(err, e.close(ctx))
		}
	}
	return err
}

// Module is one guest's code, ready to run. Its calls may run at once.
type Module struct {
	runtime *Runtime
	engine  *engine
	code    wazero.CompiledModule
	share   share
	// slow is why it is interpreted.
	slow string
}

// Interpreted says why the module is interpreted, which is ten times slower or more; empty where it is compiled. Reason
// is a sentence about "it".
func (m *Module) Interpreted() (reason string) { return m.slow }

// The most that is interpreted where it is too hard to compile: bytes of code, and locals of all functions together.
const (
	mostInterpreted       = 1 << 20
	mostInterpretedLocals = 1 << 20
)

// Compile checks the binary of a command skill and makes it ready to run. It returns an *InvalidError for what is not
// one. What would take the compiler too long is interpreted where it is small, else refused. What is left takes seconds;
// Compile does not notice ctx meanwhile, and only ending the process stops it.
func (r *Runtime) Compile(ctx context.Context, wasm []byte) (m *Module, err error) {
	if err := checkHeader(wasm); err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p != nil {
			m, err = nil, invalid("the compiler failed on it: %v", p)
		}
	}()
	m = &Module{runtime: r}
	if r.recall(ctx, m, wasm) {
		return m.checked(ctx)
	}
	metered, err := meter.Rewrite(wasm)
	var heavy *meter.HeavyError
	switch {
	case err == nil:
		err = r.compile(ctx, m, wasm, metered)
	case !errors.As(err, &heavy):
		return nil, invalid("%v", err)
	case len(wasm) > mostInterpreted || heavy.Locals > mostInterpretedLocals:
		return nil, invalid("it would take too long to compile (%s), and it is too large to be interpreted", heavy.Reason)
	default:
		m.slow = heavy.Reason
		err = r.ready(ctx, m, interpreting, metered)
	}
	if err != nil {
		return nil, err
	}
	return m.checked(ctx)
}

// checked returns m where it is a command's code, else closes it.
func (m *Module) checked(ctx context.Context) (*Module, error) {
	if err := m.engine.checkCommand(m.code); err != nil {
		return nil, errors.Join(err, m.code.Close(ctx))
	}
	return m, nil
}

// compile compiles, once more without the cache where that gave trouble: a full disk is no reason not to run.
func (r *Runtime) compile(ctx context.Context, m *Module, wasm, metered []byte) error {
	if r.engines[compiling] == nil {
		return r.ready(ctx, m, forgetting, metered)
	}
	err := r.compileAndKeep(ctx, m, wasm, metered)
	var file *fs.PathError
	var link *os.LinkError
	if errors.As(err, &file) || errors.As(err, &link) || err != nil && strings.Contains(err.Error(), "compilationcache:") {
		return r.ready(ctx, m, forgetting, metered)
	}
	return err
}

func (r *Runtime) ready(ctx context.Context, m *Module, kind engineKind, metered []byte) (err error) {
	if m.engine, err = r.engine(ctx, kind); err != nil {
		return err
	}
	if m.code, err = m.engine.wazero.CompileModule(ctx, metered); err != nil {
		return &InvalidError{Reason: fmt.Sprintf("it is damaged or cut off: %v", err), cause: err}
	}
	return nil
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
func (e *engine) checkCommand(code wazero.CompiledModule) error {
	for _, want := range code.ImportedFunctions() {
		module, name, _ := want.Import()
		if module == meter.Module { // which no guest may import by itself
			continue
		}
		have, found := e.imports[module][name]
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

// makesRoom says whether a module exports what results are returned through, as a function of its own.
func makesRoom(code wazero.CompiledModule) bool {
	realloc, found := code.ExportedFunctions()[gatehouse.Realloc]
	if !found {
		return false
	}
	_, _, imported := realloc.Import() // one of the host's, which would be called for no guest
	i32 := api.ValueTypeI32
	return !imported && len(code.ExportedMemories()) > 0 &&
		bytes.Equal(realloc.ParamTypes(), []byte{i32, i32, i32, i32}) && bytes.Equal(realloc.ResultTypes(), []byte{i32})
}

func sameSignature(a, b api.FunctionDefinition) bool {
	return bytes.Equal(a.ParamTypes(), b.ParamTypes()) && bytes.Equal(a.ResultTypes(), b.ResultTypes())
}
