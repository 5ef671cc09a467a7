package local_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/powers"
	"gatehouse/powers/local"
)

// TestServersOfHTTP2ThatMeanHarm does over HTTP/2 what TestServersThatMeanHarm does with bytes.
func TestServersOfHTTP2ThatMeanHarm(t *testing.T) {
	i := newInternet(t)
	i.name("a.example", []string{"127.0.0.2"})
	cert := i.certificate(t, "a.example")
	port := i.serve(t, "127.0.0.2", &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("the server was spoken to in %s", r.Proto)
		}
		flush := w.(http.Flusher).Flush
		switch r.URL.Path {
		case "/lines":
			for n := range 300 {
				w.Header().Set(fmt.Sprint("X-", n), "b")
			}
		case "/line":
			w.Header().Set("X-A", strings.Repeat("b", 200<<10))
		case "/promises":
			for r.Context().Err() == nil {
				w.Header().Set("X-A", "b")
				w.WriteHeader(http.StatusEarlyHints)
			}
		case "/endless":
			for r.Context().Err() == nil {
				w.Write(make([]byte, 32<<10))
			}
		case "/silent":
			<-r.Context().Done()
		case "/stops":
			fmt.Fprint(w, "some")
			flush()
			<-r.Context().Done()
		case "/resets":
			fmt.Fprint(w, "some")
			flush()
			panic(http.ErrAbortHandler)
		}
	})}, &cert)
	for path, want := range map[string][]powers.HTTPFault{
		"/lines": {powers.FaultAnswer}, "/line": {powers.FaultAnswer}, "/promises": {powers.FaultAnswer, powers.FaultTime}, "/endless": {powers.FaultPayload},
		"/silent": {powers.FaultTime}, "/stops": {powers.FaultTime}, "/resets": {powers.FaultAnswer},
	} {
		i.Patience = local.Patience{}
		if slices.Contains(want, powers.FaultTime) {
			i.Patience = impatient
		}
		r, err := get(t, i.sending(t, granting(t).yes()), "https://a.example:"+port+path)
		var fault *powers.HTTPError
		if !errors.As(err, &fault) || !slices.Contains(want, fault.Fault) {
			t.Errorf("%s: %.40q, %v; want %v", path, r.body, err, want)
		}
	}
}

// packed compresses text.
func packed(t testing.TB, coding string, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "zlib":
		w = zlib.NewWriter(&b)
	default:
		w, _ = flate.NewWriter(&b, 9)
	}
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	w.Close()
	return b.Bytes()
}

func TestAnswersThatAreCompressed(t *testing.T) {
	i := newInternet(t)
	i.name("a.example", []string{"127.0.0.2"})
	text := bytes.Repeat([]byte("all work and no play "), 1000)
	bomb := packed(t, "gzip", make([]byte, 64<<20))
	for _, c := range []struct {
		name, coding string
		body         []byte
		want         string
		left         string
		fault        powers.HTTPFault
	}{
		{"gzip", "gzip", packed(t, "gzip", text), string(text), "", ""},
		{"gzip in capitals", "GZIP", packed(t, "gzip", text), string(text), "", ""},
		{"deflate", "deflate", packed(t, "zlib", text), string(text), "", ""},
		{"deflate, the bare form", "deflate", packed(t, "flate", text), string(text), "", ""},
		{"nothing at all", "gzip", nil, "", "", ""},
		{"what nobody asked for", "br", []byte("as it came"), "as it came", "br", ""},
		{"twice", "gzip, gzip", []byte("as it came"), "as it came", "gzip, gzip", ""},
		{"no gzip", "gzip", []byte("plain text, it says"), "", "", powers.FaultAnswer},
		{"a gzip that breaks off", "gzip", packed(t, "gzip", text)[:40], "", "", powers.FaultAnswer},
		{"a bomb", "gzip", bomb, "", "", powers.FaultPayload},
	} {
		port := i.host(t, "127.0.0.2", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", c.coding)
			w.Write(c.body)
		})
		h := i.sending(t, granting(t).yes())
		r, err := get(t, h, "http://a.example:"+port+"/")
		if c.fault != "" {
			wantFault(t, c.name, err, c.fault)
			if len(r.body) > 1<<20 {
				t.Errorf("%s: the guest got %d bytes", c.name, len(r.body))
			}
		} else if err != nil || r.body != c.want || r.header("Content-Encoding") != c.left {
			t.Errorf("%s: %.40q with %q, %v; want %.40q with %q", c.name, r.body, r.header("Content-Encoding"), err, c.want, c.left)
		}
	}
}

