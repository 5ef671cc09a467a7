package wasip1

import (
	"context"
	"io"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"
)

func (p *Process) argsGet(a arguments) errno         { return p.putWords(a, p.args) }
func (p *Process) argsSizesGet(a arguments) errno    { return p.putSizes(a, p.args) }
func (p *Process) environGet(a arguments) errno      { return p.putWords(a, p.env) }
func (p *Process) environSizesGet(a arguments) errno { return p.putSizes(a, p.env) }

// putWords writes the words one after the other, and where each begins.
func (p *Process) putWords(a arguments, words [][]byte) errno {
	at, buffer := a.u32(0), a.u32(1)
	total := size(words)
	if !p.memory.has(at, uint32(4*len(words))) || !p.memory.has(buffer, total) {
		return errFault
	}
	p.payBytes(uint64(total))
	for _, w := range words {
		p.memory.put32(at, buffer)
		b, _ := p.memory.bytes(buffer, uint32(len(w)))
		copy(b, w)
		at, buffer = at+4, buffer+uint32(len(w))
	}
	return success
}

func (p *Process) putSizes(a arguments, words [][]byte) errno {
	if !p.memory.has(a.u32(0), 4) || !p.memory.has(a.u32(1), 4) {
		return errFault
	}
	p.memory.put32(a.u32(0), uint32(len(words)))
	return p.memory.put32(a.u32(1), size(words))
}

func size(words [][]byte) (n uint32) {
	for _, w := range words {
		n += uint32(len(w))
	}
	return n
}

// exit ends the guest.
func exit(ctx context.Context, guest api.Module, stack []uint64) {
	panic(sys.NewExitError(arguments(stack).u32(0)))
}

// Signals of preview 1: the last one, those that end no process, and those that let it stand still until another process
// says otherwise, which there is not.
const lastSignal = 30

var (
	ignored  = map[uint32]bool{0: true, 16: true, 17: true, 22: true, 27: true}
	stopping = map[uint32]bool{18: true, 19: true, 20: true, 21: true}
)

// procRaise does what a signal does to a process that does not catch it.
func (p *Process) procRaise(a arguments) errno {
	switch signal := a.u32(0); {
	case signal > lastSignal:
		return errInvalid
	case ignored[signal]:
		return success
	case stopping[signal]:
		return errUnsupported
	default:
		panic(sys.NewExitError(128 + signal))
	}
}

func (p *Process) schedYield(arguments) errno { return success }

// randomPiece is how much randomness is fetched at a time: a guest that wants gigabytes is charged in between.
const randomPiece = 64 << 10

func (p *Process) randomGet(a arguments) errno {
	b, ok := p.memory.bytes(a.u32(0), a.u32(1))
	if !ok {
		return errFault
	}
	for len(b) > 0 {
		piece := b[:min(len(b), randomPiece)]
		p.payBytes(uint64(len(piece)))
		if _, err := io.ReadFull(p.random, piece); err != nil {
			return errIO
		}
		b = b[len(piece):]
	}
	return success
}
