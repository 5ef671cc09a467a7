package local_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"

	"gatehouse/permissions"
	"gatehouse/powers"
	"gatehouse/powers/local"
)

// internet is what stands for it on this computer: addresses that the table calls public, names, and an authority.
type internet struct {
	*local.Network
	hosts
	authority *x509.Certificate
	key       *ecdsa.PrivateKey
}

// hosts are the addresses of names; each look-up of a name takes the next list, and the last one stays.
type hosts struct {
	mu      sync.Mutex
	of      map[string][][]netip.Addr
	lookups []string
}

func (h *hosts) LookupNetIP(_ context.Context, _, name string) ([]netip.Addr, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lookups = append(h.lookups, name)
	lists := h.of[strings.TrimSuffix(name, ".")]
	if len(lists) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	if len(lists) > 1 {
		h.of[strings.TrimSuffix(name, ".")] = lists[1:]
	}
	return lists[0], nil
}

// name gives a name its addresses.
func (h *hosts) name(name string, lists ...[]string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all [][]netip.Addr
	for _, list := range lists {
		var addresses []netip.Addr
		for _, a := range list {
			addresses = append(addresses, netip.MustParseAddr(a))
		}
		all = append(all, addresses)
	}
	h.of[name] = all
}

// newInternet has 127.0.0.2 to 127.0.0.9 stand for the internet.
func newInternet(t testing.TB) *internet {
	t.Helper()
	i := &internet{hosts: hosts{of: map[string][][]netip.Addr{}}}
	i.Network = (&local.Network{Resolver: &i.hosts, Patience: impatient}).PlacedBy(func(a netip.Addr) (permissions.Place, string) {
		if a.Is4() && a.As4()[0] == 127 && a.As4()[3] >= 2 && a.As4()[3] <= 9 {
			return permissions.Public, "the internet"
		}
		return permissions.PlaceOf(a)
	})
	i.key, i.authority = authority(t)
	i.Roots = x509.NewCertPool()
	i.Roots.AddCert(i.authority)
	return i
}

func authority(t testing.TB) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return key, cert
}

// certificate is one for name, by the authority.
func (i *internet) certificate(t testing.TB, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(2), DNSNames: []string{name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, i.authority, key.Public(), i.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// host is an HTTP server at one address.
func (i *internet) host(t testing.TB, address string, serve http.HandlerFunc) (port string) {
	t.Helper()
	return i.serve(t, address, &http.Server{Handler: serve}, nil)
}

func (i *internet) serve(t testing.TB, address string, s *http.Server, cert *tls.Certificate) (port string) {
	t.Helper()
	l, err := net.Listen("tcp", address+":0")
	if err != nil {
		t.Fatal(err)
	}
	s.ErrorLog = log.New(io.Discard, "", 0)
	if cert != nil {
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*cert}}
		go s.ServeTLS(l, "", "")
	} else {
		go s.Serve(l)
	}
	t.Cleanup(func() { s.Close() })
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port
}

func (i *internet) sending(t testing.TB, j *judge) *outgoing {
	t.Helper()
	return sendingBy(t, j, func(o *local.HTTPOptions) { o.Network = i.Network })
}

func ok(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "ok from ", r.Host) }

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

func TestTLS(t *testing.T) {
	i := newInternet(t)
	i.name("a.example", []string{"127.0.0.2"})
	i.name("b.example", []string{"127.0.0.2"})
	cert := i.certificate(t, "a.example")
	proto := make(chan string, 10)
	port := i.serve(t, "127.0.0.2", &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proto <- r.Proto
		body, _ := io.ReadAll(r.Body)
		fmt.Fprint(w, r.Host, " ", string(body))
	})}, &cert)
	h := i.sending(t, granting(t).yes())
	r, err := send(t, h, powers.Request{Method: "POST", URL: "https://a.example:" + port + "/"}, strings.Repeat("x", 100<<10))
	if err != nil || r.body != "a.example:"+port+" "+strings.Repeat("x", 100<<10) {
		t.Errorf("over TLS = %.40q, %v", r.body, err)
	}
	if p := <-proto; p != "HTTP/2.0" {
		t.Errorf("the server speaks %s; want HTTP/2", p)
	}
	_, err = get(t, h, "https://b.example:"+port+"/")
	wantFault(t, "another name's certificate", err, powers.FaultTrust)
	i.Roots = x509.NewCertPool()
	_, err = get(t, i.sending(t, granting(t).yes()), "https://a.example:"+port+"/")
	wantFault(t, "an authority that nobody believes", err, powers.FaultTrust)
}

