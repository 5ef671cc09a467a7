package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/guesttest"
	"gatehouse/permissions"
	"gatehouse/powers"
	"gatehouse/sandbox"
)

// said is what the guest's deed fetch prints.
type said struct {
	Status int
	URL    string
	Header []powers.Header
	Size   int
	Text   string
	Error  struct{ Kind, Code, Grant, Reason string }
}

func fetch(t *testing.T, m *sandbox.Module, o guesttest.Order, http powers.HTTP) said {
	t.Helper()
	o.Do = "fetch"
	result, err := m.Run(t.Context(), sandbox.Call{Stdin: o.Stdin(), Args: []string{"guest"}, Powers: powers.Set{HTTP: http}, Limits: generous})
	if err != nil {
		t.Fatalf("Run() = %v, %s", err, result.Stderr)
	}
	var s said
	if err := json.Unmarshal(result.Stdout, &s); err != nil {
		t.Fatalf("%s: %v", result.Stdout, err)
	}
	return s
}

func TestAGuestSendsARequest(t *testing.T) {
	guest := compile(t, guesttest.Go(t))
	long := strings.Repeat("answer ", 300_000)
	var got []byte
	http := &guesttest.HTTP{Answer: func(_ context.Context, r powers.Request, body []byte) (powers.Response, []byte, error) {
		got = body
		return powers.Response{Status: 207, URL: "https://b.example/", Header: []powers.Header{{Name: "A", Value: ""}, {Name: "Långt", Value: "värde"}}}, []byte(long), nil
	}}
	s := fetch(t, guest, guesttest.Order{To: "POST", Path: "https://a.example/x?y", Text: strings.Repeat("b", 3000), N: 2, Header: []string{"X-A: 1", "X-B: "}}, http)
	if s.Status != 207 || s.URL != "https://b.example/" || s.Size != len(long) || len(s.Header) != 2 || s.Header[1] != (powers.Header{Name: "Långt", Value: "värde"}) {
		t.Errorf("the guest got %+.300v", s)
	}
	r := http.Seen()[0]
	if r.Method != "POST" || r.URL != "https://a.example/x?y" || len(r.Header) != 2 || r.Header[0] != (powers.Header{Name: "X-A", Value: "1"}) || len(got) != 6000 {
		t.Errorf("the power got %+v and a body of %d bytes", r, len(got))
	}
	if http.Held() != 0 {
		t.Errorf("%d exchanges are still open", http.Held())
	}
}

func TestAGuestLearnsWhyARequestFailed(t *testing.T) {
	guest := compile(t, guesttest.Go(t))
	for _, c := range []struct {
		err                       error
		kind, code, grant, reason string
	}{
		{&permissions.DeniedError{Code: permissions.CodeDenied, Grant: "net:GET:https://a.example:443/", Rule: "the person's eyes only"}, "denied", "denied", "net:GET:https://a.example:443/", ""},
		{&powers.HTTPError{Fault: powers.FaultRequest, Reason: "no such header"}, "invalid", "", "", "no such header"},
		{&powers.HTTPError{Fault: powers.FaultRequests, Reason: "too many", Limit: "1", Used: "2"}, "limit", "limit_requests", "", "too many"},
		{&powers.HTTPError{Fault: powers.FaultPayload, Reason: "too long"}, "limit", "limit_payload", "", "too long"},
		{powers.ErrTooMany, "limit", "limit_open", "", "too many exchanges are open"},
		{&powers.HTTPError{Fault: powers.FaultName, Reason: "n"}, "network", "name", "", "n"},
		{&powers.HTTPError{Fault: powers.FaultConnect, Reason: "c"}, "network", "connect", "", "c"},
		{&powers.HTTPError{Fault: powers.FaultTrust, Reason: "t"}, "network", "trust", "", "t"},
		{&powers.HTTPError{Fault: powers.FaultTime, Reason: "l"}, "network", "time", "", "l"},
		{&powers.HTTPError{Fault: powers.FaultAnswer, Reason: "a"}, "network", "answer", "", "a"},
		{powers.ErrClosed, "closed", "", "", ""},
		{errors.New("dial tcp 10.0.0.7:443: secret of this machine"), "network", "answer", "", "the host could not do it: the system could not do it"},
	} {
		http := &guesttest.HTTP{Answer: func(context.Context, powers.Request, []byte) (powers.Response, []byte, error) {
			return powers.Response{}, nil, c.err
		}}
		s := fetch(t, guest, guesttest.Order{To: "GET", Path: "https://a.example/"}, http)
		if e := s.Error; e.Kind != c.kind || e.Code != c.code || e.Grant != c.grant || e.Reason != c.reason {
			t.Errorf("%v came to the guest as %+v", c.err, e)
		}
	}
	if e := fetch(t, guest, guesttest.Order{To: "GET", Path: "https://a.example/"}, nil).Error; e.Kind != "denied" || e.Code != "undeclared" {
		t.Errorf("without the power the guest is told %+v; want undeclared", e)
	}
}

