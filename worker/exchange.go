package worker

import (
	"gatehouse/permissions"
	"gatehouse/powers"
	"gatehouse/worker/wire"
)

const (
	// mostExchanges and mostLines bound what one call and one request may hold; the powers have their own, lower limits.
	mostExchanges = 64
	mostLines     = 128
)

// onExchange does what is asked of the network.
func (a *answerer) onExchange(ask *wire.Ask) ([]*wire.Answer, error) {
	if a.set.HTTP == nil {
		return nil, &permissions.DeniedError{Code: permissions.CodeUndeclared}
	}
	if act, begins := ask.GetAct().(*wire.Ask_Begin); begins {
		return a.beginExchange(act.Begin)
	}
	e, open := a.exchanges[ask.GetExchange()]
	if !open {
		return nil, powers.ErrClosed
	}
	switch act := ask.GetAct().(type) {
	case *wire.Ask_Body:
		n, err := e.Write(a.ctx, act.Body)
		if err != nil {
			return nil, err
		}
		return one(&wire.Answer{Written: uint32(n)})
	case *wire.Ask_Respond:
		r, err := e.Response(a.ctx)
		if err != nil {
			return nil, err
		}
		return one(&wire.Answer{Response: &wire.Response{Status: uint32(r.Status), Header: linesOf(r.Header), Url: r.URL}})
	case *wire.Ask_Receive:
		p := make([]byte, min(act.Receive, hostPiece))
		n, err := e.Read(a.ctx, p)
		if err != nil {
			return nil, err
		}
		return one(&wire.Answer{Data: p[:n]})
	case *wire.Ask_End:
		delete(a.exchanges, ask.GetExchange())
		return done(e.Close(a.ctx))
	}
	return nil, powers.ErrIO
}

func (a *answerer) beginExchange(r *wire.Request) ([]*wire.Answer, error) {
	if len(a.exchanges) >= mostExchanges {
		return nil, powers.ErrTooMany
	}
	if len(r.GetHeader()) > mostLines {
		return nil, &powers.HTTPError{Fault: powers.FaultRequest, Reason: "too many header lines"}
	}
	e, err := a.set.HTTP.Begin(a.ctx, powers.Request{
		Method: r.GetMethod(), URL: r.GetUrl(), Header: headerOf(r.GetHeader()), Stay: r.GetStay(),
	})
	if err != nil {
		return nil, err
	}
	a.last++
	a.exchanges[a.last] = e
	return one(&wire.Answer{Exchange: a.last})
}

func headerOf(lines []*wire.HeaderLine) []powers.Header {
	var header []powers.Header
	for _, l := range lines {
		header = append(header, powers.Header{Name: l.GetName(), Value: l.GetValue()})
	}
	return header
}

func linesOf(header []powers.Header) []*wire.HeaderLine {
	var lines []*wire.HeaderLine
	for _, h := range header {
		lines = append(lines, &wire.HeaderLine{Name: h.Name, Value: h.Value})
	}
	return lines
}

// faults pairs what requests and answers lack with its form on the wire. The worker's end reads the same table.
var faults = map[wire.Failure_Kind]powers.HTTPFault{
	wire.Failure_REQUEST:   powers.FaultRequest,
	wire.Failure_REQUESTS:  powers.FaultRequests,
	wire.Failure_PAYLOAD:   powers.FaultPayload,
	wire.Failure_HOST_NAME: powers.FaultName,
	wire.Failure_CONNECT:   powers.FaultConnect,
	wire.Failure_TRUST:     powers.FaultTrust,
	wire.Failure_LATE:      powers.FaultTime,
	wire.Failure_ANSWER:    powers.FaultAnswer,
}

// faulted is e as a guest may know it.
func faulted(e *powers.HTTPError) *wire.Failure {
	failure := &wire.Failure{Kind: wire.Failure_ANSWER, Reason: text(e.Reason)}
	for kind, fault := range faults {
		if fault == e.Fault {
			failure.Kind = kind
		}
	}
	return failure
}
