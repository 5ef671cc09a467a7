package local_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/permissions"
	"gatehouse/powers"
	"gatehouse/powers/local"
)

// journal is a local.Journal that remembers.
type journal struct {
	mu   sync.Mutex
	all  []local.Sent
	fail error
}

func (j *journal) Sent(_ context.Context, s local.Sent) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.all = append(j.all, s)
	return j.fail
}

func (j *journal) sent() []local.Sent {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.all)
}

// outgoing is the HTTP of a call, with what stands around it.
type outgoing struct {
	*local.HTTP
	judge   *judge
	journal *journal
}

// impatient gives up soon, so that tests of waiting end. Nothing else has it: on a busy machine anything may take as long.
var impatient = local.Patience{Connect: 2 * time.Second, FirstByte: 500 * time.Millisecond, Idle: 500 * time.Millisecond, Whole: 3 * time.Second}

func sendingBy(t testing.TB, j *judge, change ...func(*local.HTTPOptions)) *outgoing {
	t.Helper()
	out := &outgoing{judge: j, journal: &journal{}}
	o := local.HTTPOptions{Checker: j, Requests: 100, Payload: 1 << 20, Journal: out.journal}
	for _, c := range change {
		c(&o)
	}
	out.HTTP = local.NewHTTP(o)
	t.Cleanup(func() { out.Close() })
	return out
}

// impatiently is for sendingBy.
func impatiently(o *local.HTTPOptions) { o.Network = &local.Network{Patience: impatient} }

// reply is all of an answer.
type reply struct {
	powers.Response
	body string
}

func (r reply) header(name string) string {
	for _, h := range r.Header {
		if h.Name == name {
			return h.Value
		}
	}
	return ""
}

// send sends a request with its body and reads all of the answer.
func send(t testing.TB, h powers.HTTP, r powers.Request, body string) (reply, error) {
	t.Helper()
	e, err := h.Begin(t.Context(), r)
	if err != nil {
		return reply{}, err
	}
	defer e.Close(t.Context())
	for len(body) > 0 {
		n, err := e.Write(t.Context(), []byte(body))
		if err != nil {
			return reply{}, err
		}
		body = body[n:]
	}
	head, err := e.Response(t.Context())
	if err != nil {
		return reply{}, err
	}
	var got bytes.Buffer
	p := make([]byte, 32<<10)
	for {
		n, err := e.Read(t.Context(), p)
		if err != nil {
			return reply{head, got.String()}, err
		}
		if n == 0 {
			return reply{head, got.String()}, nil
		}
		got.Write(p[:n])
	}
}

func get(t testing.TB, h powers.HTTP, url string) (reply, error) {
	t.Helper()
	return send(t, h, powers.Request{Method: "GET", URL: url}, "")
}

func wantFault(t testing.TB, doing string, err error, want powers.HTTPFault) {
	t.Helper()
	var got *powers.HTTPError
	if !errors.As(err, &got) || got.Fault != want {
		t.Errorf("%s = %v; want %s", doing, err, want)
	}
	if err != nil && want != powers.FaultRequest && strings.Contains(err.Error(), "127.0.0.") {
		t.Errorf("%s = %v, which names sockets of this machine", doing, err)
	}
}

// raw is a TCP server that keeps what it gets, up to the end of the header lines, and answers with bytes.
type raw struct {
	net.Listener
	answer func(net.Conn)
	mu     sync.Mutex
	got    []string
}

func listen(t testing.TB, answer func(net.Conn)) *raw {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &raw{Listener: l, answer: answer}
	var conns sync.WaitGroup
	conns.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns.Go(func() { r.serve(c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		conns.Wait()
	})
	return r
}

func (r *raw) url() string { return "http://" + r.Addr().String() }

func (r *raw) serve(c net.Conn) {
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute)) // when the other end should have hung up long ago
	var got []byte
	p := make([]byte, 4096)
	for !bytes.Contains(got, []byte("\r\n\r\n")) {
		n, err := c.Read(p)
		if got = append(got, p[:n]...); err != nil {
			break
		}
	}
	r.mu.Lock()
	r.got = append(r.got, string(got))
	r.mu.Unlock()
	r.answer(c)
}