// TestServersOfHTTP2ThatMeanHarm does over HTTP/2 what TestServersThatMeanHarm does with bytes.
func TestServersOfHTTP2ThatMeanHarm(t *testing.T) {
	i := newInternet(t)
	i.name("a.example", []string{"127.0.0.2"})
	cert := i.certificate(t, "a.example")
	port := i.serve(t, "127.0.0.2", &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("the server was spoken to in %s", r.Proto)
		}
		flush := w.(http.Flusher).Flush
		switch r.URL.Path {
		case "/lines":
			for n := range 300 {
				w.Header().Set(fmt.Sprint("X-", n), "b")
			}
		case "/line":
			w.Header().Set("X-A", strings.Repeat("b", 200<<10))
		case "/promises":
			for r.Context().Err() == nil {
				w.Header().Set("X-A", "b")
				w.WriteHeader(http.StatusEarlyHints)
			}
		case "/endless":
			for r.Context().Err() == nil {
				w.Write(make([]byte, 32<<10))
			}
		case "/silent":
			<-r.Context().Done()
		case "/stops":
			fmt.Fprint(w, "some")
			flush()
			<-r.Context().Done()
		case "/resets":
			fmt.Fprint(w, "some")
			flush()
			panic(http.ErrAbortHandler)
		}
	})}, &cert)
	for path, want := range map[string][]powers.HTTPFault{
		"/lines": {powers.FaultAnswer}, "/line": {powers.FaultAnswer}, "/promises": {powers.FaultAnswer, powers.FaultTime}, "/endless": {powers.FaultPayload},
		"/silent": {powers.FaultTime}, "/stops": {powers.FaultTime}, "/resets": {powers.FaultAnswer},
	} {
		r, err := get(t, i.sending(t, granting(t).yes()), "https://a.example:"+port+path)
		var fault *powers.HTTPError
		if !errors.As(err, &fault) || !slices.Contains(want, fault.Fault) {
			t.Errorf("%s: %.40q, %v; want %v", path, r.body, err, want)
		}
	}
}

// TestTheEnvironmentMakesNobodyBelieved starts the system's roots with a stranger's authority in the environment.
func TestTheEnvironmentMakesNobodyBelieved(t *testing.T) {
	i := newInternet(t)
	file := filepath.Join(t.TempDir(), "stranger.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.authority.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", file)
	t.Setenv("SSL_CERT_DIR", filepath.Dir(file))
	i.name("a.example", []string{"127.0.0.2"})
	cert := i.certificate(t, "a.example")
	port := i.serve(t, "127.0.0.2", &http.Server{Handler: http.HandlerFunc(ok)}, &cert)
	i.Roots = nil
	_, err := get(t, i.sending(t, granting(t).yes()), "https://a.example:"+port+"/")
	wantFault(t, "an authority of the environment", err, powers.FaultTrust)
	if local.SystemRoots() == nil {
		t.Error("the library chooses the roots, and so the environment does")
	}
}

