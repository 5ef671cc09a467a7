package meter

// A tight loop is one without loops and calls in it. Were it stopped at its head like others, its values would have to
// survive a call in every round, and the compiler would keep each of them in memory and not in a register: a loop over
// bytes took 1.7 times as long. So it becomes two, one in the other, and only the head of the outer one is a place to
// stop: the way back leads to the inner head while there is fuel, and to the outer one when it has run out.

// isTight reads ahead to the end of a loop. It reads no further than the next loop, so that no byte is read ahead twice.
func isTight(ahead reader) bool {
	depth, goesRound := uint32(0), false
	for ahead.more() {
		switch op := ahead.byte(); op {
		case opBlock, opIf:
			ahead.s33()
			depth++
		case opElse, opReturn, opUnreachable:
		case opEnd:
			if depth == 0 {
				return goesRound
			}
			depth--
		case opBr, opBrIf:
			goesRound = ahead.u32() == depth || goesRound
		case opBrTable:
			for range ahead.count() + 1 {
				ahead.u32()
			}
		case opLocalGet, opLocalSet, opLocalTee, opGlobalGet, opGlobalSet:
			ahead.u32()
		default: // an instruction that is a call has nothing here to be read, and so fails
			ahead.immediates(op)
		}
	}
	return false
}

// again opens the inner loop of a tight one, with the same text as the outer, behind the place to stop.
func (f *function) again(text []byte) {
	f.tight = len(f.open) - 1
	f.out = append(f.stop(f.out), text...)
	f.shape.add(1, 8*f.carried())
}

// label is what leads to the block with that label, of depth blocks that are open. Of a tight loop it is the outer head.
func (f *function) label(to, depth uint32) uint32 {
	if f.tight > 0 && depth-1-to <= uint32(f.tight) {
		return to + 1
	}
	return to
}

// round says whether a label is that of the tight loop that is being read.
func (f *function) round(to, depth uint32) bool { return f.tight > 0 && depth-1-to == uint32(f.tight) }

// goRound writes the way back in a tight loop.
func (f *function) goRound(op byte, to uint32) {
	f.frame.get(f.fuel())
	f.shape.add(3, 3*f.carried())
	// A way to both heads costs the compiler four times what one to another place does, as measured.
	f.shape.meet(f.open[f.tight].ways, 3*f.carried())
	if op == opBrIf {
		f.block = append(f.block, opIf, noType)
		to++
	}
	f.block = withIndex(f.block, opLocalGet, f.fuel())
	f.block = withIndex(append(f.block, opI64Const, 0, opI64GeS), opBrIf, to)
	f.block = withIndex(f.block, opBr, to+1)
	if op == opBrIf {
		f.block = append(f.block, opEnd)
	}
}
