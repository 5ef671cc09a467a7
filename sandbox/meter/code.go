package meter

import (
	"fmt"
	"math"
)

// longStride is how many bytes one memory.fill or memory.copy handles between two points at which the guest can be
// stopped: about a millisecond.
const longStride = 4 << 20

// frameOf is what every call takes of the stack besides its locals and operands, in bytes.
const frameOf = 64

// rewriteCode rewrites every function and adds those that fill and copy in pieces.
func (m *module) rewriteCode() error {
	r := &reader{data: m.sections[codeSection]}
	n := 0
	if m.sections[codeSection] != nil {
		n = r.count()
	}
	if r.err == nil && n != len(m.funcs) {
		return fmt.Errorf("it declares %d functions and has code for %d", len(m.funcs), n)
	}
	m.code.body = make([]byte, 0, len(r.data)+len(r.data)/2) // what a meter adds to most code
	f := &function{}
	for i := range n {
		body := r.take(r.u32())
		if r.err != nil {
			break
		}
		f.begin(m, body, m.types[m.funcs[i]])
		text, err := f.rewrite()
		if err != nil {
			return inFunction(i, err)
		}
		m.code.addSized(text)
	}
	if err := r.end("code"); err != nil {
		return err
	}
	if m.memories {
		m.addFunction(funcType{[]byte{i32, i32, i32}, nil}, longFill(m.fuel(), m.refuel()))
		m.addFunction(funcType{[]byte{i32, i32, i32}, nil}, longCopy(m.fuel(), m.refuel()))
	}
	return nil
}

func (m *module) addFunction(t funcType, body []byte) {
	m.defined.add(appendU32(nil, m.typeOf(t)))
	m.code.addSized(body)
}

// longFiller and longCopier are the numbers of the two added functions.
func (m *module) longFiller() uint32 { return m.importedFuncs + added + uint32(len(m.funcs)) }
func (m *module) longCopier() uint32 { return m.longFiller() + 1 }

// function is one function that is being rewritten.
//
// Its body becomes a block, so that every way out of it, a return included, leads past what is added behind it.
type function struct {
	module *module
	r      reader
	kind   funcType
	// locals is how many it had, its parameters included. Added are one for the fuel and one for a length.
	locals uint32

	out   []byte // what is rewritten of the body
	whole []byte // with what is added before and behind it
	// block is the basic block that is being read: its text is written once its price is known. check says that it
	// begins where the guest can be stopped.
	block []byte
	price int64
	check bool

	// open are the blocks that are open, the function's own the first; around is how many of them are loops. blocks
	// counts all that there are, loops each loop with those around it.
	open          []opened
	around        uint64
	blocks, loops uint64
	// height is how many values lie on the operand stack, highest how many there ever were.
	height, highest int
	// calls says that it calls functions of the module, itself perhaps.
	calls bool
}

// opened is a block that is open: how many values lay below it, and how many it leaves.
type opened struct {
	op      byte
	height  int
	takes   int
	results int
}

func (f *function) fuel() uint32   { return f.locals }
func (f *function) length() uint32 { return f.locals + 1 }

// begin forgets the function before and takes the next one. What lies in its buffers is used again.
func (f *function) begin(m *module, body []byte, kind funcType) {
	*f = function{
		module: m, r: reader{data: body}, kind: kind,
		whole: f.whole[:0], out: f.out[:0], block: f.block[:0], open: f.open[:0],
	}
}