func TestRedirects(t *testing.T) {
	i := newInternet(t)
	i.name("a.example", []string{"127.0.0.2"})
	i.name("b.example", []string{"127.0.0.3"})
	i.name("inside.example", []string{"10.0.0.1"})
	var other, port string
	echo := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %s type=%s auth=%s keep=%s", r.Method, r.RequestURI, body, r.Header.Get("Content-Type"), r.Header.Get("Authorization"), r.Header.Get("X-Keep"))
	}
	other = i.host(t, "127.0.0.3", echo)
	port = i.host(t, "127.0.0.2", func(w http.ResponseWriter, r *http.Request) {
		var status int
		to := r.URL.Query().Get("to")
		if fmt.Sscan(r.URL.Query().Get("status"), &status); status == 0 {
			echo(w, r)
			return
		}
		w.Header().Set("Location", strings.ReplaceAll(to, "OTHER", "http://b.example:"+other))
		w.WriteHeader(status)
		io.WriteString(w, "moved")
	})
	base := "http://a.example:" + port
	for _, c := range []struct {
		name, method, status, to string
		want                     string
		fault                    powers.HTTPFault
		asked                    []string
	}{
		{"303 makes a GET of a POST", "POST", "303", "/x", "GET /x  type= auth=me keep=1", "", []string{"net:POST:" + base + "/", "net:GET:" + base + "/x"}},
		{"302 makes a GET of a POST", "POST", "302", "/x?y#z", "GET /x?y  type= auth=me keep=1", "", nil},
		{"302 leaves a PUT", "PUT", "302", "/x", "PUT /x body type=t auth=me keep=1", "", nil},
		{"307 keeps method and body", "POST", "307", "/x", "POST /x body type=t auth=me keep=1", "", nil},
		{"308 keeps method and body", "PATCH", "308", "x/y", "PATCH /x/y body type=t auth=me keep=1", "", nil},
		{"a way up ends at the top", "GET", "301", "../../x", "GET /x body type=t auth=me keep=1", "", nil},
		{"another host gets no credentials", "POST", "307", "OTHER/x", "POST /x body type=t auth= keep=1", "", []string{"net:POST:" + base + "/", "net:POST:http://b.example:" + other + "/x"}},
		{"this computer, which is asked as such", "GET", "302", "http://127.0.0.1:1/", "", powers.FaultConnect, []string{"net:GET:" + base + "/", "net:GET:http://127.0.0.1:1/"}},
		{"a cloud's metadata", "GET", "302", "http://169.254.169.254/latest/meta-data/", "", powers.FaultName, nil},
		{"a name inside", "GET", "302", "http://inside.example/", "", powers.FaultName, nil},
		{"an address in decimal", "GET", "302", "http://2130706433/", "", powers.FaultAnswer, []string{"net:GET:" + base + "/"}},
		{"a user and a password", "GET", "302", "http://a@b.example/", "", powers.FaultAnswer, nil},
		{"a backslash", "GET", "302", "http:\\\\b.example\\", "", powers.FaultAnswer, nil},
		{"another scheme", "GET", "302", "file:///etc/passwd", "", powers.FaultAnswer, nil},
		{"a script", "GET", "302", "javascript:alert(1)", "", powers.FaultAnswer, nil},
		{"dots that are encoded", "GET", "302", "/a/%2e%2e/b", "", powers.FaultAnswer, nil},
	} {
		h := i.sending(t, granting(t).yes())
		url := base + "/?status=" + c.status + "&to=" + strings.NewReplacer("#", "%23", "?", "%3F", "&", "%26", "%2e", "%252e", "\\", "%5C").Replace(c.to)
		r, err := send(t, h, powers.Request{Method: c.method, URL: url, Header: []powers.Header{{Name: "Content-Type", Value: "t"}, {Name: "Authorization", Value: "me"}, {Name: "X-Keep", Value: "1"}}}, "body")
		if c.fault != "" {
			wantFault(t, c.name, err, c.fault)
		} else if err != nil || r.body != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, r.body, err, c.want)
		}
		asked := h.judge.questions()
		for n := range asked {
			asked[n] = strings.TrimSuffix(asked[n], "#own-credentials")
		}
		if c.asked != nil && !slices.Equal(asked, c.asked) {
			t.Errorf("%s: asked for %q; want %q", c.name, asked, c.asked)
		}
		if len(h.judge.asked) > 1 && h.judge.asked[1].Object.Request.From == "" {
			t.Errorf("%s: the second question does not say what led there", c.name)
		}
	}
}

