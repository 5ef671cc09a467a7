package guesttest

import (
	"context"
	"sync"

	"gatehouse/powers"
)

// HTTP answers requests from memory. It is powers.HTTP for one call or many.
type HTTP struct {
	// Answer says what comes back for a request and its body; it may wait, fail or panic.
	Answer func(ctx context.Context, r powers.Request, body []byte) (powers.Response, []byte, error)
	// Most is how many exchanges may be open; 0 is no bound.
	Most int

	mu   sync.Mutex
	seen []powers.Request
	open int
}

// Seen returns the requests that came in, in order.
func (h *HTTP) Seen() []powers.Request {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]powers.Request{}, h.seen...)
}

// Held returns how many exchanges are open.
func (h *HTTP) Held() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.open
}

// Begin implements powers.HTTP.
func (h *HTTP) Begin(_ context.Context, r powers.Request) (powers.Exchange, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.Most > 0 && h.open >= h.Most {
		return nil, powers.ErrTooMany
	}
	h.seen = append(h.seen, r)
	h.open++
	return &memoryExchange{http: h, request: r}, nil
}

type memoryExchange struct {
	http    *HTTP
	request powers.Request
	body    []byte
	answer  []byte
}

func (e *memoryExchange) Write(_ context.Context, p []byte) (int, error) {
	p = p[:min(len(p), 1000)] // a piece at a time
	e.body = append(e.body, p...)
	return len(p), nil
}

func (e *memoryExchange) Response(ctx context.Context) (powers.Response, error) {
	r, body, err := e.http.Answer(ctx, e.request, e.body)
	e.answer = body
	return r, err
}

func (e *memoryExchange) Read(_ context.Context, p []byte) (int, error) {
	n := copy(p, e.answer)
	e.answer = e.answer[n:]
	return n, nil
}

func (e *memoryExchange) Close(context.Context) error {
	e.http.mu.Lock()
	defer e.http.mu.Unlock()
	e.http.open--
	return nil
}
