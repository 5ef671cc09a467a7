package hostile_test

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/guesttest"
	"gatehouse/permissions"
	"gatehouse/powers"
	"gatehouse/powers/local"
)

// listener keeps every byte that comes to it, and answers each connection with one answer.
type listener struct {
	port   string
	answer string

	mu    sync.Mutex
	conns int
	got   bytes.Buffer
}

func listen(t *testing.T, answer string) *listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	s := &listener{port: port, answer: answer}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return s
}

func (s *listener) serve(conn net.Conn) {
	defer conn.Close()
	s.mu.Lock()
	s.conns++
	s.mu.Unlock()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	p := make([]byte, 64<<10)
	answered := false
	for {
		n, err := conn.Read(p)
		s.mu.Lock()
		s.got.Write(p[:n])
		whole := bytes.Contains(s.got.Bytes(), []byte("\r\n\r\n"))
		s.mu.Unlock()
		if err != nil {
			return
		}
		if whole && !answered { // and whatever came behind the first request stays to be seen
			answered = true
			_, _ = conn.Write([]byte(s.answer))
			_ = conn.SetDeadline(time.Now().Add(200 * time.Millisecond))
		}
	}
}

func (s *listener) seen() (conns int, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns, s.got.String()
}

// flipping is a name server that counts, and says for every name now an address of the world and now one of this machine.
type flipping struct {
	mu      sync.Mutex
	lookups int
}

func (f *flipping) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lookups++
	if f.lookups%2 == 0 {
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
	}
	return []netip.Addr{netip.MustParseAddr("::ffff:127.0.0.1"), netip.MustParseAddr("64:ff9b::7f00:1"), netip.MustParseAddr("10.0.0.1")}, nil
}

func (f *flipping) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lookups
}

// network is the power of a guest that may ask for anything, answered by who is there.
func network(t *testing.T, who permissions.Prompter, names *flipping) powers.HTTP {
	t.Helper()
	any, err := permissions.Parse("net:any:GET,HEAD,POST")
	if err != nil {
		t.Fatal(err)
	}
	broker := permissions.NewBroker(permissions.Options{Prompter: who})
	t.Cleanup(broker.Close)
	guard := broker.Begin(permissions.Subject{Skill: "raw", Signer: "unsigned", Digest: "sha256:0", Client: "terminal"},
		permissions.Capabilities{Optional: []permissions.Line{{Grant: any, Why: "it is hostile"}}}, permissions.CallInfo{ID: "c", Tool: "run"})
	t.Cleanup(guard.End)
	h := local.NewHTTP(local.HTTPOptions{
		Checker: guard, Requests: 100, Payload: 1 << 20,
		Network: &local.Network{Resolver: names, Patience: local.Patience{Connect: 2 * time.Second, FirstByte: 2 * time.Second, Idle: 2 * time.Second, Whole: 5 * time.Second}},
	})
	t.Cleanup(func() { h.Close() })
	return h
}