// TestServersThatMeanHarm answers with bytes that hurt careless clients, slowly or without end. None of the servers that
// are slow or endless hangs up first: that the request ends shows who ended it, and its fault shows why.
func TestServersThatMeanHarm(t *testing.T) {
	drip := func(c net.Conn, text string, pause time.Duration) {
		for _, b := range []byte(text) {
			if _, err := c.Write([]byte{b}); err != nil {
				return
			}
			time.Sleep(pause)
		}
	}
	dripForEver := func(head, more string, pause time.Duration) func(net.Conn) {
		return func(c net.Conn) {
			drip(c, head, 0)
			for {
				if _, err := io.WriteString(c, more); err != nil {
					return
				}
				time.Sleep(pause)
			}
		}
	}
	endless := func(head, more string) func(net.Conn) {
		return func(c net.Conn) {
			io.WriteString(c, head)
			for {
				if _, err := io.WriteString(c, more); err != nil {
					return
				}
			}
		}
	}
	const ok = "HTTP/1.1 200 OK\r\n"
	for _, c := range []struct {
		name   string
		answer func(net.Conn)
		faults []powers.HTTPFault
	}{
		{"says nothing", func(c net.Conn) { io.Copy(io.Discard, c) }, []powers.HTTPFault{powers.FaultTime}},
		{"drips its head", dripForEver(ok+"X-A: ", "b", 5*time.Millisecond), []powers.HTTPFault{powers.FaultTime}},
		{"drips its body, and then stops", func(c net.Conn) {
			drip(c, ok+"Content-Length: 100\r\n\r\nabc", time.Millisecond)
			io.Copy(io.Discard, c)
		}, []powers.HTTPFault{powers.FaultTime}},
		{"drips its body for ever", dripForEver(ok+"\r\n", "x", 20*time.Millisecond), []powers.HTTPFault{powers.FaultTime}},
		{"never ends its body", endless(ok+"\r\n", strings.Repeat("x", 4096)), []powers.HTTPFault{powers.FaultPayload}},
		{"never ends its chunks", endless(ok+"Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"), []powers.HTTPFault{powers.FaultPayload, powers.FaultTime, powers.FaultAnswer}},
		{"announces too much", says(ok + "Content-Length: 99999999999\r\n\r\n"), []powers.HTTPFault{powers.FaultPayload}},
		{"never ends a header line", endless(ok+"X-A: ", strings.Repeat("x", 4096)), []powers.HTTPFault{powers.FaultAnswer}},
		{"never ends its header lines", endless(ok, "X-A: b\r\n"), []powers.HTTPFault{powers.FaultAnswer}},
		{"has too many header lines", says(ok + strings.Repeat("X-A: b\r\n", 300) + "Content-Length: 0\r\n\r\n"), []powers.HTTPFault{powers.FaultAnswer}},
		{"promises and promises", endless("", "HTTP/1.1 103 Early Hints\r\nX-A: b\r\n\r\n"), []powers.HTTPFault{powers.FaultAnswer}},
		{"continues and continues", endless("", "HTTP/1.1 100 Continue\r\n\r\n"), []powers.HTTPFault{powers.FaultAnswer}},
		{"switches to another protocol", says("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"), []powers.HTTPFault{powers.FaultAnswer}},
		{"speaks something else", says("220 mail.example ESMTP\r\n"), []powers.HTTPFault{powers.FaultAnswer}},
		{"hangs up", says(""), []powers.HTTPFault{powers.FaultAnswer}},
		{"leads to two places", says("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nLocation: http://127.0.0.1:2/\r\nContent-Length: 0\r\n\r\n"), []powers.HTTPFault{powers.FaultAnswer}},
		{"never ends its trailers", endless(ok+"Transfer-Encoding: chunked\r\n\r\n0\r\n", "X-A: b\r\n"), []powers.HTTPFault{powers.FaultAnswer}},
		{"never ends what it says beside a chunk", endless(ok+"Transfer-Encoding: chunked\r\n\r\n2;", strings.Repeat("x", 4096)), []powers.HTTPFault{powers.FaultAnswer}},
		{"has a chunk longer than numbers", says(ok + "Transfer-Encoding: chunked\r\n\r\n1ffffffffffffffff\r\nok"), []powers.HTTPFault{powers.FaultAnswer}},
		{"never ends the name of what it compressed", endless(ok+"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\x03", strings.Repeat("x", 4096)), []powers.HTTPFault{powers.FaultAnswer}},
		{"compresses nothing for ever", endless(ok+"Content-Encoding: deflate\r\n\r\n", strings.Repeat("\x00\x00\x00\xff\xff", 1000)), []powers.HTTPFault{powers.FaultPayload}},
		{"has lengths and chunks in a list", says(ok + "Transfer-Encoding: gzip, chunked\r\nContent-Length: 2\r\n\r\nok"), []powers.HTTPFault{powers.FaultAnswer}},
		{"has a length that is signed", says(ok + "Content-Length: +2\r\n\r\nok"), []powers.HTTPFault{powers.FaultAnswer}},
		{"has two lengths", says(ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nok"), []powers.HTTPFault{powers.FaultAnswer}},
		{"breaks off", says(ok + "Content-Length: 10\r\n\r\nok"), []powers.HTTPFault{powers.FaultAnswer}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := listen(t, c.answer)
			h := sendingBy(t, granting(t).yes())
			if slices.Equal(c.faults, []powers.HTTPFault{powers.FaultTime}) {
				h = sendingBy(t, granting(t).yes(), impatiently)
			}
			began := time.Now()
			r, err := get(t, h, server.url()+"/")
			var fault *powers.HTTPError
			if !errors.As(err, &fault) || !slices.Contains(c.faults, fault.Fault) {
				t.Errorf("get = %.40q, %v; want %v", r.body, err, c.faults)
			}
			if took := time.Since(began); took > 8*time.Second {
				t.Errorf("it took %v", took)
			}
			if s := h.journal.sent(); len(s) != 1 || s[0].Fault == "" || s[0].In > 2<<20 {
				t.Errorf("written down is %+v", s)
			}
			h.Wait()
			server2 := listen(t, says(fine))
			if r, err := get(t, h, server2.url()); err != nil || r.body != "ok" {
				t.Errorf("the next request = %q, %v; want it unharmed", r.body, err)
			}
		})
	}
}

func TestAServerThatTakesNothingIn(t *testing.T) {
	over := make(chan struct{})
	server := listen(t, func(net.Conn) { <-over })
	defer close(over)
	h := sendingBy(t, granting(t).yes(), impatiently, func(o *local.HTTPOptions) { o.Payload = 64 << 20 })
	began := time.Now()
	_, err := send(t, h, powers.Request{Method: "PUT", URL: server.url()}, strings.Repeat("x", 32<<20))
	wantFault(t, "a body that is not taken", err, powers.FaultTime)
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("it took %v", took)
	}
}