func TestARedirectIsAskedAnew(t *testing.T) {
	i := newInternet(t)
	i.name("a.example", []string{"127.0.0.2"})
	i.name("b.example", []string{"127.0.0.3"})
	other := i.host(t, "127.0.0.3", func(http.ResponseWriter, *http.Request) { t.Error("the other host was reached") })
	port := i.host(t, "127.0.0.2", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://b.example:"+other+"/", http.StatusFound)
	})
	h := i.sending(t, granting(t, "net:GET:http://a.example:"+port+"/**"))
	_, err := get(t, h, "http://a.example:"+port+"/")
	var denied *permissions.DeniedError
	if !errors.As(err, &denied) || denied.Grant != "net:GET:http://b.example:"+other+"/" {
		t.Errorf("get = %v; want the second address refused", err)
	}
	if s := h.journal.sent(); len(s) != 1 || s[0].Status != 302 {
		t.Errorf("written down is %+v; want the first request alone", s)
	}
	e, err := h.Begin(t.Context(), powers.Request{Method: "GET", URL: "http://a.example:" + port + "/", Stay: true})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := e.Response(t.Context()); err != nil || r.Status != 302 {
		t.Errorf("a guest that stays = %v, %v; want the redirect itself", r, err)
	}
}

func TestALoopOfRedirectsEnds(t *testing.T) {
	i := newInternet(t)
	i.name("a.example", []string{"127.0.0.2"})
	arrived := 0
	port := i.host(t, "127.0.0.2", func(w http.ResponseWriter, r *http.Request) {
		arrived++
		http.Redirect(w, r, "/", http.StatusFound)
	})
	h := i.sending(t, granting(t).yes())
	_, err := get(t, h, "http://a.example:"+port+"/")
	wantFault(t, "a loop", err, powers.FaultAnswer)
	if arrived != 11 || len(h.judge.questions()) != 11 {
		t.Errorf("%d requests after %d questions; want 11", arrived, len(h.judge.questions()))
	}
}

func TestFromHTTPSToHTTP(t *testing.T) {
	i := newInternet(t)
	i.name("a.example", []string{"127.0.0.2"})
	cert := i.certificate(t, "a.example")
	port := i.serve(t, "127.0.0.2", &http.Server{Handler: http.RedirectHandler("http://a.example/", 302)}, &cert)
	_, err := get(t, i.sending(t, granting(t).yes()), "https://a.example:"+port+"/")
	wantFault(t, "from https to http", err, powers.FaultAnswer)
}

// packed compresses text.
func packed(t testing.TB, coding string, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "zlib":
		w = zlib.NewWriter(&b)
	default:
		w, _ = flate.NewWriter(&b, 9)
	}
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	w.Close()
	return b.Bytes()
}

