package meter

// prologue takes the frame from the stack, fetches the fuel, and opens the block that the body becomes. A function
// that calls none of the module's takes no frame and is no place to stop: nobody gets far through it alone.
func (f *function) prologue(b []byte, frame int64) []byte {
	m := f.module
	if f.calls {
		b = withIndex(b, opGlobalGet, m.stack())
		b = appendS64(append(b, opI32Const), frame)
		b = append(b, opI32Sub)
		b = withIndex(b, opLocalTee, f.length())
		b = withIndex(b, opGlobalSet, m.stack())
		b = withIndex(b, opLocalGet, f.length())
		b = append(b, opI32Const, 0, opI32LtS, opIf, noType)
		b = withIndex(b, opLocalGet, f.length())
		b = withIndex(b, opCall, m.deepen())
		b = withIndex(b, opGlobalSet, m.stack())
		b = append(b, opEnd)
	}
	b = withIndex(b, opGlobalGet, m.fuel())
	b = withIndex(b, opLocalSet, f.fuel())
	if f.calls {
		b = f.stop(b)
	}
	b = append(b, opBlock)
	switch results := f.kind.results; len(results) {
	case 0:
		return append(b, noType)
	case 1:
		return append(b, results[0])
	default:
		return appendS64(b, int64(m.typeOf(funcType{nil, results})))
	}
}

func (f *function) epilogue(b []byte, frame int64) []byte {
	b = f.save(b)
	if f.calls {
		b = withIndex(b, opGlobalGet, f.module.stack())
		b = appendS64(append(b, opI32Const), frame)
		b = append(b, opI32Add)
		b = withIndex(b, opGlobalSet, f.module.stack())
	}
	return append(b, opEnd)
}

// stop lets the guest be stopped here if its fuel has run out.
func (f *function) stop(b []byte) []byte {
	b = withIndex(b, opLocalGet, f.fuel())
	b = append(b, opI64Const, 0, opI64LtS, opIf, noType)
	b = withIndex(b, opLocalGet, f.fuel())
	b = withIndex(b, opCall, f.module.refuel())
	b = withIndex(b, opLocalSet, f.fuel())
	return append(b, opEnd)
}

// save puts the fuel where others look for it, load fetches it back.
func (f *function) save(b []byte) []byte {
	b = withIndex(b, opLocalGet, f.fuel())
	return withIndex(b, opGlobalSet, f.module.fuel())
}

func (f *function) load(b []byte) []byte {
	f.frame.set(f.fuel())
	b = withIndex(b, opGlobalGet, f.module.fuel())
	return withIndex(b, opLocalSet, f.fuel())
}

// flush writes the basic block with its price before it. A point to stop comes after the price is paid.
func (f *function) flush() {
	if f.price > 0 {
		f.frame.get(f.fuel())
		f.frame.set(f.fuel())
		f.out = withIndex(f.out, opLocalGet, f.fuel())
		f.out = appendS64(append(f.out, opI64Const), f.price)
		f.out = append(f.out, opI64Sub)
		f.out = withIndex(f.out, opLocalSet, f.fuel())
	}
	if f.check {
		f.out = f.stop(f.out)
	}
	f.out = append(f.out, f.block...)
	f.block, f.price, f.check = f.block[:0], 0, false
}
