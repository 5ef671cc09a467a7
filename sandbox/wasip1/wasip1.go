// Package wasip1 is what a WASI preview 1 guest may import: all its functions, written over powers.Files. A guest never
// meets a file of the system, a socket or an inherited descriptor.
//
// A Process is what these functions know of one call: its arguments, streams, descriptors. It comes with the context of
// the call and not with the instance, so an instance can be used again. Every pointer is checked before anything is done,
// and whatever a guest says, a function allocates no more than a small constant, a path, or what a power returned.
//
// It knows nothing of limits, workers or persons, asks nobody and keeps no object of the system: every name goes to
// powers as an absolute, cleaned path, and the answer comes back as an error number. What a guest leaves open is for the
// power's owner to end, who knows how the call went.
//
// It imports wazero for the shape of a host function and for the guest's memory, and none of its file systems.
package wasip1

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"gatehouse/powers"
)

// Name is the module that a guest imports these functions from.
const Name = "wasi_snapshot_preview1"

// Workspace is where the workspace stands for a guest, and where a guest starts that reads PWD.
const Workspace = "/workspace"

// Clock is the time that a guest sees. It may be used by many calls at once.
type Clock interface {
	// Wall is the time of day.
	Wall() time.Time
	// Monotonic is the time since a moment that stays the same.
	Monotonic() time.Duration
	// Sleep returns after d, or earlier where ctx ends.
	Sleep(ctx context.Context, d time.Duration)
}

// Options are what one call brings. All but Charge must be set, and Files is nil where the call has none.
type Options struct {
	// Args are the guest's arguments, its own name first.
	Args []string
	// Env is added to what every guest finds, PWD and HOME.
	Env            map[string]string
	Stdin          []byte
	Stdout, Stderr io.Writer
	Files          powers.Files
	Clock          Clock
	Random         io.Reader
	// Charge is told what a function does for the guest, in units of fuel, before it does it. It does not return to a guest
	// that must stop. With nil nothing is charged.
	Charge func(guest api.Module, units uint64)
}

// Process is a guest's process. It belongs to the guest's goroutine.
type Process struct {
	args, env [][]byte
	files     powers.Files
	clock     Clock
	random    io.Reader
	charge    func(api.Module, uint64)
	table     table
	// weight is what the listings of all descriptors count for.
	weight int
	// bases are where names relative to start begin, by their first segment.
	bases map[string]string

	// What belongs to the function that is under way: there is one at a time.
	ctx    context.Context
	guest  api.Module
	memory memory
	pieces [][]byte
}

// NewProcess makes the process of one call.
func NewProcess(o Options) *Process {
	p := &Process{args: terminated(o.Args), files: o.Files, clock: o.Clock, random: o.Random, charge: o.Charge, bases: map[string]string{}}
	env := environment(o.Env)
	for _, name := range slices.Sorted(maps.Keys(env)) {
		p.env = append(p.env, append([]byte(name+"="+env[name]), 0))
	}
	p.table.open = append(make([]*descriptor, 0, 8),
		&descriptor{base: inputRights, input: &input{rest: o.Stdin}},
		&descriptor{base: outputRights, output: o.Stdout},
		&descriptor{base: outputRights, output: o.Stderr},
		root(Workspace, Workspace), root("/", "/"), root(start, Workspace),
	)
	return p
}

func terminated(words []string) (list [][]byte) {
	for _, w := range words {
		list = append(list, append([]byte(w), 0))
	}
	return list
}

// environment is granted with what every guest finds: HOME, where it is not granted, and PWD, which says where a guest
// starts.
func environment(granted map[string]string) map[string]string {
	env := map[string]string{"HOME": "/"}
	maps.Copy(env, granted)
	env["PWD"] = Workspace
	return env
}

func root(name, path string) *descriptor {
	return &descriptor{kind: typeFolder, base: folderRights, inheriting: allRights, path: path, preopen: name}
}

type processKey struct{}

// In is ctx for a call of the guest whose process p is.
func (p *Process) In(ctx context.Context) context.Context {
	return context.WithValue(ctx, processKey{}, p)
}

// Instantiate gives r's guests the functions of WASI preview 1 and returns their module. It is called once a runtime.
// They work in a context that a Process is in.
func Instantiate(ctx context.Context, r wazero.Runtime) (api.Module, error) {
	b := r.NewHostModuleBuilder(Name)
	for _, f := range functions {
		b.NewFunctionBuilder().
			WithGoModuleFunction(f.host(), valueTypes(f.params), []api.ValueType{api.ValueTypeI32}).
			Export(f.name)
	}
	b.NewFunctionBuilder().
		WithGoModuleFunction(api.GoModuleFunc(exit), []api.ValueType{api.ValueTypeI32}, nil).
		Export("proc_exit")
	m, err := b.Instantiate(ctx)
	if err != nil {
		return nil, fmt.Errorf("preparing the imports of WASI preview 1: %w", err)
	}
	return m, nil
}

func valueTypes(s string) []api.ValueType {
	types := make([]api.ValueType, len(s))
	for i := range s {
		types[i] = api.ValueTypeI32
		if s[i] == 'I' {
			types[i] = api.ValueTypeI64
		}
	}
	return types
}
