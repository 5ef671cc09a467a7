package host_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/host"
	"gatehouse/internal/guesttest"
	"gatehouse/permissions"
	"gatehouse/skill"
	"gatehouse/worker"
)

// asked is a person who gives one answer to everything and remembers the questions.
type asked struct {
	no      bool
	prompts []permissions.Prompt
}

func (a *asked) Ask(_ context.Context, p permissions.Prompt, _ func() int) (permissions.Answer, error) {
	a.prompts = append(a.prompts, p)
	answer := permissions.Answer{Nonce: p.Nonce, Shown: p.Hash(), Verdict: permissions.Allow, Rung: p.Quick.Rung, Lifetime: p.Quick.Lifetime}
	if a.no {
		answer.Verdict, answer.Lifetime = permissions.Deny, permissions.Once
	}
	return answer, nil
}

// sending is a host whose calls send requests, with its record.
type sending struct {
	*host.Host
	log    *audit.Log
	person *asked
	pkg    *skill.Package
}

func newSending(t *testing.T, o permissions.Options) *sending {
	t.Helper()
	log, err := audit.Open(t.TempDir(), audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	s := &sending{log: log, person: &asked{}, pkg: guestSkill(t)}
	o.Prompter, o.Recorder = s.person, log
	s.Host = host.New(host.Options{
		Library: one{s.pkg}, Broker: permissions.NewBroker(o), Audit: log, Changes: host.NewChanges(), Home: "/nowhere",
		Pool: worker.NewPool(worker.Options{Program: guesttest.Worker(t), Cache: cache}),
	})
	t.Cleanup(func() { s.Close() })
	return s
}

func (s *sending) order(t *testing.T, o guesttest.Order) (host.Result, error) {
	t.Helper()
	input, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return s.Call(t.Context(), host.Call{Skill: s.pkg.Manifest.Name, Tool: "run", Input: input, Client: "terminal", Session: "s"})
}

// lines are the kinds of what the record says of a call, with what they are about, from its beginning.
func (s *sending) lines(t *testing.T, call string) (all []audit.Record, said []string) {
	t.Helper()
	all, err := s.log.List(audit.Filter{Call: call})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(all)
	for _, l := range all {
		said = append(said, strings.TrimSpace(fmt.Sprintf("%s %s %s", l.Kind, l.Verdict, l.Grant)))
	}
	return all, said
}

func TestAGuestSendsAfterAYes(t *testing.T) {
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, fmt.Sprint(r.Method, " ", r.RequestURI, " ", r.Header.Get("Content-Type"), " ", string(body)))
		w.WriteHeader(201)
		fmt.Fprint(w, "made")
	}))
	defer server.Close()
	s := newSending(t, permissions.Options{})
	result, err := s.order(t, guesttest.Order{Do: "fetch", To: "POST", Path: server.URL + "/notes?tag=private", Text: `{"a":1}`, Header: []string{"Content-Type: application/json"}})
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Status int
		Text   string
	}
	if err := json.Unmarshal(result.Output, &said); err != nil || said.Status != 201 || said.Text != "made" {
		t.Errorf("the guest says %s, %v", result.Output, err)
	}
	if want := []string{`POST /notes?tag=private application/json {"a":1}`}; !slices.Equal(got, want) {
		t.Errorf("the server got %q; want %q", got, want)
	}
	grant := "net:POST:" + server.URL + "/notes"
	all, lines := s.lines(t, result.Call)
	if want := []string{"call", "decision allow " + grant, "request allow " + grant, "sent  " + grant, "result"}; !slices.Equal(lines, want) {
		t.Errorf("the record says %q; want %q", lines, want)
	}
	sent, ended := all[3], all[4]
	if sent.Status != 201 || sent.InputBytes != 7 || sent.InputDigest == "" || sent.QueryDigest == "" || sent.OutputBytes != 4 || sent.SentBytes < 50 ||
		sent.ReceivedBytes < 20 || !slices.Equal(sent.Addresses, []string{strings.TrimPrefix(server.URL, "http://")}) || sent.Outcome != "" {
		t.Errorf("the record says %+v", sent)
	}
	if ended.SentBytes != sent.SentBytes || ended.ReceivedBytes != sent.ReceivedBytes || ended.Requests != 1 {
		t.Errorf("the call is said to have sent %d and received %d in %d requests", ended.SentBytes, ended.ReceivedBytes, ended.Requests)
	}
	if all, err := json.Marshal(all); err != nil || strings.Contains(string(all), "private") {
		t.Errorf("the record holds the query: %s, %v", all, err)
	}

	if len(s.person.prompts) != 1 {
		t.Fatalf("%d questions; want one", len(s.person.prompts))
	}
	p := s.person.prompts[0]
	r := p.Object.Request
	if p.Verb != "Send to" || p.Name != "127.0.0.1" || r == nil || r.URL != server.URL+"/notes?tag=private" || r.Method != "POST" || r.Text != `{"a":1}` || r.Size != 7 ||
		r.Unfinished || !slices.Equal(r.Headers, []permissions.Header{{Name: "Content-Type", Value: "application/json"}}) {
		t.Errorf("the question is %s %s, %+v", p.Verb, p.Name, r)
	}
	if !slices.Contains(p.Warnings, "This address is on this computer.") {
		t.Errorf("the warnings are %q", p.Warnings)
	}
}

