package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/audit"
	"gatehouse/host"
	"gatehouse/host/api"
	"gatehouse/permissions"
)

// recorded is a window's door over a record that the test writes.
type recorded struct {
	testing.TB
	log    *audit.Log
	server *api.Server
}

func newRecorded(t testing.TB) *recorded {
	log, err := audit.Open(t.TempDir(), audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	server := api.NewServer(api.Options{Audit: log, Host: host.New(host.Options{}), Broker: permissions.NewBroker(permissions.Options{})})
	return &recorded{t, log, server}
}

func (r *recorded) append(lines ...audit.Record) {
	r.Helper()
	for _, line := range lines {
		if err := r.log.Append(line); err != nil {
			r.Fatal(err)
		}
	}
}

// call records one call from its beginning to its end.
func (r *recorded) call(id, skill, client string, end audit.Record, between ...audit.Record) {
	r.Helper()
	subject := permissions.Subject{Skill: skill, Client: client, Workspace: "/home/ada/work"}
	r.append(audit.Record{Kind: audit.KindCall, Call: id, Subject: subject, Tool: "read", InputBytes: 20})
	for _, line := range between {
		line.Call, line.Subject = id, subject
		r.append(line)
	}
	end.Kind, end.Call, end.Subject, end.Tool, end.InputBytes = audit.KindResult, id, subject, "read", 20
	r.append(end)
}

func (r *recorded) get(path string, into any) {
	r.Helper()
	w := httptest.NewRecorder()
	r.server.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	if w.Code != http.StatusOK {
		r.Fatalf("GET %s: status %d, %s", path, w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		r.Fatalf("GET %s: %v", path, err)
	}
}

type callsPage struct {
	Calls []api.CallSummary `json:"calls"`
	Next  uint64            `json:"next"`
}

func (p callsPage) ids() (ids []string) {
	for _, c := range p.Calls {
		ids = append(ids, c.ID)
	}
	return ids
}

var refusedRead = audit.Record{Kind: audit.KindRequest, Grant: "fs:read:/home/ada/.ssh/id_ed25519", Verdict: permissions.Deny, Rule: "never", Code: "denied"}

func TestCallsAreFoundByWhatTheyWere(t *testing.T) {
	r := newRecorded(t)
	r.call("c-1", "files", "claude", audit.Record{})
	r.call("c-2", "files", "vs-code", audit.Record{Outcome: "denied"}, refusedRead)
	r.call("c-3", "web", "claude", audit.Record{Outcome: "limit_time"})
	r.call("c-4", "web", "claude", audit.Record{}, refusedRead)
	r.call("c-5", "web", "claude", audit.Record{Outcome: "guest_error"})
	for _, c := range []struct {
		query string
		want  []string
	}{
		{"", []string{"c-5", "c-4", "c-3", "c-2", "c-1"}},
		{"skill=web", []string{"c-5", "c-4", "c-3"}},
		{"skill=web&client=vs-code", nil},
		{"client=vs-code", []string{"c-2"}},
		{"outcome=done", []string{"c-4", "c-1"}},
		{"outcome=refused", []string{"c-4", "c-2"}},
		{"outcome=limit", []string{"c-3"}},
		{"outcome=failed", []string{"c-5"}},
		{"outcome=underway", nil},
		{"search=ID_ED25519+claude", []string{"c-4"}},
		{"search=limit+time", []string{"c-3"}},
		{"search=nothing", nil},
		{"to=1", nil},
	} {
		var page callsPage
		if r.get("/api/calls?"+c.query, &page); !slices.Equal(page.ids(), c.want) {
			t.Errorf("calls?%s = %v; want %v", c.query, page.ids(), c.want)
		}
	}
}

func TestCallsComeInPagesAndNoneTwice(t *testing.T) {
	r := newRecorded(t)
	var want []string
	for i := range 25 {
		r.call(fmt.Sprint("c-", i), []string{"files", "web"}[i%2], "claude", audit.Record{})
		if i%2 == 0 {
			want = append([]string{fmt.Sprint("c-", i)}, want...)
		}
	}
	var got []string
	for next, pages := uint64(0), 0; pages == 0 || next != 0; pages++ {
		var page callsPage
		r.get(fmt.Sprintf("/api/calls?skill=files&limit=4&before=%d", next), &page)
		got, next = append(got, page.ids()...), page.Next
	}
	if !slices.Equal(got, want) {
		t.Errorf("all pages hold %v; want %v", got, want)
	}
}

func TestACallTellsItsStepsAndWhatItMoved(t *testing.T) {
	r := newRecorded(t)
	var page callsPage
	r.get("/api/calls", &page) // what is written after the first look is seen too
	r.call("c-1", "files", "claude", audit.Record{RunningMs: 3.5, WaitingMs: 900, Memory: 1 << 20, Fuel: 1_200_000, ReadBytes: 40, WrittenBytes: 7, SentBytes: 90, ReceivedBytes: 400, Requests: 1, OutputBytes: 11},
		refusedRead,
		audit.Record{Kind: audit.KindWrite, Grant: "fs:write:${workspace}/a.txt", WrittenBytes: 7},
		audit.Record{Kind: audit.KindSent, Grant: "net:GET:https://a.example:443/", Status: 200, SentBytes: 90, ReceivedBytes: 400, Addresses: []string{"10.0.0.1:443", "93.184.216.34:443"}})
	r.get("/api/calls", &page)
	c := page.Calls[0]
	want := api.CallUsage{Usage: api.Usage{RunningMs: 3.5, WaitingMs: 900, Memory: 1 << 20, Fuel: 1_200_000}, ReadBytes: 40, WrittenBytes: 7, SentBytes: 90, ReceivedBytes: 400, Requests: 1, InputBytes: 20, OutputBytes: 11}
	if c.Usage != want || c.State != "done" || c.Refusals != 1 {
		t.Errorf("the call is %+v; want it done, with one refusal and the usage %+v", c, want)
	}
	var kinds []string
	for _, s := range c.Steps {
		kinds = append(kinds, s.Kind)
	}
	if want := []string{"request", "write", "sent", "result"}; !slices.Equal(kinds, want) {
		t.Errorf("its steps are %v; want %v", kinds, want)
	}
	if got := c.Steps[1].Bytes; got != 7 {
		t.Errorf("the write put %d bytes into its file; want 7", got)
	}
	if s := c.Steps[2]; s.Bytes != 90 || s.Received != 400 || s.Status != 200 || s.Address != "93.184.216.34:443" || s.Sentence != "fetch from a.example" {
		t.Errorf("the request is the step %+v", s)
	}
}

func TestACallWithVeryManyStepsKeepsItsEnd(t *testing.T) {
	r := newRecorded(t)
	r.call("c-1", "files", "claude", audit.Record{}, slices.Repeat([]audit.Record{refusedRead}, 400)...)
	var page callsPage
	r.get("/api/calls", &page)
	c := page.Calls[0]
	if last := c.Steps[len(c.Steps)-1]; last.Kind != "result" || c.StepsLeft+len(c.Steps) != 401 || c.Refusals != 400 {
		t.Errorf("of 400 refusals and the result there are %d steps, %d left out, %d refusals, the last a %s; want 401, 400, result",
			len(c.Steps), c.StepsLeft, c.Refusals, last.Kind)
	}
}

func TestThePlotIsOfTheCallsOfItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecorded(t)
		morning := time.Now()
		for i := range 12 {
			end := audit.Record{RunningMs: float64(i + 1), Memory: uint64(i), Fuel: uint64(i), ReadBytes: 100, SentBytes: 10, ReceivedBytes: 1000}
			switch i {
			case 3:
				end.Outcome = "denied"
			case 4:
				end.Outcome, end.WaitingMs = "limit_time", 500
			}
			r.call(fmt.Sprint("c-", i), "files", "claude", end)
			time.Sleep(30 * time.Minute)
		}
		var p api.CallPlot
		r.get(fmt.Sprintf("/api/calls/plot?buckets=8&from=%d&client=claude", morning.UnixMilli()), &p)
		if got := len(p.Buckets); got != 7 {
			t.Fatalf("six hours in at most 8 stretches are %d; want 7 of an hour, the last the one that goes on", got)
		}
		for i, b := range p.Buckets[:6] {
			if b.Calls != 2 || b.From != morning.Add(time.Duration(i)*time.Hour).UnixMilli() || b.ReadBytes != 200 || b.SentBytes != 20 || b.ReceivedBytes != 2000 {
				t.Errorf("stretch %d is %+v; want 2 calls and 200 bytes read", i, b)
			}
		}
		w := p.Whole
		if w.Calls != 12 || w.Done != 10 || w.Refused != 1 || w.Limited != 1 || w.Asked != 1 {
			t.Errorf("the whole is %+v; want 12 calls, 10 done, 1 refused, 1 at a limit, 1 asked", w)
		}
		if want := (api.Spread{Median: 7, Slow: 12, Most: 12}); w.Running != want {
			t.Errorf("running times are %+v; want %+v", w.Running, want)
		}
		if want := (api.Spread{Median: 6, Slow: 11, Most: 11}); w.Fuel != want {
			t.Errorf("the work done is %+v; want %+v, without the call of which it was not counted", w.Fuel, want)
		}
		r.get("/api/calls/plot?skill=none", &p)
		if p.Whole.Calls != 0 || len(p.Buckets) == 0 || !slices.Equal(p.Skills, []string{"files"}) {
			t.Errorf("the plot of a skill without calls is %+v; want no calls, a time, and the skills to choose", p)
		}
	})
}

func BenchmarkPlotOf10000Calls(b *testing.B) {
	r := newRecorded(b)
	for i := range 10_000 {
		r.call(fmt.Sprint("c-", i), "files", "claude", audit.Record{RunningMs: float64(i)}, refusedRead)
	}
	var p api.CallPlot
	r.get("/api/calls/plot", &p)
	for b.Loop() {
		r.get("/api/calls/plot", &p)
	}
}
