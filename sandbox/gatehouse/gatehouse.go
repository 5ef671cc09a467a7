// Package gatehouse is what a guest may import of Gatehouse's own: the interfaces of wit/skill.wit, lowered to core
// functions as the Component Model's canonical ABI says, so that a core module of WASI preview 1 can import them too.
// Results that do not fit into a register are put where the guest's own cabi_realloc says.
//
// It knows nothing of limits, time or workers and asks nobody: it reads the guest's arguments, which are hostile, calls a
// power, and writes down what the power returned.
package gatehouse

import (
	"context"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"gatehouse/powers"
)

// HTTPModule is what a guest imports requests from.
const HTTPModule = "gatehouse:skill/http@0.1.0"

// Realloc is the function by which a guest makes room for a result. A guest that imports anything from here exports it,
// and its memory.
const Realloc = "cabi_realloc"

// Instantiate gives r's guests the functions of HTTPModule and returns their module. It is called once a runtime.
func Instantiate(ctx context.Context, r wazero.Runtime) (api.Module, error) {
	b := r.NewHostModuleBuilder(HTTPModule)
	for _, f := range httpFunctions {
		b.NewFunctionBuilder().WithGoModuleFunction(f.do, f.parameters, nil).Export(f.name)
	}
	m, err := b.Instantiate(ctx)
	if err != nil {
		return nil, fmt.Errorf("preparing the imports of Gatehouse: %w", err)
	}
	return m, nil
}

// With returns the context of one call, whose guest has these powers. A nil power refuses. charge is told what a function
// does for the guest, in units of fuel, before it does it, and does not return to a guest that must stop.
func With(ctx context.Context, http powers.HTTP, charge func(guest api.Module, units uint64)) context.Context {
	return context.WithValue(ctx, callKey{}, &call{http: http, charge: charge, exchanges: map[uint32]powers.Exchange{}})
}

type callKey struct{}

// call is what one call holds. It belongs to the guest's goroutine.
type call struct {
	http      powers.HTTP
	charge    func(api.Module, uint64)
	exchanges map[uint32]powers.Exchange
	// last is the number given last: no number is used twice.
	last uint32
	// allocating is true while the guest makes room for a result, when it may call nothing here.
	allocating bool
}
