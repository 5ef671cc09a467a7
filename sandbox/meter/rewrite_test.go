package meter_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"

	"gatehouse/sandbox/meter"
)

// code assembles a module from its sections.
func code(sections ...[]byte) []byte {
	return slices.Concat(append([][]byte{[]byte("\x00asm\x01\x00\x00\x00")}, sections...)...)
}

func section(id byte, content ...byte) []byte {
	return slices.Concat([]byte{id}, leb(len(content)), content)
}

func leb(n int) []byte {
	var b []byte
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

func sleb(n int) []byte {
	var b []byte
	for n >= 0x40 {
		b = append(b, byte(n&0x7f)|0x80)
		n >>= 7
	}
	return append(b, byte(n))
}

// function is the section of code with one body.
func function(body ...byte) []byte {
	body = slices.Concat([]byte{0}, body, []byte{0x0b})
	return section(10, slices.Concat([]byte{1}, leb(len(body)), body)...)
}

var (
	noneToNone = section(1, 1, 0x60, 0, 0)
	oneOfIt    = section(3, 1, 0)
	exported   = section(7, 1, 1, 'f', 0, 0)
)

func TestRewriteRefuses(t *testing.T) {
	loops := func(depth, locals int) []byte {
		body := slices.Concat([]byte{1}, leb(locals), []byte{0x7e},
			bytes.Repeat([]byte{3, 0x40}, depth), bytes.Repeat([]byte{0x0b}, depth), []byte{0x0b})
		return section(10, slices.Concat([]byte{1}, leb(len(body)), body)...)
	}
	for _, test := range []struct {
		name, want string
		wasm       []byte
	}{
		{"nothing", "it is not a core module", nil},
		{"sections in another order", "section 1 is not known or not where it belongs", code(oneOfIt, noneToNone)},
		{"a section that nobody knows", "section 77 is not known", code(section(77))},
		{"an import of the meter", "which is not for guests", code(noneToNone, section(2, slices.Concat([]byte{1, 15}, []byte(meter.Module), []byte{1, 'f', 0, 0})...))},
		{"a table of more than a million elements", "more than 1048576 elements", code(section(4, slices.Concat([]byte{1, 0x70, 0}, leb(1<<20+1))...))},
		{"a local that only the meter has", "a thing with the number 0 of 0", code(noneToNone, oneOfIt, function(0x42, 0, 0x21, 0))},
		{"a global that only the meter has", "a thing with the number 0 of 0", code(noneToNone, oneOfIt, function(0x42, 0, 0x24, 0))},
		{"a function that only the meter has", "there is no function 1", code(noneToNone, oneOfIt, function(0x10, 1))},
		{"a table that only the meter has", "a thing with the number 0 of 0", code(noneToNone, oneOfIt, function(0x41, 0, 0x25, 0, 0x1a))},
		{"a type that only the meter has", "a type with the number 1 of 1", code(noneToNone, oneOfIt, function(0x02, 1, 0x0b))},
		{"a branch out of its function", "a thing with the number 1 of 1", code(noneToNone, oneOfIt, function(0x0c, 1))},
		{"an end too many", "bytes too many", code(noneToNone, oneOfIt, function(0x0b, 0x0b))},
		{"an end too few", "cut off", code(noneToNone, oneOfIt, function(0x02, 0x40))},
		{"an else without an if", "an else has no if", code(noneToNone, oneOfIt, function(0x05))},
		{"a tail call", "the instruction 0x12 is not supported", code(noneToNone, oneOfIt, function(0x12, 0))},
		{"a throw", "the instruction 0x8 is not supported", code(noneToNone, oneOfIt, function(0x08, 0))},
		{"an atomic operation", "the instruction 0xfe is not supported", code(noneToNone, oneOfIt, function(0xfe, 0x03, 0))},
		{"a second memory", "more than one memory", code(noneToNone, oneOfIt, function(0x41, 0, 0x28, 0x40, 0, 0, 0x1a))},
		{"too many locals", "more than 20000 locals", code(noneToNone, oneOfIt, loops(1, 20_001))},
		{"loops in each other over many locals", "carries too many values over too many branches", code(noneToNone, oneOfIt, loops(500, 500))},
		{"blocks without an end to their depth", "nested more than 10000 deep", code(noneToNone, oneOfIt, loops(10_001, 1))},
		{"fewer bodies than functions", "it declares 1 functions and has code for 0", code(noneToNone, oneOfIt)},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := meter.Rewrite(test.wasm); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Rewrite() = %v; want an error with %q", err, test.want)
			}
		})
	}
}

