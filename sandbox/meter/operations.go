package meter

// instruction reads and rewrites one instruction.
func (f *function) instruction() {
	start := f.r.at
	op := f.r.byte()
	f.price++
	f.at = f.r.at
	f.weigh(op)
	switch {
	case op >= opBlock && op <= opIf, op == opElse, op == opEnd:
		f.structure(op, start)
	case op >= opBr && op <= opReturn, op == opUnreachable:
		f.branch(op, start)
	case op == opCall, op == opCallIndirect:
		f.call(op)
	case op >= opLocalGet && op <= opTableSet:
		f.variable(op, start)
	case op == opMemoryGrow:
		f.r.u32()
		f.price += priceOfGrowing
		f.leave(1)
		f.keep(start, 1, 1)
	case op == opRefFunc:
		f.leave(0)
		f.reference()
	case op == opBulk:
		f.leave(0)
		f.bulk(start)
	default:
		f.simple(op, start)
	}
}

// priceOfGrowing is what growing a memory costs, which leaves the guest and may copy it.
const priceOfGrowing = 10_000

// keep copies what was read since start as it is, and moves the operand stack.
func (f *function) keep(start, takes, gives int) {
	f.block = append(f.block, f.r.since(start)...)
	f.move(takes, gives)
}

func (f *function) move(takes, gives int) {
	least := 0
	if n := len(f.open); n > 0 {
		least = f.open[n-1].height
	}
	f.height = max(f.height-takes, least) // below that it is code that nobody reaches
	f.frame.pop(uint64(f.height))
	f.height += gives
	f.frame.push(uint64(f.height))
}

// simple are the instructions that stand for themselves.
func (f *function) simple(op byte, start int) {
	sub := f.r.immediates(op)
	takes, gives := 0, 1
	switch {
	case op == opNop:
		gives = 0
	case op == opDrop:
		takes, gives = 1, 0
	case op == opSelect, op == opSelectTyped:
		takes = 3
	case op >= opLoadFirst && op < opStoreFirst, op == opRefIsNull:
		takes = 1
	case op >= opStoreFirst && op <= opStoreLast:
		takes, gives = 2, 0
	case op > opF64Const && op <= opNumericLast:
		takes = plain(op)
	case op == opVector:
		f.frame.wide = true
		takes, gives = vector(sub)
	}
	f.keep(start, takes, gives)
}

// immediates passes over what stands behind an instruction that stands for itself. For a vector instruction it returns
// the number after 0xfd.
func (r *reader) immediates(op byte) (sub uint32) {
	switch {
	case op == opNop, op == opDrop, op == opSelect, op == opRefIsNull, op > opF64Const && op <= opNumericLast:
	case op == opSelectTyped:
		r.valueTypes()
	case op >= opLoadFirst && op <= opStoreLast:
		r.memoryArgument()
	case op == opMemorySize:
		r.u32()
	case op == opI32Const:
		r.skipNumber(5)
	case op == opI64Const:
		r.skipNumber(10)
	case op == opF32Const:
		r.take(4)
	case op == opF64Const:
		r.take(8)
	case op == opRefNull:
		r.referenceType()
	case op == opVector:
		return r.vectorArgument()
	default:
		r.fail("the instruction %#x is not supported", op)
	}
	return 0
}

// memoryArgument reads an alignment and an offset. An alignment this large would say that a memory follows.
func (r *reader) memoryArgument() {
	if r.u32() >= 32 {
		r.fail("it uses more than one memory")
	}
	r.u32()
}

func (r *reader) vectorArgument() (sub uint32) {
	sub = r.u32()
	switch {
	case sub <= vectorLoadLast, sub == vectorLoadZero32, sub == vectorLoadZero64:
		r.memoryArgument()
	case sub == vectorConst, sub == vectorShuffle:
		r.take(16)
	case sub >= vectorLaneFirst && sub <= vectorLaneLast:
		r.byte()
	case sub >= vectorMemLaneFirst && sub <= vectorMemLaneLast:
		r.memoryArgument()
		r.byte()
	case sub > 255:
		r.fail("the instruction 0xfd %#x is not supported", sub)
	}
	return sub
}

