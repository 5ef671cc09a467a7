package local

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// askAt is how much of a body is kept until it is asked for what it has, and streamed from then on.
const askAt = 64 << 10

// mostHops is how many redirects are followed.
const mostHops = 10

// exchange is one request of a guest with all that it led to. It implements powers.Exchange. All but breaking it off
// belongs to the goroutine that uses it.
type exchange struct {
	http *HTTP
	hop  *hop
	stay bool
	body bytes.Buffer
	// stream carries the body once it was asked for before its end.
	stream *streaming
	answer *answer
	hops   int
	done   bool

	mu sync.Mutex
	// stop ends what is under way, with a cause; broken is the cause once that was done.
	stop   context.CancelCauseFunc
	broken error
}

// streaming is a request whose body is still coming.
type streaming struct {
	pipe *io.PipeWriter
	size uint64
	// came has the answer, once.
	came chan sentHop
}

type sentHop struct {
	response *http.Response
	err      error
}

// Write implements powers.Exchange.
func (e *exchange) Write(ctx context.Context, p []byte) (int, error) {
	if err := e.usable(e.answer == nil); err != nil {
		return 0, err
	}
	size := uint64(e.body.Len() + len(p))
	if e.stream != nil {
		size = e.stream.size + uint64(len(p))
	}
	if size > e.http.options.Payload {
		return 0, e.fail(ctx, e.http.pastPayload("the body of a request", size))
	}
	if e.stream == nil {
		e.body.Write(p)
		if e.body.Len() < askAt {
			return len(p), nil
		}
		return len(p), e.failing(ctx, e.begin(ctx))
	}
	e.stream.size = size
	return len(p), e.failing(ctx, e.pass(ctx, p))
}

// begin asks for a body that has not ended and begins to send it.
func (e *exchange) begin(ctx context.Context) error {
	first := bytes.Clone(e.body.Bytes())
	revoked, err := e.allowed(ctx, first, true)
	if err != nil {
		return err
	}
	read, write := io.Pipe()
	e.stream = &streaming{pipe: write, size: uint64(len(first)), came: make(chan sentHop, 1)}
	e.body.Reset()
	if err := e.start(ctx, revoked); err != nil {
		return err
	}
	hop, came := e.hop, e.stream.came
	go func() { // which ends with the hop's time
		response, err := hop.send(e.http, &taking{read}, -1)
		if err != nil {
			read.CloseWithError(errTaken)
		}
		came <- sentHop{response, err}
	}()
	return e.pass(ctx, first)
}

// errTaken says that the other end takes no more of a body: it has answered already, or is gone.
var errTaken = errors.New("the other end takes no more")

// taking is the other end of a body that is written piece by piece.
type taking struct{ *io.PipeReader }

// Close is called by the library once it needs no more.
func (t *taking) Close() error { return t.CloseWithError(errTaken) }

// pass hands a part of the body on. What the other end does not want any more is dropped: its answer says why.
func (e *exchange) pass(ctx context.Context, p []byte) error {
	defer e.hop.watch(ctx, e.http.options.Network.Patience.filled().Idle)()
	_, err := e.stream.pipe.Write(p)
	switch {
	case e.hop.ctx.Err() != nil:
		return e.hop.fault(nil)
	case errors.Is(err, errTaken):
		return nil
	}
	return err
}

// Response implements powers.Exchange.
func (e *exchange) Response(ctx context.Context) (powers.Response, error) {
	if err := e.usable(e.answer == nil); err != nil {
		return powers.Response{}, err
	}
	response, err := e.first(ctx)
	for err == nil {
		var next *hop
		if next, err = e.hop.redirected(response, e.stay); err != nil || next == nil {
			break
		}
		response, err = e.follow(ctx, next, response)
	}
	if err == nil {
		e.answer, err = newAnswer(e, response)
	}
	if err != nil {
		return powers.Response{}, e.fail(ctx, e.named(err))
	}
	return e.answer.head(), nil
}

// first sends the guest's own request and returns what comes back.
func (e *exchange) first(ctx context.Context) (*http.Response, error) {
	if e.stream == nil {
		return e.sendWhole(ctx, e.body.Bytes())
	}
	defer e.hop.watch(ctx, 0)()
	_ = e.stream.pipe.Close()
	sent := <-e.stream.came
	return sent.response, sent.err
}

// sendWhole asks for the hop with all of its body, and sends it.
func (e *exchange) sendWhole(ctx context.Context, body []byte) (*http.Response, error) {
	revoked, err := e.allowed(ctx, body, false)
	if err != nil {
		return nil, err
	}
	if err := e.start(ctx, revoked); err != nil {
		return nil, err
	}
	patience := e.http.options.Network.Patience.filled()
	defer e.hop.watch(ctx, 2*patience.Connect+patience.FirstByte+patience.Idle)()
	return e.hop.send(e.http, io.NopCloser(bytes.NewReader(body)), int64(len(body)))
}