func (r *raw) requests() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// says answers with bytes and hangs up.
func says(text string) func(net.Conn) {
	return func(c net.Conn) { io.WriteString(c, text) }
}

const fine = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"

func TestARequestIsSentAsItWasAskedFor(t *testing.T) {
	server := listen(t, says(fine))
	h := sendingBy(t, granting(t).yes())
	for _, c := range []struct{ name, method, path, first string }{
		{"a plain one", "GET", "/a/b?c=d", "GET /a/b?c=d HTTP/1.1"},
		{"no path", "GET", "", "GET / HTTP/1.1"},
		{"an empty query", "GET", "/a?", "GET /a? HTTP/1.1"},
		{"letters that need no encoding are decoded, others stay as they were", "GET", "/%61/%2B+%7e", "GET /a/%2B+~ HTTP/1.1"},
		{"a query as the guest wrote it", "GET", "/?a=%2e%2e&b=%00;c='", "GET /?a=%2e%2e&b=%00;c=' HTTP/1.1"},
		{"a sign that a URL does not hold", "GET", "/a\"b", "GET /a%22b HTTP/1.1"},
		{"another method", "PROPFIND", "/x", "PROPFIND /x HTTP/1.1"},
	} {
		before := len(server.requests())
		if r, err := send(t, h, powers.Request{Method: c.method, URL: server.url() + c.path}, ""); err != nil || r.body != "ok" {
			t.Errorf("%s: %q, %v", c.name, r.body, err)
			continue
		}
		got := server.requests()[before]
		if first, _, _ := strings.Cut(got, "\r\n"); first != c.first {
			t.Errorf("%s: the server got %q; want %q", c.name, first, c.first)
		}
	}
}

// TestNothingIsSmuggled tries to write more than one request, or another one, and reads the bytes on the wire.
func TestNothingIsSmuggled(t *testing.T) {
	server := listen(t, says(fine))
	h := sendingBy(t, granting(t).yes())
	address := server.Addr().String()
	for _, c := range []struct {
		name    string
		request powers.Request
	}{
		{"a line end in a value", powers.Request{Header: []powers.Header{{Name: "X-A", Value: "1\r\n\r\nGET /evil HTTP/1.1\r\nHost: x"}}}},
		{"a line feed in a name", powers.Request{Header: []powers.Header{{Name: "X-A\nEvil", Value: "1"}}}},
		{"its own Host", powers.Request{Header: []powers.Header{{Name: "host", Value: "evil.example"}}}},
		{"its own length", powers.Request{Header: []powers.Header{{Name: "Content-Length", Value: "0"}}}},
		{"its own framing", powers.Request{Header: []powers.Header{{Name: "Transfer-Encoding", Value: "chunked"}}}},
		{"its own framing, disguised", powers.Request{Header: []powers.Header{{Name: "Transfer_Encoding", Value: "chunked"}}}},
		{"a space before the colon", powers.Request{Header: []powers.Header{{Name: "Transfer-Encoding ", Value: "chunked"}}}},
		{"an upgrade", powers.Request{Header: []powers.Header{{Name: "Upgrade", Value: "websocket"}}}},
		{"another method in a header", powers.Request{Header: []powers.Header{{Name: "X-HTTP-Method-Override", Value: "DELETE"}}}},
		{"a line end in the path", powers.Request{URL: "http://" + address + "/a\r\nX: y"}},
		{"a space in the path", powers.Request{URL: "http://" + address + "/a HTTP/1.1"}},
		{"a fragment", powers.Request{URL: "http://" + address + "/a#b"}},
		{"a user", powers.Request{URL: "http://me:pw@" + address + "/"}},
		{"a backslash", powers.Request{URL: "http://" + address + "\\@evil.example/"}},
		{"dot segments", powers.Request{URL: "http://" + address + "/a/%2e%2e/b"}},
		{"an encoded slash", powers.Request{URL: "http://" + address + "/a%2fb"}},
		{"an encoded NUL", powers.Request{URL: "http://" + address + "/a%00"}},
		{"a method with a space", powers.Request{Method: "GET /evil HTTP/1.1\r\nX:"}},
		{"CONNECT", powers.Request{Method: "CONNECT"}},
		{"TRACE", powers.Request{Method: "TRACE"}},
		{"a small method", powers.Request{Method: "get"}},
		{"another scheme", powers.Request{URL: "file:///etc/passwd"}},
		{"no scheme", powers.Request{URL: "//" + address + "/"}},
	} {
		r := c.request
		if r.Method == "" {
			r.Method = "POST"
		}
		if r.URL == "" {
			r.URL = server.url() + "/"
		}
		_, err := send(t, h, r, "body")
		wantFault(t, c.name, err, powers.FaultRequest)
	}
	if asked := h.judge.questions(); len(asked) != 0 {
		t.Errorf("was asked for %q; want nobody asked", asked)
	}
	if got := server.requests(); len(got) != 0 {
		t.Errorf("the server got %q; want nothing", got)
	}
}

