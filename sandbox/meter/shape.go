package meter

import "fmt"

// shape is what a function is to a compiler: three numbers that its time and its memory grow with.
type shape struct {
	// work is about how many bytes the compiler keeps for its instructions while it works on the function.
	work uint64
	// blocks is how many basic blocks it has; the compiler's time grows with their square.
	blocks uint64
	// pairs is how often a value may have to be joined where ways meet: each way, times the values that it carries.
	pairs uint64
	// crowds is the number of ways to one place, squared, times the values that live on there, of all places.
	crowds uint64
}

// add counts n more blocks, each reached in one way more that carries this many values.
func (s *shape) add(blocks, values uint64) {
	s.blocks += blocks
	s.pairs += values
}

// meet is for one way more to a place, which makes so many with it.
func (s *shape) meet(ways, values uint64) { s.crowds += (2*ways - 1) * values }

// carried is how many values a way inside f carries: its locals, the globals beyond those that every program has, and
// what lies on its operand stack, which costs less since it never changes.
func (f *function) carried() uint64 {
	globals := max(f.module.globalCount, usualGlobals) - usualGlobals
	return uint64(f.locals) + uint64(globals) + uint64(f.height)/8
}

const usualGlobals = 16

// reload is for a call: the compiler reads every global anew behind it.
func (s *shape) reload(globals uint32) { s.work += 200 * uint64(globals) }

// weigh counts one instruction. Weights are measured, in bytes of the compiler's memory for the worst known use.
func (f *function) weigh(op byte) {
	s := &f.shape
	switch {
	case op == opBr, op == opReturn, op == opUnreachable, op == opElse:
		s.add(1, f.carried())
	case op == opBrIf:
		s.add(2, f.carried())
	case op == opBlock:
		s.add(1, f.carried())
	case op == opIf:
		s.add(3, 2*f.carried())
	case op == opLoop: // with its point to stop; what a loop carries is joined before anything is known of it
		s.add(5, 8*f.carried()+f.around*uint64(f.locals)/8)
	case op == opCallIndirect:
		s.work += 15_000
	case op == opCall:
		s.work += 2_000
	case op == opMemoryGrow:
		s.add(2, 0)
		s.work += 2_000
	case op == opBulk:
		s.add(9, 0)
		s.work += 20_000
	case op == opTableGet, op == opTableSet, op == opRefFunc:
		s.add(2, 0)
		s.work += 8_000
	case op >= opLoadFirst && op <= opStoreLast:
		s.work += 5_000
	case op >= 0x6d && op <= 0x70, op >= 0x7f && op <= 0x82, // division
		op >= 0xa8 && op <= 0xb1: // from a float to a whole number
		s.work += 5_000
	case op == opGlobalGet, op == opGlobalSet, op == opVector:
		s.work += 1_500
	default:
		s.work += 200
	}
}

// workOfWay is the weight of each way out of a br_table.
const workOfWay = 2_500

func (f *function) weighTable() { f.shape.add(1, f.carried()) }

// weighPass counts the values that a call takes and leaves.
func (f *function) weighPass(t funcType) {
	f.shape.work += 450 * uint64(len(t.params)+len(t.results))
}

// Bounds on one function and on a module. Within them everything that was tried compiles in at most 3 s and 350 MB a
// function, 10 s a module. The largest honest programs, language interpreters and Go's own tools, stay below.
// docs/adr/0024 has the figures.
const (
	mostWork   = 192 << 20
	mostBlocks = 20_000
	mostPairs  = 1 << 20
	mostCrowds = 200 << 20
	// mostVariables is how many globals there may be that the compiler follows as it does locals.
	mostVariables = 256
	// mostTime is for all functions together, in microseconds as estimated.
	mostTime = 24_000_000
)

// estimate is how many microseconds the compiler takes at most for the function, where nothing else runs.
func (s shape) estimate() uint64 {
	return s.blocks*s.blocks/200 + s.pairs*5/2 + s.work/2000 + s.crowds/100
}

// HeavyError says that a compiler would take too long, or too much memory, for a module that is fit otherwise. Reason is a
// sentence about "it".
type HeavyError struct {
	Reason string
	// Locals is how many locals all functions have together, which is what the module costs an interpreter.
	Locals uint64
}

func (e *HeavyError) Error() string { return e.Reason }

// total is what all functions of a module are to a compiler.
type total struct {
	time, locals uint64
	// heavy is the first reason that was found not to compile it.
	heavy string
}

func (t *total) add(i int, s shape, locals, globals uint32) {
	t.time += s.estimate()
	t.locals += uint64(locals)
	switch {
	case t.heavy != "":
	case globals > mostVariables:
		t.heavy = fmt.Sprintf("it has %d globals, more than %d", globals, mostVariables)
	case s.blocks > mostBlocks:
		t.heavy = fmt.Sprintf("its function %d has %d branches and blocks, more than %d", i, s.blocks, mostBlocks)
	case s.pairs > mostPairs:
		t.heavy = fmt.Sprintf("its function %d carries too many values over too many branches", i)
	case s.crowds > mostCrowds:
		t.heavy = fmt.Sprintf("its function %d has too many branches to one place", i)
	case s.work > mostWork:
		t.heavy = fmt.Sprintf("its function %d has too many instructions of the kind that is hard to compile", i)
	case t.time > mostTime:
		t.heavy = "its functions together are too hard to compile"
	}
}

func (t *total) err() error {
	if t.heavy == "" {
		return nil
	}
	return &HeavyError{Reason: t.heavy, Locals: t.locals}
}
