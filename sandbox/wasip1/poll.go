package wasip1

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"time"

	"gatehouse/powers"
)

const (
	sizeSubscription = 48
	sizeEvent        = 32
	// mostSubscriptions bounds what one poll waits for.
	mostSubscriptions = 4096
)

// What a guest waits for.
const (
	eventClock = iota
	eventRead
	eventWrite
)

const (
	flagAbsolute = 1
	flagHangup   = 1
)

// event is what a guest is told of one subscription.
type event struct {
	user   uint64
	failed errno
	kind   byte
	bytes  uint64
	hangup bool
}

// subscription is one thing that a guest waits for. wait belongs to clocks.
type subscription struct {
	event
	ready bool
	wait  time.Duration
}

// pollOneoff waits until one of the things happens that the guest named. Files and streams are always ready; a clock is
// slept for, which the end of the call ends.
func (p *Process) pollOneoff(a arguments) errno {
	in, out, n, count := a.u32(0), a.u32(1), a.u32(2), a.u32(3)
	if n == 0 || n > mostSubscriptions {
		return errInvalid
	}
	list, ok := p.memory.bytes(in, n*sizeSubscription)
	if !ok || !p.memory.has(out, n*sizeEvent) || !p.memory.has(count, 4) {
		return errFault
	}
	p.payBytes(uint64(len(list)))
	subscriptions := p.subscriptions(slices.Clone(list)) // events may be written over what they answer
	ready := func(s subscription) bool { return s.ready }
	if !slices.ContainsFunc(subscriptions, ready) {
		p.sleep(subscriptions)
	}
	happened := uint32(0)
	for _, s := range subscriptions {
		if s.ready {
			b, _ := p.memory.bytes(out+happened*sizeEvent, sizeEvent)
			s.put(b)
			happened++
		}
	}
	return p.memory.put32(count, happened)
}

// sleep waits for the first of the clocks.
func (p *Process) sleep(subscriptions []subscription) {
	first := slices.MinFunc(subscriptions, func(a, b subscription) int { return cmp.Compare(a.wait, b.wait) })
	p.clock.Sleep(p.ctx, first.wait)
	for i := range subscriptions {
		s := &subscriptions[i]
		s.ready = s.wait <= first.wait
	}
}

func (p *Process) subscriptions(list []byte) []subscription {
	subscriptions := make([]subscription, 0, len(list)/sizeSubscription)
	for b := range slices.Chunk(list, sizeSubscription) {
		s := subscription{event: event{user: binary.LittleEndian.Uint64(b), kind: b[8]}, ready: true}
		switch b[8] {
		case eventClock:
			s.wait, s.failed = p.until(b)
			s.ready = s.failed != success || s.wait <= 0
		case eventRead, eventWrite:
			s.bytes, s.hangup, s.failed = p.ready(binary.LittleEndian.Uint32(b[16:]), b[8])
		default:
			s.failed = errInvalid
		}
		subscriptions = append(subscriptions, s)
	}
	return subscriptions
}

// until is how long the guest wants to wait for a clock.
func (p *Process) until(b []byte) (time.Duration, errno) {
	timeout := time.Duration(min(binary.LittleEndian.Uint64(b[24:]), math.MaxInt64))
	now, failed := p.now(clockID(binary.LittleEndian.Uint32(b[16:])))
	if failed == success && binary.LittleEndian.Uint16(b[40:])&flagAbsolute != 0 {
		return timeout - now, success
	}
	return timeout, failed
}

// ready says how much can be read from or written to a descriptor.
func (p *Process) ready(fd uint32, kind byte) (n uint64, hangup bool, failed errno) {
	d, failed := p.table.get(fd)
	switch {
	case failed != success:
		return 0, false, failed
	case d.base&rightPoll == 0:
		return 0, false, errNoRight
	case d.input != nil && kind == eventRead:
		return uint64(len(d.input.rest)), len(d.input.rest) == 0, success
	case d.kind != typeFile || kind != eventRead:
		return 0, false, success
	}
	var info powers.Info
	if info, failed = p.info(d); failed != success {
		return 0, false, failed
	}
	return uint64(max(0, info.Size-d.offset)), false, success
}

// put writes the event for the guest.
func (e event) put(b []byte) {
	clear(b)
	binary.LittleEndian.PutUint64(b, e.user)
	binary.LittleEndian.PutUint16(b[8:], uint16(e.failed))
	b[10] = e.kind
	binary.LittleEndian.PutUint64(b[16:], e.bytes)
	if e.hangup {
		b[24] = flagHangup
	}
}
