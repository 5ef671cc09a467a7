package meter

// frame estimates how many bytes a function takes of the native stack. The compiler gives every value that it cannot
// keep in a register a place of its own, and no two values share one, however short they live: so what counts is not how
// many values there are at once, but how many ever leave their registers. A value of a local does where it is read after
// a call, or after so many others were made that it cannot have stayed; one on the operand stack where it lies below a
// call, or below too many others.
type frame struct {
	// places is how many values have one. kept is how many of the lowest operands are among them.
	places, kept uint64
	// now is the value of each local, and then of each global, by its number in values. A call gives globals new ones.
	now    []uint32
	locals uint32
	values []value
	// calls is how many calls there were so far in the text, loops included.
	calls uint32
	// meetings is how many places there were where ways meet, spare what is left of those that are over.
	meetings uint32
	spare    [][]uint32
	// passed is how many values the largest call takes and leaves.
	passed uint64
	// wide is true once there may be values of 16 bytes.
	wide bool
}

// value is one that a local has or had: how many calls there were before it, whether it has a place, and the meeting
// that it was made for, where ways bring different values.
type value struct {
	calls   uint32
	meeting uint32
	placed  bool
}

const (
	// registers is how many operands stay in registers for sure, lately how many values of locals.
	registers = 6
	lately    = 12
)

// begin forgets the function before; there are so many locals and globals, each with a value.
func (f *frame) begin(locals, globals uint32) {
	*f = frame{now: f.now[:0], values: f.values[:0], spare: f.spare, locals: locals}
	for range locals + globals {
		f.now = append(f.now, f.made(0))
	}
}

// made is a new value.
func (f *frame) made(meeting uint32) uint32 {
	f.values = append(f.values, value{calls: f.calls, meeting: meeting})
	return uint32(len(f.values) - 1)
}

func (f *frame) place(v uint32) {
	if !f.values[v].placed {
		f.values[v].placed = true
		f.places++
	}
}

// get and set are for a local that is read, and that gets a value.
func (f *frame) get(local uint32) {
	v := f.now[local]
	if f.values[v].calls != f.calls || uint32(len(f.values))-v > lately {
		f.place(v)
	}
}

func (f *frame) set(local uint32) { f.now[local] = f.made(0) }

// push and pop say how many operands there are now.
func (f *frame) push(height uint64) {
	if height > f.kept+registers {
		f.places += height - registers - f.kept
		f.kept = height - registers
	}
}

func (f *frame) pop(height uint64) { f.kept = min(f.kept, height) }

// call is for a point where no register keeps its value, with this many operands below it.
func (f *frame) call(height uint64) {
	f.calls++
	f.pop(height)
	f.places += height - f.kept
	f.kept = height
	for i := range f.now[f.locals:] {
		f.now[f.locals+uint32(i)] = f.made(0)
	}
}

// pass is for a call of such a function.
func (f *frame) pass(t funcType) { f.passed = max(f.passed, uint64(len(t.params)+len(t.results))) }

// mostFrame keeps the count within an i32: no stack has room for one such frame.
const mostFrame = 1 << 30

// frameOf is what every call takes besides, in bytes.
const frameOf = 96

// bytes is the estimate for a function of this type, with a quarter more for what the compiler makes for itself.
func (f *frame) bytes(t funcType) uint64 {
	width := uint64(8)
	if f.wide {
		width = 16
	}
	return frameOf + width*(f.places+f.places/4+f.passed+uint64(len(t.params))*2+uint64(len(t.results)))
}
