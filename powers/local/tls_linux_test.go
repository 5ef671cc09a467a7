package local_test

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/powers"
	"gatehouse/powers/local"
)

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
