package local

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// hop is one request as it is sent: a guest's own, or one that an answer led to.
type hop struct {
	target permissions.Target
	lines  []permissions.Header
	// from is the address whose answer led here, body says that the body is sent here too.
	from string
	body bool

	// ctx is the hop's time, nil until it begins. stop ends it with a cause, and late is what does so in the end.
	ctx  context.Context
	stop context.CancelCauseFunc
	late *time.Timer

	out, in atomic.Int64
	over    bool

	mu        sync.Mutex
	status    int
	sum       hash.Hash // of the body that was sent
	size      int64
	addresses []string
}

// The causes of a hop that took too long.
var (
	errIdle  = errors.New("nothing moved for too long")
	errWhole = errors.New("it took too long as a whole")
)

func (h *hop) grant() permissions.Grant { return h.target.Grant() }

// begin starts the hop's time and returns what ends it.
func (h *hop) begin(ctx context.Context, whole time.Duration) context.CancelCauseFunc {
	h.ctx, h.stop = context.WithCancelCause(context.WithoutCancel(ctx))
	h.late = time.AfterFunc(whole, func() { h.stop(errWhole) })
	return h.stop
}

// end ends the hop's time and says what was sent; false where nothing was, or that was said before.
func (h *hop) end(fault powers.HTTPFault) (Sent, bool) {
	if h.ctx == nil || h.over {
		return Sent{}, false
	}
	h.over = true
	h.late.Stop()
	defer h.stop(powers.ErrClosed)
	h.mu.Lock()
	defer h.mu.Unlock()
	s := Sent{Grant: h.grant(), Status: h.status, Out: h.out.Load(), In: h.in.Load(), Addresses: h.addresses, Fault: fault}
	if h.target.Query != "" {
		s.Query = digestOfBytes([]byte(h.target.Query))
	}
	if h.size > 0 {
		s.Body, s.BodySize = "sha256:"+hex.EncodeToString(h.sum.Sum(nil)), h.size
	}
	return s, true
}

