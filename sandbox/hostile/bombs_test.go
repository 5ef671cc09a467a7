package hostile_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/powers"
	"gatehouse/worker"
)

// The instructions and types that bombs are made of.
const (
	opBlock, opLoop, opIf, opElse, opEnd = 0x02, 0x03, 0x04, 0x05, 0x0b
	opBr, opBrIf, opBrTable              = 0x0c, 0x0d, 0x0e
	opCall, opDrop                       = 0x10, 0x1a
	opLocalGet, opLocalSet, opI32Const   = 0x20, 0x21, 0x41
	opI64Const, opI64Add                 = 0x42, 0x7c
	none, i64                            = 0x40, 0x7e
)

func leb(n int) []byte { return binary.AppendUvarint(nil, uint64(n)) }

// list is n things of a section or of another list, their number first.
func list(n int, things ...byte) []byte { return append(leb(n), things...) }

func named(s string) []byte { return append(leb(len(s)), s...) }

func section(id byte, content []byte) []byte {
	return slices.Concat([]byte{id}, leb(len(content)), content)
}

// body is one function's entry in the section of code: this many locals of 64 bits, and what it does.
func body(locals int, code ...byte) []byte {
	declared := []byte{0}
	if locals > 0 {
		declared = slices.Concat([]byte{1}, leb(locals), []byte{i64})
	}
	whole := slices.Concat(declared, code, []byte{opEnd})
	return append(leb(len(whole)), whole...)
}

// bomb is a command of which the first function, without parameters, is _start. The rest is as the test likes it.
type bomb struct {
	types  []byte   // behind the first, without parameters and results
	kinds  []byte   // the types of the functions behind the first
	bodies [][]byte // of all functions
	others map[byte][]byte
}

func (b bomb) bytes() []byte {
	types := bytes.Count(b.types, []byte{0x60}) // no type's number is 0x60
	count := len(b.bodies)
	kinds := b.kinds
	if kinds == nil {
		kinds = make([]byte, count-1)
	}
	sections := map[byte][]byte{
		1:  list(types+1, append([]byte{0x60, 0, 0}, b.types...)...),
		3:  list(count, append([]byte{0}, kinds...)...),
		5:  {1, 0, 1},
		7:  list(1, append(named("_start"), 0, 0)...),
		10: list(count, slices.Concat(b.bodies...)...),
	}
	wasm := []byte("\x00asm\x01\x00\x00\x00")
	for _, id := range []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11} {
		content, there := b.others[id]
		if !there {
			content, there = sections[id]
		}
		if there {
			wasm = append(wasm, section(id, content)...)
		}
	}
	return wasm
}

// one is a bomb of one function.
func one(locals int, code ...[]byte) []byte {
	return bomb{bodies: [][]byte{body(locals, slices.Concat(code...)...)}}.bytes()
}

// with is a bomb that does nothing, with a section of its own.
func with(id byte, content []byte) []byte {
	return bomb{bodies: [][]byte{body(0)}, others: map[byte][]byte{id: content}}.bytes()
}

func times(n int, code ...byte) []byte { return bytes.Repeat(code, n) }

// each makes n things that differ.
func each(n int, make func(i int) []byte) []byte {
	var all []byte
	for i := range n {
		all = append(all, make(i)...)
	}
	return list(n, all...)
}