// What a guest says of a request comes to no more than one request, to no other place, and before a yes to nothing at all.
// The person here says yes to everything that may be allowed.
func TestNoRequestLeadsElsewhere(t *testing.T) {
	t.Parallel()
	c, guest := newCell(t, nil), guesttest.Go(t)
	type request struct {
		name, method, url, body string
		header                  []string
		answer                  string // of the server that the request is for
	}
	fine, smuggled := "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "GET /SMUGGLED HTTP/1.1\r\nHost: x\r\n\r\n"
	redirect := func(to string) string {
		return "HTTP/1.1 302 Found\r\nLocation: " + to + "\r\nContent-Length: 0\r\n\r\n"
	}
	for _, r := range []request{
		{"a line end in a header's value", "GET", "SERVER/", "", []string{"X-A: a\r\nX-SMUGGLED: 1"}, fine},
		{"a bare line feed in a header's value", "GET", "SERVER/", "", []string{"X-A: a\nX-SMUGGLED: 1"}, fine},
		{"a whole request in a header's value", "GET", "SERVER/", "", []string{"X-A: a\r\n\r\n" + smuggled}, fine},
		{"a line end in a header's name", "GET", "SERVER/", "", []string{"X-A\r\nX-SMUGGLED: 1"}, fine},
		{"a space before the colon", "POST", "SERVER/", smuggled, []string{"Transfer-Encoding : chunked"}, fine},
		{"an encoding of its own", "POST", "SERVER/", "0\r\n\r\n" + smuggled, []string{"Transfer-Encoding: chunked"}, fine},
		{"a length of its own", "POST", "SERVER/", smuggled, []string{"Content-Length: 0"}, fine},
		{"a line that continues", "GET", "SERVER/", "", []string{"X-A: a\r\n X-SMUGGLED: 1"}, fine},
		{"a host of its own", "GET", "SERVER/", "", []string{"Host: SMUGGLED"}, fine},
		{"a request in the address", "GET", "SERVER/ HTTP/1.1\r\nX-SMUGGLED: 1\r\n\r\nGET /", "", nil, fine},
		{"a request in the method", "GET / HTTP/1.1\r\nX-SMUGGLED: 1\r\n\r\nGET", "SERVER/", "", nil, fine},
		{"an upgrade", "GET", "SERVER/", "", []string{"Connection: upgrade", "Upgrade: SMUGGLED"}, fine},
		{"a fragment that goes on", "GET", "SERVER/#\r\nX-SMUGGLED: 1", "", nil, fine},

		{"a redirect to a cloud's metadata", "GET", "SERVER/", "", nil, redirect("http://169.254.169.254/latest/meta-data/")},
		{"a redirect to a name that flips", "GET", "SERVER/", "", nil, redirect("http://flips.example:ELSEWHERE/")},
		{"a redirect to this machine in decimal", "GET", "SERVER/", "", nil, redirect("http://2130706433:ELSEWHERE/")},
		{"a redirect to this machine, mapped", "GET", "SERVER/", "", nil, redirect("http://[::ffff:127.0.0.1]:ELSEWHERE/")},
		{"a redirect to a file", "GET", "SERVER/", "", nil, redirect("file:///etc/passwd")},
		{"a redirect with a line end", "GET", "SERVER/", "", nil, redirect("/a%0d%0aX-SMUGGLED:%201")},

		{"a name that flips", "GET", "http://flips.example:ELSEWHERE/", "", nil, fine},
		{"a name that flips, again", "POST", "http://flips.example:ELSEWHERE/", "x", nil, fine},
		{"this machine in decimal", "GET", "http://2130706433:ELSEWHERE/", "", nil, fine},
		{"this machine in hexadecimal", "GET", "http://0x7f000001:ELSEWHERE/", "", nil, fine},
		{"this machine in octal", "GET", "http://0177.0.0.1:ELSEWHERE/", "", nil, fine},
		{"this machine in two parts", "GET", "http://127.1:ELSEWHERE/", "", nil, fine},
		{"this machine in full-width digits", "GET", "http://１２７.０.０.１:ELSEWHERE/", "", nil, fine},
		{"this machine in circled digits", "GET", "http://①②⑦.0.0.1:ELSEWHERE/", "", nil, fine},
		{"this machine, mapped", "GET", "http://[::ffff:127.0.0.1]:ELSEWHERE/", "", nil, fine},
		{"this machine through NAT64", "GET", "http://[64:ff9b::7f00:1]:ELSEWHERE/", "", nil, fine},
		{"this machine through 6to4", "GET", "http://[2002:7f00:1::]:ELSEWHERE/", "", nil, fine},
		{"this machine behind a name and a password", "GET", "http://example.com@127.0.0.1:ELSEWHERE/", "", nil, fine},
		{"this machine behind a backslash", "GET", "http://127.0.0.1:ELSEWHERE\\@example.com/", "", nil, fine},
		{"all addresses of this machine", "GET", "http://0.0.0.0:ELSEWHERE/", "", nil, fine},
		{"localhost", "GET", "http://localhost:ELSEWHERE/", "", nil, fine},
	} {
		t.Run(r.name, func(t *testing.T) {
			elsewhere := listen(t, fine)
			place := strings.NewReplacer("ELSEWHERE", elsewhere.port)
			server := listen(t, place.Replace(r.answer))
			url := strings.ReplaceAll(place.Replace(r.url), "SERVER", "http://127.0.0.1:"+server.port)
			o := guesttest.Order{Do: "fetch", To: r.method, Path: url, Text: r.body, N: min(len(r.body), 1), Header: r.header}
			for _, who := range []permissions.Prompter{nil, person{}} {
				names := &flipping{}
				if _, err := c.Run(t.Context(), patient(guest, string(o.Stdin())), powers.Set{HTTP: network(t, who, names)}); err != nil {
					t.Logf("the guest ended with %v", err)
				}
				if conns, text := elsewhere.seen(); conns > 0 {
					t.Errorf("%d connections went elsewhere: %.300q", conns, text)
				}
				conns, text := server.seen()
				if who == nil && (conns > 0 || names.count() > 0) {
					t.Errorf("before a yes: %d connections and %d look-ups", conns, names.count())
				}
				head, rest, _ := strings.Cut(text, "\r\n\r\n")
				if strings.Contains(strings.ToUpper(head), "SMUGGLED") && !strings.Contains(head, "%0D%0A") && !strings.Contains(head, "%0d%0a") {
					t.Errorf("what was smuggled came out in the head: %q", text)
				}
				if rest != r.body && strings.Contains(rest, "HTTP/1.1") && !strings.Contains(r.answer, "302") {
					t.Errorf("more than one request came out: %q", text)
				}
			}
		})
	}
}

// An honest request does come through: else the test before would show nothing.
func TestAnHonestRequestComesThrough(t *testing.T) {
	t.Parallel()
	server := listen(t, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
	o := guesttest.Order{Do: "fetch", To: "POST", Path: "http://127.0.0.1:" + server.port + "/a", Text: "body", N: 1, Header: []string{"X-A: 1"}}
	result, err := newCell(t, nil).Run(t.Context(), patient(guesttest.Go(t), string(o.Stdin())), powers.Set{HTTP: network(t, person{}, &flipping{})})
	_, text := server.seen()
	if err != nil || !strings.Contains(string(result.Output), "200") || !strings.HasPrefix(text, "POST /a HTTP/1.1\r\n") || !strings.HasSuffix(text, "\r\n\r\nbody") {
		t.Errorf("the guest got %.300q, %v; the server got %q", result.Output, err, text)
	}
}
