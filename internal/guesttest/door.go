package guesttest

import "slices"

// Import is a function that a module imports: its parameters and results as the binary format numbers their types.
type Import struct {
	Module, Name    string
	Params, Results []byte
}

// Door is a module that does nothing but hand on: it exports each of the imports under its name, and a memory of so many
// pages, or none. What a test calls it hands to the host as a guest's own call.
func Door(pages byte, imports ...Import) []byte {
	var types, imported, functions, exports, bodies []byte
	for i, f := range imports {
		types = slices.Concat(types, []byte{0x60}, length(len(f.Params)), f.Params, length(len(f.Results)), f.Results)
		imported = slices.Concat(imported, name(f.Module), name(f.Name), []byte{0}, length(i))
		functions = append(functions, length(i)...)
		exports = slices.Concat(exports, name(f.Name), []byte{0}, length(len(imports)+i))
		var body []byte
		for p := range f.Params {
			body = append(body, LocalGet, byte(p))
		}
		bodies = append(bodies, code(0, append(append(body, Call), length(i)...))...)
	}
	n, exported := length(len(imports)), len(imports)
	var memory []byte
	if pages > 0 {
		memory, exported = []byte{1, 0, pages}, exported+1
		exports = slices.Concat(exports, name("memory"), []byte{2, 0})
	}
	return slices.Concat(
		[]byte("\x00asm\x01\x00\x00\x00"),
		sized(1, n, types), sized(2, n, imported), sized(3, n, functions),
		section(5, memory),
		sized(7, length(exported), exports),
		sized(10, n, bodies),
	)
}

func sized(id byte, n, content []byte) []byte { return section(id, slices.Concat(n, content)) }