// bombs are modules made to exhaust whoever reads, compiles or starts them.
func bombs() map[string][]byte {
	nest := func(op byte, n int, inside ...byte) []byte {
		return slices.Concat(times(n, op, none), inside, times(n, opEnd))
	}
	bump := func(local int) []byte {
		return slices.Concat([]byte{opLocalGet}, leb(local), []byte{opI64Const, 1, opI64Add, opLocalSet}, leb(local))
	}
	all := func(locals int) (code []byte) {
		for l := range locals {
			code = append(code, bump(l)...)
		}
		return code
	}
	return map[string][]byte{
		"twenty thousand locals, each used":                    one(20_000, all(20_000)),
		"twenty thousand locals over one loop":                 one(20_000, []byte{opLoop, none}, all(20_000), []byte{opI32Const, 0, opBrIf, 0, opEnd}),
		"a million locals":                                     one(1_000_000),
		"four billion locals":                                  one(1<<32 - 1),
		"two hundred loops in each other over as many locals":  one(200, nest(opLoop, 200, all(200)...)),
		"five hundred loops in each other over as many locals": one(500, nest(opLoop, 500, all(500)...)),
		"ten thousand blocks in each other":                    one(1, nest(opBlock, 9990)),
		"a hundred thousand blocks in each other":              one(1, nest(opBlock, 100_000)),
		"ten thousand loops in each other":                     one(1, nest(opLoop, 9990)),
		"ten thousand conditions in each other": one(1, bytes.Repeat([]byte{opI32Const, 1, opIf, none}, 9990),
			times(9990, opEnd)),
		"forty thousand conditions after each other over a hundred locals": one(100,
			bytes.Repeat(slices.Concat([]byte{opI32Const, 1, opIf, none}, bump(7), []byte{opElse}, bump(99), []byte{opEnd}), 40_000)),
		"twenty thousand loops after each other over a hundred locals": one(100,
			bytes.Repeat(slices.Concat([]byte{opLoop, none}, bump(7), []byte{opI32Const, 0, opBrIf, 0, opEnd}), 20_000)),
		"seven thousand ways to one place over twenty locals": one(20, []byte{opBlock, none},
			bytes.Repeat(slices.Concat(bump(0), []byte{opI32Const, 0, opBrIf, 0}), 7000), []byte{opEnd}, all(20)),
		"four thousand ways back in a tight loop over two hundred locals": one(200, []byte{opLoop, none},
			bytes.Repeat(slices.Concat(bump(0), []byte{opI32Const, 0, opBrIf, 0}), 4000), all(200), []byte{opEnd}),
		"a branch to a million places":                                  one(0, []byte{opBlock, none, opI32Const, 0, opBrTable}, list(1_000_000, times(1_000_001, 0)...), []byte{opEnd}),
		"four thousand branches to as many":                             one(0, []byte{opBlock, none}, bytes.Repeat(slices.Concat([]byte{opBlock, none, opI32Const, 0, opBrTable}, list(1000, times(1001, 1)...), []byte{opEnd}), 4000), []byte{opEnd}),
		"one function of four million bytes":                            one(1, times(580_000, bump(0)...)),
		"a sum of a million values":                                     one(0, times(1_000_000, opI64Const, 1), times(999_999, opI64Add), []byte{opDrop}),
		"a function longer than any may be":                             one(0, times(5_000_000, 0x01)),
		"a hundred thousand functions":                                  bomb{bodies: slices.Repeat([][]byte{body(0)}, 100_000)}.bytes(),
		"twenty thousand functions of a screen":                         bomb{bodies: slices.Repeat([][]byte{body(3, times(30, bump(1)...)...)}, 20_000)}.bytes(),
		"a hundred thousand functions with twenty thousand locals each": bomb{bodies: slices.Repeat([][]byte{body(19_000)}, 100_000)}.bytes(),
		"a hundred thousand calls of a function with a hundred parameters": bomb{
			types: slices.Concat([]byte{0x60}, list(100, times(100, i64)...), []byte{0}), kinds: []byte{1},
			bodies: [][]byte{body(0, times(18_000, slices.Concat(times(100, opI64Const, 1), []byte{opCall, 1})...)...), body(0)},
		}.bytes(),
		"loops that carry five hundred values": bomb{
			types:  slices.Concat([]byte{0x60}, list(500, times(500, i64)...), list(500, times(500, i64)...)),
			bodies: [][]byte{body(0, slices.Concat(times(500, opI64Const, 1), times(1000, opLoop, 1), times(1000, opEnd), times(500, opDrop))...)},
		}.bytes(),
		"vectors without number":        one(0, times(150_000, slices.Concat([]byte{0xfd, 12}, times(16, 7), []byte{0xfd, 12}, times(16, 9), []byte{0xfd, 14, opDrop})...)),
		"a million pieces of data":      with(11, each(1_000_000, func(i int) []byte { return []byte{0, opI32Const, 0, opEnd, 1, 'x'} })),
		"data that lies outside":        with(11, list(1, 0, opI32Const, 0x7f, opEnd, 2, 'x', 'y')),
		"thirty MiB of data":            with(11, list(1, append([]byte{1}, named(strings.Repeat("x", 30<<20))...)...)),
		"a million custom sections":     append(with(8, nil)[:8], bytes.Repeat([]byte{0, 1, 0}, 1_000_000)...),
		"thirty MiB of custom section":  with(0, append(named("x"), make([]byte, 30<<20)...)),
		"a name that is no text":        with(0, named("\xff\xfe")),
		"a million types":               with(1, list(1_000_000, times(1_000_000, 0x60, 0, 0)...)),
		"a million globals":             with(6, list(1_000_000, times(1_000_000, i64, 1, opI64Const, 0, opEnd)...)),
		"a hundred thousand exports":    with(7, slices.Concat(leb(100_001), named("_start"), []byte{0, 0}, each(100_000, func(i int) []byte { return append(named(fmt.Sprint(i)), 0, 0) })[3:])),
		"a hundred thousand equal ones": with(7, list(100_000, bytes.Repeat(append(named("_start"), 0, 0), 100_000)...)),
		"an export with a name of a MiB": with(7, slices.Concat(leb(2), named("_start"), []byte{0, 0},
			named(strings.Repeat("x", 1<<20)), []byte{0, 0})),
		"a hundred thousand imports": with(2, list(100_000, bytes.Repeat(slices.Concat(named("wasi_snapshot_preview1"), named("sched_yield"), []byte{0, 0}), 100_000)...)),
		"a thousand tables":          with(4, list(1000, times(1000, 0x70, 0, 1)...)),
		"a table of four billion":    with(4, list(1, append([]byte{0x70, 0}, leb(1<<32-1)...)...)),
		"a memory of four GiB":       with(5, list(1, append([]byte{0}, leb(65536)...)...)),
		"two memories":               with(5, []byte{2, 0, 1, 0, 1}),
		"a count that lies":          with(1, leb(1<<32-1)),
		"a start that loops": bomb{bodies: [][]byte{body(0), body(0, opLoop, none, opBr, 0, opEnd)},
			others: map[byte][]byte{8: {1}}}.bytes(),
		"a start that traps":        bomb{bodies: [][]byte{body(0), body(0, 0)}, others: map[byte][]byte{8: {1}}}.bytes(),
		"a start that calls itself": bomb{bodies: [][]byte{body(0), body(0, opCall, 1)}, others: map[byte][]byte{8: {1}}}.bytes(),
	}
}

// Whatever a module is made of, it is refused, or compiled and run, in the time that there is for that and in the memory
// that its worker has; and the next skill is what it always was.
func TestBombsBlowUpNothing(t *testing.T) {
	t.Parallel()
	const compile = 4 * time.Second
	for name, wasm := range bombs() {
		t.Run(name, func(t *testing.T) {
			c := newCell(t, func(o *worker.Options) { o.Compile = compile })
			job := task(wasm, "")
			began := time.Now()
			_, err := c.Run(t.Context(), job, powers.Set{})
			took := time.Since(began)
			t.Logf("%d bytes: %s after %v: %.150v; peak %d MiB", len(wasm), endOf(err), took, err, c.peakSoFar(t)>>20)
			if took > compile+deadline+tolerance {
				t.Errorf("it took %v; want at most the %v that compiling may take", took, compile)
			}
			c.politely(t, good(t))
		})
	}
}
