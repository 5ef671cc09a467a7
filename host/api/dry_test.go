package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/audit"
	builtinskills "gatehouse/builtin-skills"
	"gatehouse/host"
	"gatehouse/host/api"
	"gatehouse/internal/guesttest"
	"gatehouse/permissions"
	"gatehouse/worker"
)

// TestADryRunIsACallOverTheDoor makes dry runs of a real skill as the window does: what it asked for and the proposed
// lines come back, answers are contents, and they are for a dry run only.
func TestADryRunIsACallOverTheDoor(t *testing.T) {
	pkg, err := builtinskills.Package("files")
	if err != nil {
		t.Fatal(err)
	}
	log := &audit.Log{}
	broker := permissions.NewBroker(permissions.Options{Recorder: log})
	h := host.New(host.Options{
		Library: shelf{pkg}, Broker: broker, Audit: log, Changes: host.NewChanges(), Home: "/nowhere",
		Pool: worker.NewPool(worker.Options{Program: guesttest.Worker(t), Cache: t.TempDir()}),
	})
	t.Cleanup(func() { h.Close() })
	server := api.NewServer(api.Options{Host: h, Broker: broker, Audit: log})
	for _, test := range []struct {
		name, extra string
		status      int
		want        string
	}{
		{"every file is there and empty", `,"dry":true`, 200, `"content":""`},
		{"a file holds its answer", `,"dry":true,"answers":{"/workspace/a.txt":"dG9sZA==","/workspace/empty":""}`, 200, `"content":"told"`},
		{"without its answer a file is not there", `,"dry":true,"answers":{}`, 200, `"failed":{"status":409,"code":"guest_error"`},
		{"a workspace that is none is not looked at", `,"dry":true,"workspace":"/no/such/folder"`, 200, `"content":""`},
		{"answers are for a dry run", `,"answers":{}`, 422, `answers are for a dry run`},
		{"an answer is base64", `,"dry":true,"answers":{"/workspace/a.txt":"not so"}`, 422, `invalid_input`},
		{"an answer's name is the guest's", `,"dry":true,"answers":{"../a.txt":""}`, 422, `invalid_input`},
	} {
		t.Run(test.name, func(t *testing.T) {
			body := `{"skill":"files","tool":"read","input":{"path":"a.txt"}` + test.extra + `}`
			request := httptest.NewRequest(http.MethodPost, "/api/calls", strings.NewReader(body))
			request.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			server.ServeHTTP(w, request.WithContext(api.WithCaller(request.Context(), api.Caller{Client: "playground", Session: "s"})))
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.want) {
				t.Fatalf("status %d, %s; want %d with %s", w.Code, w.Body, test.status, test.want)
			}
			if test.status != http.StatusOK {
				return
			}
			var result api.CallResult
			if err := json.Unmarshal(w.Body.Bytes(), &result); err != nil {
				t.Fatal(err)
			}
			d := result.Dry
			if d == nil || len(d.Wishes) != 1 || d.Wishes[0].Grant != "fs:read:${workspace}/a.txt" || d.Wishes[0].Sentence == "" ||
				len(d.Missing) != 0 || len(d.Unused) != 2 || len(d.Optional) != 1 || d.Optional[0].Grant.String() != "fs:read:${workspace}/*.txt" {
				t.Errorf("the dry run found %+v; want the one file, two unused lines and one proposed", d)
			}
		})
	}
}
