package meter

import "math"

// branch ends the basic block. A return leads to the end of the block that the body became.
func (f *function) branch(op byte, start int) {
	depth := uint32(len(f.open))
	switch op {
	case opBr, opBrIf:
		if to := f.way(depth); f.round(to, depth) {
			f.goRound(op, to)
		} else {
			f.block = withIndex(f.block, op, f.label(to, depth))
		}
	case opBrTable:
		f.weighTable()
		others := f.r.count()
		f.block = withIndex(f.block, op, uint32(others))
		for range others + 1 {
			f.block = appendU32(f.block, f.label(f.way(depth), depth))
			f.shape.work += workOfWay
		}
	case opReturn:
		f.block = withIndex(f.block, opBr, f.label(depth-1, depth))
	default:
		f.block = append(f.block, f.r.since(start)...)
	}
	switch op {
	case opBrIf:
		f.move(1, 0)
	default: // nobody reaches what comes next before the block ends
		f.move(math.MaxInt32, 0)
		f.dead = true
	}
	f.flush()
}

// way reads where a branch leads.
func (f *function) way(depth uint32) (to uint32) {
	to = f.r.u32()
	if f.below(to, depth); f.r.err != nil {
		return 0
	}
	target := &f.open[depth-1-to]
	f.lead(target, to == depth-1)
	if target.op == opLoop {
		f.shape.pairs += uint64(target.takes)
	} else {
		f.shape.pairs += uint64(target.results)
	}
	if to < depth-1 { // nothing lives on behind the function's own block
		target.ways++
		f.shape.meet(target.ways, f.carried())
	}
	return to
}

// lead follows the values of locals along a way.
func (f *function) lead(target *opened, out bool) {
	m := &target.meeting
	if out || m.last == f.at || f.dead || !f.tracking() {
		return
	}
	if m.last = f.at; target.op == opLoop {
		f.frame.back(m, f.tight > 0)
	} else {
		f.frame.arrive(m)
	}
}

// tracking says whether the function's shape allows for following its values: else nobody compiles it.
func (f *function) tracking() bool {
	return f.shape.pairs <= mostPairs && f.shape.crowds <= mostCrowds && f.shape.work <= mostWork
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
		if f.tracking() {
			if !f.dead {
				f.frame.arrive(&top.meeting)
			}
			f.frame.other(&top.meeting)
		}
		f.dead = false
		f.flush()
		f.out = append(f.out, op)
	case opEnd:
		top := f.open[len(f.open)-1]
		f.open = f.open[:len(f.open)-1]
		if top.op == opLoop {
			f.around--
		}
		f.dead = f.tracking() && len(f.open) > 0 && !f.frame.close(&top.meeting, top.op, f.dead)
		f.height = top.height + top.results
		f.flush()
		f.out = append(f.out, op)
		if f.tight > 0 && f.tight == len(f.open) {
			f.out = append(f.out, op)
			f.tight = 0
		}
	default:
		f.openBlock(op, start)
	}
}

func (f *function) openBlock(op byte, start int) {
	takes, results := f.blockType()
	if op == opIf {
		f.move(1, 0)
	}
	if len(f.open) >= deepestBlocks {
		f.r.fail("its blocks are nested more than %d deep", deepestBlocks)
		return
	}
	text := f.r.since(start)
	f.block = append(f.block, text...)
	f.shape.pairs += uint64(takes + results)
	if op == opLoop {
		f.shape.reload(f.module.globalCount)
	}
	var m meeting
	if f.tracking() {
		m = f.frame.open(op, uint64(f.height))
	}
	f.open = append(f.open, opened{op: op, meeting: m, height: max(f.height-takes, 0), takes: takes, results: results})
	if op == opLoop {
		f.around++
	}
	if op != opBlock { // what a plain block begins with is reached whenever the block is
		f.flush()
		tight := op == opLoop && takes == 0 && isTight(f.r)
		if f.check = op == opLoop && !tight; tight {
			f.again(text)
		}
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
