package sandbox

import (
	"context"
	"math"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"gatehouse/sandbox/meter"
)

// slice is how much fuel a guest gets at a time: so much runs in well under a millisecond, and so soon a guest stops
// whose call has ended. While it comes for more, Go's collector may run.
const slice = 1 << 17

// tank is the fuel and the stack of one call. It belongs to the guest's goroutine.
type tank struct {
	limit uint64
	// given is how much the guest got so far.
	given uint64
	// used is how much it had used when it was stopped for that.
	used  uint64
	stack uint64
	// deep is true once the guest has its stack, over once it wanted more than that.
	deep, over bool
}

type runKey struct{}

// provideMeter gives rewritten modules what they import. The run is in the context of the call.
func provideMeter(ctx context.Context, r wazero.Runtime) error {
	_, err := r.NewHostModuleBuilder(meter.Module).
		NewFunctionBuilder().WithGoFunction(api.GoFunc(refuel), []api.ValueType{api.ValueTypeI64}, []api.ValueType{api.ValueTypeI64}).
		Export(meter.Refuel).
		NewFunctionBuilder().WithGoFunction(api.GoFunc(deepen), []api.ValueType{api.ValueTypeI32}, []api.ValueType{api.ValueTypeI32}).
		Export(meter.Deepen).
		Instantiate(ctx)
	return err
}

// refuel stops a guest whose call has ended or whose fuel is used up, and gives every other one a slice.
func refuel(ctx context.Context, stack []uint64) {
	r := ctx.Value(runKey{}).(*run)
	left := int64(stack[0])
	if r.ctx.Err() != nil {
		panic(errStopped)
	}
	if left >= 0 {
		return
	}
	t := &r.tank
	if used := t.given + uint64(-left); used > t.limit {
		t.used = used
		panic(errStopped)
	}
	more := min(slice+uint64(-left), t.limit-t.given)
	t.given += more
	stack[0] = uint64(left + int64(more))
}

// deepen gives a guest its stack, once.
func deepen(ctx context.Context, stack []uint64) {
	t := &ctx.Value(runKey{}).(*run).tank
	left := int64(int32(stack[0]))
	if !t.deep {
		t.deep = true
		left += int64(min(t.stack, math.MaxInt32))
	}
	if left < 0 {
		t.over = true
		panic(errStopped)
	}
	stack[0] = uint64(uint32(left))
}

// spent is how much fuel an instance has used.
func (t *tank) spent(instance api.Module) uint64 {
	left := int64(instance.ExportedGlobal(meter.Fuel).Get())
	return max(t.used, uint64(int64(t.given)-left))
}
