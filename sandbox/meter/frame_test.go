package meter_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/tetratelabs/wazero"

	"gatehouse/sandbox/meter"
)

// recursion calls itself without end; body is what it does before, around and after. It counts its depth in a global.
func recursion(t byte, params, results, locals int, body []byte) []byte {
	zero := map[byte][]byte{0x7e: {0x42, 0}, 0x7b: append([]byte{0xfd, 12}, make([]byte, 16)...)}[t]
	types := slices.Concat([]byte{2, 0x60, 0, 0, 0x60}, leb(params), bytes.Repeat([]byte{t}, params), leb(results), bytes.Repeat([]byte{t}, results))
	start := slices.Concat([]byte{0}, bytes.Repeat(zero, params), []byte{0x10, 1}, bytes.Repeat([]byte{0x1a}, results), []byte{0x0b})
	self := slices.Concat([]byte{1}, leb(locals), []byte{t, 0x23, 0, 0x41, 1, 0x6a, 0x24, 0}, body, []byte{0x0b})
	return code(section(1, types...), section(3, 2, 0, 1), section(5, 1, 0, 1),
		section(6, slices.Concat([]byte{2, 0x7f, 1, 0x41, 0, 0x0b, t, 1}, zero, []byte{0x0b})...),
		section(7, 2, 1, 'f', 0, 0, 1, 'n', 3, 0),
		section(10, slices.Concat([]byte{2}, leb(len(start)), start, leb(len(self)), self)...))
}

// depth runs a recursion with this stack and returns how deep it came.
func depth(t *testing.T, metered []byte, stack int32) uint64 {
	t.Helper()
	r := wazero.NewRuntime(t.Context())
	defer r.Close(t.Context())
	provide(t, r, stack)
	m, err := r.InstantiateWithConfig(t.Context(), metered, wazero.NewModuleConfig().WithStartFunctions())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.ExportedFunction("f").Call(t.Context()); err == nil {
		t.Fatal("a recursion without end ended")
	}
	return m.ExportedGlobal("n").Get() & 0xffff_ffff
}

// What is counted of the stack is about what the compiler takes: how deep a recursion comes with a counted MiB, and with
// the 80 MiB at which the runtime itself gives up, tells both sizes.
func TestTheStackIsCountedAsItIsTaken(t *testing.T) {
	const counted, native = 1 << 20, 80 << 20
	each := func(n int, f func(i int) []byte) (b []byte) {
		for i := range n {
			b = append(b, f(i)...)
		}
		return b
	}
	self, load, store := []byte{0x10, 1}, []byte{0x23, 1}, []byte{0x24, 1}
	another := []byte{0x23, 1, 0x42, 3, 0x7c, 0x22, 0}
	get := func(i int) []byte { return slices.Concat([]byte{0x20}, leb(i)) }
	over := slices.Concat(bytes.Repeat(another, 100), self, bytes.Repeat(store, 100))
	pressure := slices.Concat(bytes.Repeat([]byte{0x23, 1, 0x42, 3, 0x7c, 0x24, 1, 0x23, 1}, 100), bytes.Repeat(store, 100))
	for _, test := range []struct {
		name string
		wasm []byte
	}{
		{"nothing but the call", recursion(0x7e, 0, 0, 1, self)},
		{"many operands over the call", recursion(0x7e, 0, 0, 1, over)},
		{"again and again other operands over a call", recursion(0x7e, 0, 0, 1, bytes.Repeat(over, 50))},
		{"again and again more operands than registers", recursion(0x7e, 0, 0, 1, slices.Concat(bytes.Repeat(pressure, 50), self))},
		{"again and again other locals over a call", recursion(0x7e, 0, 0, 100, bytes.Repeat(slices.Concat(
			each(100, func(i int) []byte { return slices.Concat([]byte{0x23, 1, 0x42, 3, 0x7c, 0x22}, leb(i), store) }), self,
			each(100, func(i int) []byte { return slices.Concat(get(i), store) })), 20))},
		{"many parameters", recursion(0x7e, 500, 0, 1, slices.Concat(each(500, get), self, each(500, func(i int) []byte { return slices.Concat(get(i), store) })))},
		{"many results", recursion(0x7e, 0, 500, 1, slices.Concat(self, bytes.Repeat(store, 500), bytes.Repeat(load, 500)))},
		{"many parameters and results", recursion(0x7e, 500, 500, 1, slices.Concat(each(500, get), self))},
		{"many parameters of 16 bytes", recursion(0x7b, 200, 0, 1, slices.Concat(each(200, get), self, each(200, func(i int) []byte { return slices.Concat(get(i), store) })))},
		{"other values on two ways", recursion(0x7e, 0, 0, 30, slices.Concat(bytes.Repeat(slices.Concat(
			load, []byte{0x50, 0x04, 0x40}, each(30, func(i int) []byte { return slices.Concat(load, []byte{0x42, 5, 0x7c, 0x21}, leb(i)) }), []byte{0x0b}, self,
			each(30, func(i int) []byte { return slices.Concat(get(i), store) })), 20)))},
		{"tight loops that change many locals", recursion(0x7e, 0, 0, 30, slices.Concat(bytes.Repeat(slices.Concat([]byte{0x03, 0x40},
			each(30, func(i int) []byte { return slices.Concat(get(i), load, []byte{0x7c, 0x21}, leb(i)) }), []byte{0x41, 0, 0x0d, 0, 0x0b}), 20), self,
			each(30, func(i int) []byte { return slices.Concat(get(i), store) })))},
	} {
		t.Run(test.name, func(t *testing.T) {
			metered, err := meter.Rewrite(test.wasm)
			if err != nil {
				t.Fatal(err)
			}
			asCounted := float64(counted) / float64(depth(t, metered, counted))
			asTaken := float64(native) / float64(depth(t, metered, 1<<31-1))
			if asTaken > 1.4*asCounted || asTaken < asCounted/4 {
				t.Errorf("a frame takes %.0f bytes and is counted as %.0f; want about as many", asTaken, asCounted)
			}
		})
	}
}
