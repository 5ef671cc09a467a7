package meter_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"gatehouse/internal/guesttest"
	"gatehouse/sandbox/meter"
)

// composer makes a valid module of any bytes: each byte chooses what comes next, and whatever was begun is ended. The
// module exports f, of two numbers, a memory, a global and a table; it has helpers that f calls, loops that count down, so
// that most end, and everything that the meter rewrites.
type composer struct {
	choices []byte
	code    []byte
	// depth is how many blocks are open; counters how many loops are around. Of the locals the first four are numbers, the
	// rest count the loops.
	depth, counters int
	// valued are the blocks that leave a number, by how many blocks were open before.
	valued [mostDepth + 8]bool
	// helper is true for the function that f calls.
	helper bool
}

const (
	firstCounter = 4
	mostCounters = 3
	mostDepth    = 12
)

func (c *composer) next() int {
	if len(c.choices) == 0 {
		return 0
	}
	n := c.choices[0]
	c.choices = c.choices[1:]
	return int(n)
}

func (c *composer) emit(b ...byte) { c.code = append(c.code, b...) }

// number is a local that may be set: not the helper's parameter, which bounds how often it calls itself.
func (c *composer) number() int {
	if c.helper {
		return 1 + c.next()%3
	}
	return c.next() % 4
}

// value leaves a number of 32 bits on the stack.
func (c *composer) value(deep int) {
	n := c.next()
	if deep > 5 {
		n %= 3
	}
	switch n % 16 {
	case 0:
		c.emit(0x41)
		c.emit(sleb(c.next() & 0x3f)...)
	case 1, 2:
		c.emit(0x20, byte(c.next()%4)) // local.get
	case 3, 4, 5:
		c.value(deep + 1)
		c.value(deep + 1)
		c.emit([]byte{0x6a, 0x6b, 0x6c, 0x71, 0x72, 0x73, 0x74, 0x75, 0x46, 0x4a, 0x6e, 0x6f}[c.next()%12]) // the last two may trap
	case 6:
		c.address(deep)
		c.emit(0x28, 2, 0) // i32.load
	case 7:
		c.emit(0x23, 0) // global.get
	case 8:
		c.value(deep + 1)
		c.value(deep + 1)
		c.value(deep + 1)
		c.emit(0x1b) // select
	case 9: // an if that leaves a number
		c.value(deep + 1)
		c.emit(0x04, 0x7f)
		c.value(deep + 1)
		c.emit(0x05)
		c.value(deep + 1)
		c.emit(0x0b)
	case 10:
		c.emit(0x41, 1, 0x40, 0, 0x41, 0, 0x6c) // memory.grow, whose answer is the same nought
	case 11:
		c.emit(0x3f, 0) // memory.size
	case 12:
		c.emit(0xd0, 0x70, 0x41, byte(c.next()%4), 0xfc, 0x0f, 0) // table.grow
	case 13:
		c.emit(0xd2, 1, 0xd1) // ref.func, ref.is_null
	case 14:
		c.emit(0xfc, 0x10, 0) // table.size
	case 15:
		if c.helper {
			c.emit(0x41, 9)
			return
		}
		c.value(deep + 1)
		c.emit(0x10, 1) // call the helper, which calls itself less and less often
	}
}

// address leaves an address, mostly one in the memory.
func (c *composer) address(deep int) {
	c.value(deep + 1)
	if c.next()%8 > 0 {
		c.emit(0x41, 0xff, 0xff, 0x03, 0x71) // and 0xffff
	}
}

