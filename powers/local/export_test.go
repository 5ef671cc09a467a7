package local

import (
	"bytes"
	"net/netip"

	"gatehouse/permissions"
)

// Difference is what turns one content into another.
func Difference(before, after []byte) (permissions.Difference, error) {
	return difference(contentOf(before), contentOf(after))
}

func contentOf(b []byte) content { return content{bytes.NewReader(b), int64(len(b))} }

// PlacedBy gives n a table of places of its own: tests have no internet, so some addresses of this computer stand for it.
func (n *Network) PlacedBy(place func(netip.Addr) (permissions.Place, string)) *Network {
	n.place = place
	return n
}

// Wait gives h the usual patience from now on, between two requests.
func (h *HTTP) Wait() {
	h.options.Network = &Network{}
	h.transport.ResponseHeaderTimeout = h.options.Network.Patience.filled().FirstByte
}

// SystemRoots is where the system's roots come from.
var SystemRoots = systemRoots
