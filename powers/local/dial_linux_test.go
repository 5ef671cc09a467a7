package local_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"

	"gatehouse/permissions"
	"gatehouse/powers"
)

func TestANameReachesTheInternetAlone(t *testing.T) {
	i := newInternet(t)
	port := i.host(t, "127.0.0.2", ok)
	private, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Skip("the port is taken on the other address: ", err)
	}
	defer private.Close()
	go func() {
		for {
			c, err := private.Accept()
			if err != nil {
				return
			}
			t.Error("a connection came to the private address")
			c.Close()
		}
	}()
	for _, c := range []struct {
		name      string
		addresses []string
		fault     powers.HTTPFault
	}{
		{"a public address", []string{"127.0.0.2"}, ""},
		{"a public address written as IPv6, as a resolver may", []string{"::ffff:127.0.0.2"}, ""},
		{"a private and a public one", []string{"127.0.0.1", "10.0.0.1", "127.0.0.2"}, ""},
		{"this computer", []string{"127.0.0.1"}, powers.FaultName},
		{"this computer, written as IPv6", []string{"::ffff:127.0.0.1"}, powers.FaultName},
		{"this computer's IPv6", []string{"::1"}, powers.FaultName},
		{"nowhere, which is this computer on some systems", []string{"0.0.0.0"}, powers.FaultName},
		{"a private network", []string{"192.168.1.1"}, powers.FaultName},
		{"a provider's network", []string{"100.64.0.1"}, powers.FaultName},
		{"a private network of IPv6", []string{"fd12::1"}, powers.FaultName},
		{"link-local", []string{"169.254.1.1"}, powers.FaultName},
		{"a cloud's metadata", []string{"169.254.169.254"}, powers.FaultName},
		{"a cloud's metadata by IPv6", []string{"fd00:ec2::254"}, powers.FaultName},
		{"this computer by NAT64", []string{"64:ff9b::7f00:1"}, powers.FaultName},
		{"this computer by 6to4", []string{"2002:7f00:1::"}, powers.FaultName},
		{"an IPv4 address inside IPv6", []string{"::127.0.0.1"}, powers.FaultName},
		{"many", []string{"224.0.0.1"}, powers.FaultName},
		{"everybody", []string{"255.255.255.255"}, powers.FaultName},
		{"no address", nil, powers.FaultName},
	} {
		i.name("a.example", c.addresses)
		h := i.sending(t, granting(t).yes())
		r, err := get(t, h, "http://a.example:"+port+"/")
		if c.fault != "" {
			wantFault(t, c.name, err, c.fault)
			if s := h.journal.sent(); len(s) != 1 || s[0].Fault != c.fault || len(s[0].Addresses) != 0 {
				t.Errorf("%s: written down is %+v", c.name, s)
			}
		} else if err != nil || r.body != "ok from a.example:"+port {
			t.Errorf("%s: %q, %v", c.name, r.body, err)
		} else if s := h.journal.sent(); len(s) != 1 || !slices.Equal(s[0].Addresses, []string{"127.0.0.2:" + port}) {
			t.Errorf("%s: written down is %+v", c.name, s)
		}
	}
	_, err = get(t, i.sending(t, granting(t).yes()), "http://none.example/")
	wantFault(t, "a name that nobody has", err, powers.FaultName)
}

func TestANameThatFlips(t *testing.T) {
	i := newInternet(t)
	port := i.host(t, "127.0.0.2", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		ok(w, r)
	})
	i.name("a.example", []string{"127.0.0.2"}, []string{"127.0.0.1"}, []string{"127.0.0.2"}, []string{"169.254.169.254"})
	h := i.sending(t, granting(t).yes())
	for n, reached := range []bool{true, false, true, false} {
		_, err := get(t, h, "http://a.example:"+port+"/")
		if reached && err != nil {
			t.Errorf("look-up %d: %v", n, err)
		} else if !reached {
			wantFault(t, fmt.Sprint("look-up ", n), err, powers.FaultName)
		}
	}
	if want := slices.Repeat([]string{"a.example."}, 4); !slices.Equal(i.lookups, want) { // the dot keeps the system's own domains out
		t.Errorf("looked up %q; want %q", i.lookups, want)
	}
}

