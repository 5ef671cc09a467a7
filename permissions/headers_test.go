package permissions_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"gatehouse/permissions"
)

func TestHeaderLinesThatNobodyMaySend(t *testing.T) {
	for _, c := range []struct{ name, header, value string }{
		{"where it goes", "Host", "evil.example"},
		{"where it goes, in another case", "hOsT", "evil.example"},
		{"where it ends", "Content-Length", "5"},
		{"where it ends, as a careless server reads it", "Content_Length", "5"},
		{"how it is framed", "Transfer-Encoding", "chunked"},
		{"how it is framed, with an underscore", "Transfer_Encoding", "chunked"},
		{"what its connection does", "Connection", "close"},
		{"how long its connection stays", "Keep-Alive", "timeout=5"},
		{"another protocol", "Upgrade", "h2c"},
		{"another protocol's settings", "HTTP2-Settings", "AAMAAABkAAQAAP__"},
		{"what a proxy obeys", "Proxy-Authorization", "Basic x"},
		{"what a proxy obeys, whatever it is", "Proxy-Anything", "x"},
		{"what follows the body", "Trailer", "X-A"},
		{"what it takes after the body", "TE", "trailers"},
		{"that it waits", "Expect", "100-continue"},
		{"what it can decompress", "Accept-Encoding", "br"},
		{"another method", "X-HTTP-Method-Override", "DELETE"},
		{"another address", "X-Original-URL", "/admin"},
		{"another host", "X-Forwarded-Host", "evil.example"},
		{"another method, as a proxy says it", "X-Forwarded-Method", "DELETE"},
		{"another address, as a proxy says it", "X_Forwarded_Uri", "/admin"},
		{"another address, as it was", "X-Original-Uri", "/admin"},
		{"another address, as Envoy says it", "X-Envoy-Original-Path", "/admin"},
		{"where a WebDAV server copies to", "Destination", "https://dav.example/private/x"},
		{"what a store of objects copies", "X-Amz-Copy-Source", "/private/key"},
		{"what another one copies", "X-Copy-From", "private/key"},
		{"what another one moves", "X-Ms-Rename-Source", "/private/key"},
		{"a line within a line", "X-A", "1\r\nHost: evil.example"},
		{"a bare line feed", "X-A", "1\nX-B: 2"},
		{"a bare carriage return", "X-A", "1\rX-B: 2"},
		{"a NUL", "X-A", "1\x00"},
		{"an escape", "X-A", "\x1b[2J"},
		{"a space at its end", "X-A", "1 "},
		{"a tab at its beginning", "X-A", "\t1"},
		{"bytes that are no text", "X-A", "\xff"},
		{"no name", "", "1"},
		{"a space in its name", "X A", "1"},
		{"a colon in its name", "Host:", "1"},
		{"a line end in its name", "X-A\r\nHost", "1"},
		{"a space after its name, which some servers drop", "Content-Length ", "5"},
		{"letters that are none of ASCII", "Ноst", "evil.example"},
		{"a value that is too long", "X-A", strings.Repeat("x", 8<<10+1)},
	} {
		own, err := permissions.CheckHeaders([]permissions.Header{{Name: "X-Fine", Value: "1"}, {Name: c.header, Value: c.value}})
		if !errors.Is(err, permissions.ErrHeader) || own {
			t.Errorf("%s: %q: %.20q = %v, %v; want a refusal", c.name, c.header, c.value, own, err)
		}
	}
	many := make([]permissions.Header, 65)
	for i := range many {
		many[i] = permissions.Header{Name: "X-A", Value: "1"}
	}
	long := slices.Repeat([]permissions.Header{{Name: "X-A", Value: strings.Repeat("x", 1000)}}, 17)
	for _, lines := range [][]permissions.Header{many, long} {
		if _, err := permissions.CheckHeaders(lines); !errors.Is(err, permissions.ErrHeader) {
			t.Errorf("%d lines = %v; want a refusal", len(lines), err)
		}
	}
}

func TestHeaderLinesThatSignIn(t *testing.T) {
	for name, want := range map[string]bool{
		"Authorization": true, "authorization": true, "Cookie": true, "Cookie2": true, "X-Api-Key": true, "X_Api_Key": true, "Api-Key": true, "ApiKey": true,
		"X-Auth-Token": true, "Private-Token": true, "X-Goog-Api-Key": true, "X-Amz-Security-Token": true, "Ocp-Apim-Subscription-Key": true,
		"X-Functions-Key": true, "X-Client-Secret": true, "X-Session-Id": true, "Signature": true, "X-Vault-Token": true, "Client-Key": true,
		"Accept": false, "Content-Type": false, "User-Agent": false, "Idempotency-Key": false, "If-None-Match": false, "X-Author": false, "Range": false,
		"Key": false, "X-Forward": false, "X-Destination-Id": false, "X-Source": false,
	} {
		lines := []permissions.Header{{Name: "Accept", Value: "*/*"}, {Name: name, Value: "x"}}
		own, err := permissions.CheckHeaders(lines)
		if own != want || err != nil {
			t.Errorf("%s signs in: %v, %v; want %v", name, own, err, want)
		}
		if left := permissions.WithoutCredentials(lines); len(left) != 2 == !want || left[0].Name != "Accept" {
			t.Errorf("%s leaves %v", name, left)
		}
	}
}

func FuzzCheckHeaders(f *testing.F) {
	f.Add("X-A", "1\r\nHost: x")
	f.Add("Content_Length", "5")
	f.Fuzz(func(t *testing.T, name, value string) {
		_, err := permissions.CheckHeaders([]permissions.Header{{Name: name, Value: value}})
		plain := strings.ReplaceAll(strings.ToLower(name), "_", "-")
		ours := slices.Contains([]string{"host", "content-length", "transfer-encoding", "connection", "te", "upgrade", "trailer", "expect"}, plain)
		if err == nil && (ours || strings.ContainsAny(name+value, "\r\n\x00") || strings.ContainsAny(name, " :\t")) {
			t.Errorf("%q: %q may be sent", name, value)
		}
	})
}