func TestWaitingForAnAnswerIsNoRunning(t *testing.T) {
	guest := compile(t, guesttest.Go(t))
	const limit, pause = 3 * time.Second, 4 * time.Second
	http := &guesttest.HTTP{Answer: func(context.Context, powers.Request, []byte) (powers.Response, []byte, error) {
		time.Sleep(pause)
		return powers.Response{Status: 200}, nil, nil
	}}
	limits := generous
	limits.Time = limit
	order := guesttest.Order{Do: "fetch", To: "GET", Path: "https://a.example/"}
	began := time.Now()
	result, err := guest.Run(t.Context(), sandbox.Call{Stdin: order.Stdin(), Powers: powers.Set{HTTP: http}, Limits: limits})
	if took := time.Since(began); err != nil || result.Usage.Running > took-pause+10*time.Millisecond {
		t.Errorf("Run() = %v after %v, %v of it running, %s; want the wait not to count but for its first 10 ms", err, took, result.Usage.Running, result.Stderr)
	}
}

func TestACallThatEndsTakesItsRequestAlong(t *testing.T) {
	guest := compile(t, guesttest.Go(t))
	ctx, cancel := context.WithCancel(t.Context())
	gone := errors.New("gone")
	http := &guesttest.HTTP{Answer: func(ctx context.Context, _ powers.Request, _ []byte) (powers.Response, []byte, error) {
		cancel()
		<-ctx.Done()
		return powers.Response{}, nil, gone
	}}
	order := guesttest.Order{Do: "fetch", To: "GET", Path: "https://a.example/"}
	result, err := guest.Run(ctx, sandbox.Call{Stdin: order.Stdin(), Powers: powers.Set{HTTP: http}, Limits: generous})
	if !errors.Is(err, context.Canceled) || len(result.Stdout) != 0 {
		t.Errorf("Run() = %v and %q; want the call cancelled", err, result.Stdout)
	}
}

func TestAGuestInCSendsARequest(t *testing.T) {
	guest := compile(t, guesttest.Sender(t, "fetch"))
	http := &guesttest.HTTP{Answer: func(_ context.Context, r powers.Request, body []byte) (powers.Response, []byte, error) {
		return powers.Response{Status: 418, URL: r.URL, Header: append(r.Header, powers.Header{Name: "B", Value: "2"})}, append(body, " and back"...), nil
	}}
	for _, c := range []struct {
		http powers.HTTP
		want string
	}{
		{http, "418 2 https://a.example/ Accept=text/plain B=2 from C and back"},
		{nil, "denied undeclared "},
		{&guesttest.HTTP{Answer: func(context.Context, powers.Request, []byte) (powers.Response, []byte, error) {
			return powers.Response{}, nil, &powers.HTTPError{Fault: powers.FaultTime, Reason: "too late"}
		}}, "network 3 too late"},
	} {
		result, err := guest.Run(t.Context(), sandbox.Call{Stdin: []byte("https://a.example/"), Powers: powers.Set{HTTP: c.http}, Limits: generous})
		if err != nil || string(result.Stdout) != c.want {
			t.Errorf("Run() = %q, %v; want %q", result.Stdout, err, c.want)
		}
	}
}