func TestAnswersThatAreCompressed(t *testing.T) {
	i := newInternet(t)
	i.name("a.example", []string{"127.0.0.2"})
	text := bytes.Repeat([]byte("all work and no play "), 1000)
	bomb := packed(t, "gzip", make([]byte, 64<<20))
	for _, c := range []struct {
		name, coding string
		body         []byte
		want         string
		left         string
		fault        powers.HTTPFault
	}{
		{"gzip", "gzip", packed(t, "gzip", text), string(text), "", ""},
		{"gzip in capitals", "GZIP", packed(t, "gzip", text), string(text), "", ""},
		{"deflate", "deflate", packed(t, "zlib", text), string(text), "", ""},
		{"deflate, the bare form", "deflate", packed(t, "flate", text), string(text), "", ""},
		{"nothing at all", "gzip", nil, "", "", ""},
		{"what nobody asked for", "br", []byte("as it came"), "as it came", "br", ""},
		{"twice", "gzip, gzip", []byte("as it came"), "as it came", "gzip, gzip", ""},
		{"no gzip", "gzip", []byte("plain text, it says"), "", "", powers.FaultAnswer},
		{"a gzip that breaks off", "gzip", packed(t, "gzip", text)[:40], "", "", powers.FaultAnswer},
		{"a bomb", "gzip", bomb, "", "", powers.FaultPayload},
	} {
		port := i.host(t, "127.0.0.2", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", c.coding)
			w.Write(c.body)
		})
		h := i.sending(t, granting(t).yes())
		r, err := get(t, h, "http://a.example:"+port+"/")
		if c.fault != "" {
			wantFault(t, c.name, err, c.fault)
			if len(r.body) > 1<<20 {
				t.Errorf("%s: the guest got %d bytes", c.name, len(r.body))
			}
		} else if err != nil || r.body != c.want || r.header("Content-Encoding") != c.left {
			t.Errorf("%s: %.40q with %q, %v; want %.40q with %q", c.name, r.body, r.header("Content-Encoding"), err, c.want, c.left)
		}
	}
}

