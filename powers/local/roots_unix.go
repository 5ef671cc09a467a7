//go:build unix && !darwin

package local

import (
	"crypto/x509"
	"os"
	"path/filepath"
)

// rootFiles are where systems keep their roots in one file, rootFolders in many; the first that has any counts.
var (
	rootFiles = []string{
		"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/pki/tls/cacert.pem",
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem", "/usr/local/etc/ssl/cert.pem",
	}
	rootFolders = []string{"/etc/ssl/certs", "/etc/pki/tls/certs", "/etc/openssl/certs"}
)

// systemRoots reads the roots itself: the library would read SSL_CERT_FILE and SSL_CERT_DIR, and so believe whom the
// program that started this one names. Where there are none it believes nobody.
func systemRoots() *x509.CertPool {
	pool := x509.NewCertPool()
	for _, file := range rootFiles {
		if pem, err := os.ReadFile(file); err == nil && pool.AppendCertsFromPEM(pem) {
			return pool
		}
	}
	for _, folder := range rootFolders {
		entries, err := os.ReadDir(folder)
		if err != nil {
			continue
		}
		found := false
		for _, e := range entries {
			if pem, err := os.ReadFile(filepath.Join(folder, e.Name())); err == nil {
				found = pool.AppendCertsFromPEM(pem) || found
			}
		}
		if found {
			return pool
		}
	}
	return pool
}
