package local_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/permissions"
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
	i.Network = (&local.Network{Resolver: &i.hosts}).PlacedBy(func(a netip.Addr) (permissions.Place, string) {
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