func TestWhatARequestBringsAlong(t *testing.T) {
	server := listen(t, says("HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"))
	h := sendingBy(t, granting(t).yes())
	r := powers.Request{Method: "POST", URL: server.url() + "/", Header: []powers.Header{{Name: "x-second", Value: "2"}, {Name: "X-First", Value: "é"}, {Name: "x-second", Value: "3"}}}
	if _, err := send(t, h, r, "body"); err != nil {
		t.Fatal(err)
	}
	if answer, err := send(t, h, r, "body"); err != nil || answer.header("Set-Cookie") != "a=b" {
		t.Errorf("the guest got %v, %v; want the cookie, which is kept for nobody", answer, err)
	}
	for _, got := range server.requests() {
		head, _, _ := strings.Cut(got, "\r\n\r\n")
		lines := strings.Split(head, "\r\n")[1:]
		slices.Sort(lines)
		want := []string{"Accept-Encoding: gzip, deflate", "Content-Length: 4", "Host: " + server.Addr().String(), "User-Agent: Gatehouse", "X-First: é", "X-Second: 2", "X-Second: 3"}
		if !slices.Equal(lines, want) {
			t.Errorf("the server got %q; want %q", lines, want)
		}
	}
}

func TestAQuestionBeforeAnythingIsSent(t *testing.T) {
	server := listen(t, says(fine))
	j := granting(t)
	h := sendingBy(t, j)
	j.answer = func(n permissions.Need) error {
		if got := server.requests(); len(got) != 0 {
			t.Errorf("the server got %q before the answer", got)
		}
		return refuse(n)
	}
	_, err := send(t, h, powers.Request{Method: "POST", URL: server.url() + "/a?q=1", Header: []powers.Header{{Name: "Content-Type", Value: "text/plain"}}}, "Grüße\n")
	if !errors.Is(err, permissions.ErrDenied) || len(server.requests()) != 0 || len(h.journal.sent()) != 0 {
		t.Errorf("a refused request = %v; the server got %q", err, server.requests())
	}
	want := permissions.Outgoing{Method: "POST", URL: server.url() + "/a?q=1", Headers: []permissions.Header{{Name: "Content-Type", Value: "text/plain"}}, Size: 8, Text: "Grüße\n"}
	if n := j.asked[0]; n.Grant.String() != "net:POST:"+server.url()+"/a" || fmt.Sprintf("%+v", *n.Object.Request) != fmt.Sprintf("%+v", want) {
		t.Errorf("was asked for %s: %+v; want %+v", n.Grant, n.Object.Request, want)
	}
}