// rewrite returns the function's entry in the section of code, until the next begin.
func (f *function) rewrite() ([]byte, error) {
	if len(f.r.data) > longestBody {
		return nil, fmt.Errorf("it is longer than %d bytes", longestBody)
	}
	declared, size := f.readLocals()
	f.open = append(f.open, opened{op: opBlock, results: len(f.kind.results)})
	for f.r.err == nil && len(f.open) > 0 {
		f.instruction()
	}
	if err := f.r.end("function"); err != nil {
		return nil, err
	}
	if err := f.measure(); err != nil {
		return nil, err
	}
	declared.add([]byte{1, i64})
	declared.add([]byte{1, i32})
	frame := frameOf + size + 8*f.highest
	f.whole = append(appendU32(f.whole[:0], declared.count), declared.body...)
	f.whole = f.prologue(f.whole, int64(frame))
	f.whole = append(f.whole, f.out...)
	f.whole = f.epilogue(f.whole, int64(frame))
	return f.whole, nil
}

// measure refuses a shape that would take too long to compile.
func (f *function) measure() error {
	joins, merges := uint64(f.locals)*f.loops, uint64(f.locals)*f.blocks
	f.module.shape += joins + merges
	if joins > mostJoins || merges > mostMerges || f.module.shape > mostShape {
		return fmt.Errorf("its %d locals in %d nested blocks would take too long to compile", f.locals, f.blocks)
	}
	return nil
}

// readLocals reads the declarations of locals and returns them with the bytes that parameters and locals take.
func (f *function) readLocals() (declared entries, size int) {
	count := uint64(len(f.kind.params))
	size = 8 * len(f.kind.params)
	for range f.r.count() {
		start := f.r.at
		n := f.r.u32()
		width := 8
		if f.r.valueType() == v128 {
			width = 16
		}
		if count += uint64(n); count > mostLocals {
			f.r.fail("it has more than %d locals", mostLocals)
			return declared, 0
		}
		size += int(n) * width
		declared.add(f.r.since(start))
	}
	f.locals = uint32(count)
	return declared, size
}

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
	b = withIndex(b, opGlobalGet, f.module.fuel())
	return withIndex(b, opLocalSet, f.fuel())
}