func digestOfBytes(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// request builds what is sent, from the parsed target alone. length is that of the body, -1 where it is not known.
func (h *hop) request(body io.ReadCloser, length int64) (*http.Request, error) {
	t := h.target
	host := t.Host
	if (t.Scheme != "https" || t.Port != "443") && (t.Scheme != "http" || t.Port != "80") {
		host += ":" + t.Port
	}
	u := &url.URL{Scheme: t.Scheme, Host: host, Path: t.Path, RawPath: t.Sent,
		RawQuery: strings.TrimPrefix(t.Query, "?"), ForceQuery: t.Query == "?"}
	if u.RequestURI() != t.Sent+t.Query {
		return nil, &powers.HTTPError{Fault: powers.FaultRequest, Reason: "this address cannot be sent as it was read"}
	}
	r := &http.Request{Method: t.Method, URL: u, Host: host, Header: http.Header{}, ContentLength: length}
	if length != 0 {
		r.Body = &leaving{body, h}
	}
	for _, l := range h.lines {
		name := http.CanonicalHeaderKey(l.Name)
		r.Header[name] = append(r.Header[name], l.Value)
	}
	if r.Header["User-Agent"] == nil {
		r.Header.Set("User-Agent", "Gatehouse")
	}
	r.Header.Set("Accept-Encoding", "gzip, deflate")
	if r.Header["Range"] != nil {
		r.Header.Set("Accept-Encoding", "identity")
	}
	h.out.Add(int64(len(t.Method) + len(t.Sent) + len(t.Query) + len(" HTTP/1.1\r\nHost: \r\n\r\n") + len(host) + lengthOf(r.Header)))
	return r.WithContext(context.WithValue(httptrace.WithClientTrace(h.ctx, &httptrace.ClientTrace{
		GotConn: func(c httptrace.GotConnInfo) { h.reached(c.Conn.RemoteAddr().String()) },
	}), hopKey{}, h)), nil
}

// leaving counts the bytes of a body as they leave.
type leaving struct {
	io.ReadCloser
	hop *hop
}

func (l *leaving) Read(p []byte) (int, error) {
	n, err := l.ReadCloser.Read(p)
	h := l.hop
	h.out.Add(int64(n))
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.sum == nil {
		h.sum = sha256.New()
	}
	h.sum.Write(p[:n])
	h.size += int64(n)
	return n, err
}

// send sends the hop and returns the head of its answer.
func (h *hop) send(by *HTTP, body io.ReadCloser, length int64) (*http.Response, error) {
	request, err := h.request(body, length)
	if err != nil {
		return nil, err
	}
	response, err := by.transport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	h.answered(response.StatusCode)
	h.in.Add(int64(len(response.Proto)+len(response.Status)+len(" \r\n\r\n")) + int64(lengthOf(response.Header)))
	lines := 0
	for _, values := range response.Header {
		lines += len(values)
	}
	if response.StatusCode < 200 || lines > mostAnswerLines {
		response.Body.Close()
		return nil, &powers.HTTPError{Fault: powers.FaultAnswer, Reason: "its first line or its header lines are not those of an answer"}
	}
	return response, nil
}

func (h *hop) answered(status int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status = status
}

// lengthOf is how long header lines are when they travel.
func lengthOf(header http.Header) (n int) {
	for name, values := range header {
		for _, v := range values {
			n += len(name) + len(v) + len(": \r\n")
		}
	}
	return n
}

type hopKey struct{}

// note remembers that an address is dialled for the hop in ctx.
func note(ctx context.Context, at netip.AddrPort) {
	if h, ok := ctx.Value(hopKey{}).(*hop); ok {
		h.reached(at.String())
	}
}

func (h *hop) reached(address string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Contains(h.addresses, address) && len(h.addresses) < mostAddresses {
		h.addresses = append(h.addresses, address)
	}
}

// redirected returns where an answer leads, nil where it is the last. stay says that none is followed.
func (h *hop) redirected(r *http.Response, stay bool) (*hop, error) {
	location := r.Header.Get("Location")
	if stay || location == "" || !slices.Contains([]int{301, 302, 303, 307, 308}, r.StatusCode) {
		return nil, nil
	}
	if slices.ContainsFunc(r.Header["Location"], func(other string) bool { return other != location }) {
		return nil, &powers.HTTPError{Fault: powers.FaultAnswer, Reason: "it leads to two places"}
	}
	next := &hop{from: h.target.String(), lines: h.lines, body: true}
	method := h.target.Method
	if r.StatusCode == 303 && method != "GET" && method != "HEAD" || r.StatusCode < 303 && method == "POST" {
		method, next.body = "GET", false // RFC 9110, sections 15.4.2 to 15.4.4
	}
	address, err := h.leadsTo(location)
	if err == nil {
		next.target, err = permissions.ParseTarget(method, address)
	}
	switch {
	case err != nil || next.grant() == (permissions.Grant{}):
		return nil, &powers.HTTPError{Fault: powers.FaultAnswer, Reason: "it leads to an address that cannot be read in one way"}
	case h.target.Scheme == "https" && next.target.Scheme == "http":
		return nil, &powers.HTTPError{Fault: powers.FaultAnswer, Reason: "it leads from https to http"}
	}
	next.target.OwnCredentials = h.target.OwnCredentials
	if next.target.Scheme != h.target.Scheme || next.target.Host != h.target.Host || next.target.Port != h.target.Port {
		next.lines, next.target.OwnCredentials = permissions.WithoutCredentials(next.lines), false
	}
	if !next.body {
		next.lines = slices.DeleteFunc(slices.Clone(next.lines), func(l permissions.Header) bool {
			return strings.HasPrefix(strings.ToLower(l.Name), "content-")
		})
	}
	return next, nil
}

// leadsTo is where a reference leads from here. A whole address stays as it is, for ParseTarget to read.
func (h *hop) leadsTo(location string) (string, error) {
	location, _, _ = strings.Cut(location, "#")
	if scheme, _, found := strings.Cut(location, ":"); found && !strings.ContainsAny(scheme, "/?") {
		return location, nil
	}
	base, err := url.Parse(h.target.String())
	if err != nil {
		return "", err
	}
	reference, err := base.Parse(location)
	if err != nil {
		return "", err
	}
	return reference.String(), nil
}

// fault turns what the library returned for the hop into what the guest may know: never the library's own words, which
// name addresses of this machine.
func (h *hop) fault(err error) error {
	var known *powers.HTTPError
	if h.ctx != nil && h.ctx.Err() != nil {
		switch cause := context.Cause(h.ctx); {
		case errors.Is(cause, errIdle), errors.Is(cause, errWhole):
			return &powers.HTTPError{Fault: powers.FaultTime, Reason: cause.Error()}
		case errors.As(err, &known), errors.Is(err, permissions.ErrDenied):
			return err
		default:
			return cause
		}
	}
	var (
		elsewhere *addressError
		unknown   *net.DNSError
		untrusted *tls.CertificateVerificationError
		dialling  *net.OpError
		patience  net.Error
	)
	say := func(f powers.HTTPFault, reason string) error { return &powers.HTTPError{Fault: f, Reason: reason} }
	switch {
	case err == nil, errors.As(err, &known), errors.Is(err, permissions.ErrDenied), errors.Is(err, powers.ErrClosed):
		return err
	case errors.As(err, &elsewhere):
		return say(powers.FaultName, elsewhere.Error())
	case errors.Is(err, errNoAddress), errors.As(err, &unknown) && unknown.IsNotFound:
		return say(powers.FaultName, "nothing has this name")
	case errors.As(err, &unknown):
		return say(powers.FaultName, "the name servers do not answer")
	case errors.As(err, &untrusted), errors.As(err, new(x509.UnknownAuthorityError)), errors.As(err, new(x509.HostnameError)):
		return say(powers.FaultTrust, "its certificate is not believed")
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &patience) && patience.Timeout():
		return say(powers.FaultTime, "it does not answer in time")
	case errors.As(err, &dialling) && dialling.Op == "dial":
		return say(powers.FaultConnect, "it cannot be reached")
	}
	return say(powers.FaultAnswer, "what it answers is no HTTP, or it broke off")
}