func TestWhatOfABodyIsShown(t *testing.T) {
	for _, c := range []struct {
		name, body, text string
		cut, binary      bool
	}{
		{"text", "a\tb\r\n", "a\tb\r\n", false, false},
		{"none", "", "", false, false},
		{"a NUL", "a\x00", "", false, true},
		{"no UTF-8", "a\xff", "", false, true},
		{"an escape", "\x1b[31m", "", false, true},
		{"a long line", strings.Repeat("ü", 5000), strings.Repeat("ü", 2048), true, false},
		{"many lines", strings.Repeat("a\n", 100), strings.Repeat("a\n", 60), true, false},
	} {
		j := granting(t)
		j.answer = refuse
		_, _ = send(t, sendingBy(t, j), powers.Request{Method: "PUT", URL: "https://a.example/"}, c.body)
		if r := j.asked[0].Object.Request; r.Text != c.text || r.Cut != c.cut || r.Binary != c.binary || r.Size != int64(len(c.body)) {
			t.Errorf("%s is shown as %.40q of %d, cut %v, binary %v", c.name, r.Text, r.Size, r.Cut, r.Binary)
		}
	}
}

func TestALongBodyIsAskedForOnItsWay(t *testing.T) {
	var got int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, _ = io.Copy(io.Discard, r.Body)
		if r.ContentLength != -1 {
			t.Errorf("the length was known to be %d", r.ContentLength)
		}
		fmt.Fprint(w, "thanks")
	}))
	defer server.Close()
	h := sendingBy(t, granting(t).yes())
	e, err := h.Begin(t.Context(), powers.Request{Method: "PUT", URL: server.URL + "/"})
	if err != nil {
		t.Fatal(err)
	}
	piece := bytes.Repeat([]byte("x"), 40<<10)
	for i := range 10 {
		if _, err := e.Write(t.Context(), piece); err != nil {
			t.Fatal(err)
		}
		if asked := len(h.judge.questions()); asked != min(i, 1) {
			t.Errorf("%d questions after %d pieces; want one from 64 KiB on", asked, i+1)
		}
	}
	if r, err := e.Response(t.Context()); err != nil || r.Status != 200 || got != 400<<10 {
		t.Errorf("Response() = %v, %v, and %d bytes came; want %d", r, err, got, 400<<10)
	}
	if r := h.judge.asked[0].Object.Request; !r.Unfinished || r.Size != 80<<10 || r.Most != 1<<20 {
		t.Errorf("the question was %+v; want it unfinished", r)
	}
	e.Close(t.Context())
	if s := h.journal.sent(); len(s) != 1 || s[0].BodySize != 400<<10 || s[0].Body == "" || s[0].Status != 200 {
		t.Errorf("written down is %+v", s)
	}
}