// memoryAfter runs the exported f of a module and returns its memory, as it is and with a meter.
func memoryAfter(t *testing.T, wasm []byte) (plain, metered []byte) {
	t.Helper()
	run := func(wasm []byte) []byte {
		r := wazero.NewRuntime(t.Context())
		defer r.Close(t.Context())
		provide(t, r, 1<<20)
		m, err := r.Instantiate(t.Context(), wasm)
		if err != nil {
			t.Fatal(err)
		}
		var failure string
		if f := m.ExportedFunction("f"); f != nil {
			if _, err := f.Call(t.Context()); err != nil {
				failure, _, _ = strings.Cut(err.Error(), "\n")
			}
		}
		all, _ := m.Memory().Read(0, m.Memory().Size())
		return append(bytes.Clone(all), failure...)
	}
	rewritten, err := meter.Rewrite(wasm)
	if err != nil {
		t.Fatal(err)
	}
	return run(wasm), run(rewritten)
}

// Copies of more than a stride, over each other in both directions, do what one instruction does.
func TestLongOperations(t *testing.T) {
	const mib = 1 << 20
	operation := func(op []byte, args ...int) []byte {
		var b []byte
		for _, n := range args {
			b = slices.Concat(b, []byte{0x41}, sleb(n))
		}
		return append(b, op...)
	}
	fill, copying := []byte{0xfc, 0x0b, 0}, []byte{0xfc, 0x0a, 0, 0}
	// Something to copy that is nowhere like itself: each fill writes over the end of the one before.
	var pattern []byte
	for i := range 300 {
		pattern = append(pattern, operation(fill, i*61_001, i+1, 61_001)...)
	}
	for _, test := range []struct {
		name string
		body []byte
	}{
		{"a fill of thirteen MiB", operation(fill, 3, 7, 13*mib+5)},
		{"a fill of exactly a stride", operation(fill, 0, 7, mib/4)},
		{"a fill of a stride and a byte", operation(fill, 0, 7, mib/4+1)},
		{"a copy towards the start, over itself", operation(copying, mib+1, 2*mib, 13*mib+77)},
		{"a copy towards the end, over itself", operation(copying, 2*mib, mib+1, 13*mib+77)},
		{"a copy far away", operation(copying, 16*mib, 3, 12*mib+1)},
		{"a copy onto itself", operation(copying, 5, 5, 12*mib)},
		{"a fill that does not fit changes nothing", operation(fill, 20*mib, 9, 13*mib)},
		{"a copy whose source does not fit changes nothing", operation(copying, 0, 30*mib, 13*mib)},
		{"a copy whose target does not fit changes nothing", operation(copying, 30*mib, 0, 13*mib)},
	} {
		t.Run(test.name, func(t *testing.T) {
			wasm := code(noneToNone, oneOfIt, section(5, slices.Concat([]byte{1, 0}, leb(512))...), exported,
				function(slices.Concat(pattern, test.body)...))
			if plain, metered := memoryAfter(t, wasm); !bytes.Equal(plain, metered) {
				t.Errorf("the memory differs with a meter: %.60q and %.60q", plain, metered)
			}
		})
	}
}

func TestDataIsMergedWhereNobodyCanTell(t *testing.T) {
	piece := func(offset int, text string) []byte {
		return slices.Concat([]byte{0, 0x41}, sleb(offset), []byte{0x0b}, leb(len(text)), []byte(text))
	}
	for _, test := range []struct {
		name   string
		pieces [][]byte
		merged bool
	}{
		{"pieces beside each other", [][]byte{piece(0, "ab"), piece(2, "cd"), piece(4, "ef")}, true},
		{"pieces with small gaps", [][]byte{piece(10, "ab"), piece(20, "cd"), piece(76, "ef")}, true},
		{"pieces far from each other", [][]byte{piece(0, "ab"), piece(5000, "cd")}, false},
		{"a piece over another", [][]byte{piece(0, "abcd"), piece(2, "xy"), piece(6, "z")}, false},
		{"pieces in falling order", [][]byte{piece(100, "ab"), piece(0, "cd")}, true},
		{"pieces with something in their gap", [][]byte{piece(20, "ab"), piece(0, "cd"), piece(30, "ef")}, true},
		{"pieces beside each other below something", [][]byte{piece(20, "ab"), piece(0, "cd"), piece(2, "ef")}, true},
		{"empty pieces", [][]byte{piece(0, ""), piece(0, ""), piece(1, "x")}, true},
		{"one alone", [][]byte{piece(65535, "x")}, false},
		{"none, which is left out", nil, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			data := section(11, slices.Concat(leb(len(test.pieces)), slices.Concat(test.pieces...))...)
			wasm := code(section(5, 1, 0, 1), section(7, 1, 1, 'm', 2, 0), data)
			plain, metered := memoryAfter(t, wasm)
			if !bytes.Equal(plain, metered) {
				t.Errorf("the memory differs: %q and %q", plain[:100], metered[:100])
			}
			rewritten, err := meter.Rewrite(wasm)
			if err != nil {
				t.Fatal(err)
			}
			if kept := bytes.Contains(rewritten, data); kept == test.merged {
				t.Errorf("the data is as it was: %v; want %v", kept, !test.merged)
			}
		})
	}
}

