package gatehouse

import (
	"errors"
	"fmt"
	"slices"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// The bounds of what is taken from a guest at once. The powers have their own.
const (
	longestMethod = 32
	longestURL    = 16 << 10
	longestName   = 256
	longestValue  = 8 << 10
	mostLines     = 64
	mostHeading   = 24 << 10
	mostRead      = 1 << 20
)

// The layout of the records and variants of wit/skill.wit. A result has its case at 0 and its payload at 4; so has an error.
const (
	sizeOfResult   = 24
	sizeOfHeader   = 16
	payload        = 4
	causeOfError   = payload
	payloadOfError = payload + 4
)

// httpFunctions are the interface http, lowered.
var httpFunctions = []function{
	lowered("[static]exchange.open", 8, open),
	lowered("[method]exchange.write", 4, write),
	lowered("[method]exchange.finish", 2, finish),
	lowered("[method]exchange.read", 3, read),
	lowered("[resource-drop]exchange", 1, drop),
}

// open is open: static func(request) -> result<exchange, error>. The record comes in seven parameters.
func open(g *guest, a []uint32) {
	at := a[7]
	g.place(at, sizeOfResult)
	r, err := g.request(a)
	if err == nil && g.http == nil {
		err = &permissions.DeniedError{Code: permissions.CodeUndeclared}
	}
	var e powers.Exchange
	if err == nil {
		e, err = g.http.Begin(g, r)
	}
	if err != nil {
		g.fail(at, err)
		return
	}
	g.last++
	g.exchanges[g.last] = e
	g.set(at+payload, g.last)
}

func (g *guest) request(a []uint32) (r powers.Request, err error) {
	var method, url bool
	r.Method, method = g.text(a[0], a[1], longestMethod)
	r.URL, url = g.text(a[2], a[3], longestURL)
	if !method || !url {
		return r, tooLong("the method or the address")
	}
	r.Stay = a[6] != 0
	r.Header, err = g.headers(a[4], a[5])
	return r, err
}

// headers reads a list<header>.
func (g *guest) headers(at, count uint32) ([]powers.Header, error) {
	if count > mostLines {
		return nil, tooLong("the list of header lines")
	}
	g.bytes(at, count*sizeOfHeader)
	if at%4 != 0 {
		trap("a list lies where none can")
	}
	var lines []powers.Header
	left := mostHeading
	for i := range count {
		line := at + i*sizeOfHeader
		name, short := g.text(g.word(line), g.word(line+4), longestName)
		value, fits := g.text(g.word(line+8), g.word(line+12), longestValue)
		if left -= len(name) + len(value); !short || !fits || left < 0 {
			return nil, tooLong("a header line")
		}
		lines = append(lines, powers.Header{Name: name, Value: value})
	}
	return lines, nil
}

func tooLong(what string) error {
	return &powers.HTTPError{Fault: powers.FaultRequest, Reason: what + " is too long"}
}

// write is write: func(list<u8>) -> result<_, error>. Pieces go out until all is written.
func write(g *guest, a []uint32) {
	at := a[3]
	g.place(at, sizeOfResult)
	body := slices.Clone(g.bytes(a[1], min(a[2], mostRead)))
	g.bytes(a[1], a[2])
	for done := uint32(0); ; {
		n, err := g.exchange(a[0]).Write(g, body)
		if err == nil && n <= 0 && len(body) > 0 {
			err = powers.ErrIO
		}
		if err != nil {
			g.fail(at, err)
			return
		}
		if done += uint32(n); done >= a[2] {
			return
		}
		body = slices.Clone(g.bytes(a[1]+done, min(a[2]-done, mostRead)))
	}
}

// finish is finish: func() -> result<response, error>.
func finish(g *guest, a []uint32) {
	at := a[1]
	g.place(at, sizeOfResult)
	r, err := g.exchange(a[0]).Response(g)
	if err != nil {
		g.fail(at, err)
		return
	}
	g.set(at+payload, uint32(r.Status)&0xffff)
	lines := g.room(4, uint32(len(r.Header))*sizeOfHeader)
	g.set(at+payload+4, lines)
	g.set(at+payload+8, uint32(len(r.Header)))
	for i, h := range r.Header {
		line := lines + uint32(i)*sizeOfHeader
		g.setText(line, h.Name)
		g.setText(line+8, h.Value)
	}
	g.setText(at+payload+12, r.URL)
}

// read is read: func(most: u32) -> result<list<u8>, error>.
func read(g *guest, a []uint32) {
	at := a[2]
	g.place(at, sizeOfResult)
	p := make([]byte, min(a[1], mostRead))
	n, err := g.exchange(a[0]).Read(g, p)
	if err != nil {
		g.fail(at, err)
		return
	}
	g.setList(at+payload, p[:n])
}

// drop is what a resource's destructor is called. An exchange that is under way is broken off.
func drop(g *guest, a []uint32) {
	e := g.exchange(a[0])
	delete(g.exchanges, a[0])
	_ = e.Close(g) // nobody could be told
}

// exchange is the open exchange with this handle; any other number traps, as the ABI says.
func (g *guest) exchange(handle uint32) powers.Exchange {
	e, open := g.exchanges[handle]
	if !open {
		trap("%d is no open exchange", handle)
	}
	return e
}

// The cases of the variants, in the order of wit/skill.wit.
var (
	limits  = []powers.HTTPFault{powers.FaultRequests, powers.FaultPayload}
	faulty  = []powers.HTTPFault{powers.FaultName, powers.FaultConnect, powers.FaultTrust, powers.FaultTime, powers.FaultAnswer}
	tooMany = byte(len(limits))
)

const (
	caseDenied = iota
	caseInvalid
	caseLimit
	caseNetwork
	caseClosed
)

// fail makes the result at at an error.
func (g *guest) fail(at uint32, err error) {
	g.setByte(at, 1)
	var denied *permissions.DeniedError
	var fault *powers.HTTPError
	switch {
	case errors.As(err, &denied):
		g.setByte(at+causeOfError, caseDenied)
		g.setText(at+payloadOfError, string(denied.Code))
		g.setText(at+payloadOfError+8, denied.Grant)
	case errors.As(err, &fault) && fault.Fault == powers.FaultRequest:
		g.setByte(at+causeOfError, caseInvalid)
		g.setText(at+payloadOfError, fault.Reason)
	case errors.As(err, &fault) && slices.Contains(limits, fault.Fault):
		g.setByte(at+causeOfError, caseLimit)
		g.setByte(at+payloadOfError, byte(slices.Index(limits, fault.Fault)))
		g.setText(at+payloadOfError+4, fault.Reason)
	case errors.Is(err, powers.ErrTooMany):
		g.setByte(at+causeOfError, caseLimit)
		g.setByte(at+payloadOfError, tooMany)
		g.setText(at+payloadOfError+4, "too many exchanges are open")
	case errors.Is(err, powers.ErrClosed):
		g.setByte(at+causeOfError, caseClosed)
	default:
		reason := fmt.Sprint("the host could not do it: ", powers.ErrIO)
		if fault != nil {
			reason = fault.Reason
		} else {
			fault = &powers.HTTPError{Fault: powers.FaultAnswer}
		}
		g.setByte(at+causeOfError, caseNetwork)
		g.setByte(at+payloadOfError, byte(max(0, slices.Index(faulty, fault.Fault))))
		g.setText(at+payloadOfError+4, reason)
	}
}