func TestAServerThatWantsNoMoreOfABody(t *testing.T) {
	server := listen(t, says("HTTP/1.1 413 Too much\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
	h := sendingBy(t, granting(t).yes())
	r, err := send(t, h, powers.Request{Method: "PUT", URL: server.url()}, strings.Repeat("x", 1<<20))
	var fault *powers.HTTPError
	if r.Status != 413 && (!errors.As(err, &fault) || fault.Fault != powers.FaultAnswer) { // which of the two is the system's choice
		t.Errorf("send() = %v, %v; want its answer, or that it broke off", r, err)
	}
}

func TestTheLimitsOfOneCall(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write(bytes.Repeat([]byte("x"), len(r.URL.Path)-1))
	}))
	defer server.Close()
	small := func(o *local.HTTPOptions) { o.Requests, o.Payload = 3, 10 }
	h := sendingBy(t, granting(t).yes(), small)
	if r, err := get(t, h, server.URL+"/0123456789"); err != nil || len(r.body) != 10 {
		t.Errorf("as much as may come = %q, %v", r.body, err)
	}
	_, err := get(t, h, server.URL+"/01234567890")
	wantFault(t, "more than may come", err, powers.FaultPayload)
	_, err = send(t, h, powers.Request{Method: "POST", URL: server.URL + "/"}, "01234567890")
	wantFault(t, "more than may go", err, powers.FaultPayload)
	if over := h.Over(); over == nil || over.Fault != powers.FaultPayload || over.Limit != "10 bytes" || !strings.HasPrefix(over.Used, "11 bytes") {
		t.Errorf("the first limit is %+v", over)
	}
	if _, err := get(t, h, server.URL+"/1"); err != nil {
		t.Errorf("the third request = %v", err)
	}
	asked := len(h.judge.questions())
	_, err = get(t, h, server.URL+"/1")
	wantFault(t, "the fourth request", err, powers.FaultRequests)
	if len(h.judge.questions()) != asked {
		t.Error("a request too many was asked for")
	}
	for range 16 {
		if _, err := h.Begin(t.Context(), powers.Request{Method: "GET", URL: server.URL}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.Begin(t.Context(), powers.Request{Method: "GET", URL: server.URL}); !errors.Is(err, powers.ErrTooMany) {
		t.Errorf("the 17th exchange = %v; want %v", err, powers.ErrTooMany)
	}
}

func TestRefusedByDefault(t *testing.T) {
	server := listen(t, says(fine))
	h := local.NewHTTP(local.HTTPOptions{Requests: 10, Payload: 10})
	defer h.Close()
	if _, err := get(t, h, server.url()); !errors.Is(err, permissions.ErrDenied) || len(server.requests()) != 0 {
		t.Errorf("without a checker = %v; want a refusal", err)
	}
}

func TestWhatCannotBeWrittenDownStopsTheCall(t *testing.T) {
	server := listen(t, says(fine))
	h := sendingBy(t, granting(t).yes())
	h.journal.fail = errors.New("the disk is full")
	var denied *permissions.DeniedError
	for i := range 2 {
		if _, err := get(t, h, server.url()); !errors.As(err, &denied) || denied.Code != permissions.CodeStorage {
			t.Errorf("request %d = %v; want a refusal of storage", i, err)
		}
	}
	if n := len(server.requests()); n != 1 {
		t.Errorf("%d requests arrived; want none after the first", n)
	}
}

func TestOutOfOrder(t *testing.T) {
	server := listen(t, says(fine))
	h := sendingBy(t, granting(t).yes())
	begin := func() powers.Exchange {
		e, err := h.Begin(t.Context(), powers.Request{Method: "POST", URL: server.url()})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	closed := func(doing string, err error) {
		if !errors.Is(err, powers.ErrClosed) {
			t.Errorf("%s = %v; want %v", doing, err, powers.ErrClosed)
		}
	}
	e := begin()
	_, err := e.Read(t.Context(), make([]byte, 1))
	closed("reading before the answer", err)
	if _, err := e.Response(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err = e.Write(t.Context(), []byte("x"))
	closed("writing after the answer", err)
	_, err = e.Response(t.Context())
	closed("a second answer", err)
	e.Close(t.Context())
	_, err = e.Read(t.Context(), make([]byte, 1))
	closed("reading after the end", err)
	closed("closing again", e.Close(t.Context()))
	e = begin()
	h.Close()
	_, err = e.Response(t.Context())
	closed("an answer after the call", err)
	_, err = h.Begin(t.Context(), powers.Request{Method: "GET", URL: server.url()})
	closed("a request after the call", err)
}

func TestRevokingCancelsWhatIsUnderWay(t *testing.T) {
	arrived := make(chan bool, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(200)
		w.(http.Flusher).Flush()
		arrived <- true
		<-r.Context().Done()
	}))
	defer server.Close()
	j := granting(t).yes()
	h := sendingBy(t, j)
	done := make(chan error, 1)
	go func() { _, err := get(t, h, server.URL); done <- err }()
	<-arrived
	h.Revoke()
	select {
	case err := <-done:
		if !errors.Is(err, permissions.ErrDenied) {
			t.Errorf("the request = %v; want a refusal", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the request goes on")
	}
	// An answer that is taken back while it is on its way sends nothing.
	arrivals := len(h.journal.sent())
	j.answer = func(permissions.Need) error { h.Revoke(); return nil }
	if _, err := get(t, h, server.URL); !errors.Is(err, permissions.ErrDenied) {
		t.Errorf("a request whose answer was taken back = %v; want a refusal", err)
	}
	for _, s := range h.journal.sent()[arrivals:] {
		if s.Status != 0 || len(s.Addresses) != 0 {
			t.Errorf("it was sent all the same: %+v", s)
		}
	}
}

func TestACallThatEndsBreaksItsRequestOff(t *testing.T) {
	arrived := make(chan bool, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		arrived <- true
		<-r.Context().Done()
	}))
	defer server.Close()
	h := sendingBy(t, granting(t).yes())
	ctx, cancel := context.WithCancel(t.Context())
	e, err := h.Begin(ctx, powers.Request{Method: "GET", URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-arrived
		cancel()
	}()
	if _, err := e.Response(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Response() = %v; want %v", err, context.Canceled)
	}
	if s := h.journal.sent(); len(s) != 1 || s[0].Fault != "cancelled" {
		t.Errorf("written down is %+v", s)
	}
}

// FuzzOnTheWire sends what anybody may write, and reads at the other end what came: it is one request, the one that was
// asked for, and nothing before or after it.
func FuzzOnTheWire(f *testing.F) {
	f.Add("GET", "/a?b=c", "X-A", "1", "")
	f.Add("POST", "/%41%2b;x", "Content_Length", "1", "0\r\n\r\nGET / HTTP/1.1\r\n\r\n")
	f.Add("PUT", "/\r\n", "X-A\r\nHost", "\r\n\r\n", "x")
	f.Add("DELETE", "?x", "Transfer-Encoding ", "chunked", "\x00")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { l.Close() })
	came := make(chan *http.Request, 1)
	rest := make(chan string, 1)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			in := bufio.NewReader(c)
			r, err := http.ReadRequest(in)
			if err == nil {
				var body []byte
				body, err = io.ReadAll(r.Body)
				r.Body = io.NopCloser(bytes.NewReader(body))
			}
			if err != nil {
				r = nil
			}
			came <- r
			io.WriteString(c, fine)
			c.(*net.TCPConn).CloseWrite()
			more, _ := io.ReadAll(in)
			rest <- string(more)
			c.Close()
		}
	}()
	base := "http://" + l.Addr().String()
	f.Fuzz(func(t *testing.T, method, path, name, value, body string) {
		j := granting(t).yes()
		h := local.NewHTTP(local.HTTPOptions{Checker: j, Requests: 1, Payload: 1 << 20})
		defer h.Close()
		if len(path) > 0 && path[0] != '/' && path[0] != '?' {
			path = "/" + path
		}
		_, err := send(t, h, powers.Request{Method: method, URL: base + path, Header: []powers.Header{{Name: name, Value: value}}, Stay: true}, body)
		var fault *powers.HTTPError
		if errors.As(err, &fault) && fault.Fault == powers.FaultRequest {
			return
		}
		r := <-came
		h.Close()
		if more := <-rest; err != nil || r == nil || more != "" {
			t.Fatalf("%v: %+v came, and then %q", err, r, more)
		}
		asked := j.asked[0].Object.Request
		got, _ := io.ReadAll(r.Body)
		if r.Method != method || r.Host != l.Addr().String() || "http://"+r.Host+r.RequestURI != asked.URL || string(got) != body ||
			!slices.Contains(r.Header[http.CanonicalHeaderKey(name)], value) || len(r.Header) > 4 {
			t.Errorf("asked for %+v; %+v came with %q", asked, r, got)
		}
	})
}
