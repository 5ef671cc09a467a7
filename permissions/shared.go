package permissions

import (
	_ "embed"
	"strings"
	"sync"

	"golang.org/x/net/publicsuffix"
)

//go:embed data/shared-hosts.txt
var sharedHostNames string

var sharedHosts = sync.OnceValue(func() []string { return entries(sharedHostNames) })

// shared is the sentence for a canonical host whose name does not say who gets what is sent there; empty for every other.
func shared(host string) string {
	host = strings.TrimPrefix(host, "*.")
	if endsInNumber(host) || strings.HasPrefix(host, "[") {
		return ""
	}
	if suffix, icann := publicsuffix.PublicSuffix(host); !icann && strings.Contains(suffix, ".") {
		return "Anybody can have a name below " + suffix + ": it does not say who gets what is sent."
	}
	for _, name := range sharedHosts() {
		if host == name || strings.HasSuffix(host, "."+name) {
			return "Anybody can have an account at " + name + ": what is sent there can reach anybody."
		}
	}
	return ""
}
