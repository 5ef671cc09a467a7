package permissions

import (
	_ "embed"
	"net/netip"
	"strings"
	"sync"
)

// Place is where an address lies.
type Place string

// The places. Only a grant that spells an address reaches it on ThisComputer or in YourNetwork; a name never does,
// whatever it resolves to. Nobody reaches Nowhere.
const (
	Public       Place = "public"
	ThisComputer Place = "computer"
	YourNetwork  Place = "network"
	Nowhere      Place = "never"
)

//go:embed data/addresses.txt
var addressRegions string

// region is one line of the table of addresses.
type region struct {
	prefix netip.Prefix
	place  Place
	what   string
}

var regions = sync.OnceValue(func() []region {
	var list []region
	for _, line := range entries(addressRegions) {
		fields := strings.Fields(line)
		list = append(list, region{netip.MustParsePrefix(fields[0]), Place(fields[1]), strings.Join(fields[2:], " ")})
	}
	return list
})

// PlaceOf says where an address lies and, in words of ours, what it is: for Nowhere the reason. It is what a dialler
// asks before it connects, for each address that it tries. An IPv4 address written as IPv6 lies nowhere, so who gets
// one from the system unmaps it first.
func PlaceOf(a netip.Addr) (Place, string) {
	place, what, longest := Nowhere, "no address", -1
	for _, r := range regions() {
		if r.prefix.Bits() > longest && r.prefix.Contains(a.WithZone("")) {
			place, what, longest = r.place, r.what, r.prefix.Bits()
		}
	}
	return place, what
}

// placeOfHost is PlaceOf for a canonical host; a name is Public.
func placeOfHost(host string) (Place, string) {
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if err != nil {
		return Public, ""
	}
	return PlaceOf(a)
}

// nearby says beside a host where it is, when that is not the internet.
func nearby(host string) string {
	switch place, _ := placeOfHost(host); place {
	case ThisComputer:
		return " on this computer"
	case YourNetwork:
		return " in your network"
	}
	return ""
}
