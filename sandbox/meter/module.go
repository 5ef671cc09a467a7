package meter

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"
)

// The sections that are read, by number.
const (
	customSection = iota
	typeSection
	importSection
	functionSection
	tableSection
	memorySection
	globalSection
	exportSection
	startSection
	elementSection
	codeSection
	dataSection
	dataCountSection
)

// order is how sections follow each other in a module.
var order = []byte{
	typeSection, importSection, functionSection, tableSection, memorySection, globalSection, exportSection, startSection,
	elementSection, dataCountSection, codeSection, dataSection,
}

// funcType is a function's parameters and results, a byte for each.
type funcType struct{ params, results []byte }

// entries are the things of one section in their binary form.
type entries struct {
	count uint32
	body  []byte
}

func (e *entries) add(thing []byte) {
	e.count++
	e.body = append(e.body, thing...)
}

// addSized adds a thing that has its size before it.
func (e *entries) addSized(thing []byte) {
	e.count++
	e.body = append(appendU32(e.body, uint32(len(thing))), thing...)
}

func (e *entries) encode() []byte {
	return append(appendU32(make([]byte, 0, len(e.body)+5), e.count), e.body...)
}

// module is a module taken apart. What refers to functions by number is rewritten while it is read, since two imports
// come before all functions of its own.
type module struct {
	sections map[byte][]byte // as they were

	types           []funcType
	declaredTypes   uint32 // how many of them were there before
	importTypes     []funcType
	importedFuncs   uint32
	importedGlobals uint32
	importedTables  uint32
	funcs           []uint32 // the type of each function of its own
	tableCount      uint32   // with the imported ones
	globalCount     uint32
	elementCount    uint32
	memories        bool

	// The sections as they will be.
	typed, imported, defined, tables, globals, exports, elements, code, data entries
	start                                                                    []byte

	// outside are the functions that are named outside of code.
	outside map[uint32]bool
	// referenced are the functions that ref.func names in code, by their new numbers, and where each stands in the
	// table that takes its place.
	referenced map[uint32]uint32
	inTable    []uint32

	// total is what the functions so far are to a compiler.
	total total
}

// added is how many functions the meter imports.
const added = 2

func parse(wasm []byte) (*module, error) {
	if !bytes.HasPrefix(wasm, []byte("\x00asm\x01\x00\x00\x00")) {
		return nil, fmt.Errorf("it is not a core module of WebAssembly 1")
	}
	m := &module{sections: map[byte][]byte{}, outside: map[uint32]bool{}, referenced: map[uint32]uint32{}}
	r := &reader{data: wasm, at: 8}
	last := -1
	for r.more() {
		id := r.byte()
		content := r.take(r.u32())
		if r.err != nil {
			break
		}
		if id == customSection {
			c := reader{data: content}
			if name := c.name(); c.err != nil || !utf8.ValidString(name) {
				return nil, fmt.Errorf("a custom section has no name")
			}
			continue
		}
		place := slices.Index(order, id)
		if place <= last {
			return nil, fmt.Errorf("its section %d is not known or not where it belongs", id)
		}
		last = place
		m.sections[id] = content
	}
	if r.err != nil {
		return nil, r.err
	}
	return m, m.readSections()
}

func (m *module) readSections() error {
	steps := []struct {
		section byte
		what    string
		read    func(*reader) error
	}{
		{typeSection, "types", m.readTypes},
		{importSection, "imports", m.readImports},
		{functionSection, "functions", m.readFunctions},
		{tableSection, "tables", m.readTables},
		{memorySection, "memories", func(r *reader) error { m.memories = r.u32() > 0; return nil }},
		{globalSection, "globals", m.readGlobals},
		{exportSection, "exports", m.readExports},
		{startSection, "start", m.readStart},
		{elementSection, "elements", m.readElements},
		{dataCountSection, "number of data", func(r *reader) error { r.u32(); return r.err }},
		{dataSection, "data", m.readData},
	}
	for _, s := range steps {
		content, there := m.sections[s.section]
		if !there && s.section != importSection {
			continue
		}
		if !there {
			content = []byte{0}
		}
		r := &reader{data: content}
		err := s.read(r)
		if err == nil && s.section != memorySection {
			err = r.end("section of its " + s.what)
		}
		if err != nil {
			return fmt.Errorf("reading its %s: %w", s.what, err)
		}
	}
	return nil
}

func (m *module) readTypes(r *reader) error {
	for range r.most(mostTypes, "types") {
		start := r.at
		if form := r.byte(); form != 0x60 {
			r.fail("a type of form %#x is not supported", form)
		}
		t := funcType{params: r.valueTypes()}
		t.results = r.valueTypes()
		if max(len(t.params), len(t.results)) > widestType {
			r.fail("a type has more than %d parameters or results", widestType)
		}
		m.types = append(m.types, t)
		m.typed.add(r.since(start))
	}
	m.declaredTypes = uint32(len(m.types))
	return r.err
}

