package local

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"gatehouse/permissions"
)

// Resolver finds the addresses of a name. *net.Resolver implements it.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Network is what guests' requests travel by. The zero Network is the system's name servers and certificates; one serves
// any number of calls.
type Network struct {
	// Resolver finds names; nil is Go's own, with the system's servers.
	Resolver Resolver
	// Roots are the certificates that are believed; nil are the system's, from where the system keeps them, whatever the
	// environment says.
	Roots *x509.CertPool
	// Patience is how long things may take; zero fields are the defaults.
	Patience Patience

	system sync.Once
	roots  *x509.CertPool
	// place is permissions.PlaceOf but for tests, which have no internet.
	place func(netip.Addr) (permissions.Place, string)
}

// Patience bounds the time of a request. None of it runs while a person is asked.
type Patience struct {
	// Connect is for finding a host and connecting to one of its addresses, and once more for TLS; FirstByte for the head of
	// the answer, once the request is out.
	Connect, FirstByte time.Duration
	// Idle is how long nothing may move in either direction, Whole how long one request and its answer take at most.
	Idle, Whole time.Duration
}

const (
	longestHead     = 64 << 10
	mostAnswerLines = 200
	// mostAddresses is how many addresses of one host are tried.
	mostAddresses = 6
)

func (p Patience) filled() Patience {
	for _, d := range []struct {
		of    *time.Duration
		usual time.Duration
	}{{&p.Connect, 20 * time.Second}, {&p.FirstByte, time.Minute}, {&p.Idle, 30 * time.Second}, {&p.Whole, 10 * time.Minute}} {
		if *d.of == 0 {
			*d.of = d.usual
		}
	}
	return p
}

// transport is one call's own, so that no connection serves two subjects. No connection of it outlives life.
func (n *Network) transport(life context.Context) *http.Transport {
	patience := n.Patience.filled()
	return &http.Transport{
		Proxy:                  nil, // whatever the environment says
		DialContext:            (&dialler{network: n, life: life, patience: patience}).dial,
		TLSClientConfig:        &tls.Config{RootCAs: n.believed(), MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    patience.Connect,
		ResponseHeaderTimeout:  patience.FirstByte,
		IdleConnTimeout:        patience.Idle,
		DisableCompression:     true, // it is bounded here
		MaxIdleConns:           mostExchanges,
		MaxIdleConnsPerHost:    2,
		MaxConnsPerHost:        mostExchanges,
		MaxResponseHeaderBytes: longestHead,
		ForceAttemptHTTP2:      true,
	}
}

// believed returns the roots; nil leaves the choice to the system, where that asks no environment.
func (n *Network) believed() *x509.CertPool {
	if n.Roots != nil {
		return n.Roots
	}
	n.system.Do(func() { n.roots = systemRoots() })
	return n.roots
}

func (n *Network) placeOf(a netip.Addr) (permissions.Place, string) {
	if n.place != nil {
		return n.place(a)
	}
	return permissions.PlaceOf(a)
}

func (n *Network) lookUp(ctx context.Context, host string) ([]netip.Addr, error) {
	resolver := n.Resolver
	if resolver == nil {
		resolver = &net.Resolver{PreferGo: true}
	}
	// The dot at the end keeps the system from trying the name below domains of its own.
	return resolver.LookupNetIP(ctx, "ip", host+".")
}
