package dry

import (
	"context"
	"strings"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// HTTP notes the requests that a guest would send, and sends none. It implements powers.HTTP.
type HTTP struct {
	Notes *Notes
	// Answers are bodies, by the address that they answer. With nil every request is answered, with nothing; otherwise
	// what has no answer is not found.
	Answers map[string][]byte
	// Payload bounds the body of a request, in bytes.
	Payload uint64
}

// Answers tells which of the answers of a dry run are for requests: those whose names are addresses.
func Answers(all map[string][]byte) (files, requests map[string][]byte) {
	if all == nil {
		return nil, nil
	}
	files, requests = map[string][]byte{}, map[string][]byte{}
	for name, content := range all {
		if strings.HasPrefix(name, "https://") || strings.HasPrefix(name, "http://") {
			requests[name] = content
		} else {
			files[name] = content
		}
	}
	return files, requests
}

// Begin implements powers.HTTP.
func (h HTTP) Begin(_ context.Context, r powers.Request) (powers.Exchange, error) {
	invalid := func(err error) error { return &powers.HTTPError{Fault: powers.FaultRequest, Reason: err.Error()} }
	target, err := permissions.ParseTarget(r.Method, r.URL)
	if err != nil {
		return nil, invalid(err)
	}
	var lines []permissions.Header
	for _, l := range r.Header {
		lines = append(lines, permissions.Header(l))
	}
	if target.OwnCredentials, err = permissions.CheckHeaders(lines); err != nil {
		return nil, invalid(err)
	}
	if err := h.Notes.note(target.Grant()); err != nil {
		return nil, invalid(err)
	}
	e := &exchange{http: h, response: powers.Response{Status: 200, URL: r.URL}}
	if h.Answers != nil {
		answer, there := h.Answers[r.URL]
		if e.body = answer; !there {
			e.response.Status = 404
		}
	}
	return e, nil
}

// exchange is a request that is not sent. It implements powers.Exchange.
type exchange struct {
	http     HTTP
	written  uint64
	response powers.Response
	body     []byte
	answered bool
	closed   bool
}

func (e *exchange) Write(_ context.Context, p []byte) (int, error) {
	switch e.written += uint64(len(p)); {
	case e.closed || e.answered:
		return 0, powers.ErrClosed
	case e.written > e.http.Payload:
		return 0, &powers.HTTPError{Fault: powers.FaultPayload, Reason: "the body of a request is too long"}
	}
	return len(p), nil
}

func (e *exchange) Response(context.Context) (powers.Response, error) {
	if e.closed || e.answered {
		return powers.Response{}, powers.ErrClosed
	}
	e.answered = true
	return e.response, nil
}

func (e *exchange) Read(_ context.Context, p []byte) (int, error) {
	if e.closed || !e.answered {
		return 0, powers.ErrClosed
	}
	n := copy(p, e.body)
	e.body = e.body[n:]
	return n, nil
}

func (e *exchange) Close(context.Context) error {
	if e.closed {
		return powers.ErrClosed
	}
	e.closed = true
	return nil
}