// typeOf returns the index of t, which is added where it is not there yet.
func (m *module) typeOf(t funcType) uint32 {
	for i, have := range m.types {
		if bytes.Equal(have.params, t.params) && bytes.Equal(have.results, t.results) {
			return uint32(i)
		}
	}
	m.types = append(m.types, t)
	text := appendName([]byte{0x60}, string(t.params))
	m.typed.add(appendName(text, string(t.results)))
	return uint32(len(m.types) - 1)
}

// The kinds of import and export.
const (
	funcKind = iota
	tableKind
	memoryKind
	globalKind
)

func (m *module) readImports(r *reader) error {
	for range r.most(mostTypes, "imports") {
		start := r.at
		if from := r.name(); from == Module {
			r.fail("it imports from %q, which is not for guests", Module)
		}
		r.name()
		switch kind := r.byte(); kind {
		case funcKind:
			t := r.u32()
			if t >= m.declaredTypes {
				r.fail("an import has a type that there is not")
				return r.err
			}
			m.importTypes = append(m.importTypes, m.types[t])
			m.importedFuncs++
		case tableKind:
			r.referenceType()
			skipLimits(r)
			m.importedTables++
		case memoryKind:
			skipLimits(r)
			m.memories = true
		case globalKind:
			r.globalType()
			m.importedGlobals++
		default:
			r.fail("an import of kind %d is not supported", kind)
		}
		m.imported.add(r.since(start))
	}
	m.tableCount, m.globalCount = m.importedTables, m.importedGlobals
	m.imported.add(importOf(Refuel, m.typeOf(funcType{[]byte{i64}, []byte{i64}})))
	m.imported.add(importOf(Deepen, m.typeOf(funcType{[]byte{i32}, []byte{i32}})))
	return r.err
}

func importOf(name string, t uint32) []byte {
	return appendU32(append(appendName(appendName(nil, Module), name), funcKind), t)
}

func skipLimits(r *reader) {
	flags := r.byte()
	if flags > 3 {
		r.fail("limits with flags %#x are not supported", flags)
	}
	r.u32()
	if flags&1 != 0 {
		r.u32()
	}
}

func (m *module) readFunctions(r *reader) error {
	for range r.most(mostFunctions, "functions") {
		t := r.u32()
		if t >= m.declaredTypes {
			r.fail("a function has a type that there is not")
			return r.err
		}
		m.funcs = append(m.funcs, t)
		m.defined.add(appendU32(nil, t))
	}
	return r.err
}

// readTables bounds what each table may hold and grow to: a table.grow past that answers -1, as it may at any time.
func (m *module) readTables(r *reader) error {
	n := r.count()
	share := uint32(MostElements / max(n, 1))
	for range n {
		kind, flags := r.referenceType(), r.byte()
		least, most := r.u32(), share
		if flags > 1 {
			r.fail("limits with flags %#x are not supported", flags)
		}
		if flags&1 != 0 {
			declared := r.u32()
			if declared < least {
				r.fail("a table is larger than it may become")
			}
			most = min(most, declared)
		}
		if least > share {
			return fmt.Errorf("its tables have more than %d elements", MostElements)
		}
		m.tableCount++
		m.tables.add(appendU32(appendU32([]byte{kind, 1}, least), max(least, most)))
	}
	return r.err
}

func (m *module) readGlobals(r *reader) error {
	for range r.most(mostGlobals, "globals") {
		start := r.at
		r.globalType()
		m.globals.add(m.constant(r, bytes.Clone(r.since(start))))
		m.globalCount++
	}
	return r.err
}

func (m *module) readExports(r *reader) error {
	for range r.most(mostGlobals, "exports") {
		thing := appendName(nil, r.name())
		kind, index := r.byte(), r.u32()
		switch kind {
		case funcKind:
			index = m.declared(r, index)
		case globalKind:
			if index >= m.globalCount {
				r.fail("an export of a global that there is not")
			}
		case tableKind:
			if index >= m.tableCount {
				r.fail("an export of a table that there is not")
			}
		}
		m.exports.add(appendU32(append(thing, kind), index))
	}
	return r.err
}

func (m *module) readStart(r *reader) error {
	m.start = appendU32(nil, m.function(r, r.u32()))
	return r.err
}

// function returns the new number of a function.
func (m *module) function(r *reader, index uint32) uint32 {
	if uint64(index) >= uint64(m.importedFuncs)+uint64(len(m.funcs)) {
		r.fail("there is no function %d", index)
		return 0
	}
	if index < m.importedFuncs {
		return index
	}
	return index + added
}

