// Package meter rewrites a guest's code so that it counts what it does and stops at every point where it must: it adds
// fuel, a bound on the depth of calls and a bound on tables to a WebAssembly module that has none of them. It runs
// nothing and knows nothing of the runtime, of calls or of limits; package sandbox gives the functions that the
// rewritten module imports.
//
// # What is added
//
// Every instruction costs one unit of fuel, bulk operations a unit for eight bytes, and it is paid when a basic block
// begins. What is left is kept in a local, and in a global over calls. Where it has run out, at the head of a loop or
// at the beginning of a function that calls others, the guest calls [Refuel], which gives more or does not return. So
// no loop, no tree of calls and no long operation runs on for more than the slice that Refuel gave, fuel is the same
// in every run with the same input, and while Refuel runs the collector of the process may run too.
//
// A function that calls others takes its frame from a second global and gives it back at its end; where that is used
// up it calls [Deepen]. A frame is counted as the bytes that the compiler is expected to take for it (see frame): the
// values that leave their registers, each of which it gives a place of its own.
//
// Three things that a runtime's limit on memory does not see are bounded here: tables have at most [MostElements]
// elements together; ref.func, which costs the runtime memory each time it is executed, becomes a look at a table; and
// filling and copying happen in pieces.
//
// # What stays
//
// A module that is not valid does not become valid: whatever could name something that was added here is checked
// against what was there before, and the rest is left to the runtime's own validation of the rewritten module. A valid
// module does what it did. Custom sections are left out.
//
// Numbers of sections and instructions are those of the WebAssembly 2.0 specification, chapter 5.
package meter

import "fmt"

// The functions that a rewritten module imports from Module, after all other imports.
const (
	Module = "gatehouse:meter"
	// Refuel is called with what is left of the fuel, an i64, and returns what there is from now on. It is called with
	// more than nothing left in the middle of a long operation. Where the guest must stop it does not return.
	Refuel = "refuel"
	// Deepen is called with what is left of the stack, an i32 below 0, and returns what there is from now on, or does
	// not return. The first call that needs a frame calls it, for a module begins with nothing.
	Deepen = "deepen"
)

// Fuel is the name under which a rewritten module exports the i64 global with the fuel that is left. It is exact
// whenever an imported function runs, which may take of it, and when a function called from outside has returned.
const Fuel = "gatehouse:fuel"

// MostElements is how many elements all tables of a module may have together: 8 MiB of memory on a machine of 64 bits.
const MostElements = 1 << 20

// Bounds on what is rewritten at all.
const (
	longestBody   = 4 << 20 // bytes
	mostLocals    = 20_000
	deepestBlocks = 10_000
	mostTypes     = 10_000  // and imports
	widestType    = 1_000   // parameters, and results
	mostGlobals   = 100_000 // and exports
	mostFunctions = 200_000
)

// Rewrite returns the module with a meter in it. The error is a sentence about "it": the module is damaged, or it uses
// what cannot be metered; only a *HeavyError comes with a module. Code that is invalid in other ways is returned
// rewritten and invalid.
func Rewrite(wasm []byte) ([]byte, error) {
	m, err := parse(wasm)
	if err != nil {
		return nil, err
	}
	if err := m.rewriteCode(); err != nil {
		return nil, err
	}
	return m.encode(), m.total.err()
}

func inFunction(i int, err error) error { return fmt.Errorf("in its function %d: %w", i, err) }
