package meter

// bulk rewrites the instructions after 0xfc. Those that handle a number of things pay for each before they begin; where
// that is more than one stride, filling and copying are left to a function that does it in strides.
func (f *function) bulk(start int) {
	m := f.module
	sub := f.r.u32()
	switch sub {
	default:
		if sub > tableFill {
			f.r.fail("the instruction 0xfc %#x is not supported", sub)
		}
		f.keep(start, 1, 1) // conversions
	case dataDrop:
		f.r.u32()
		f.keep(start, 0, 0)
	case elemDrop:
		f.below(f.r.u32(), m.elementCount)
		f.keep(start, 0, 0)
	case tableSize:
		f.below(f.r.u32(), m.tableCount)
		f.keep(start, 0, 1)
	case tableGrow:
		f.below(f.r.u32(), m.tableCount)
		f.pay(0)
		f.keep(start, 2, 1)
	case memoryInit:
		f.r.u32()
		f.r.u32()
		f.pay(3)
		f.keep(start, 3, 0)
	case tableInit:
		f.below(f.r.u32(), m.elementCount)
		f.below(f.r.u32(), m.tableCount)
		f.pay(0)
		f.keep(start, 3, 0)
	case tableCopy:
		f.below(f.r.u32(), m.tableCount)
		f.below(f.r.u32(), m.tableCount)
		f.pay(0)
		f.keep(start, 3, 0)
	case tableFill:
		f.below(f.r.u32(), m.tableCount)
		f.pay(0)
		f.keep(start, 3, 0)
	case memoryFill:
		f.r.u32()
		f.inStrides(start, m.longFiller())
	case memoryCopy:
		f.r.u32()
		f.r.u32()
		f.inStrides(start, m.longCopier())
	}
}

// pay takes a unit of fuel for each 2^shift of the number on top of the stack, and stops where there is too little.
func (f *function) pay(shift byte) {
	f.block = withIndex(f.block, opLocalTee, f.length())
	f.block = append(f.block, opExtend)
	f.block = append(f.block, opI64Const, shift, opI64ShU)
	// What is left minus that: the operands stand the wrong way round for a subtraction.
	f.block = appendS64(append(f.block, opI64Const), -1)
	f.block = append(f.block, opI64Mul)
	f.block = withIndex(f.block, opLocalGet, f.fuel())
	f.block = append(f.block, opI64Add)
	f.block = withIndex(f.block, opLocalSet, f.fuel())
	f.block = f.stop(f.block)
	f.block = withIndex(f.block, opLocalGet, f.length())
}

// inStrides chooses between the instruction and the function that does the same in strides. Both take the three values
// that lie on the stack.
func (f *function) inStrides(start int, long uint32) {
	f.pay(3)
	f.block = withIndex(f.block, opLocalGet, f.length())
	f.block = appendS64(append(f.block, opI32Const), longStride)
	f.block = append(f.block, opI32GtU, opIf)
	f.block = appendS64(f.block, int64(f.module.typeOf(funcType{[]byte{i32, i32, i32}, nil})))
	f.block = f.save(f.block)
	f.block = withIndex(f.block, opCall, long)
	f.block = f.load(f.block)
	f.block = append(f.block, opElse)
	f.keep(start, 3, 0)
	f.block = append(f.block, opEnd)
}

// The two long functions have the parameters to, from (or what to fill with) and length. They are paid for already, so
// they only stop.
const (
	to = iota
	from
	length
)

// longFill fills in strides from the start. Where the range does not fit, the whole instruction is executed, which
// traps before it writes.
func longFill(fuel, refuel uint32) []byte {
	b := []byte{0}
	b = outside(b, to)
	b = append(b, opIf, noType)
	b = getAll(b, opLocalGet, to, from, length)
	b = append(b, opBulk, memoryFill, 0, opEnd)
	b = append(b, opLoop, noType)
	b = whileLong(b)
	b = getAll(b, opLocalGet, to, from)
	b = appendS64(append(b, opI32Const), longStride)
	b = append(b, opBulk, memoryFill, 0)
	b = advance(b, to, opI32Add)
	b = advance(b, length, opI32Sub)
	b = pause(b, fuel, refuel)
	b = append(b, opBr, 1, opEnd, opEnd)
	b = getAll(b, opLocalGet, to, from, length)
	return append(b, opBulk, memoryFill, 0, opEnd)
}

// longCopy copies in strides, from the start or from the end, so that nothing is overwritten before it is copied.
func longCopy(fuel, refuel uint32) []byte {
	copying := []byte{opBulk, memoryCopy, 0, 0}
	b := []byte{0}
	b = outside(b, to)
	b = outside(b, from)
	b = append(b, opI32Or, opIf, noType)
	b = getAll(b, opLocalGet, to, from, length)
	b = append(append(b, copying...), opEnd)

	b = append(b, opLoop, noType)
	b = whileLong(b)
	b = getAll(b, opLocalGet, from, to)
	b = append(b, opI32GeU, opIf, noType) // from the start
	b = getAll(b, opLocalGet, to, from)
	b = appendS64(append(b, opI32Const), longStride)
	b = append(b, copying...)
	b = advance(b, to, opI32Add)
	b = advance(b, from, opI32Add)
	b = advance(b, length, opI32Sub)
	b = append(b, opElse) // from the end
	b = advance(b, length, opI32Sub)
	b = append(getAll(b, opLocalGet, to, length), opI32Add)
	b = append(getAll(b, opLocalGet, from, length), opI32Add)
	b = appendS64(append(b, opI32Const), longStride)
	b = append(append(b, copying...), opEnd)
	b = pause(b, fuel, refuel)
	b = append(b, opBr, 1, opEnd, opEnd)
	b = getAll(b, opLocalGet, to, from, length)
	return append(append(b, copying...), opEnd)
}

// outside leaves 1 where the range of length bytes from a parameter on does not lie in the memory, else 0.
func outside(b []byte, parameter uint32) []byte {
	b = append(withIndex(b, opLocalGet, parameter), opExtend)
	b = append(withIndex(b, opLocalGet, length), opExtend)
	b = append(b, opI64Add, opMemorySize, 0, opExtend, opI64Const, 16, opI64Shl)
	return append(b, opI64GtU)
}

// whileLong opens what is done while more than a stride is left.
func whileLong(b []byte) []byte {
	b = withIndex(b, opLocalGet, length)
	b = appendS64(append(b, opI32Const), longStride)
	return append(b, opI32GtU, opIf, noType)
}

func advance(b []byte, local uint32, op byte) []byte {
	b = withIndex(b, opLocalGet, local)
	b = appendS64(append(b, opI32Const), longStride)
	return withIndex(append(b, op), opLocalSet, local)
}

func getAll(b []byte, op byte, locals ...uint32) []byte {
	for _, l := range locals {
		b = withIndex(b, op, l)
	}
	return b
}

// pause is a point at which the guest can be stopped, whatever is left.
func pause(b []byte, fuel, refuel uint32) []byte {
	b = withIndex(b, opGlobalGet, fuel)
	b = withIndex(b, opCall, refuel)
	return withIndex(b, opGlobalSet, fuel)
}
