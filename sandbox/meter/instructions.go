package meter

// Value types (section 5.3.1).
const (
	i32       = 0x7f
	i64       = 0x7e
	f32       = 0x7d
	f64       = 0x7c
	v128      = 0x7b
	funcref   = 0x70
	externref = 0x6f
)

// Instructions that are looked at (section 5.4).
const (
	opUnreachable  = 0x00
	opNop          = 0x01
	opBlock        = 0x02
	opLoop         = 0x03
	opIf           = 0x04
	opElse         = 0x05
	opEnd          = 0x0b
	opBr           = 0x0c
	opBrIf         = 0x0d
	opBrTable      = 0x0e
	opReturn       = 0x0f
	opCall         = 0x10
	opCallIndirect = 0x11
	opDrop         = 0x1a
	opSelect       = 0x1b
	opSelectTyped  = 0x1c
	opLocalGet     = 0x20
	opLocalSet     = 0x21
	opLocalTee     = 0x22
	opGlobalGet    = 0x23
	opGlobalSet    = 0x24
	opTableGet     = 0x25
	opTableSet     = 0x26
	opLoadFirst    = 0x28
	opStoreFirst   = 0x36
	opStoreLast    = 0x3e
	opMemorySize   = 0x3f
	opMemoryGrow   = 0x40
	opI32Const     = 0x41
	opI64Const     = 0x42
	opF32Const     = 0x43
	opF64Const     = 0x44
	opNumericLast  = 0xc4
	opRefNull      = 0xd0
	opRefIsNull    = 0xd1
	opRefFunc      = 0xd2
	opBulk         = 0xfc
	opVector       = 0xfd

	opI32GtU = 0x4b
	opI32LtS = 0x48
	opI64LtS = 0x53
	opI64GeS = 0x59
	opI32Add = 0x6a
	opI32Sub = 0x6b
	opI64Add = 0x7c
	opI64Sub = 0x7d
	opI32Or  = 0x72
	opI64GtU = 0x56
	opI64Mul = 0x7e
	opI64Shl = 0x86
	opI64ShU = 0x88
	opI32GeU = 0x4f
	opExtend = 0xad // i64.extend_i32_u

	noType = 0x40 // the block type of a block without a value
)

// The instructions after 0xfc.
const (
	memoryInit = 8
	dataDrop   = 9
	memoryCopy = 10
	memoryFill = 11
	tableInit  = 12
	elemDrop   = 13
	tableCopy  = 14
	tableGrow  = 15
	tableSize  = 16
	tableFill  = 17
)

// The instructions after 0xfd that have something behind them.
const (
	vectorLoadLast     = 11
	vectorConst        = 12
	vectorShuffle      = 13
	vectorLaneFirst    = 21
	vectorLaneLast     = 34
	vectorMemLaneFirst = 84
	vectorMemLaneLast  = 91
	vectorLoadZero32   = 92
	vectorLoadZero64   = 93
)

// plain says how many values a plain instruction takes; each gives one back. It is for numeric instructions.
func plain(op byte) int {
	switch {
	case op == 0x45 || op == 0x50, // eqz
		op >= 0x67 && op <= 0x69, op >= 0x79 && op <= 0x7b, // clz, ctz, popcnt
		op >= 0x8b && op <= 0x91, op >= 0x99 && op <= 0x9f, // abs to sqrt
		op >= 0xa7: // conversions, sign extensions
		return 1
	}
	return 2
}

// vector says how many values an instruction after 0xfd takes and gives. Where the specification's numbers are
// scattered it says one and one, which takes a frame for larger than it is.
func vector(sub uint32) (takes, gives int) {
	switch {
	case sub == 11, sub >= 88 && sub <= vectorMemLaneLast: // stores
		return 2, 0
	case sub == vectorConst:
		return 0, 1
	case sub == vectorShuffle, sub == 14, sub >= 35 && sub <= 76, sub >= 78 && sub <= 81, sub >= 84 && sub <= 87:
		return 2, 1
	case sub == 82:
		return 3, 1
	}
	return 1, 1
}