// declared is function for a place outside of code: what is named there ref.func may name too (section 3.4.10).
func (m *module) declared(r *reader, index uint32) uint32 {
	index = m.function(r, index)
	m.outside[index] = true
	return index
}

// refuel and deepen are the numbers of the imported functions.
func (m *module) refuel() uint32 { return m.importedFuncs }
func (m *module) deepen() uint32 { return m.importedFuncs + 1 }

// fuel and stack are the numbers of the added globals, table that of the added table.
func (m *module) fuel() uint32  { return m.globalCount }
func (m *module) stack() uint32 { return m.globalCount + 1 }
func (m *module) table() uint32 { return m.tableCount }

// constant appends a constant expression to b (section 5.4.9, with the extended ones).
func (m *module) constant(r *reader, b []byte) []byte {
	for r.err == nil {
		start := r.at
		op := r.byte()
		switch op {
		case opI32Const:
			r.skipNumber(5)
		case opI64Const:
			r.skipNumber(10)
		case opF32Const:
			r.take(4)
		case opF64Const:
			r.take(8)
		case opGlobalGet:
			if r.u32() >= m.globalCount {
				r.fail("a constant reads a global that there is not")
			}
		case opRefNull:
			r.referenceType()
		case opRefFunc:
			b = appendU32(append(b, op), m.declared(r, r.u32()))
			continue
		case opEnd, 0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e: // i32 and i64 add, sub, mul
		case opVector:
			if sub := r.u32(); sub != vectorConst {
				r.fail("a constant with the instruction 0xfd %#x is not supported", sub)
			}
			r.take(16)
		default:
			r.fail("a constant with the instruction %#x is not supported", op)
		}
		b = append(b, r.since(start)...)
		if op == opEnd {
			break
		}
	}
	return b
}

// readElements reads the eight forms of section 5.5.12.
func (m *module) readElements(r *reader) error {
	for range r.count() {
		flags := r.u32()
		if flags > 7 {
			r.fail("elements with flags %d are not supported", flags)
		}
		thing := appendU32(nil, flags)
		passive, indexed, expressions := flags&1 != 0, flags&2 != 0, flags&4 != 0
		if !passive {
			table := uint32(0)
			if indexed {
				table = r.u32()
				thing = appendU32(thing, table)
			}
			if table >= m.tableCount {
				r.fail("elements of a table that there is not")
			}
			thing = m.constant(r, thing)
		}
		switch {
		case !passive && !indexed:
		case expressions:
			thing = append(thing, r.referenceType())
		default:
			kind := r.byte()
			if kind != 0 {
				r.fail("elements of kind %d are not supported", kind)
			}
			thing = append(thing, kind)
		}
		n := r.count()
		thing = appendU32(thing, uint32(n))
		for range n {
			if expressions {
				thing = m.constant(r, thing)
			} else {
				thing = appendU32(thing, m.declared(r, r.u32()))
			}
		}
		m.elements.add(thing)
		m.elementCount++
	}
	return r.err
}

// encode puts the module together again.
func (m *module) encode() []byte {
	m.globals.add([]byte{i64, 1, opI64Const, 0, opEnd})
	m.globals.add([]byte{i32, 1, opI32Const, 0, opEnd})
	m.exports.add(appendU32(append(appendName(nil, Fuel), globalKind), m.fuel()))
	if n := uint32(len(m.inTable)); n > 0 {
		m.tables.add(appendU32(appendU32([]byte{funcref, 1}, n), n))
		thing := appendU32([]byte{2}, m.table())
		thing = append(thing, opI32Const, 0, opEnd, 0)
		thing = appendU32(thing, n)
		for _, f := range m.inTable {
			thing = appendU32(thing, f)
		}
		m.elements.add(thing)
	}
	made := map[byte]*entries{
		typeSection: &m.typed, importSection: &m.imported, functionSection: &m.defined, tableSection: &m.tables,
		globalSection: &m.globals, exportSection: &m.exports, elementSection: &m.elements, codeSection: &m.code,
		dataSection: &m.data,
	}
	out := append(make([]byte, 0, len(m.code.body)+len(m.data.body)+1<<16), "\x00asm\x01\x00\x00\x00"...)
	for _, id := range order {
		content := m.sections[id]
		switch e, ours := made[id]; {
		case ours && e.count > 0:
			content = e.encode()
		case ours:
			continue
		case id == startSection:
			content = m.start
		}
		if content != nil {
			out = append(appendU32(append(out, id), uint32(len(content))), content...)
		}
	}
	return out
}
