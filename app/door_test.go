package app_test

import (
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"gatehouse/app"
)

var pages = fstest.MapFS{
	"index.html":       {Data: []byte("<!doctype html><html><head><title>window</title></head></html>")},
	"ask.html":         {Data: []byte("<!doctype html><html><head><title>ask</title></head></html>")},
	"assets/a.js":      {Data: []byte("1")},
	"assets/a.css":     {Data: []byte("a{}")},
	"assets/i.woff2":   {Data: []byte("w")},
	"assets/page.html": {Data: []byte("<p>")},
}

func TestTheDocumentIsTheRolesOwn(t *testing.T) {
	for role, title := range map[app.Role]string{app.Window: "<title>window", app.Ask: "<title>ask"} {
		reply, body := get(app.NewDoor(role, pages, refuse{t}), "/")
		if reply.StatusCode != http.StatusOK || !strings.Contains(body, title) {
			t.Errorf("%s: / is %s %q; want 200 with %q", role, reply.Status, body, title)
		}
		csp := reply.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "frame-src 'none'", "frame-ancestors 'none'", "script-src 'self';"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: policy %q; want %q in it", role, csp, want)
			}
		}
	}
}

func TestTheDoorHandsOutItsFilesOnly(t *testing.T) {
	door := app.NewDoor(app.Window, pages, refuse{t})
	for _, c := range []struct {
		name, path string
		status     int
		kind       string
	}{
		{"a script", "/assets/a.js", 200, "text/javascript; charset=utf-8"},
		{"a style", "/assets/a.css", 200, "text/css; charset=utf-8"},
		{"a font", "/assets/i.woff2", 200, "font/woff2"},
		{"a page that is not the document", "/assets/page.html", 404, ""},
		{"the document by its file's name, without a key", "/index.html", 404, ""},
		{"the other role's document", "/ask.html", 404, ""},
		{"a folder", "/assets/", 404, ""},
		{"a way out", "/assets/../../secret.js", 404, ""},
		{"what is not there", "/assets/b.js", 404, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			reply, _ := get(door, c.path)
			if reply.StatusCode != c.status {
				t.Fatalf("%s is %d; want %d", c.path, reply.StatusCode, c.status)
			}
			if kind := reply.Header.Get("Content-Type"); c.kind != "" && kind != c.kind {
				t.Fatalf("%s is %q; want %q", c.path, kind, c.kind)
			}
		})
	}
}

func TestOnlyTheNewestKeyReachesTheHost(t *testing.T) {
	reached := 0
	host := answer(func(r *http.Request) { reached++ })
	door := app.NewDoor(app.Window, pages, host)
	try := func(key string) int {
		r := httptest.NewRequest("GET", "/api/x", nil)
		if key != "" {
			r.Header.Set(app.KeyHeader, key)
		}
		return do(door, r).StatusCode
	}
	if got := try(""); got != 403 {
		t.Errorf("before any load, without a key: %d; want 403", got)
	}
	first := key(t, door)
	second := key(t, door)
	if first == second || len(first) < 26 {
		t.Fatalf("keys %q and %q; want two long ones", first, second)
	}
	for name, k := range map[string]string{"no key": "", "the key of an earlier load": first, "a part of the key": second[:8], "a guess": strings.ToLower(second)} {
		if got := try(k); got != 403 {
			t.Errorf("%s: %d; want 403", name, got)
		}
	}
	if reached != 0 {
		t.Fatalf("%d requests without the key reached the host", reached)
	}
	if got := try(second); got != 200 || reached != 1 {
		t.Fatalf("the newest key: %d, %d reached; want 200, 1", got, reached)
	}
}

func TestAFrameGetsNoKey(t *testing.T) {
	door := app.NewDoor(app.Window, pages, refuse{t})
	for _, use := range []string{"iframe", "frame", "empty", "object", "embed"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Sec-Fetch-Dest", use)
		if reply := do(door, r); reply.StatusCode != 403 {
			t.Errorf("a load as %q: %d; want 403", use, reply.StatusCode)
		}
	}
}

