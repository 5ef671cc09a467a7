package powers

import "context"

// HTTP sends requests for a guest.
//
// The errors are *HTTPError, ErrClosed, ErrTooMany, *permissions.DeniedError, or ctx's.
type HTTP interface {
	// Begin takes in a request without its body. It contacts nobody and asks nobody; what could never be sent is refused.
	Begin(ctx context.Context, r Request) (Exchange, error)
}

// Exchange is one request and what came back. Its methods are called by one goroutine at a time, in the order in which
// they stand here.
type Exchange interface {
	// Write adds p to the body. While the body is short it is kept; once it is longer, it is asked for what it has, and
	// from then on it is sent as it comes: Write may block while a person is asked, and for as long as the other end
	// takes it in.
	Write(ctx context.Context, p []byte) (int, error)
	// Response ends the body and returns the head of the answer. Unless Write has asked, it blocks while a person is
	// asked; each redirect asks again.
	Response(ctx context.Context) (Response, error)
	// Read fills p with what comes next of the answer's body, decompressed; 0 and a nil error is its end.
	Read(ctx context.Context, p []byte) (int, error)
	// Close breaks off what is under way. The exchange is unusable afterwards.
	Close(ctx context.Context) error
}

// Request is one request as the guest wrote it. All of it is hostile.
type Request struct {
	Method, URL string
	Header      []Header
	// Stay returns a redirect to the guest instead of following it.
	Stay bool
}

// Response is the head of what came back; hostile.
type Response struct {
	Status int
	Header []Header
	// URL is where the answer came from, after all redirects.
	URL string
}

// Header is one header line.
type Header struct{ Name, Value string }

// HTTPFault is why a request was not sent, or not answered.
type HTTPFault string

// The faults.
const (
	// FaultRequest is a request that nobody may send; FaultRequests and FaultPayload are limits of the call.
	FaultRequest  HTTPFault = "invalid"
	FaultRequests HTTPFault = "limit_requests"
	FaultPayload  HTTPFault = "limit_payload"
	// FaultName is a host that does not exist, or only at addresses that the skill cannot reach; FaultConnect one that
	// cannot be reached, FaultTrust one whose certificate is not believed, FaultTime one that took too long, and
	// FaultAnswer one whose answer is none.
	FaultName    HTTPFault = "name"
	FaultConnect HTTPFault = "connect"
	FaultTrust   HTTPFault = "trust"
	FaultTime    HTTPFault = "time"
	FaultAnswer  HTTPFault = "answer"
)

// HTTPError says why a request was not sent, or not answered. Reason is a sentence without a full stop that the guest
// may know; it may quote the request or the answer and is hostile. Limit and Used belong to the limits, for people, with
// their units.
type HTTPError struct {
	Fault       HTTPFault
	Reason      string
	Limit, Used string
}

func (e *HTTPError) Error() string { return string(e.Fault) + ": " + e.Reason }