// variable checks that what it names was there before.
func (f *function) variable(op byte, start int) {
	most := f.locals
	switch op {
	case opGlobalGet, opGlobalSet:
		most = f.module.globalCount
	case opTableGet, opTableSet:
		most = f.module.tableCount
	}
	index := f.r.u32()
	if f.below(index, most); f.r.err != nil {
		return
	}
	switch op {
	case opLocalGet, opGlobalGet:
		f.keep(start, 0, 1)
	case opLocalTee, opTableGet:
		f.keep(start, 1, 1)
	case opTableSet:
		f.keep(start, 2, 0)
	default:
		f.keep(start, 1, 0)
	}
	if index < f.module.followed() && f.tracking() {
		switch op {
		case opGlobalGet:
			f.frame.get(f.frame.locals + index)
		case opGlobalSet:
			f.frame.set(f.frame.locals + index)
		}
	}
	switch op {
	case opLocalGet:
		f.frame.get(index)
	case opLocalSet, opLocalTee:
		f.frame.set(index)
	case opTableGet, opTableSet:
		f.leave(0)
	}
}

func (f *function) below(index, most uint32) {
	if index >= most {
		f.r.fail("it names a thing with the number %d of %d", index, most)
	}
}

// reference looks the function up in a table instead of making a reference to it.
func (f *function) reference() {
	m := f.module
	target := m.function(&f.r, f.r.u32())
	if !m.outside[target] {
		f.r.fail("it refers to the function %d, which is named nowhere else", target)
	}
	place, known := m.referenced[target]
	if !known {
		place = uint32(len(m.inTable))
		m.referenced[target] = place
		m.inTable = append(m.inTable, target)
	}
	f.block = appendS64(append(f.block, opI32Const), int64(place))
	f.block = withIndex(f.block, opTableGet, m.table())
	f.move(0, 1)
}

// call saves the fuel before a call and fetches what is left of it after that: the host may charge for what it did.
func (f *function) call(op byte) {
	m := f.module
	var t funcType
	f.block = f.save(f.block)
	defer func() { f.frame.pass(t) }()
	if op == opCallIndirect {
		kind, table := f.r.u32(), f.r.u32()
		f.below(table, m.tableCount)
		if t = f.typed(kind); f.r.err != nil {
			return
		}
		f.block = appendU32(withIndex(f.block, op, kind), table)
		f.calls = true
		f.weighPass(t)
		f.leave(len(t.params) + 1)
		f.block = f.load(f.block)
		f.move(len(t.params)+1, len(t.results))
		return
	}
	old := f.r.u32()
	target := m.function(&f.r, old)
	if f.r.err != nil {
		return
	}
	f.block = withIndex(f.block, op, target)
	if old < m.importedFuncs {
		f.price += priceOfHost
		t = m.importTypes[old]
	} else {
		t = m.types[m.funcs[old-m.importedFuncs]]
		f.calls = true
	}
	f.weighPass(t)
	f.leave(len(t.params))
	f.block = f.load(f.block)
	f.move(len(t.params), len(t.results))
}

// leave is for an instruction that takes so many operands and keeps no register.
func (f *function) leave(takes int) {
	f.shape.reload(f.module.globalCount)
	if f.tracking() {
		f.frame.call(uint64(max(f.height-takes, 0)))
	}
}

// priceOfHost is what a call of the host costs besides what the host does.
const priceOfHost = 100

// typed returns a type that was there before.
func (f *function) typed(index uint32) funcType {
	if index >= f.module.declaredTypes {
		f.r.fail("it names a type with the number %d of %d", index, f.module.declaredTypes)
		return funcType{}
	}
	return f.module.types[index]
}
