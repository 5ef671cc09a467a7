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

// refuel is the function of package meter.
func refuel(ctx context.Context, stack []uint64) {
	stack[0] = uint64(ctx.Value(runKey{}).(*run).refuel(int64(stack[0])))
}

// refuel stops a guest whose call has ended or whose fuel is used up, and gives every other one a slice that has none
// left, once it has rested. It returns what there is then.
func (r *run) refuel(left int64) int64 {
	if r.ctx.Err() != nil || !r.settle() {
		panic(errStopped)
	}
	if left >= 0 {
		return left
	}
	t := &r.tank
	if used := t.given + uint64(-left); used > t.limit {
		t.used = used
		panic(errStopped)
	}
	more := min(slice+uint64(-left), t.limit-t.given)
	t.given += more
	return left + int64(more)
}

// pay takes the price of what the host does for a guest. A guest that must stop is stopped here too: one that only calls
// the host comes to no other place.
func (r *run) pay(guest api.Module, units uint64) {
	if r.fuelOf != guest {
		r.fuelOf, r.fuelLeft = guest, guest.ExportedGlobal(meter.Fuel).(api.MutableGlobal)
	}
	left := int64(r.fuelLeft.Get()) - int64(min(units, math.MaxInt64/2))
	if left < 0 {
		left = r.refuel(left)
	}
	r.fuelLeft.Set(uint64(left))
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