// TestServersThatMeanHarm answers with bytes that hurt careless clients, slowly or without end.
func TestServersThatMeanHarm(t *testing.T) {
	drip := func(c net.Conn, text string, pause time.Duration) {
		for _, b := range []byte(text) {
			if _, err := c.Write([]byte{b}); err != nil {
				return
			}
			time.Sleep(pause)
		}
	}
	endless := func(head, more string) func(net.Conn) {
		return func(c net.Conn) {
			io.WriteString(c, head)
			for {
				if _, err := io.WriteString(c, more); err != nil {
					return
				}
			}
		}
	}
	const ok = "HTTP/1.1 200 OK\r\n"
	for _, c := range []struct {
		name   string
		answer func(net.Conn)
		faults []powers.HTTPFault
	}{
		{"says nothing", func(c net.Conn) { io.Copy(io.Discard, c) }, []powers.HTTPFault{powers.FaultTime}},
		{"drips its head", func(c net.Conn) { drip(c, ok+strings.Repeat("X-A: b\r\n", 1000), 5*time.Millisecond) }, []powers.HTTPFault{powers.FaultTime}},
		{"drips its body, and then stops", func(c net.Conn) {
			drip(c, ok+"Content-Length: 100\r\n\r\nabc", time.Millisecond)
			io.Copy(io.Discard, c)
		}, []powers.HTTPFault{powers.FaultTime}},
		{"drips its body for ever", func(c net.Conn) { drip(c, ok+"\r\n"+strings.Repeat("x", 1000), 20*time.Millisecond) }, []powers.HTTPFault{powers.FaultTime}},
		{"never ends its body", endless(ok+"\r\n", strings.Repeat("x", 4096)), []powers.HTTPFault{powers.FaultPayload}},
		{"never ends its chunks", endless(ok+"Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"), []powers.HTTPFault{powers.FaultPayload, powers.FaultTime, powers.FaultAnswer}},
		{"announces too much", says(ok + "Content-Length: 99999999999\r\n\r\n"), []powers.HTTPFault{powers.FaultPayload}},
		{"never ends a header line", endless(ok+"X-A: ", strings.Repeat("x", 4096)), []powers.HTTPFault{powers.FaultAnswer}},
		{"never ends its header lines", endless(ok, "X-A: b\r\n"), []powers.HTTPFault{powers.FaultAnswer}},
		{"has too many header lines", says(ok + strings.Repeat("X-A: b\r\n", 300) + "Content-Length: 0\r\n\r\n"), []powers.HTTPFault{powers.FaultAnswer}},
		{"promises and promises", endless("", "HTTP/1.1 103 Early Hints\r\nX-A: b\r\n\r\n"), []powers.HTTPFault{powers.FaultAnswer}},
		{"continues and continues", endless("", "HTTP/1.1 100 Continue\r\n\r\n"), []powers.HTTPFault{powers.FaultAnswer}},
		{"switches to another protocol", says("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"), []powers.HTTPFault{powers.FaultAnswer}},
		{"speaks something else", says("220 mail.example ESMTP\r\n"), []powers.HTTPFault{powers.FaultAnswer}},
		{"hangs up", says(""), []powers.HTTPFault{powers.FaultAnswer}},
		{"leads to two places", says("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nLocation: http://127.0.0.1:2/\r\nContent-Length: 0\r\n\r\n"), []powers.HTTPFault{powers.FaultAnswer}},
		{"never ends its trailers", endless(ok+"Transfer-Encoding: chunked\r\n\r\n0\r\n", "X-A: b\r\n"), []powers.HTTPFault{powers.FaultAnswer}},
		{"never ends what it says beside a chunk", endless(ok+"Transfer-Encoding: chunked\r\n\r\n2;", strings.Repeat("x", 4096)), []powers.HTTPFault{powers.FaultAnswer}},
		{"has a chunk longer than numbers", says(ok + "Transfer-Encoding: chunked\r\n\r\n1ffffffffffffffff\r\nok"), []powers.HTTPFault{powers.FaultAnswer}},
		{"never ends the name of what it compressed", endless(ok+"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\x03", strings.Repeat("x", 4096)), []powers.HTTPFault{powers.FaultAnswer}},
		{"compresses nothing for ever", endless(ok+"Content-Encoding: deflate\r\n\r\n", strings.Repeat("\x00\x00\x00\xff\xff", 1000)), []powers.HTTPFault{powers.FaultPayload}},
		{"has lengths and chunks in a list", says(ok + "Transfer-Encoding: gzip, chunked\r\nContent-Length: 2\r\n\r\nok"), []powers.HTTPFault{powers.FaultAnswer}},
		{"has a length that is signed", says(ok + "Content-Length: +2\r\n\r\nok"), []powers.HTTPFault{powers.FaultAnswer}},
		{"has two lengths", says(ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nok"), []powers.HTTPFault{powers.FaultAnswer}},
		{"breaks off", says(ok + "Content-Length: 10\r\n\r\nok"), []powers.HTTPFault{powers.FaultAnswer}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := listen(t, c.answer)
			h := sendingBy(t, granting(t).yes())
			began := time.Now()
			r, err := get(t, h, server.url()+"/")
			var fault *powers.HTTPError
			if !errors.As(err, &fault) || !slices.Contains(c.faults, fault.Fault) {
				t.Errorf("get = %.40q, %v; want %v", r.body, err, c.faults)
			}
			if took := time.Since(began); took > 8*time.Second {
				t.Errorf("it took %v", took)
			}
			if s := h.journal.sent(); len(s) != 1 || s[0].Fault == "" || s[0].In > 2<<20 {
				t.Errorf("written down is %+v", s)
			}
			server2 := listen(t, says(fine))
			if r, err := get(t, h, server2.url()); err != nil || r.body != "ok" {
				t.Errorf("the next request = %q, %v; want it unharmed", r.body, err)
			}
		})
	}
}

func TestAServerThatTakesNothingIn(t *testing.T) {
	server := listen(t, func(c net.Conn) { time.Sleep(4 * time.Second) })
	h := sendingBy(t, granting(t).yes(), func(o *local.HTTPOptions) { o.Payload = 64 << 20 })
	began := time.Now()
	_, err := send(t, h, powers.Request{Method: "PUT", URL: server.url()}, strings.Repeat("x", 32<<20))
	wantFault(t, "a body that is not taken", err, powers.FaultTime)
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("it took %v", took)
	}
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
