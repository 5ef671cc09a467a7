package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/guest"
	"gatehouse/skill"
)

var update = flag.Bool("update", false, "rewrite the golden results")

// web is what every call of the golden tests finds.
var web = map[string]struct {
	head guest.Response
	body string
	err  error
}{
	"https://a.example/":       {guest.Response{Status: 200, URL: "https://a.example/", Header: []guest.Header{{Name: "Content-Type", Value: "text/html"}}}, "<h1>Hello & \"welcome\"</h1>\n", nil},
	"https://a.example/gone":   {guest.Response{Status: 404, URL: "https://a.example/gone"}, "not here", nil},
	"https://a.example/moved":  {guest.Response{Status: 200, URL: "https://b.example/new"}, "moved", nil},
	"https://a.example/empty":  {guest.Response{Status: 204, URL: "https://a.example/empty"}, "", nil},
	"https://a.example/image":  {guest.Response{Status: 200, URL: "https://a.example/image"}, "\x89PNG\r\n\x1a\n\x00\x00", nil},
	"https://a.example/latin1": {guest.Response{Status: 200, URL: "https://a.example/latin1"}, "caf\xe9\n", nil},
	"https://denied.example/":  {err: &guest.Error{Kind: guest.Denied, Code: "denied", Grant: "net:GET:https://denied.example:443/"}},
	"https://none.example/":    {err: &guest.Error{Kind: guest.Network, Code: "name", Reason: "nothing has this name"}},
	"https://a.example/#x":     {err: &guest.Error{Kind: guest.Invalid, Reason: "a URL has no fragment"}},
	"https://big.example/":     {err: &guest.Error{Kind: guest.Limit, Code: "limit_payload", Reason: "the body of an answer has at most 10485760 bytes"}},
}

var goldens = []struct{ name, tool, input string }{
	{"a page", "get", `{"url":"https://a.example/"}`},
	{"its head alone", "get", `{"url":"https://a.example/","head":true}`},
	{"a page that is not there", "get", `{"url":"https://a.example/gone"}`},
	{"a page that moved", "get", `{"url":"https://a.example/moved"}`},
	{"an empty page", "get", `{"url":"https://a.example/empty"}`},
	{"a picture", "get", `{"url":"https://a.example/image"}`},
	{"bytes that are no text", "get", `{"url":"https://a.example/latin1"}`},
	{"an address that is not permitted", "get", `{"url":"https://denied.example/"}`},
	{"a name that nobody has", "get", `{"url":"https://none.example/"}`},
	{"an address that cannot be sent", "get", `{"url":"https://a.example/#x"}`},
	{"an answer that is too long", "get", `{"url":"https://big.example/"}`},
	{"an unknown tool", "post", `{"url":"https://a.example/"}`},
}

// call runs one call as the host does.
func call(tool, input string, web send) (exit int, out, errOut string) {
	var stdout, stderr bytes.Buffer
	exit = run(strings.NewReader(fmt.Sprintf(`{"tool":%q,"input":%s}`, tool, input)), &stdout, &stderr, web)
	return exit, stdout.String(), stderr.String()
}

func inMemory(r guest.Request) (guest.Response, io.ReadCloser, error) {
	found, there := web[r.URL]
	if !there {
		panic(r.URL)
	}
	if r.Method == "HEAD" {
		found.body = ""
	}
	return found.head, io.NopCloser(strings.NewReader(found.body)), found.err
}

func TestGoldens(t *testing.T) {
	data, err := os.ReadFile("skill.json")
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := skill.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, g := range goldens {
		exit, out, errOut := call(g.tool, g.input, inMemory)
		got += fmt.Sprintf("== %s\n%s\nexit %d\n%s%s\n", g.name, g.input, exit, out, errOut)
		// What the tool answers is what the manifest promises.
		if tool, known := manifest.Tool(g.tool); known && exit == 0 {
			if err := tool.CheckInput([]byte(g.input)); err != nil {
				t.Errorf("%s: %v", g.name, err)
			}
			if err := tool.CheckOutput([]byte(out)); err != nil {
				t.Errorf("%s: %v", g.name, err)
			}
		}
	}
	file := filepath.Join("testdata", "get.golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || got != string(want) {
		t.Errorf("got\n%s\nwant\n%s, %v (go test -update rewrites it)", got, want, err)
	}
}

func TestAnswersStayBelowTheHostsLimit(t *testing.T) {
	for name, body := range map[string]string{
		"controls": strings.Repeat("\x01", 1<<20), "quotes": strings.Repeat(`"`, 1<<20), "letters": strings.Repeat("é", 1<<20), "no text": strings.Repeat("\xff", 1<<20),
	} {
		exit, out, errOut := call("get", `{"url":"https://a.example/"}`, func(guest.Request) (guest.Response, io.ReadCloser, error) {
			return guest.Response{Status: 200}, io.NopCloser(strings.NewReader(body)), nil
		})
		var p page
		if err := json.Unmarshal([]byte(out), &p); exit != 0 || err != nil || len(out) > 512<<10 || !p.Cut {
			t.Errorf("%s: exit %d, %d bytes, cut %v, %s, %v; want it cut below 512 KiB", name, exit, len(out), p.Cut, errOut, err)
		}
		if name == "letters" && strings.Trim(p.Text, "é") != "" {
			t.Errorf("a letter was cut in two: %q", strings.Trim(p.Text, "é"))
		}
	}
}

func TestOnlyAGuestHasTheNetwork(t *testing.T) {
	if exit, _, errOut := call("get", `{"url":"https://a.example/"}`, network); exit != 1 || !strings.Contains(errOut, "in Gatehouse only") {
		t.Errorf("outside of Gatehouse: exit %d, %s", exit, errOut)
	}
}