func TestOnlyGetAndJSONPass(t *testing.T) {
	for _, c := range []struct {
		name, method, kind string
		status             int
	}{
		{"a GET passes", "GET", "", 200},
		{"a POST of JSON passes", "POST", "application/json", 200},
		{"a charset is fine", "POST", "application/json; charset=utf-8", 200},
		{"a POST of a form does not pass", "POST", "application/x-www-form-urlencoded", 415},
		{"a POST of text does not pass", "POST", "text/plain", 415},
		{"a POST of nothing named does not pass", "POST", "", 415},
		{"a PUT does not pass", "PUT", "application/json", 405},
		{"a DELETE does not pass", "DELETE", "", 405},
		{"a HEAD does not pass", "HEAD", "", 405},
		{"an invented method does not pass", "SHOW", "", 405},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got *http.Request
			door := app.NewDoor(app.Window, pages, answer(func(r *http.Request) { got = r }))
			r := httptest.NewRequest(c.method, "/api/grants?x=1", strings.NewReader(`{}`))
			r.Header.Set(app.KeyHeader, key(t, door))
			r.Header.Set("Accept", "application/json")
			r.Header.Set("Cookie", "a=b")
			r.Header.Set("X-Forwarded-For", "1.2.3.4")
			if c.kind != "" {
				r.Header.Set("Content-Type", c.kind)
			}
			reply := do(door, r)
			if reply.StatusCode != c.status {
				t.Fatalf("%d; want %d", reply.StatusCode, c.status)
			}
			if c.status != 200 {
				isProblem(t, reply, c.status)
				if got != nil {
					t.Fatal("it reached the host")
				}
				return
			}
			if got.URL.String() != "http://gatehouse/api/grants?x=1" {
				t.Errorf("the host was asked for %q", got.URL)
			}
			for name := range got.Header {
				if name != "Accept" && name != "Content-Type" && name != "User-Agent" {
					t.Errorf("the host got %s: %q", name, got.Header[name])
				}
			}
		})
	}
}

func TestAHostThatIsGoneIsAProblem(t *testing.T) {
	host, end := join(t, app.Window, http.NotFoundHandler())
	end()
	<-host.Ended()
	door := app.NewDoor(app.Window, pages, host)
	r := httptest.NewRequest("GET", "/api/x", nil)
	r.Header.Set(app.KeyHeader, key(t, door))
	isProblem(t, do(door, r), 502)
}

func TestAFrontendThatWasNotBuiltIsSaid(t *testing.T) {
	for name, broken := range map[string]fs.FS{
		"nothing built":       fstest.MapFS{},
		"a page without head": fstest.MapFS{"index.html": {Data: []byte("<p>hello")}},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		reply := do(app.NewDoor(app.Window, broken, refuse{t}), r)
		t.Run(name, func(t *testing.T) { isProblem(t, reply, 500) })
	}
}

var meta = regexp.MustCompile(`<head><meta name="gatehouse-key" content="([^"]+)">`)

// key loads the document and returns its key.
func key(t *testing.T, door http.Handler) string {
	t.Helper()
	_, body := get(door, "/")
	found := meta.FindStringSubmatch(body)
	if found == nil {
		t.Fatalf("no key in %q", body)
	}
	return found[1]
}

func get(h http.Handler, path string) (*http.Response, string) {
	r := httptest.NewRequest("GET", "/", nil)
	r.URL.Path = path
	reply := do(h, r)
	body, _ := io.ReadAll(reply.Body)
	return reply, string(body)
}

func do(h http.Handler, r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func isProblem(t *testing.T, reply *http.Response, status int) {
	t.Helper()
	var problem struct {
		Status int
		Detail string
	}
	if kind := reply.Header.Get("Content-Type"); kind != "application/problem+json" {
		t.Errorf("a refusal is %q; want application/problem+json", kind)
	}
	if err := json.NewDecoder(reply.Body).Decode(&problem); err != nil || problem.Status != status || problem.Detail == "" {
		t.Errorf("problem %+v, %v; want status %d and a sentence", problem, err, status)
	}
}

// answer is a host that says {} to everything it sees.
type answer func(*http.Request)

func (see answer) RoundTrip(r *http.Request) (*http.Response, error) {
	see(r)
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
}

// refuse is a host that nothing may reach.
type refuse struct{ t *testing.T }

func (h refuse) RoundTrip(r *http.Request) (*http.Response, error) {
	h.t.Errorf("%s %s reached the host", r.Method, r.URL)
	return nil, io.EOF
}
