package host_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gatehouse/audit"
	"gatehouse/host"
	"gatehouse/internal/guesttest"
	"gatehouse/permissions"
	"gatehouse/worker"
)

// TestADryRunDoesNothing lets a real guest try what it can in a folder where all is allowed for good: it is noted and
// recorded as dry, nothing real is read or written, and nobody is asked.
func TestADryRunDoesNothing(t *testing.T) {
	pkg := guestSkill(t)
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "a.txt"), []byte(`"private"`), 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := audit.Open(t.TempDir(), audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	h := host.New(host.Options{
		Library: one{pkg}, Broker: permissions.NewBroker(permissions.Options{Recorder: log}), Audit: log,
		Pool: worker.NewPool(worker.Options{Program: guesttest.Worker(t), Cache: cache}), Changes: host.NewChanges(), Home: "/nowhere",
	})
	t.Cleanup(func() { h.Close() })
	for _, test := range []struct {
		name    string
		order   guesttest.Order
		answers map[string][]byte
		wishes  []string
		output  string
		failed  host.Code
	}{
		{"a file is empty", guesttest.Order{Do: "read", Path: "/workspace/a.txt"}, nil, []string{"fs:read:${workspace}/a.txt"}, "", host.CodeGuest},
		{"a file is its answer", guesttest.Order{Do: "read", Path: "a.txt"}, map[string][]byte{"/workspace/a.txt": []byte(`"told"`)},
			[]string{"fs:read:${workspace}/a.txt"}, `"told"`, ""},
		{"what has no answer is not there", guesttest.Order{Do: "read", Path: "b.txt"}, map[string][]byte{"/workspace/a.txt": []byte(`1`)},
			[]string{"fs:read:${workspace}/b.txt"}, "", host.CodeGuest},
		{"a write goes nowhere", guesttest.Order{Do: "write", Path: "new.txt", Text: "x"}, nil, []string{"fs:write:${workspace}/new.txt"}, "", host.CodeGuest},
		{"a request is sent to nobody", guesttest.Order{Do: "fetch", Path: "https://a.example/x"}, nil, []string{"net:GET:https://a.example:443/x"}, `{"header":null,"size":0,"status":200,"text":"","url":"https://a.example/x"}` + "\n", ""},
		{"a request has its answer", guesttest.Order{Do: "fetch", Path: "https://a.example/x"}, map[string][]byte{"https://a.example/x": []byte("told")},
			[]string{"net:GET:https://a.example:443/x"}, `{"header":null,"size":4,"status":200,"text":"told","url":"https://a.example/x"}` + "\n", ""},
		{"too much is no room", guesttest.Order{Do: "fill", Path: "new.txt", N: 70 << 20}, nil, []string{"fs:write:${workspace}/new.txt"}, "", host.CodeGuest},
	} {
		t.Run(test.name, func(t *testing.T) {
			input, err := json.Marshal(map[string]any{"do": test.order.Do, "path": test.order.Path, "to": "GET", "text": test.order.Text, "n": test.order.N})
			if err != nil {
				t.Fatal(err)
			}
			r, err := h.Call(t.Context(), host.Call{Skill: pkg.Manifest.Name, Tool: "run", Input: input, Workspace: folder,
				Client: "terminal", Session: "s", Dry: true, Answers: test.answers})
			if err != nil || r.Dry == nil {
				t.Fatalf("Call = %+v, %v", r, err)
			}
			var wishes []string
			for _, w := range r.Dry.Wishes {
				wishes = append(wishes, w.Grant.String())
			}
			var failed host.Code
			if r.Dry.Failed != nil {
				failed = r.Dry.Failed.Code
			}
			if !slices.Equal(wishes, test.wishes) || string(r.Output) != test.output || failed != test.failed {
				t.Errorf("it asked for %q, answered %q and ended with %q (%v); want %q, %q, %q", wishes, r.Output, failed, r.Dry.Failed, test.wishes, test.output, test.failed)
			}
			lines, err := log.List(audit.Filter{Call: r.Call})
			if err != nil || len(lines) != 2 || !lines[0].Dry || !lines[1].Dry || lines[0].Outcome != string(test.failed) {
				t.Errorf("the record has %+v, %v; want two lines of a dry run", lines, err)
			}
		})
	}
	entries, err := os.ReadDir(folder)
	if err != nil || fmt.Sprint(entries) != "[- a.txt]" {
		t.Errorf("the folder holds %v, %v; want what was there", entries, err)
	}
}