// follow ends the hop that led on and sends the next.
func (e *exchange) follow(ctx context.Context, next *hop, response *http.Response) (*http.Response, error) {
	if e.hops++; e.hops > mostHops {
		return nil, &powers.HTTPError{Fault: powers.FaultAnswer, Reason: "it leads on and on"}
	}
	if next.body && e.stream != nil {
		return nil, &powers.HTTPError{Fault: powers.FaultAnswer, Reason: "it leads elsewhere with a body that was not kept"}
	}
	drop(e.hop, response)
	if err := e.ended(ctx, ""); err != nil {
		return nil, err
	}
	e.hop = next
	body := e.body.Bytes()
	if !next.body {
		body = nil
	}
	return e.sendWhole(ctx, body)
}

// drop passes over a short body, so that its connection serves again.
func drop(h *hop, r *http.Response) {
	defer h.watch(context.Background(), time.Second)()
	n, _ := io.CopyN(io.Discard, r.Body, 4<<10)
	h.in.Add(n)
	r.Body.Close()
}

// allowed asks for the hop with a body, of which more may come. It contacts nobody.
func (e *exchange) allowed(ctx context.Context, body []byte, more bool) (revoked int, err error) {
	if revoked, err = e.http.take(); err != nil {
		return 0, err
	}
	need := e.hop.need(body)
	if more {
		need.Object.Request.Unfinished, need.Object.Request.Most = true, int64(e.http.options.Payload)
	}
	return revoked, e.http.options.Checker.Check(ctx, need)
}

// start gives the hop its time, unless the answer that allows it was taken back meanwhile.
func (e *exchange) start(ctx context.Context, revoked int) error {
	stop := e.hop.begin(ctx, e.http.options.Network.Patience.filled().Whole)
	e.mu.Lock()
	e.stop = stop
	broken := e.broken
	e.mu.Unlock()
	if broken != nil {
		stop(broken)
		return broken
	}
	return e.http.stillMay(revoked)
}

// Read implements powers.Exchange.
func (e *exchange) Read(ctx context.Context, p []byte) (int, error) {
	if err := e.usable(e.answer != nil); err != nil {
		return 0, err
	}
	defer e.hop.watch(ctx, e.http.options.Network.Patience.filled().Idle)()
	n, err := e.answer.read(p)
	switch {
	case errors.Is(err, io.EOF):
		if err := e.ended(ctx, ""); err != nil {
			return 0, e.fail(ctx, err)
		}
		return n, nil
	case err != nil:
		return 0, e.fail(ctx, e.named(err))
	}
	return n, nil
}

// Close implements powers.Exchange.
func (e *exchange) Close(ctx context.Context) error {
	if e.done {
		return powers.ErrClosed
	}
	e.done = true
	e.breakOff(powers.ErrClosed)
	err := e.ended(ctx, "")
	e.http.forget(e)
	return err
}

// breakOff ends what is under way, and whatever comes after it. Anybody may call it.
func (e *exchange) breakOff(cause error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.broken == nil {
		e.broken = cause
	}
	if e.stop != nil {
		e.stop(cause)
	}
}

// usable refuses what is out of order, or after the end.
func (e *exchange) usable(inOrder bool) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.broken != nil:
		return e.refusal(e.broken)
	case e.done || !inOrder:
		return powers.ErrClosed
	}
	return nil
}

// failing is fail for an error that may be none.
func (e *exchange) failing(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	return e.fail(ctx, e.named(err))
}

// What a request comes to beside the faults that a guest learns: its decision was taken back, or its call was ended.
const (
	takenBack powers.HTTPFault = "denied"
	cancelled powers.HTTPFault = "cancelled"
)

// fail ends the exchange with err.
func (e *exchange) fail(ctx context.Context, err error) error {
	e.breakOff(err)
	fault := powers.FaultAnswer
	var known *powers.HTTPError
	switch {
	case errors.As(err, &known):
		fault = known.Fault
	case errors.Is(err, permissions.ErrDenied):
		fault = takenBack
	case ctx.Err() != nil:
		fault = cancelled
	}
	if failed := e.ended(ctx, fault); failed != nil {
		return failed
	}
	return err
}

// named turns what the library returned into what a guest may know.
func (e *exchange) named(err error) error { return e.refusal(e.hop.fault(err)) }

// refusal is err with the grant that was wanted, where err is a refusal without one.
func (e *exchange) refusal(err error) error {
	var d *permissions.DeniedError
	if !errors.As(err, &d) || d.Grant != "" {
		return err
	}
	told := *d
	told.Grant = e.hop.grant().String()
	return &told
}

// ended writes down the hop that was sent, once, and gives its connection back.
func (e *exchange) ended(ctx context.Context, fault powers.HTTPFault) error {
	sent, was := e.hop.end(fault)
	if !was {
		return nil
	}
	if e.answer != nil {
		e.answer.response.Body.Close()
		sent.Answer, sent.AnswerSize = e.answer.taken()
	}
	return e.http.write(ctx, sent)
}

// watch ends the hop where ctx does, or where nothing moves for as long as idle; 0 is no bound. What it returns stops
// watching.
func (h *hop) watch(ctx context.Context, idle time.Duration) (done func()) {
	withdrawn := context.AfterFunc(ctx, func() { h.stop(context.Cause(ctx)) })
	if idle == 0 {
		return func() { withdrawn() }
	}
	late := time.AfterFunc(idle, func() { h.stop(errIdle) })
	return func() {
		late.Stop()
		withdrawn()
	}
}
