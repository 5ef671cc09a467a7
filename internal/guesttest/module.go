package guesttest

import "slices"

// Opcodes for Module.Body.
const (
	Unreachable = 0x00
	Loop        = 0x03
	If          = 0x04
	End         = 0x0b
	Branch      = 0x0c
	Call        = 0x10
	Drop        = 0x1a
	LocalGet    = 0x20
	Load        = 0x28
	Const       = 0x41
	Subtract    = 0x6b
	Block       = 0x40
)

// Module is a small module: one page of memory, _start with a body, and at will an import and a second function.
type Module struct {
	// Import is a module and a function, of no parameters and no results, that it imports.
	Import [2]string
	// Start is the exported name of the first function; _start by default.
	Start string
	// Locals is how many locals of type i64 the first function has, less than 128.
	Locals byte
	// Pages is the memory at the start, 1 by default.
	Pages byte
	// Body is the first function without its last End; Second is one of a parameter i32, without its End.
	Body, Second []byte
}

// Bytes assembles the module.
func (m Module) Bytes() []byte {
	first := byte(0)
	var imports []byte
	if m.Import[0] != "" {
		first = 1
		imports = slices.Concat([]byte{1}, name(m.Import[0]), name(m.Import[1]), []byte{0, 0})
	}
	start, pages := m.Start, max(m.Pages, 1)
	if start == "" {
		start = "_start"
	}
	second := m.Second
	return slices.Concat(
		[]byte("\x00asm\x01\x00\x00\x00"),
		section(1, []byte{2, 0x60, 0, 0, 0x60, 1, 0x7f, 0}),
		section(2, imports),
		section(3, []byte{2, 0, 1}),
		section(5, []byte{1, 0, pages}),
		section(7, slices.Concat([]byte{2}, name(start), []byte{0, first}, name("memory"), []byte{2, 0})),
		section(10, slices.Concat([]byte{2}, code(m.Locals, m.Body), code(0, second))),
	)
}

func section(id byte, content []byte) []byte {
	if content == nil {
		return nil
	}
	return slices.Concat([]byte{id}, length(len(content)), content)
}

func code(locals byte, body []byte) []byte {
	declared := []byte{0}
	if locals > 0 {
		declared = []byte{1, locals, 0x7e}
	}
	whole := slices.Concat(declared, body, []byte{End})
	return slices.Concat(length(len(whole)), whole)
}

func name(s string) []byte { return slices.Concat(length(len(s)), []byte(s)) }

// length is n as LEB128.
func length(n int) []byte {
	var b []byte
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

// Spinning loops for ever.
func Spinning() []byte { return Module{Body: []byte{Loop, Block, Branch, 0, End}}.Bytes() }

// CallTree calls itself twice at every level, 2^60 times in all, without a loop.
func CallTree() []byte {
	self := []byte{LocalGet, 0, Const, 1, Subtract, Call, 1}
	return Module{
		Body:   []byte{Const, 60, Call, 1},
		Second: slices.Concat([]byte{LocalGet, 0, If, Block}, self, self, []byte{End}),
	}.Bytes()
}

// Hard is code that does nothing and that no compiler is asked to compile: it belongs behind what a body does.
func Hard() []byte { return slices.Repeat([]byte{0x02, Block, End}, 20_001) }
