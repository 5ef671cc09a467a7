package worker_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"gatehouse/internal/guesttest"
	"gatehouse/permissions"
	"gatehouse/powers"
	"gatehouse/worker"
	"gatehouse/worker/wire"
)

func init() {
	hostiles["tries exchanges"] = calls(tryExchanges)
	hostiles["begins and begins"] = calls(beginMany)
}

func TestRequestsCrossTheBoundary(t *testing.T) {
	p, guest := pool(t, nil), guest(t)
	long := strings.Repeat("answer ", 500_000)
	var got int
	http := &guesttest.HTTP{Answer: func(_ context.Context, r powers.Request, body []byte) (powers.Response, []byte, error) {
		got = len(body)
		return powers.Response{Status: 201, URL: "https://b.example/", Header: r.Header}, []byte(long), nil
	}}
	header := make([]string, 60)
	for i := range header {
		header[i] = "X-A: " + strings.Repeat("v", 200)
	}
	job := task(guest, guesttest.Order{Do: "fetch", To: "PUT", Path: "https://a.example/" + strings.Repeat("p", 16000), Text: strings.Repeat("b", 300_000), N: 3, Header: header})
	result, err := p.Run(t.Context(), job, powers.Set{HTTP: http})
	var said struct {
		Status, Size int
		URL          string
		Header       []powers.Header
	}
	if err != nil || json.Unmarshal(result.Output, &said) != nil {
		t.Fatalf("Run() = %.80q, %v, %q", result.Output, err, result.Stderr)
	}
	if said.Status != 201 || said.Size != len(long) || said.URL != "https://b.example/" || len(said.Header) != 60 || got != 900_000 {
		t.Errorf("the guest got %+.200v, the power a body of %d bytes", said, got)
	}
	if r := http.Seen()[0]; len(r.URL) != 16018 || r.Header[59].Value != strings.Repeat("v", 200) {
		t.Errorf("the power got %+.200v", r)
	}
	if http.Held() != 0 {
		t.Errorf("%d exchanges are still open", http.Held())
	}
}

func TestWhyARequestFailedCrossesTheBoundary(t *testing.T) {
	p, guest := pool(t, nil), guest(t)
	for _, c := range []struct {
		err  error
		want string
	}{
		{&permissions.DeniedError{Code: permissions.CodeUndeclared, Grant: "net:GET:https://a.example:443/", Rule: "the person's eyes only"}, `{"code":"undeclared","grant":"net:GET:https://a.example:443/","kind":"denied","reason":""}`},
		{&powers.HTTPError{Fault: powers.FaultRequest, Reason: "r"}, `{"code":"","grant":"","kind":"invalid","reason":"r"}`},
		{&powers.HTTPError{Fault: powers.FaultRequests, Reason: "r", Limit: "l"}, `{"code":"limit_requests","grant":"","kind":"limit","reason":"r"}`},
		{&powers.HTTPError{Fault: powers.FaultPayload, Reason: "r"}, `{"code":"limit_payload","grant":"","kind":"limit","reason":"r"}`},
		{powers.ErrTooMany, `{"code":"limit_open","grant":"","kind":"limit","reason":"too many exchanges are open"}`},
		{&powers.HTTPError{Fault: powers.FaultName, Reason: "r"}, `{"code":"name","grant":"","kind":"network","reason":"r"}`},
		{&powers.HTTPError{Fault: powers.FaultConnect, Reason: "r"}, `{"code":"connect","grant":"","kind":"network","reason":"r"}`},
		{&powers.HTTPError{Fault: powers.FaultTrust, Reason: "r"}, `{"code":"trust","grant":"","kind":"network","reason":"r"}`},
		{&powers.HTTPError{Fault: powers.FaultTime, Reason: "r"}, `{"code":"time","grant":"","kind":"network","reason":"r"}`},
		{&powers.HTTPError{Fault: powers.FaultAnswer, Reason: "r\xff"}, `{"code":"answer","grant":"","kind":"network","reason":"r�"}`},
		{powers.ErrClosed, `{"code":"","grant":"","kind":"closed","reason":""}`},
		{errors.New("dial tcp 10.0.0.7:443"), `{"code":"answer","grant":"","kind":"network","reason":"the host could not do it: the system could not do it"}`},
	} {
		http := &guesttest.HTTP{Answer: func(context.Context, powers.Request, []byte) (powers.Response, []byte, error) {
			return powers.Response{}, nil, c.err
		}}
		result, err := p.Run(t.Context(), task(guest, guesttest.Order{Do: "fetch", To: "GET", Path: "https://a.example/"}), powers.Set{HTTP: http})
		if want := `{"error":` + c.want + "}\n"; err != nil || string(result.Output) != want {
			t.Errorf("%v came to the guest as %s, %v; want %s", c.err, result.Output, err, want)
		}
	}
}

