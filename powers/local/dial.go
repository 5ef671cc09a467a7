package local

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"syscall"
	"time"

	"gatehouse/permissions"
)

// dialler makes the connections of one call. Each address is looked up in the table of places before a name server's
// word for it counts, and once more by the socket itself, just before it connects.
type dialler struct {
	network  *Network
	life     context.Context
	patience Patience
}

// addressError is returned for a host at whose addresses no request may arrive.
type addressError struct{ what string }

func (e *addressError) Error() string { return "the host is at " + e.what }

// errNoAddress is returned for a name that has no address at all.
var errNoAddress = errors.New("the name has no address")

// dial connects to HOST:PORT, as the request's own address has it. A name reaches public addresses alone; an address
// that is spelled reaches what the table calls public, this computer or the person's network, since a grant for exactly
// that address was allowed.
func (d *dialler) dial(ctx context.Context, network, hostPort string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.patience.Connect)
	defer cancel()
	defer context.AfterFunc(d.life, cancel)()
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil {
		return nil, err
	}
	spelled, err := netip.ParseAddr(host)
	addresses := []netip.Addr{spelled}
	if err != nil {
		spelled = netip.Addr{}
		if addresses, err = d.network.lookUp(ctx, host); err != nil {
			return nil, err
		}
	}
	addresses, err = d.reachable(addresses, spelled)
	if err != nil {
		return nil, err
	}
	return d.race(ctx, network, addresses, mustPort(port), spelled)
}

// stagger is how long an address may keep silent before the next is tried beside it (RFC 8305).
const stagger = 300 * time.Millisecond

// race tries one address after the other, the next one as soon as those before failed or kept silent for a while. The
// first connection is the one; when it returns, none other is open or under way.
func (d *dialler) race(ctx context.Context, network string, addresses []netip.Addr, port uint16, spelled netip.Addr) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type tried struct {
		conn net.Conn
		err  error
	}
	came := make(chan tried)
	under := 0
	var first tried
	for next, over := 0, false; !over; {
		if next < len(addresses) {
			at := netip.AddrPortFrom(addresses[next], port)
			note(ctx, at)
			go func() {
				conn, err := d.connect(ctx, network, at, spelled)
				came <- tried{conn, err}
			}()
			next, under = next+1, under+1
		}
		silent := time.NewTimer(stagger)
		select {
		case first = <-came:
			under--
			over = first.conn != nil || next == len(addresses) && under == 0
		case <-silent.C:
		}
		silent.Stop()
	}
	cancel()
	for range under {
		if late := <-came; late.conn != nil {
			late.conn.Close()
		}
	}
	return first.conn, first.err
}

// reachable leaves out the addresses that a request to the host may not arrive at. Where none is left it says why.
func (d *dialler) reachable(all []netip.Addr, spelled netip.Addr) (kept []netip.Addr, err error) {
	err = errNoAddress
	for _, a := range all {
		if a != spelled {
			a = a.Unmap()
		}
		if fault := d.allows(a, spelled); fault != nil {
			err = fault
		} else if len(kept) < mostAddresses {
			kept = append(kept, a)
		}
	}
	if len(kept) > 0 {
		err = nil
	}
	return kept, err
}

func (d *dialler) allows(a, spelled netip.Addr) error {
	switch place, what := d.network.placeOf(a); {
	case place == permissions.Public:
		return nil
	case place == permissions.Nowhere:
		return &addressError{what}
	case a != spelled:
		return &addressError{fmt.Sprintf("an address that is not on the internet (%s), which only a grant that spells the address reaches", what)}
	}
	return nil
}

// connect tries one address.
func (d *dialler) connect(ctx context.Context, network string, at netip.AddrPort, spelled netip.Addr) (net.Conn, error) {
	system := net.Dialer{ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		really, err := netip.ParseAddrPort(address)
		if err != nil || really != at {
			return &addressError{"an address that nobody asked for"}
		}
		return d.allows(really.Addr(), spelled)
	}}
	return system.DialContext(ctx, network, at.String())
}

// mustPort is a port that permissions.ParseTarget has read.
func mustPort(port string) uint16 {
	n, _ := strconv.ParseUint(port, 10, 16)
	return uint16(n)
}
