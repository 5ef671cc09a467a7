package meter_test

import (
	"context"
	"errors"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"gatehouse/sandbox/meter"
)

var errStack = errors.New("the test's stack is used up")

// provide gives a runtime the functions of the meter: fuel without end, and a stack of this many bytes for every call
// from outside, which calls fresh first.
func provide(t testing.TB, r wazero.Runtime, stack int32) (fresh func()) {
	t.Helper()
	given := false
	one64, one32 := []api.ValueType{api.ValueTypeI64}, []api.ValueType{api.ValueTypeI32}
	_, err := r.NewHostModuleBuilder(meter.Module).
		NewFunctionBuilder().WithGoFunction(api.GoFunc(func(_ context.Context, s []uint64) {
		s[0] += 1 << 30
	}), one64, one64).Export(meter.Refuel).
		NewFunctionBuilder().WithGoFunction(api.GoFunc(func(_ context.Context, s []uint64) {
		left := int32(s[0])
		if !given {
			given = true
			left += stack
		}
		if left < 0 {
			panic(errStack)
		}
		s[0] = uint64(uint32(left))
	}), one32, one32).Export(meter.Deepen).
		Instantiate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return func() { given = false }
}