// statement leaves nothing on the stack.
func (c *composer) statement() {
	n := c.next()
	if c.depth >= mostDepth {
		n %= 6
	}
	switch n % 19 {
	case 0:
		c.emit(0x01) // nop
	case 1, 2:
		c.value(0)
		c.emit(0x21, byte(c.number())) // local.set
	case 3:
		c.value(0)
		c.emit(0x24, 0) // global.set
	case 4:
		c.address(0)
		c.value(0)
		c.emit(0x36, 2, 0) // i32.store
	case 5:
		c.value(0)
		c.emit(0x1a) // drop
	case 6:
		c.block(0x02)
	case 7, 8:
		c.loop()
	case 9, 10:
		c.value(0)
		c.block(0x04)
	case 11:
		if c.depth > 0 { // forwards or to a loop's head, which counts
			c.value(0)
			c.emit(0x0d, c.label()) // br_if
		}
	case 12:
		if c.depth > 0 {
			c.value(0)
			c.emit(0x0e, 2, c.label(), c.label(), c.label()) // br_table
		}
	case 13:
		c.bulk()
	case 14:
		c.value(0)
		c.emit(0x04, 0x40, 0x41, 7, 0x0f, 0x0b) // if, return
	case 15:
		c.emit(0x41, byte(c.next()%4), 0x11, 0, 0) // call_indirect, of a null or of another type perhaps
	case 16:
		c.loopWithResult()
	case 17:
		c.tableLoop()
	case 18: // code that nobody reaches, in a block or at the end of one
		c.block(0x02, func() {
			c.emit([][]byte{{0x00, 0x01}, {0x0c, c.label()}, {0x41, 7, 0x0f}}[min(c.next()%8, 2)]...)
		})
	}
}

// bulk does something with many bytes or elements.
func (c *composer) bulk() {
	c.address(0)
	c.value(0)
	c.value(0)
	if n := c.next() % 8; n > 0 { // mostly not too many
		c.emit(0x41, 0xff, 0x07, 0x71)
	}
	switch c.next() % 4 {
	case 0:
		c.emit(0xfc, 0x0b, 0) // memory.fill
	case 1:
		c.emit(0xfc, 0x0a, 0, 0) // memory.copy
	case 2:
		c.emit(0xfc, 0x0e, 0, 0) // table.copy
	case 3:
		c.emit(0x1a, 0xd0, 0x70, 0x41, 3, 0xfc, 0x11, 0, 0x1a) // table.fill, of the three that are left
	}
}

// label is a block that takes no number with it: instead of one that does, the loop right in it.
func (c *composer) label() byte {
	n := c.next() % c.depth
	if c.valued[c.depth-1-n] {
		n--
	}
	return byte(n)
}

func (c *composer) block(op byte, first ...func()) {
	c.emit(op, 0x40)
	c.depth++
	for _, do := range first {
		do()
	}
	for range c.next() % 4 {
		c.statement()
	}
	if op == 0x04 && c.next()%2 == 0 {
		c.emit(0x05)
		c.statement()
	}
	c.depth--
	c.emit(0x0b)
}

// loop goes round a few times: its head leaves where its counter is used up.
func (c *composer) loop() {
	if c.counters == mostCounters {
		c.block(0x02)
		return
	}
	counter := byte(firstCounter + c.counters)
	c.counters++
	c.emit(0x41, byte(c.next()%4), 0x21, counter, 0x02, 0x40, 0x03, 0x40)
	c.depth += 2
	c.emit(0x20, counter, 0x45, 0x0d, 1, 0x20, counter, 0x41, 1, 0x6b, 0x21, counter)
	for range c.next() % 4 {
		c.statement()
	}
	c.emit(0x0c, 0)
	c.depth -= 2
	c.emit(0x0b, 0x0b)
	c.counters--
}

// round opens a loop of a type in a block of it, with a counter of its own whose last round leaves by the block.
func (c *composer) round(kind byte, last func(), inside func()) {
	if c.counters == mostCounters {
		c.block(0x02)
		return
	}
	counter := byte(firstCounter + c.counters)
	c.counters++
	c.emit(0x41, byte(c.next()%5), 0x21, counter, 0x02, kind, 0x03, kind)
	c.valued[c.depth] = kind != 0x40
	c.depth += 2
	last()
	c.emit(0x20, counter, 0x45, 0x0d, 1) // br_if out of it
	if kind != 0x40 {
		c.emit(0x1a)
	}
	c.emit(0x20, counter, 0x41, 1, 0x6b, 0x21, counter)
	inside()
	c.depth -= 2
	c.valued[c.depth] = false
	c.emit(0x0b, 0x0b)
	if kind != 0x40 {
		c.emit(0x21, byte(c.number()))
	}
	c.counters--
}