// TestTheSocketAsksOnceMore has an address lie elsewhere by the time the socket connects.
func TestTheSocketAsksOnceMore(t *testing.T) {
	i := newInternet(t)
	i.name("a.example", []string{"127.0.0.2"})
	port := i.host(t, "127.0.0.2", func(http.ResponseWriter, *http.Request) { t.Error("a request arrived") })
	looks := 0
	i.PlacedBy(func(netip.Addr) (permissions.Place, string) {
		if looks++; looks > 1 {
			return permissions.ThisComputer, "loopback"
		}
		return permissions.Public, "the internet"
	})
	_, err := get(t, i.sending(t, granting(t).yes()), "http://a.example:"+port+"/")
	wantFault(t, "an address that moved", err, powers.FaultName)
}

func TestNoProxyOfTheEnvironment(t *testing.T) {
	i := newInternet(t)
	i.name("a.example", []string{"127.0.0.2"})
	port := i.host(t, "127.0.0.2", ok)
	proxy := listen(t, says(fine))
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"} {
		t.Setenv(name, proxy.url())
	}
	if r, err := get(t, i.sending(t, granting(t).yes()), "http://a.example:"+port+"/"); err != nil || r.body != "ok from a.example:"+port || len(proxy.requests()) != 0 {
		t.Errorf("get = %q, %v; the proxy got %q", r.body, err, proxy.requests())
	}
}

// TestAnAddressThatKeepsSilent has a name with an address where nobody answers, neither yes nor no.
func TestAnAddressThatKeepsSilent(t *testing.T) {
	i := newInternet(t)
	port := i.host(t, "127.0.0.2", ok)
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	silent(t, [4]byte{127, 0, 0, 3}, number)
	i.name("a.example", []string{"127.0.0.3", "127.0.0.2"})
	h := i.sending(t, granting(t).yes())
	began := time.Now()
	r, err := get(t, h, "http://a.example:"+port+"/")
	if took := time.Since(began); err != nil || r.body != "ok from a.example:"+port || took > impatient.Connect {
		t.Errorf("get = %q, %v after %v; want the other address tried soon", r.body, err, took)
	}
	if s := h.journal.sent(); len(s) != 1 || !slices.Equal(s[0].Addresses, []string{"127.0.0.3:" + port, "127.0.0.2:" + port}) {
		t.Errorf("written down is %+v; want both addresses", s)
	}
	i.name("a.example", []string{"127.0.0.3"})
	i.Patience = impatient
	_, err = get(t, i.sending(t, granting(t).yes()), "http://a.example:"+port+"/")
	wantFault(t, "silence", err, powers.FaultTime)
}

// silent listens at an address whose queue is full, so that whoever connects waits.
func silent(t *testing.T, address [4]byte, port int) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := errors.Join(unix.Bind(fd, &unix.SockaddrInet4{Port: port, Addr: address}), unix.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	at := net.JoinHostPort(netip.AddrFrom4(address).String(), strconv.Itoa(port))
	for range 50 {
		c, err := net.DialTimeout("tcp", at, 200*time.Millisecond)
		if err != nil {
			return
		}
		t.Cleanup(func() { c.Close() })
	}
	t.Fatal("the queue takes whatever comes")
}

