// Package guest is for skills written in Go: requests over HTTP, through the one interface of Gatehouse's own. A skill that
// lives elsewhere copies its two files; they need nothing but the standard library, and are built with
//
//	GOOS=wasip1 GOARCH=wasm go build
//
// A request may make the call wait for a person. A refusal is an *Error like every other failure.
package guest

// Header is one header line.
type Header struct{ Name, Value string }

// Request is what is sent. The body follows through Write.
type Request struct {
	Method, URL string
	Header      []Header
	// Stay returns a redirect instead of following it.
	Stay bool
}

// Response is the head of what came back.
type Response struct {
	Status int
	Header []Header
	// URL is where the answer came from, after all redirects.
	URL string
}

// Kind is why a request failed.
type Kind string

// The kinds of failure.
const (
	Denied  Kind = "denied"
	Invalid Kind = "invalid"
	Limit   Kind = "limit"
	Network Kind = "network"
	Closed  Kind = "closed"
)

// Error is what every function here returns. Code says more of Denied, Limit and Network; Grant is what a refusal was about.
type Error struct {
	Kind                Kind
	Code, Grant, Reason string
}

func (e *Error) Error() string {
	switch e.Kind {
	case Denied:
		return e.Code + ": " + e.Grant
	case Closed:
		return "the exchange has ended"
	}
	return e.Reason
}