// loopWithResult goes round on conditions, from ifs and their other arms, and leaves a number.
func (c *composer) loopWithResult() {
	c.round(0x7f, func() { c.value(2) }, func() {
		for range c.next() % 3 {
			c.statement()
		}
		c.value(2)
		c.emit(0x0d, 0) // br_if to the head
		c.value(2)
		c.emit(0x04, 0x40, 0x0c, 1, 0x05) // if, br to the head, else
		c.value(2)
		c.emit(0x0d, 1, 0x0b)
		c.value(0)
	})
}

// tableLoop goes round by a table of branches, which may lead to the head by each of its ways.
func (c *composer) tableLoop() {
	c.round(0x40, func() {}, func() {
		c.emit(0x02, 0x40)
		c.depth++
		c.value(2)
		c.emit(0x0e, 3, byte(c.next()%3), byte(c.next()%3), 1, byte(c.next()%3))
		if c.next()%2 == 0 {
			c.statement() // which nobody reaches
		}
		c.depth--
		c.emit(0x0b)
		c.value(2)
		c.emit(0x0d, 0)
	})
}

// composed is the module that these bytes choose.
func composed(choices []byte) []byte {
	body := func(c *composer, code []byte) []byte {
		whole := slices.Concat([]byte{1, 6, 0x7f}, code, []byte{0x0b})
		return append(leb(len(whole)), whole...)
	}
	c := &composer{choices: choices}
	for range 12 {
		c.statement()
	}
	c.value(0)
	f := c.code
	h := &composer{choices: c.choices, helper: true}
	h.emit(0x20, 0, 0x41, 7, 0x71, 0x45, 0x04, 0x40, 0x41, 1, 0x0f, 0x0b) // nothing left of its three bits: return 1
	for range 3 {
		h.statement()
	}
	h.emit(0x20, 0, 0x41, 7, 0x71, 0x41, 1, 0x6b, 0x10, 1) // itself, with one less
	helper := h.code
	two := []byte{0x7f, 0x7f}
	return code(
		section(1, slices.Concat([]byte{3, 0x60, 0, 0, 0x60, 2}, two, []byte{1, 0x7f, 0x60, 1, 0x7f, 1, 0x7f})...),
		section(3, 2, 1, 2), section(4, 1, 0x70, 1, 4, 50), section(5, 1, 1, 1, 8), section(6, 1, 0x7f, 1, 0x41, 5, 0x0b),
		section(7, slices.Concat([]byte{3, 1, 'f', 0, 0, 1, 'g', 3, 0, 1, 'h', 0, 1})...),
		section(9, 1, 0, 0x41, 0, 0x0b, 2, 0, 1),
		section(10, slices.Concat([]byte{2}, body(c, f), helperBody(helper))...),
	)
}

// helperBody has seven locals behind its one parameter, so that the same numbers name locals there.
func helperBody(code []byte) []byte {
	whole := slices.Concat([]byte{1, 7, 0x7f}, code, []byte{0x0b})
	return append(leb(len(whole)), whole...)
}

// outcome is all that anyone can see of a run.
type outcome struct {
	results string
	failure string
	memory  []byte
	global  uint64
}

// ran runs f of a module and returns what came of it, and what fuel it used, 0 without a meter.
func ran(t *testing.T, config wazero.RuntimeConfig, wasm []byte) (o outcome, fuel int64) {
	t.Helper()
	r := wazero.NewRuntimeWithConfig(t.Context(), config)
	defer r.Close(context.Background())
	given := measured(t, r)
	m, err := r.Instantiate(t.Context(), wasm)
	if err != nil {
		t.Fatalf("%v\n% x", err, wasm)
	}
	results, err := m.ExportedFunction("f").Call(t.Context(), 3, 0xfffffff0)
	o.results = fmt.Sprint(results)
	if err != nil {
		o.failure, _, _ = strings.Cut(err.Error(), "\n")
	}
	content, _ := m.Memory().Read(0, m.Memory().Size())
	o.memory, o.global = bytes.Clone(content), m.ExportedGlobal("g").Get()
	if g := m.ExportedGlobal(meter.Fuel); g != nil {
		fuel = *given - int64(g.Get())
	}
	return o, fuel
}