// TestSpelledAddresses tries every way to write an address: nothing but its one spelling is read, and that is asked for.
func TestSpelledAddresses(t *testing.T) {
	i := newInternet(t)
	port := i.host(t, "127.0.0.1", ok)
	for _, c := range []struct {
		host  string
		fault powers.HTTPFault
	}{
		{"127.0.0.1", ""},
		{"127.1", powers.FaultRequest}, {"2130706433", powers.FaultRequest}, {"0x7f000001", powers.FaultRequest}, {"0x7f.0.0.1", powers.FaultRequest},
		{"0177.0.0.1", powers.FaultRequest}, {"127.0.0.01", powers.FaultRequest}, {"127.000.000.001", powers.FaultRequest}, {"１２７.0.0.1", powers.FaultRequest},
		{"127。0。0。1", powers.FaultRequest}, {"localhost", powers.FaultRequest}, {"a.localhost", powers.FaultRequest}, {"[::ffff:127.0.0.1]", powers.FaultRequest},
		{"[::ffff:7f00:1]", powers.FaultRequest}, {"[0:0:0:0:0:0:0:1]", powers.FaultRequest}, {"[::1%25lo]", powers.FaultRequest}, {"127.0.0.1.", powers.FaultRequest},
		{"[64:ff9b::7f00:1]", powers.FaultRequest}, {"169.254.169.254", powers.FaultName}, {"0.0.0.0", powers.FaultName}, {"[fe80::1]", powers.FaultName},
		{"127.0.0.1%2f", powers.FaultRequest}, {"127.0.0.1\\@a.example", powers.FaultRequest}, {"a.example@127.0.0.1", powers.FaultRequest},
	} {
		h := i.sending(t, granting(t).yes()) // who says yes to everything, so that the dialler is alone
		r, err := get(t, h, "http://"+c.host+":"+port+"/")
		var fault *powers.HTTPError
		switch asked := h.judge.questions(); {
		case c.fault == "" && (err != nil || !slices.Equal(asked, []string{"net:GET:http://127.0.0.1:" + port + "/"})):
			t.Errorf("%s: %q, %v after %q; want it asked for by its one spelling", c.host, r.body, err, asked)
		case c.fault != "" && (!errors.As(err, &fault) || fault.Fault != c.fault && fault.Fault != powers.FaultName):
			t.Errorf("%s: %q, %v; want %s", c.host, r.body, err, c.fault)
		}
	}
}

// TestNothingIsLookedUpBeforeTheAnswer counts at a name server what a look-up would tell.
func TestNothingIsLookedUpBeforeTheAnswer(t *testing.T) {
	i := newInternet(t)
	port := i.host(t, "127.0.0.2", ok)
	dns := nameServer(t, [4]byte{127, 0, 0, 2})
	i.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", dns.address)
	}}
	j := granting(t)
	h := i.sending(t, j)
	j.answer = func(n permissions.Need) error {
		if asked := dns.questions(); len(asked) != 0 {
			t.Errorf("%q was looked up before the answer", asked)
		}
		return refuse(n)
	}
	if _, err := get(t, h, "http://c2VjcmV0.a.example:"+port+"/"); !errors.Is(err, permissions.ErrDenied) {
		t.Errorf("get = %v; want a refusal", err)
	}
	if asked := dns.questions(); len(asked) != 0 {
		t.Errorf("%q was looked up after a no", asked)
	}
	j.answer = func(permissions.Need) error { return nil }
	if r, err := get(t, h, "http://a.example:"+port+"/"); err != nil || r.body != "ok from a.example:"+port {
		t.Errorf("after a yes = %q, %v", r.body, err)
	}
	for _, name := range dns.questions() {
		if name != "a.example." {
			t.Errorf("%q was looked up; want the name alone", name)
		}
	}
	if len(dns.questions()) == 0 {
		t.Error("the name server was never asked, so the test shows nothing")
	}
}

// domains is a name server that gives every name one address.
type domains struct {
	address string
	mu      sync.Mutex
	asked   []string
}

func (d *domains) questions() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.asked)
}

func nameServer(t *testing.T, address [4]byte) *domains {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	d := &domains{address: conn.LocalAddr().String()}
	go func() {
		for p := make([]byte, 1500); ; {
			n, from, err := conn.ReadFrom(p)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(p[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			d.mu.Lock()
			d.asked = append(d.asked, q.Name.String())
			d.mu.Unlock()
			m.Response, m.Additionals = true, nil
			if q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1}, Body: &dnsmessage.AResource{A: address}}}
			}
			if packed, err := m.Pack(); err == nil {
				conn.WriteTo(packed, from)
			}
		}
	}()
	return d
}

// TestOneCallsConnectionsAreItsOwn has two calls reach one host: neither uses the other's connection.
func TestOneCallsConnectionsAreItsOwn(t *testing.T) {
	i := newInternet(t)
	i.name("a.example", []string{"127.0.0.2"})
	port := i.host(t, "127.0.0.2", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.RemoteAddr) })
	one, two := i.sending(t, granting(t).yes()), i.sending(t, granting(t).yes())
	var from []string
	for _, h := range []*outgoing{one, one, two} {
		r, err := get(t, h, "http://a.example:"+port+"/")
		if err != nil {
			t.Fatal(err)
		}
		from = append(from, r.body)
	}
	if from[0] != from[1] || from[0] == from[2] {
		t.Errorf("the connections are %q; want the first two the same and the third another", from)
	}
}
