package meter

import (
	"bytes"
	"fmt"
)

// longStride is how many bytes one memory.fill or memory.copy handles between two points at which the guest can be
// stopped and the collector run: far less than a millisecond, and one or two where what is copied lies over itself.
const longStride = 256 << 10

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
		m.total.add(i, f.shape, f.locals, m.globalCount)
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

	// open are the blocks that are open, the function's own the first; around is how many of them are loops.
	open   []opened
	around uint64
	// tight is where in open the tight loop is that is being read; 0 where none is.
	tight int
	shape shape
	frame frame
	// height is how many values lie on the operand stack.
	height int
	// at is where the instruction began that is being read.
	at int
	// dead says that nobody gets here.
	dead bool
	// calls says that it calls functions of the module, itself perhaps.
	calls bool
}

// opened is a block that is open: how many values lay below it, how many it leaves, and how many branches lead to it.
type opened struct {
	op      byte
	meeting meeting
	height  int
	takes   int
	results int
	ways    uint64
}

func (f *function) fuel() uint32   { return f.locals }
func (f *function) length() uint32 { return f.locals + 1 }

// begin forgets the function before and takes the next one. What lies in its buffers is used again.
func (f *function) begin(m *module, body []byte, kind funcType) {
	*f = function{
		module: m, r: reader{data: body}, kind: kind,
		whole: f.whole[:0], out: f.out[:0], block: f.block[:0], open: f.open[:0], frame: f.frame,
	}
}

// rewrite returns the function's entry in the section of code, until the next begin.
func (f *function) rewrite() ([]byte, error) {
	if len(f.r.data) > longestBody {
		return nil, fmt.Errorf("it is longer than %d bytes", longestBody)
	}
	declared := f.readLocals()
	f.open = append(f.open, opened{op: opBlock, results: len(f.kind.results)})
	for f.r.err == nil && len(f.open) > 0 {
		f.instruction()
	}
	if err := f.r.end("function"); err != nil {
		return nil, err
	}
	declared.add([]byte{1, i64})
	declared.add([]byte{1, i32})
	frame := int64(min(f.frame.bytes(f.kind), mostFrame))
	f.whole = append(appendU32(f.whole[:0], declared.count), declared.body...)
	f.whole = f.prologue(f.whole, frame)
	f.whole = append(f.whole, f.out...)
	f.whole = f.epilogue(f.whole, frame)
	return f.whole, nil
}

// readLocals reads the declarations of locals.
func (f *function) readLocals() (declared entries) {
	count := uint64(len(f.kind.params))
	wide := bytes.IndexByte(f.kind.params, v128) >= 0 || bytes.IndexByte(f.kind.results, v128) >= 0
	for range f.r.count() {
		start := f.r.at
		n := f.r.u32()
		if f.r.valueType() == v128 {
			wide = true
		}
		if count += uint64(n); count > mostLocals {
			f.r.fail("it has more than %d locals", mostLocals)
			return declared
		}
		declared.add(f.r.since(start))
	}
	f.locals = uint32(count)
	f.frame.begin(f.locals+1, f.module.followed()) // the fuel is one too
	f.frame.wide = wide
	return declared
}

// followed is how many globals are followed as locals are.
func (m *module) followed() uint32 { return min(m.globalCount, mostVariables) }

func withIndex(b []byte, op byte, index uint32) []byte { return appendU32(append(b, op), index) }
