package permissions_test

import (
	"net/netip"
	"strings"
	"testing"

	"gatehouse/permissions"
)

// addresses has one for every line of data/addresses.txt, and those beside the lines' ends.
var addresses = map[string]string{
	"8.8.8.8":         "public the internet",
	"192.31.196.1":    "public the internet",
	"0.0.0.0":         "never an address that stands for no host",
	"0.1.2.3":         "never an address that stands for no host",
	"10.1.2.3":        "network private",
	"9.255.255.255":   "public",
	"11.0.0.0":        "public",
	"100.64.0.1":      "network behind",
	"100.127.255.255": "network behind",
	"100.128.0.0":     "public",
	"100.63.255.255":  "public",
	"100.100.100.200": "never a cloud's",
	"100.100.100.201": "network",
	"127.0.0.1":       "computer",
	"127.255.255.254": "computer",
	"128.0.0.1":       "public",
	"168.63.129.16":   "never a cloud's",
	"168.63.129.17":   "public",
	"169.254.169.254": "never link-local",
	"169.253.1.1":     "public",
	"172.16.0.1":      "network private",
	"172.31.255.255":  "network private",
	"172.32.0.0":      "public",
	"192.0.0.192":     "never an address for protocols",
	"192.0.1.0":       "public",
	"192.0.2.1":       "never an address for examples",
	"192.88.99.1":     "never an address that stands for another, by 6to4",
	"192.168.1.1":     "network private",
	"192.169.0.0":     "public",
	"198.18.0.1":      "never an address for measurements",
	"198.19.255.255":  "never an address for measurements",
	"198.51.100.1":    "never an address for examples",
	"203.0.113.1":     "never an address for examples",
	"224.0.0.1":       "never an address of many",
	"240.0.0.1":       "never an address that nobody has",
	"255.255.255.255": "never an address that nobody has",

	"::":                   "never an IPv4 address inside",
	"::1":                  "computer",
	"::2":                  "never an IPv4 address inside",
	"::7f00:1":             "never an IPv4 address inside",
	"::ffff:127.0.0.1":     "never an IPv4 address inside",
	"::ffff:8.8.8.8":       "never an IPv4 address inside",
	"::ffff:0:808:808":     "never an IPv4 address inside",
	"64:ff9b::a00:1":       "never an address that stands for another, by NAT64",
	"64:ff9b:1::a00:1":     "never an address that stands for another, by NAT64",
	"100::1":               "never an address that drops",
	"200::1":               "never an address that nobody has",
	"4000::1":              "never an address that nobody has",
	"2606:4700:4700::1111": "public the internet",
	"2001:4860:4860::8888": "public the internet",
	"2001::1":              "never an address that stands for another, by Teredo",
	"2001:1::1":            "public a relay",
	"2001:1::2":            "public a relay",
	"2001:1::4":            "never an address for protocols",
	"2001:2::1":            "never an address for protocols",
	"2001:3::1":            "public a relay",
	"2001:4:112::1":        "public name servers",
	"2001:20::1":           "never an address for protocols",
	"2001:200::1":          "public the internet",
	"2001:db8::1":          "never an address for examples",
	"2002:7f00:1::":        "never an address that stands for another, by 6to4",
	"2003::1":              "public the internet",
	"3fff:fff::1":          "never an address for examples",
	"3fff:1000::1":         "public the internet",
	"5f00::1":              "never an address for routers",
	"fc00::1":              "network private",
	"fdff::1":              "network private",
	"fd00:ec2::254":        "never a cloud's",
	"fd00:ec2::23":         "never a cloud's",
	"fd20:ce::254":         "never a cloud's",
	"fe80::1":              "never link-local",
	"fe80::1%eth0":         "never link-local",
	"febf::1":              "never link-local",
	"fec0::1":              "never an address of a network that no longer is",
	"ff02::1":              "never an address of many",
}

func TestPlaceOf(t *testing.T) {
	for address, want := range addresses {
		place, what := permissions.PlaceOf(netip.MustParseAddr(address))
		if got := string(place) + " " + what; !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s; want %s", address, got, want)
		}
	}
	if place, _ := permissions.PlaceOf(netip.Addr{}); place != permissions.Nowhere {
		t.Errorf("no address lies in %q", place)
	}
}

func TestNobodyReachesNowhere(t *testing.T) {
	for host, want := range map[string]string{
		"169.254.169.254": permissions.RuleNever, "[64:ff9b::a00:1]": permissions.RuleNever, "0.0.0.0": permissions.RuleNever,
		"[fe80::1]": permissions.RuleNever, "[2001:db8::1]": permissions.RuleNever, "127.0.0.1": permissions.RuleAsked,
		"192.168.1.1": permissions.RuleAsked, "8.8.8.8": permissions.RuleAsked, "a.example": permissions.RuleAsked,
	} {
		g := parse(t, "net:GET:http://"+host+":80/")
		b := permissions.NewBroker(permissions.Options{})
		if e := b.Explain(subject(), permissions.Capabilities{Optional: lines(t, "net:any:GET")}, g); e.Rule != want {
			t.Errorf("Explain(%s) = %+v; want the rule %q", g, e, want)
		}
	}
}

// Without any one line of the table an address of the test would lie elsewhere or be something else.
func TestEveryLineOfTheAddresses(t *testing.T) {
	used := map[string]bool{}
	table := dataLines(t, "data/addresses.txt")
	for text := range addresses {
		address := netip.MustParseAddr(text)
		longest, second, by, next := -1, -1, "", ""
		for _, line := range table {
			prefix := netip.MustParsePrefix(strings.Fields(line)[0])
			switch bits := prefix.Bits(); {
			case !prefix.Contains(address):
			case bits > longest:
				longest, second, by, next = bits, longest, line, by
			case bits > second:
				second, next = bits, line
			}
		}
		what := func(line string) string { return strings.Join(append(strings.Fields(line), "")[1:], " ") }
		if by != "" && (next == "" || what(by) != what(next)) {
			used[by] = true
		}
	}
	for _, line := range table {
		if !used[line] {
			t.Errorf("no address of the test needs the line %s", line)
		}
	}
}

func TestAPersonIsToldWhatIsNear(t *testing.T) {
	for host, want := range map[string]string{"127.0.0.1": "on this computer", "[::1]": "on this computer", "10.0.0.1": "in your network", "[fd00::1]": "in your network", "8.8.8.8": ""} {
		if s := permissions.Sentence(parse(t, "net:GET:http://"+host+":80/")); s != strings.TrimSpace("fetch from "+host+" "+want) {
			t.Errorf("the sentence for %s is %q, want %q in it", host, s, want)
		}
		if near := warnedOf(t, host, "This address is"); near != (want != "") || !warnedOf(t, host, want) {
			t.Errorf("the warning for %s is wrong; want %q", host, want)
		}
	}
}
