package meter

// Outline returns a module that is wasm in everything but its code: each function has its type, and traps. Whatever is
// compiled from wasm fits it, since code is all that it lacks. wasm is what [Rewrite] returned.
func Outline(wasm []byte) ([]byte, error) {
	r := &reader{data: wasm}
	out := append([]byte(nil), r.take(8)...)
	for r.more() {
		id := r.byte()
		content := r.take(r.u32())
		if id == codeSection {
			var code entries
			for range (&reader{data: content}).count() {
				code.addSized([]byte{0, opUnreachable, opEnd}) // no locals
			}
			content = code.encode()
		}
		out = append(appendU32(append(out, id), uint32(len(content))), content...)
	}
	return out, r.err
}
