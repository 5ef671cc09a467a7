package dry_test

import (
	"errors"
	"testing"

	"gatehouse/powers"
	"gatehouse/powers/dry"
)

func TestADryRequestIsNotedAndNotSent(t *testing.T) {
	files, requests := dry.Answers(map[string][]byte{"/workspace/a.txt": []byte("file"), "https://a.example/x?y": []byte("told")})
	if len(files) != 1 || len(requests) != 1 {
		t.Fatalf("Answers() = %v, %v", files, requests)
	}
	for _, c := range []struct {
		name    string
		answers map[string][]byte
		status  int
		body    string
	}{
		{"every request is answered with nothing", nil, 200, ""},
		{"a request has its answer", requests, 200, "told"},
		{"what has none is not found", map[string][]byte{}, 404, ""},
	} {
		notes := &dry.Notes{}
		h := dry.HTTP{Notes: notes, Answers: c.answers, Payload: 10}
		e, err := h.Begin(t.Context(), powers.Request{Method: "POST", URL: "https://a.example/x?y", Header: []powers.Header{{Name: "Authorization", Value: "me"}}})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := e.Write(t.Context(), []byte("0123456789")); n != 10 || err != nil {
			t.Errorf("%s: Write() = %d, %v", c.name, n, err)
		}
		r, err := e.Response(t.Context())
		body := make([]byte, 100)
		n, failed := e.Read(t.Context(), body)
		if r.Status != c.status || string(body[:n]) != c.body || err != nil || failed != nil {
			t.Errorf("%s: %d %q, %v, %v; want %d %q", c.name, r.Status, body[:n], err, failed, c.status, c.body)
		}
		wishes, _ := notes.Wishes()
		if want := "net:POST:https://a.example:443/x#own-credentials"; len(wishes) != 1 || wishes[0].Grant.String() != want {
			t.Errorf("%s: noted %v; want %s", c.name, wishes, want)
		}
	}
	h := dry.HTTP{Notes: &dry.Notes{}, Payload: 10}
	var fault *powers.HTTPError
	if _, err := h.Begin(t.Context(), powers.Request{Method: "GET", URL: "https://a.example/", Header: []powers.Header{{Name: "Host", Value: "b"}}}); !errors.As(err, &fault) {
		t.Errorf("a header line that nobody may send = %v", err)
	}
	e, err := h.Begin(t.Context(), powers.Request{Method: "GET", URL: "https://a.example/"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Write(t.Context(), make([]byte, 11)); !errors.As(err, &fault) || fault.Fault != powers.FaultPayload {
		t.Errorf("a body that is too long = %v", err)
	}
	e.Close(t.Context())
	if _, err := e.Response(t.Context()); !errors.Is(err, powers.ErrClosed) {
		t.Errorf("after the end = %v; want %v", err, powers.ErrClosed)
	}
}