// A reference costs the runtime memory each time it is made; with a meter none is made, and the function is the same.
func TestReferencesAreLookedUp(t *testing.T) {
	const tableSet, tableGet, reference, call, indirect, store = 0x26, 0x25, 0xd2, 0x10, 0x11, 0x36
	// f puts g, which gives 42, into the table and stores what a call through the table gives.
	f := []byte{0, 0x41, 1, reference, 1, tableSet, 0, 0x41, 0, 0x41, 1, indirect, 1, 0, store, 2, 0, 0x0b}
	g := []byte{0, 0x41, 42, 0x0b}
	wasm := code(section(1, 2, 0x60, 0, 0, 0x60, 0, 1, 0x7f), section(3, 2, 0, 1), section(4, 1, 0x70, 0, 2), section(5, 1, 0, 1),
		section(7, 2, 1, 'f', 0, 0, 1, 'g', 0, 1),
		section(10, slices.Concat([]byte{2}, leb(len(f)), f, leb(len(g)), g)...))
	plain, metered := memoryAfter(t, wasm)
	if plain[0] != 42 || !bytes.Equal(plain, metered) {
		t.Errorf("the calls gave %d and, with a meter, %d; want 42", plain[0], metered[0])
	}
	rewritten, err := meter.Rewrite(wasm)
	if err != nil || bytes.Contains(rewritten, f[1:6]) || !bytes.Contains(rewritten, []byte{tableGet, 1, tableSet, 0}) {
		t.Errorf("the code still makes a reference: % x, %v", rewritten, err)
	}
}

// What a stranger wrote is refused or rewritten, and what the runtime refuses does not pass by being rewritten.
func FuzzRewrite(f *testing.F) {
	f.Add(code(noneToNone, oneOfIt, section(5, 1, 0, 1), exported, function(0x41, 0, 0x41, 7, 0x41, 9, 0xfc, 0x0b, 0)))
	f.Add(code(section(1, 1, 0x60, 1, 0x7f, 2, 0x7f, 0x7e), oneOfIt, function(3, 0x40, 0x20, 0, 0x0d, 0, 0x0b, 0x20, 0, 0x42, 1, 0x0f)))
	f.Add(code(noneToNone, oneOfIt, section(4, 1, 0x70, 0, 1), exported, section(9, 1, 0, 0x41, 0, 0x0b, 1, 0), function(0xd2, 0, 0x1a)))
	f.Add(code(section(5, 1, 0, 1), section(11, 2, 0, 0x41, 0, 0x0b, 1, 'a', 0, 0x41, 2, 0x0b, 1, 'b')))
	f.Fuzz(func(t *testing.T, wasm []byte) {
		rewritten, err := meter.Rewrite(wasm)
		if err != nil || len(wasm) > 4096 {
			return
		}
		r := wazero.NewRuntimeWithConfig(t.Context(), wazero.NewRuntimeConfigInterpreter())
		defer r.Close(t.Context())
		_, plain := r.CompileModule(t.Context(), wasm)
		_, metered := r.CompileModule(t.Context(), rewritten)
		switch custom := plain != nil && strings.Contains(plain.Error(), "custom section"); {
		case plain != nil && metered == nil && !custom: // custom sections are left out
			t.Errorf("refused as it is (%v) and taken with a meter:\n% x", plain, wasm)
		case plain == nil && metered != nil:
			t.Errorf("taken as it is and refused with a meter (%v):\n% x", metered, wasm)
		}
	})
}
