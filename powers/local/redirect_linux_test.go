package local_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/permissions"
	"gatehouse/powers"
)

func TestRedirects(t *testing.T) {
	i := newInternet(t)
	i.name("a.example", []string{"127.0.0.2"})
	i.name("b.example", []string{"127.0.0.3"})
	i.name("inside.example", []string{"10.0.0.1"})
	var other, port string
	echo := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %s type=%s auth=%s keep=%s", r.Method, r.RequestURI, body, r.Header.Get("Content-Type"), r.Header.Get("Authorization"), r.Header.Get("X-Keep"))
	}
	other = i.host(t, "127.0.0.3", echo)
	port = i.host(t, "127.0.0.2", func(w http.ResponseWriter, r *http.Request) {
		var status int
		to := r.URL.Query().Get("to")
		if fmt.Sscan(r.URL.Query().Get("status"), &status); status == 0 {
			echo(w, r)
			return
		}
		w.Header().Set("Location", strings.ReplaceAll(to, "OTHER", "http://b.example:"+other))
		w.WriteHeader(status)
		io.WriteString(w, "moved")
	})
	base := "http://a.example:" + port
	for _, c := range []struct {
		name, method, status, to string
		want                     string
		fault                    powers.HTTPFault
		asked                    []string
	}{
		{"303 makes a GET of a POST", "POST", "303", "/x", "GET /x  type= auth=me keep=1", "", []string{"net:POST:" + base + "/", "net:GET:" + base + "/x"}},
		{"302 makes a GET of a POST", "POST", "302", "/x?y#z", "GET /x?y  type= auth=me keep=1", "", nil},
		{"302 leaves a PUT", "PUT", "302", "/x", "PUT /x body type=t auth=me keep=1", "", nil},
		{"307 keeps method and body", "POST", "307", "/x", "POST /x body type=t auth=me keep=1", "", nil},
		{"308 keeps method and body", "PATCH", "308", "x/y", "PATCH /x/y body type=t auth=me keep=1", "", nil},
		{"a way up ends at the top", "GET", "301", "../../x", "GET /x body type=t auth=me keep=1", "", nil},
		{"another host gets no credentials", "POST", "307", "OTHER/x", "POST /x body type=t auth= keep=1", "", []string{"net:POST:" + base + "/", "net:POST:http://b.example:" + other + "/x"}},
		{"this computer, which is asked as such", "GET", "302", "http://127.0.0.1:1/", "", powers.FaultConnect, []string{"net:GET:" + base + "/", "net:GET:http://127.0.0.1:1/"}},
		{"a cloud's metadata", "GET", "302", "http://169.254.169.254/latest/meta-data/", "", powers.FaultName, nil},
		{"a name inside", "GET", "302", "http://inside.example/", "", powers.FaultName, nil},
		{"an address in decimal", "GET", "302", "http://2130706433/", "", powers.FaultAnswer, []string{"net:GET:" + base + "/"}},
		{"a user and a password", "GET", "302", "http://a@b.example/", "", powers.FaultAnswer, nil},
		{"a backslash", "GET", "302", "http:\\\\b.example\\", "", powers.FaultAnswer, nil},
		{"another scheme", "GET", "302", "file:///etc/passwd", "", powers.FaultAnswer, nil},
		{"a script", "GET", "302", "javascript:alert(1)", "", powers.FaultAnswer, nil},
		{"dots that are encoded", "GET", "302", "/a/%2e%2e/b", "", powers.FaultAnswer, nil},
	} {
		h := i.sending(t, granting(t).yes())
		url := base + "/?status=" + c.status + "&to=" + strings.NewReplacer("#", "%23", "?", "%3F", "&", "%26", "%2e", "%252e", "\\", "%5C").Replace(c.to)
		r, err := send(t, h, powers.Request{Method: c.method, URL: url, Header: []powers.Header{{Name: "Content-Type", Value: "t"}, {Name: "Authorization", Value: "me"}, {Name: "X-Keep", Value: "1"}}}, "body")
		if c.fault != "" {
			wantFault(t, c.name, err, c.fault)
		} else if err != nil || r.body != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, r.body, err, c.want)
		}
		asked := h.judge.questions()
		for n := range asked {
			asked[n] = strings.TrimSuffix(asked[n], "#own-credentials")
		}
		if c.asked != nil && !slices.Equal(asked, c.asked) {
			t.Errorf("%s: asked for %q; want %q", c.name, asked, c.asked)
		}
		if len(h.judge.asked) > 1 && h.judge.asked[1].Object.Request.From == "" {
			t.Errorf("%s: the second question does not say what led there", c.name)
		}
	}
}

func TestARedirectIsAskedAnew(t *testing.T) {
	i := newInternet(t)
	i.name("a.example", []string{"127.0.0.2"})
	i.name("b.example", []string{"127.0.0.3"})
	other := i.host(t, "127.0.0.3", func(http.ResponseWriter, *http.Request) { t.Error("the other host was reached") })
	port := i.host(t, "127.0.0.2", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://b.example:"+other+"/", http.StatusFound)
	})
	h := i.sending(t, granting(t, "net:GET:http://a.example:"+port+"/**"))
	_, err := get(t, h, "http://a.example:"+port+"/")
	var denied *permissions.DeniedError
	if !errors.As(err, &denied) || denied.Grant != "net:GET:http://b.example:"+other+"/" {
		t.Errorf("get = %v; want the second address refused", err)
	}
	if s := h.journal.sent(); len(s) != 1 || s[0].Status != 302 {
		t.Errorf("written down is %+v; want the first request alone", s)
	}
	e, err := h.Begin(t.Context(), powers.Request{Method: "GET", URL: "http://a.example:" + port + "/", Stay: true})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := e.Response(t.Context()); err != nil || r.Status != 302 {
		t.Errorf("a guest that stays = %v, %v; want the redirect itself", r, err)
	}
}

func TestALoopOfRedirectsEnds(t *testing.T) {
	i := newInternet(t)
	i.name("a.example", []string{"127.0.0.2"})
	arrived := 0
	port := i.host(t, "127.0.0.2", func(w http.ResponseWriter, r *http.Request) {
		arrived++
		http.Redirect(w, r, "/", http.StatusFound)
	})
	h := i.sending(t, granting(t).yes())
	_, err := get(t, h, "http://a.example:"+port+"/")
	wantFault(t, "a loop", err, powers.FaultAnswer)
	if arrived != 11 || len(h.judge.questions()) != 11 {
		t.Errorf("%d requests after %d questions; want 11", arrived, len(h.judge.questions()))
	}
}

func TestFromHTTPSToHTTP(t *testing.T) {
	i := newInternet(t)
	i.name("a.example", []string{"127.0.0.2"})
	cert := i.certificate(t, "a.example")
	port := i.serve(t, "127.0.0.2", &http.Server{Handler: http.RedirectHandler("http://a.example/", 302)}, &cert)
	_, err := get(t, i.sending(t, granting(t).yes()), "https://a.example:"+port+"/")
	wantFault(t, "from https to http", err, powers.FaultAnswer)
}
