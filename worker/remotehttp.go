package worker

import (
	"context"

	"gatehouse/powers"
	"gatehouse/worker/wire"
)

// remoteHTTP is powers.HTTP as a guest's adapter sees it in a worker.
type remoteHTTP struct{ *remote }

func (r remoteHTTP) Begin(ctx context.Context, q powers.Request) (powers.Exchange, error) {
	a, err := r.ask(ctx, &wire.Ask{Act: &wire.Ask_Begin{Begin: &wire.Request{
		Method: q.Method, Url: q.URL, Header: linesOf(q.Header), Stay: q.Stay,
	}}})
	if err != nil {
		return nil, err
	}
	return &remoteExchange{remote: r.remote, number: a.GetExchange()}, nil
}

// remoteExchange is an exchange that the host holds open under a number.
type remoteExchange struct {
	remote *remote
	number uint32
}

func (e *remoteExchange) ask(ctx context.Context, ask *wire.Ask) (*wire.Answer, error) {
	ask.Exchange = e.number
	return e.remote.ask(ctx, ask)
}

// Write writes at most one piece.
func (e *remoteExchange) Write(ctx context.Context, p []byte) (int, error) {
	data := p[:min(len(p), piece)]
	a, err := e.ask(ctx, &wire.Ask{Act: &wire.Ask_Body{Body: data}})
	if err != nil {
		return 0, err
	}
	return min(int(a.GetWritten()), len(data)), nil
}

func (e *remoteExchange) Response(ctx context.Context) (powers.Response, error) {
	a, err := e.ask(ctx, &wire.Ask{Act: &wire.Ask_Respond{Respond: &wire.Nothing{}}})
	if err != nil {
		return powers.Response{}, err
	}
	r := a.GetResponse()
	return powers.Response{Status: int(r.GetStatus()), Header: headerOf(r.GetHeader()), URL: r.GetUrl()}, nil
}

// Read reads at most one piece.
func (e *remoteExchange) Read(ctx context.Context, p []byte) (int, error) {
	a, err := e.ask(ctx, &wire.Ask{Act: &wire.Ask_Receive{Receive: uint32(min(len(p), hostPiece))}})
	if err != nil {
		return 0, err
	}
	return copy(p, a.GetData()), nil
}

func (e *remoteExchange) Close(ctx context.Context) error {
	_, err := e.ask(ctx, &wire.Ask{Act: &wire.Ask_End{End: &wire.Nothing{}}})
	return err
}
