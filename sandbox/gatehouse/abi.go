package gatehouse

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/tetratelabs/wazero/api"
)

// guest is one function that a guest has called: its memory and its arguments, as the canonical ABI lowers them. What
// breaks the ABI traps the guest, by a panic.
type guest struct {
	context.Context
	*call
	module api.Module
	memory api.Memory
}

// priceCall is what calling a function costs in units of fuel, whatever it does: as in package wasip1.
const priceCall = 250

// function is one core function; all of ours return their result through memory, or none.
type function struct {
	name       string
	parameters []api.ValueType
	do         api.GoModuleFunc
}

// lowered is a function of so many parameters, all of them i32.
func lowered(name string, parameters int, do func(g *guest, arguments []uint32)) function {
	f := function{name: name, parameters: make([]api.ValueType, parameters)}
	for i := range f.parameters {
		f.parameters[i] = api.ValueTypeI32
	}
	f.do = func(ctx context.Context, m api.Module, stack []uint64) {
		c, ok := ctx.Value(callKey{}).(*call)
		if !ok || c.allocating || m.Memory() == nil {
			trap("%s is called where it cannot be", name)
		}
		c.charge(m, priceCall)
		arguments := make([]uint32, parameters)
		for i := range arguments {
			arguments[i] = uint32(stack[i])
		}
		do(&guest{Context: ctx, call: c, module: m, memory: m.Memory()}, arguments)
	}
	return f
}

func trap(format string, a ...any) { panic(fmt.Errorf(format, a...)) }

// bytes are a list<u8> of the guest, valid until the guest runs again.
func (g *guest) bytes(at, length uint32) []byte {
	b, ok := g.memory.Read(at, length)
	if !ok {
		trap("a list lies outside of the memory")
	}
	return b
}

// text is a string of the guest, and whether it has at most so many bytes.
func (g *guest) text(at, length uint32, most int) (string, bool) {
	if uint64(length) > uint64(most) {
		return "", false
	}
	b := g.bytes(at, length)
	if !utf8.Valid(b) {
		trap("a string is not UTF-8")
	}
	return string(b), true
}

// word reads a number of 32 bits.
func (g *guest) word(at uint32) uint32 {
	v, ok := g.memory.ReadUint32Le(at)
	if !ok {
		trap("an argument lies outside of the memory")
	}
	return v
}

// place checks where the guest wants a result of size bytes, and clears it.
func (g *guest) place(at, size uint32) {
	if at%4 != 0 || !g.memory.Write(at, make([]byte, size)) {
		trap("there is no place for the result")
	}
}

func (g *guest) setByte(at uint32, v byte) {
	if !g.memory.WriteByte(at, v) {
		trap("there is no place for the result")
	}
}

func (g *guest) set(at, v uint32) {
	if !g.memory.WriteUint32Le(at, v) {
		trap("there is no place for the result")
	}
}

// room has the guest make room for size bytes. No room is needed for none: any address will do.
func (g *guest) room(align, size uint32) uint32 {
	if size == 0 {
		return align
	}
	g.allocating = true
	defer func() { g.allocating = false }()
	results, err := g.module.ExportedFunction(Realloc).Call(g.Context, 0, 0, uint64(align), uint64(size))
	if err != nil {
		panic(err) // the guest trapped, left or was stopped
	}
	at := uint32(results[0])
	if _, ok := g.memory.Read(at, size); !ok || at%align != 0 || at == 0 {
		trap("%s gave no room", Realloc)
	}
	return at
}

// setList stores a list<u8>, or a string, where its address and length belong.
func (g *guest) setList(at uint32, b []byte) {
	place := g.room(1, uint32(len(b)))
	if !g.memory.Write(place, b) {
		trap("%s gave no room", Realloc)
	}
	g.set(at, place)
	g.set(at+4, uint32(len(b)))
}

func (g *guest) setText(at uint32, s string) { g.setList(at, []byte(s)) }