// flush writes the basic block with its price before it. A point to stop comes after the price is paid.
func (f *function) flush() {
	if f.price > 0 {
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

// instruction reads and rewrites one instruction.
func (f *function) instruction() {
	start := f.r.at
	op := f.r.byte()
	f.price++
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
		f.keep(start, 1, 1)
	case op == opRefFunc:
		f.reference()
	case op == opBulk:
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
	f.height = max(f.height-takes, least) + gives // below that it is code that nobody reaches
	f.highest = max(f.highest, f.height)
}

// simple are the instructions that stand for themselves.
func (f *function) simple(op byte, start int) {
	takes, gives := 0, 0
	switch {
	case op == 0x01: // nop
	case op == opDrop:
		takes = 1
	case op == opSelect:
		takes, gives = 3, 1
	case op == opSelectTyped:
		f.r.valueTypes()
		takes, gives = 3, 1
	case op >= opLoadFirst && op < opStoreFirst:
		f.memoryArgument()
		takes, gives = 1, 1
	case op >= opStoreFirst && op <= opStoreLast:
		f.memoryArgument()
		takes = 2
	case op == opMemorySize:
		f.r.u32()
		gives = 1
	case op == opI32Const:
		f.r.skipNumber(5)
		gives = 1
	case op == opI64Const:
		f.r.skipNumber(10)
		gives = 1
	case op == opF32Const:
		f.r.take(4)
		gives = 1
	case op == opF64Const:
		f.r.take(8)
		gives = 1
	case op > opF64Const && op <= opNumericLast:
		takes, gives = plain(op), 1
	case op == opRefNull:
		f.r.referenceType()
		gives = 1
	case op == opRefIsNull:
		takes, gives = 1, 1
	case op == opVector:
		takes, gives = f.vectorArgument()
	default:
		f.r.fail("the instruction %#x is not supported", op)
	}
	f.keep(start, takes, gives)
}

// memoryArgument reads an alignment and an offset. An alignment this large would say that a memory follows.
func (f *function) memoryArgument() {
	if f.r.u32() >= 32 {
		f.r.fail("it uses more than one memory")
	}
	f.r.u32()
}

func (f *function) vectorArgument() (takes, gives int) {
	sub := f.r.u32()
	switch {
	case sub <= vectorLoadLast, sub == vectorLoadZero32, sub == vectorLoadZero64:
		f.memoryArgument()
	case sub == vectorConst, sub == vectorShuffle:
		f.r.take(16)
	case sub >= vectorLaneFirst && sub <= vectorLaneLast:
		f.r.byte()
	case sub >= vectorMemLaneFirst && sub <= vectorMemLaneLast:
		f.memoryArgument()
		f.r.byte()
	case sub > 255:
		f.r.fail("the instruction 0xfd %#x is not supported", sub)
	}
	return vector(sub)
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
	f.below(f.r.u32(), most)
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

// call saves the fuel before a call. Imported functions do not use it; all others do, and leave what they left.
func (f *function) call(op byte) {
	m := f.module
	var t funcType
	f.block = f.save(f.block)
	if op == opCallIndirect {
		kind, table := f.r.u32(), f.r.u32()
		f.below(table, m.tableCount)
		if t = f.typed(kind); f.r.err != nil {
			return
		}
		f.block = appendU32(withIndex(f.block, op, kind), table)
		f.calls = true
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
		f.block = f.load(f.block)
	}
	f.move(len(t.params), len(t.results))
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

// branch ends the basic block. A return leads to the end of the block that the body became.
func (f *function) branch(op byte, start int) {
	depth := uint32(len(f.open))
	switch op {
	case opBr, opBrIf:
		f.below(f.r.u32(), depth)
	case opBrTable:
		for range f.r.count() + 1 {
			f.below(f.r.u32(), depth)
		}
	}
	if op == opReturn {
		f.block = withIndex(f.block, opBr, depth-1)
	} else {
		f.block = append(f.block, f.r.since(start)...)
	}
	switch op {
	case opBrIf:
		f.move(1, 0)
	default: // nobody reaches what comes next before the block ends
		f.move(math.MaxInt32, 0)
	}
	f.flush()
}

// structure opens, splits and closes blocks.
func (f *function) structure(op byte, start int) {
	switch op {
	case opElse:
		top := &f.open[len(f.open)-1]
		if top.op != opIf {
			f.r.fail("an else has no if")
			return
		}
		top.op = opElse
		f.height = top.height + top.takes
		f.flush()
		f.out = append(f.out, op)
	case opEnd:
		top := f.open[len(f.open)-1]
		f.open = f.open[:len(f.open)-1]
		if top.op == opLoop {
			f.around--
		}
		f.height = top.height + top.results
		f.highest = max(f.highest, f.height)
		f.flush()
		f.out = append(f.out, op)
	default:
		f.openBlock(op, start)
	}
}

func (f *function) openBlock(op byte, start int) {
	takes, results := f.blockType()
	if op == opIf {
		f.move(1, 0)
	}
	f.blocks++
	if len(f.open) >= deepestBlocks {
		f.r.fail("its blocks are nested more than %d deep", deepestBlocks)
		return
	}
	f.block = append(f.block, f.r.since(start)...)
	f.open = append(f.open, opened{op, max(f.height-takes, 0), takes, results})
	if op == opLoop {
		f.around++
		f.loops += f.around
	}
	if op != opBlock { // what a plain block begins with is reached whenever the block is
		f.flush()
		f.check = op == opLoop
	}
}

// blockType reads how many values a block takes and leaves.
func (f *function) blockType() (takes, results int) {
	start := f.r.at
	kind := f.r.s33()
	switch {
	case kind == -0x40:
		return 0, 0
	case kind < 0:
		f.r.at = start
		f.r.valueType()
		return 0, 1
	case kind > math.MaxUint32:
		f.r.fail("a block has a type that there is not")
		return 0, 0
	}
	t := f.typed(uint32(kind))
	return len(t.params), len(t.results)
}

func withIndex(b []byte, op byte, index uint32) []byte { return appendU32(append(b, op), index) }