// TestGuestsThatBreakTheInterface hand over what no honest guest does. Each traps or is told, and the next call is unharmed.
func TestGuestsThatBreakTheInterface(t *testing.T) {
	guest := compile(t, guesttest.Sender(t, "hostile"))
	const trapped = "trapped: "
	for way, want := range map[string]string{
		"": "unharmed 0", "open far away": trapped + "a list lies outside", "open for ever": "unharmed 0", "no text": trapped + "a string is not UTF-8",
		"headers far away": trapped + "a list lies outside", "headers askew": trapped + "a list lies where none can", "a header far away": trapped + "a list lies outside",
		"many headers": "unharmed 0", "result far away": trapped + "there is no place", "result askew": trapped + "there is no place",
		"no exchange": trapped + "0 is no open exchange", "another's exchange": trapped + "77 is no open exchange", "drop nothing": trapped + "3 is no open exchange",
		"drop twice": trapped + "1 is no open exchange", "after the drop": trapped + "1 is no open exchange",
		"write far away": trapped + "a list lies outside", "write for ever": trapped + "a list lies outside", "opens and opens": "unharmed 0",
		"room outside": trapped + "cabi_realloc gave no room", "room askew": trapped + "cabi_realloc gave no room", "no room": trapped + "cabi_realloc gave no room",
		"calls back": trapped + "[resource-drop]exchange is called where it cannot be", "traps for room": trapped + "unreachable",
		"leaves for room": "exited with code 7", "loops for room": "went past its time", "grows for room": "unharmed 0",
	} {
		http := &guesttest.HTTP{Most: 20, Answer: func(context.Context, powers.Request, []byte) (powers.Response, []byte, error) {
			return powers.Response{Status: 200, Header: []powers.Header{{Name: "A", Value: "1"}}}, []byte("body"), nil
		}}
		limits := generous
		limits.Time, limits.Memory = time.Second, 16<<20
		result, err := guest.Run(t.Context(), sandbox.Call{Stdin: []byte(way), Powers: powers.Set{HTTP: http}, Limits: limits})
		got := string(result.Stdout)
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("%q: %q; want %q", way, got, want)
		}
	}
}

func TestAGuestThatMakesNoRoomIsRefused(t *testing.T) {
	r, err := sandbox.New(t.Context(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close(context.Background())
	for name, want := range map[string]string{
		"[resource-drop]exchange": "with other parameters", "[method]exchange.listen": "which is not provided",
	} {
		_, err := r.Compile(t.Context(), guesttest.Module{Import: [2]string{"gatehouse:skill/http@0.1.0", name}, Body: []byte{}}.Bytes())
		var invalid *sandbox.InvalidError
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("Compile() = %v; want %q", err, want)
		}
	}
	whole := guesttest.Sender(t, "fetch")
	_, err = r.Compile(t.Context(), []byte(strings.Replace(string(whole), "cabi_realloc", "cabi_reallox", 1)))
	if err == nil || !strings.Contains(err.Error(), "exports no cabi_realloc") {
		t.Errorf("Compile() = %v; want the missing export named", err)
	}
	borrowed := guesttest.Wat(t, `(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "gatehouse:skill/http@0.1.0" "[method]exchange.finish" (func (param i32 i32)))
  (memory (export "memory") 1)
  (export "cabi_realloc" (func $read))
  (func (export "_start")))`)
	if _, err := r.Compile(t.Context(), borrowed); err == nil || !strings.Contains(err.Error(), "exports no cabi_realloc") {
		t.Errorf("Compile() of one that makes room by a function of the host = %v; want a refusal", err)
	}
}
