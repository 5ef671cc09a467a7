package app

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"net/http/httputil"
	"path"
	"strings"
	"sync"
)

// KeyHeader is the header in which a page shows its key.
const KeyHeader = "X-Gatehouse-Key"

// address is the name that requests to the host carry. Nothing resolves it.
const address = "gatehouse"

// policy is the Content-Security-Policy of both documents. Wails adds its two
// scripts from this origin to a document and nothing inline, so 'self' covers
// them. The fonts, pictures and requests are ours alone, and nothing is framed.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src 'none'; " +
	"frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// kinds are the files that the door hands out, with their types. A page is not
// among them: it is served at the root only, where it gets its key.
var kinds = map[string]string{
	".js":    "text/javascript; charset=utf-8",
	".css":   "text/css; charset=utf-8",
	".svg":   "image/svg+xml",
	".png":   "image/png",
	".woff2": "font/woff2",
}

// Door is all that the web view can reach: the role's document at the root, its
// files, and, for whoever shows the page key, the host's /api/ and ask's file dialog. The key is new
// for each load of the document and stands in it alone, so that only the newest
// load can speak to the host, and no frame.
type Door struct {
	document string
	pages    fs.FS
	api      http.Handler

	mu      sync.Mutex
	key     string // empty until the document was loaded
	dialog  Dialog
	picking sync.Mutex // held while the dialog is open
}

// NewDoor returns the door for role, with pages as the built frontend
// (index.html, ask.html and what they load) and host as the way to the host.
func NewDoor(role Role, pages fs.FS, host http.RoundTripper) *Door {
	document := "index.html"
	if role == Ask {
		document = "ask.html"
	}
	return &Door{document: document, pages: pages, api: &httputil.ReverseProxy{
		Rewrite:   toHost,
		Transport: host,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			problem(w, http.StatusBadGateway, fmt.Sprintf("The host did not answer: %v.", err))
		},
	}}
}

func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	switch {
	case r.URL.Path == "/":
		d.serveDocument(w, r)
	case strings.HasPrefix(r.URL.Path, "/api/"):
		d.serveAPI(w, r)
	case r.URL.Path == "/dialog/file":
		d.serveDialog(w, r)
	default:
		d.serveFile(w, r)
	}
}

func (d *Door) serveDocument(w http.ResponseWriter, r *http.Request) {
	// Web views that say what a load is for say "document" only for the window's own page.
	if use := r.Header.Get("Sec-Fetch-Dest"); r.Method != http.MethodGet || use != "" && use != "document" {
		problem(w, http.StatusForbidden, "The page can only be loaded as the window's own document.")
		return
	}
	page, err := fs.ReadFile(d.pages, d.document)
	if err != nil {
		problem(w, http.StatusInternalServerError, fmt.Sprintf("The frontend was not built into this program: %v.", err))
		return
	}
	before, after, found := bytes.Cut(page, []byte("<head>"))
	if !found {
		problem(w, http.StatusInternalServerError, d.document+" has no <head> to put the page key into.")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policy)
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprintf(w, "%s<head><meta name=\"gatehouse-key\" content=%q>%s", before, d.newKey(), after)
}

func (d *Door) serveFile(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	kind, known := kinds[path.Ext(name)]
	file, err := fs.ReadFile(d.pages, name)
	if r.Method != http.MethodGet || !known || err != nil {
		problem(w, http.StatusNotFound, "There is no such file.")
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Write(file)
}

func (d *Door) serveAPI(w http.ResponseWriter, r *http.Request) {
	if d.admits(w, r) {
		d.api.ServeHTTP(w, r)
	}
}

// admits lets through what the page that is shown now asks, and answers everything else with a problem.
func (d *Door) admits(w http.ResponseWriter, r *http.Request) bool {
	if !d.current(r.Header.Get(KeyHeader)) {
		problem(w, http.StatusForbidden, "The request does not carry the key of the page that is shown.")
		return false
	}
	switch r.Method {
	case http.MethodGet:
	case http.MethodPost:
		if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
			problem(w, http.StatusUnsupportedMediaType, "A POST carries application/json.")
			return false
		}
	default:
		problem(w, http.StatusMethodNotAllowed, "Only GET and POST reach the host.")
		return false
	}
	return true
}

// newKey makes the key of a new load, which ends the one before. rand.Text has
// at least 128 bits and letters and digits only.
func (d *Door) newKey() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.key = rand.Text()
	return d.key
}

func (d *Door) current(key string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.key != "" && subtle.ConstantTimeCompare([]byte(key), []byte(d.key)) == 1
}

// toHost hands on the two headers that the host reads; the key stays here.
func toHost(r *httputil.ProxyRequest) {
	kept := http.Header{}
	for _, name := range []string{"Accept", "Content-Type"} {
		if value := r.In.Header.Get(name); value != "" {
			kept.Set(name, value)
		}
	}
	r.Out.Header = kept
	r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = "http", address, address
}

func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{
		"title": http.StatusText(status), "status": status, "detail": detail,
	})
}