// measured provides the functions of the meter: fuel in small slices, so that a guest comes for more often.
func measured(t *testing.T, r wazero.Runtime) (given *int64) {
	given = new(int64)
	one64, one32 := []api.ValueType{api.ValueTypeI64}, []api.ValueType{api.ValueTypeI32}
	_, err := r.NewHostModuleBuilder(meter.Module).
		NewFunctionBuilder().WithGoFunction(api.GoFunc(func(_ context.Context, s []uint64) {
		if left := int64(s[0]); left < 0 {
			*given += 50 - left
			s[0] = 50
		}
	}), one64, one64).Export(meter.Refuel).
		NewFunctionBuilder().WithGoFunction(api.GoFunc(func(_ context.Context, s []uint64) { s[0] = 1 << 20 }), one32, one32).Export(meter.Deepen).
		Instantiate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return given
}

// FuzzDifferential makes a module of any bytes and runs it as it is and with a meter, interpreted and compiled: results,
// traps, memory and globals are the same, and fuel is the same in every metered run.
func FuzzDifferential(f *testing.F) {
	for seed := range 40 {
		choices := make([]byte, 300)
		state := uint32(seed*7919 + 1)
		for i := range choices {
			state = state*1664525 + 1013904223
			choices[i] = byte(state >> 24)
		}
		f.Add(choices)
	}
	f.Fuzz(func(t *testing.T, choices []byte) {
		if len(choices) > 600 {
			return
		}
		wasm := composed(choices)
		rewritten, err := meter.Rewrite(wasm)
		if err != nil {
			t.Fatalf("%v\n% x", err, wasm)
		}
		interpreted, compiled := wazero.NewRuntimeConfigInterpreter(), wazero.NewRuntimeConfig()
		want, _ := ran(t, compiled, wasm)
		var fuels []int64
		for _, config := range []wazero.RuntimeConfig{compiled, interpreted, compiled} {
			got, fuel := ran(t, config, rewritten)
			if got.results != want.results || got.failure != want.failure || !bytes.Equal(got.memory, want.memory) || got.global != want.global {
				t.Errorf("with a meter: %s %q %d; as it is: %s %q %d; the memory is the same: %v\n% x",
					got.results, got.failure, got.global, want.results, want.failure, want.global, bytes.Equal(got.memory, want.memory), wasm)
			}
			fuels = append(fuels, fuel)
		}
		if want.failure == "" && (fuels[0] <= 0 || fuels[1] != fuels[0] || fuels[2] != fuels[0]) {
			t.Errorf("three equal runs used %d\n% x", fuels, wasm)
		}
	})
}

// Kernels in C use the same fuel in every run.
func TestEqualRunsUseEqualFuel(t *testing.T) {
	source, err := os.ReadFile("../../bench/guests/kernels.c")
	if err != nil {
		t.Fatal(err)
	}
	wasm, err := meter.Rewrite(guesttest.BareC(t, string(source)))
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range map[string]uint64{"xorshift": 100_000, "fib": 20, "sieve": 1} {
		var fuels []int64
		for _, config := range []wazero.RuntimeConfig{wazero.NewRuntimeConfig(), wazero.NewRuntimeConfig(), wazero.NewRuntimeConfigInterpreter()} {
			r := wazero.NewRuntimeWithConfig(t.Context(), config)
			given := measured(t, r)
			m, err := r.Instantiate(t.Context(), wasm)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := m.ExportedFunction(name).Call(t.Context(), n); err != nil {
				t.Fatal(err)
			}
			fuels = append(fuels, *given-int64(m.ExportedGlobal(meter.Fuel).Get()))
			r.Close(t.Context())
		}
		if fuels[0] < int64(n) || fuels[1] != fuels[0] || fuels[2] != fuels[0] {
			t.Errorf("three equal runs of %s used %d", name, fuels)
		}
	}
}
