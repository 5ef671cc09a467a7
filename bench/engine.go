package main

import (
	"context"
	"fmt"
)

// engine compiles guests. Every engine of a table runs the same code.
type engine interface {
	name() string
	compile(ctx context.Context, wasm []byte) (program, error)
}

// program is a guest's code, compiled.
type program interface {
	// begin makes a fresh instance. A command's _start is not run yet, and neither is _initialize.
	begin(ctx context.Context, args []string) (instance, error)
}

// instance is a running guest.
type instance interface {
	// call calls an exported function with numbers of 32 bits; the result is 0 where it has none.
	call(name string, args ...uint32) (uint64, error)
	// write puts bytes into the guest's memory.
	write(at uint32, b []byte) error
	close()
}

// exit is the error of a guest that ended itself.
type exit int

func (e exit) Error() string { return fmt.Sprintf("the guest exited with %d", int(e)) }

// stub is a function of the host.
type stub struct {
	name   string
	params int
	result bool
}

// stubs are what QuickJS imports beside WASI, with the number of parameters and whether it wants a result. Nothing that
// is run here calls any of them but the interrupt, which says that it may go on.
var stubs = []stub{
	{"host_get_timezone_offset", 2, true}, {"host_interrupt", 0, true}, {"host_promise_rejection", 3, false},
	{"host_module_normalize", 2, true}, {"host_module_load", 2, true}, {"host_call", 5, true},
}
