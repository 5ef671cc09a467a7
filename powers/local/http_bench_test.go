package local_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"gatehouse/powers/local"
)

// BenchmarkRequest is one request to this computer over a connection that is open, granted already and written down.
func BenchmarkRequest(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 1000)) }))
	defer server.Close()
	h := sendingBy(b, granting(b, "net:GET:"+server.URL+"/**"), func(o *local.HTTPOptions) { o.Requests = 1 << 40 })
	for b.Loop() {
		if _, err := get(b, h, server.URL); err != nil {
			b.Fatal(err)
		}
	}
}