func TestACancelledCallTakesItsRequestAlong(t *testing.T) {
	p, guest := pool(t, nil), guest(t)
	ctx, cancel := context.WithCancel(t.Context())
	http := &guesttest.HTTP{Answer: func(ctx context.Context, _ powers.Request, _ []byte) (powers.Response, []byte, error) {
		cancel()
		<-ctx.Done()
		return powers.Response{}, nil, ctx.Err()
	}}
	_, err := p.Run(ctx, task(guest, guesttest.Order{Do: "fetch", To: "GET", Path: "https://a.example/"}), powers.Set{HTTP: http})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Run() = %v; want %v", err, context.Canceled)
	}
	if _, err := p.Run(t.Context(), task(guest, guesttest.Order{Do: "echo", Text: "next"}), powers.Set{}); err != nil {
		t.Errorf("the next call = %v; want it unharmed", err)
	}
}

// tryExchanges reports each attempt that the host did not refuse.
func tryExchanges(s wire.Worker_CallServer) error {
	nothing := &wire.Nothing{}
	try := func(name string, a *wire.Ask) {
		if answer := ask(s, a); answer.GetFailure() == nil {
			say(s, &wire.Output{Stdout: []byte(name + "\n")})
		}
	}
	acts := func(name string, number uint32) {
		for act, a := range map[string]*wire.Ask{
			"body": {Act: &wire.Ask_Body{Body: []byte("x")}}, "respond": {Act: &wire.Ask_Respond{Respond: nothing}},
			"receive": {Act: &wire.Ask_Receive{Receive: 1<<32 - 1}}, "end": {Act: &wire.Ask_End{End: nothing}},
		} {
			a.Exchange = number
			try(name+" "+act, a)
		}
	}
	for _, number := range []uint32{0, 1, 2, 1 << 31} {
		acts("no exchange", number)
	}
	try("too many lines", &wire.Ask{Act: &wire.Ask_Begin{Begin: &wire.Request{Header: make([]*wire.HeaderLine, 200)}}})
	e := ask(s, &wire.Ask{Act: &wire.Ask_Begin{}}).GetExchange() // a message without one inside
	if answer := ask(s, &wire.Ask{Exchange: e, Act: &wire.Ask_Receive{Receive: 1<<32 - 1}}); len(answer.GetData()) != 0 {
		say(s, &wire.Output{Stdout: []byte("there was something to receive\n")})
	}
	ask(s, &wire.Ask{Exchange: e, Act: &wire.Ask_End{End: nothing}})
	acts("an exchange that has ended", e)
	return finish(s, &wire.End{Outcome: wire.End_FINE})
}

func beginMany(s wire.Worker_CallServer) error {
	begun := 0
	for range 3000 {
		if ask(s, &wire.Ask{Act: &wire.Ask_Begin{}}).GetFailure() == nil {
			begun++
		}
	}
	return finish(s, &wire.End{Outcome: wire.End_EXIT, Exit: uint32(begun)})
}

func TestAHostileWorkerGetsNoExchangeByAsking(t *testing.T) {
	http := &guesttest.HTTP{}
	if got := confession(t, "tries exchanges", powers.Set{HTTP: http}); got != "" {
		t.Errorf("the host allowed:\n%s", got)
	}
	if got := confession(t, "tries exchanges", powers.Set{}); got != "" {
		t.Errorf("without the power the host allowed:\n%s", got)
	}
	if http.Held() != 0 {
		t.Errorf("%d exchanges are still open", http.Held())
	}
	var exit *worker.GuestError
	_, err := pool(t, nil, "hostile", "begins and begins").Run(t.Context(), task(guesttest.Module{}.Bytes(), guesttest.Order{}), powers.Set{HTTP: http})
	if !errors.As(err, &exit) || exit.Exit != 64 {
		t.Errorf("Run() = %v; want 64 exchanges and no more", err)
	}
}