func TestANoSendsNothing(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request arrived") }))
	defer server.Close()
	s := newSending(t, permissions.Options{})
	s.person.no = true
	result, err := s.order(t, guesttest.Order{Do: "fetch", To: "GET", Path: server.URL})
	grant := "net:GET:" + server.URL + "/"
	if err != nil || !strings.Contains(string(result.Output), `"code":"denied"`) || !strings.Contains(string(result.Output), grant) || len(result.Refusals) != 1 {
		t.Errorf("Call = %s, %v with %v; want the guest told, and the refusal beside its answer", result.Output, err, result.Refusals)
	}
	_, err = s.order(t, guesttest.Order{Do: "insist", Path: server.URL, N: 1})
	if failed := new(host.Error); !errors.As(err, &failed) || failed.Code != host.CodeDenied || failed.Grant != grant {
		t.Errorf("Call = %v; want the refusal as the call's error", err)
	}
	s = newSending(t, permissions.Options{})
	s.pkg.Manifest.Optional = nil
	_, err = s.order(t, guesttest.Order{Do: "insist", Path: server.URL, N: 1})
	if failed := new(host.Error); !errors.As(err, &failed) || failed.Code != host.CodeUndeclared {
		t.Errorf("Call = %v; want undeclared without a line of the manifest", err)
	}
}

func TestTheLimitsOfTheNetwork(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 3000)) }))
	defer server.Close()
	s := newSending(t, permissions.Options{})
	for _, c := range []struct {
		name   string
		limits skill.Limits
		order  guesttest.Order
		code   host.Code
		says   []string
	}{
		{"requests", skill.Limits{Requests: 2}, guesttest.Order{Do: "insist", Path: server.URL, N: 3}, "limit_requests", []string{"the limit is 2", "came to 3"}},
		{"what comes", skill.Limits{Payload: 2000}, guesttest.Order{Do: "insist", Path: server.URL, N: 1}, "limit_payload", []string{"the limit is 2000 bytes", "3000 bytes"}},
		{"what goes", skill.Limits{Payload: 2000}, guesttest.Order{Do: "insist", Path: server.URL, N: 1, Text: strings.Repeat("x", 2001)}, "limit_payload", []string{"2001 bytes"}},
	} {
		s.pkg.Manifest.Limits = c.limits
		_, err := s.order(t, c.order)
		failed := new(host.Error)
		if !errors.As(err, &failed) || failed.Code != c.code || !strings.Contains(failed.Hint, `"limits": {`) {
			t.Errorf("%s: Call = %v; want %s with a hint", c.name, err, c.code)
			continue
		}
		for _, part := range c.says {
			if !strings.Contains(failed.Message, part) {
				t.Errorf("%s: the message is %q; want it to say %q", c.name, failed.Message, part)
			}
		}
	}
	s.pkg.Manifest.Limits = skill.Limits{}
	if _, err := s.order(t, guesttest.Order{Do: "insist", Path: server.URL, N: 3}); err != nil {
		t.Errorf("the next call = %v; want it unharmed", err)
	}
}

// TestRevokingBreaksOffARequest has a guest wait for an answer that never comes, until the decision that let it send is
// taken back.
func TestRevokingBreaksOffARequest(t *testing.T) {
	arrived, gone := make(chan bool), make(chan bool)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		arrived <- true
		<-r.Context().Done()
		gone <- true
	}))
	defer server.Close()
	kept := permissions.NewMap()
	s := newSending(t, permissions.Options{Store: kept})
	subject, _, err := s.Subject(host.Call{Skill: s.pkg.Manifest.Name, Client: "terminal", Session: "s"})
	if err != nil {
		t.Fatal(err)
	}
	keepAlways(t, kept, "net", subject.Key(), "net:GET:"+server.URL+"/**")
	done := make(chan string, 1)
	go func() {
		result, err := s.order(t, guesttest.Order{Do: "fetch", To: "GET", Path: server.URL})
		done <- fmt.Sprint(string(result.Output), err)
	}()
	<-arrived
	if err := s.Broker.Revoke("net"); err != nil {
		t.Fatal(err)
	}
	for _, end := range []func() bool{
		func() bool { return <-gone },
		func() bool {
			said := <-done
			if !strings.Contains(said, `"code":"denied"`) {
				t.Errorf("the guest says %s; want a refusal", said)
			}
			return true
		},
	} {
		ended := make(chan bool, 1)
		go func() { ended <- end() }()
		select {
		case <-ended:
		case <-time.After(30 * time.Second):
			t.Fatal("the request goes on")
		}
	}
}
