package local

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// mostExchanges is how many of a call may be open at once.
const mostExchanges = 16

// HTTPOptions says what one call's requests are.
type HTTPOptions struct {
	// Checker decides; nil refuses everything.
	Checker Checker
	// Network is what requests travel by; nil is the system's.
	Network *Network
	// Requests is how many the call may send, those to which a redirect leads among them; Payload is how many bytes the body
	// of one may have, and again that of its answer, before and after it is decompressed. 0 is none.
	Requests, Payload uint64
	// Journal is told of every request that was sent; nil is told nothing.
	Journal Journal
}

// Journal writes down what was sent. Where it fails nothing further is sent.
type Journal interface {
	Sent(ctx context.Context, s Sent) error
}

// Sent is one request that was allowed and sent, as far as it went. It holds no content.
type Sent struct {
	// Grant says the method and the address without its query.
	Grant permissions.Grant
	// Query and Body are digests of what was sent in them, Answer of what the guest took in of the answer; each is empty
	// where there was nothing. The sizes are of the bodies, without what compresses them.
	Query, Body, Answer  string
	BodySize, AnswerSize int64
	// Status is that of the answer, 0 where there was none.
	Status int
	// Out and In are the bytes that left and came: first lines, header lines and bodies as they travel, without TLS.
	Out, In int64
	// Addresses are those that were dialled, or of the connection that was used again.
	Addresses []string
	// Fault says why it did not end well: what the guest was told, or that its decision was taken back ("denied") or its
	// call ended ("cancelled").
	Fault powers.HTTPFault
}

// HTTP sends the requests of one call. It implements powers.HTTP and may be used by several goroutines.
type HTTP struct {
	options   HTTPOptions
	transport *http.Transport
	// life ends with the call.
	life context.Context
	end  context.CancelFunc

	out, in atomic.Int64

	mu       sync.Mutex
	open     map[*exchange]bool
	requests uint64 // those that were denied among them
	sent     int
	revoked  int
	closed   bool
	// over is the first limit that a request went past, failed why nothing is sent any more.
	over   *powers.HTTPError
	failed error
}

// NewHTTP returns the HTTP of one call. Close gives everything back.
func NewHTTP(o HTTPOptions) *HTTP {
	o.Checker = checked(o.Checker)
	if o.Network == nil {
		o.Network = &Network{}
	}
	h := &HTTP{options: o, open: map[*exchange]bool{}}
	h.life, h.end = context.WithCancel(context.Background())
	h.transport = o.Network.transport(h.life)
	return h
}

// Begin implements powers.HTTP.
func (h *HTTP) Begin(ctx context.Context, r powers.Request) (powers.Exchange, error) {
	target, err := permissions.ParseTarget(r.Method, r.URL)
	if err != nil {
		return nil, &powers.HTTPError{Fault: powers.FaultRequest, Reason: err.Error()}
	}
	lines := make([]permissions.Header, len(r.Header))
	for i, l := range r.Header {
		lines[i] = permissions.Header(l)
	}
	if target.OwnCredentials, err = permissions.CheckHeaders(lines); err != nil {
		return nil, &powers.HTTPError{Fault: powers.FaultRequest, Reason: err.Error()}
	}
	hop := &hop{target: target, lines: lines}
	if hop.grant() == (permissions.Grant{}) {
		return nil, &powers.HTTPError{Fault: powers.FaultRequest, Reason: "no grant can spell this address"}
	}
	if err := h.options.Checker.Possible(ctx, permissions.Need{Grant: hop.grant()}); err != nil {
		return nil, err
	}
	e := &exchange{http: h, hop: hop, stay: r.Stay}
	return e, h.remember(e)
}

// Usage returns how many requests were sent, and how many bytes left and came.
func (h *HTTP) Usage() (requests int, out, in int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sent, h.out.Load(), h.in.Load()
}

// Over returns the first limit that the call went past here, nil where it kept to them.
func (h *HTTP) Over() *powers.HTTPError {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.over
}

// Revoke breaks off every exchange that is under way and closes the connections, as a decision that was taken back
// demands. What is sent later is asked for again.
func (h *HTTP) Revoke() {
	h.mu.Lock()
	h.revoked++
	open := slices.Collect(maps.Keys(h.open))
	h.mu.Unlock()
	for _, e := range open {
		e.breakOff(errTakenBack)
	}
	h.transport.CloseIdleConnections()
}

// Close breaks off what is under way and ends the use of h.
func (h *HTTP) Close() error {
	h.mu.Lock()
	h.closed = true
	open := slices.Collect(maps.Keys(h.open))
	h.mu.Unlock()
	for _, e := range open {
		_ = e.Close(context.Background())
	}
	h.end()
	h.transport.CloseIdleConnections()
	return nil
}

func (h *HTTP) remember(e *exchange) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed:
		return powers.ErrClosed
	case len(h.open) >= mostExchanges:
		return powers.ErrTooMany
	}
	h.open[e] = true
	return nil
}

func (h *HTTP) forget(e *exchange) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.open, e)
}

// take counts one request more, before anybody is asked about it. The number goes to stillMay.
func (h *HTTP) take() (revoked int, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed:
		return 0, powers.ErrClosed
	case h.failed != nil:
		return 0, h.failed
	case h.requests >= h.options.Requests:
		return 0, h.past(&powers.HTTPError{Fault: powers.FaultRequests, Reason: fmt.Sprintf("a call sends at most %d requests", h.options.Requests),
			Limit: strconv.FormatUint(h.options.Requests, 10), Used: strconv.FormatUint(h.requests+1, 10)})
	}
	h.requests++
	return h.revoked, nil
}

// stillMay refuses to act on an answer that was taken back since revoked was counted.
func (h *HTTP) stillMay(revoked int) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed:
		return powers.ErrClosed
	case h.revoked != revoked:
		return errTakenBack
	}
	return nil
}

// pastPayload is the error of a body that is too long, of which used bytes are known.
func (h *HTTP) pastPayload(what string, used uint64) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.past(&powers.HTTPError{Fault: powers.FaultPayload, Reason: fmt.Sprintf("%s has at most %d bytes", what, h.options.Payload),
		Limit: fmt.Sprintf("%d bytes", h.options.Payload), Used: fmt.Sprintf("%d bytes or more", used)})
}

// past remembers the first limit. The caller holds mu.
func (h *HTTP) past(e *powers.HTTPError) error {
	if h.over == nil {
		h.over = e
	}
	return e
}

// write tells the journal of a request.
func (h *HTTP) write(ctx context.Context, s Sent) error {
	h.out.Add(s.Out)
	h.in.Add(s.In)
	h.mu.Lock()
	h.sent++
	h.mu.Unlock()
	if h.options.Journal == nil {
		return nil
	}
	err := h.options.Journal.Sent(context.WithoutCancel(ctx), s)
	if err == nil {
		return nil
	}
	err = &permissions.DeniedError{Code: permissions.CodeStorage, Grant: s.Grant.String(), Rule: permissions.RuleStorage}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failed = err
	return err
}
