package bridge_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"gatehouse/bridge"
)

// foreign is what no agent reads of us: names of Go's and the SDK's, and how they put things.
var foreign = regexp.MustCompile(`Go (struct|value|type)|json:|unmarshal|\bmcp\.|jsonrpc2|[a-z]Params|handling '|JSON RPC|missing required|malformed|Bad Request|not found: `)

// mistaken are requests that are wrong in one way each; the id and, where a revision wants it, the _meta are put in.
var mistaken = []struct {
	name, method, params string
	code                 string // of Gatehouse
	message, hint        string // parts of them, on a pipe
}{
	{"params that are a list", "tools/call", `["files_read"]`, "invalid_input", "do not fit tools/call", "name, a text, and arguments, an object"},
	{"params that are a text", "tools/list", `"all"`, "invalid_input", "do not fit tools/list", "cursor"},
	{"no params", "tools/call", ``, "invalid_input", "not a request as tools/call wants it", "params"},
	{"params that are null", "resources/read", `null`, "invalid_input", "not a request as resources/read wants it", "params"},
	{"a name that is a number", "tools/call", `{"name":5,"arguments":{}}`, "invalid_input", "do not fit tools/call", "name, a text"},
	{"a _meta that is a number", "tools/call", `{"name":"files_read","_meta":5}`, "invalid_input", "do not fit tools/call", ""},
	{"a tool that nobody has", "tools/call", `{"name":"files_burn","arguments":{}}`, "not_found", `no tool is called "files_burn"`, "gatehouse_search_skills"},
	{"a tool with an endless name", "tools/call", `{"name":"` + strings.Repeat("x", 1000) + `"}`, "not_found", `xxx…"`, ""},
	{"a tool whose name nobody sees", "tools/call", `{"name":"files\u200bread"}`, "not_found", `U+200B`, ""},
	{"a cursor that is a number", "tools/list", `{"cursor":5}`, "invalid_input", "do not fit tools/list", "cursor"},
	{"a cursor of nobody's", "tools/list", `{"cursor":"!!"}`, "invalid_input", "do not fit tools/list", "cursor"},
	{"a resource that is not there", "resources/read", `{"uri":"skill://nobody/SKILL.md"}`, "not_found", "no such resource", "resources/list"},
	{"an address that is a number", "resources/read", `{"uri":5}`, "invalid_input", "do not fit resources/read", "uri, a text"},
	{"nothing to complete", "completion/complete", `{}`, "invalid_input", "do not fit completion/complete", "ref"},
	{"a ref of no kind", "completion/complete", `{"ref":{"type":"x"},"argument":{"name":"a","value":"b"}}`, "invalid_input", "do not fit completion/complete", "ref"},
	{"a method that nobody knows", "tools/burn", `{}`, "unsupported", "tools/burn is not offered", ""},
	{"a method with odd signs", `tools/\u202eburn`, `{}`, "unsupported", "this method is not offered", ""},
	{"prompts", "prompts/list", `{}`, "unsupported", "prompts/list is not offered", ""},
	{"a subscription", "resources/subscribe", `{"uri":"skill://files/SKILL.md"}`, "unsupported", "resources/subscribe is not offered", ""},
	{"a notification that wants a reply", "notifications/initialized", `{}`, "invalid_input", "not a request as notifications/initialized wants it", "a notification has none"},
}

func asked(method, params string) string {
	if params != "" {
		params = `,"params":` + params
	}
	return `{"jsonrpc":"2.0","id":7,"method":"` + method + `"` + params + `}`
}

// told is the error of a reply. It fails where that says anything in words that are not ours.
func told(t *testing.T, name, reply string) (code, message, hint string) {
	t.Helper()
	var r struct {
		Error *struct {
			Message string
			Data    map[string]any
		}
	}
	if err := json.Unmarshal([]byte(reply), &r); err != nil || r.Error == nil {
		t.Errorf("%s: %s is no error", name, reply)
		return
	}
	if found := foreign.FindString(reply); found != "" {
		t.Errorf("%s: %s says %q", name, reply, found)
	}
	code, _ = r.Error.Data["gatehouse/code"].(string)
	hint, _ = r.Error.Data["gatehouse/hint"].(string)
	return code, r.Error.Message, hint
}

func TestEveryMistakeIsToldInOurWords(t *testing.T) {
	for _, revision := range []string{"2024-11-05", "2025-11-25"} {
		w := newGate(t, 0, echo).wire(revision)
		for _, m := range mistaken {
			heard := w.says(asked(m.method, m.params), 1)
			code, message, hint := told(t, m.name, heard[0])
			if code != m.code || !strings.Contains(message, m.message) || !strings.Contains(hint, m.hint) || len(heard) != 1 {
				t.Errorf("%s: %s, %q, hint %q; want %s, %q, hint %q", m.name, code, message, hint, m.code, m.message, m.hint)
			}
		}
		if revision < "2025-06-18" { // in a batch it is the same
			heard := w.says("["+asked("tools/call", `{"name":5}`)+`,{"jsonrpc":"2.0","id":8,"method":"ping"}]`, 1)
			if found := foreign.FindString(heard[0]); found != "" || !strings.Contains(heard[0], "do not fit tools/call") || !strings.Contains(heard[0], `"id":8`) {
				t.Errorf("in a batch: %s says %q", heard[0], found)
			}
		}
	}
}

func TestWhatComesTooEarlyOrTwiceIsToldInOurWords(t *testing.T) {
	g := newGate(t, 0, echo)
	w := g.wire("2025-11-25")
	hello := `{"jsonrpc":"2.0","id":7,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}`
	if code, message, hint := told(t, "twice", w.says(hello, 1)[0]); code != "invalid_input" || !strings.Contains(hint, "once") {
		t.Errorf("a second initialize: %s, %q, %q", code, message, hint)
	}
	early := g.silent()
	early.say(asked("tools/list", "{}"))
	if code, message, hint := told(t, "early", early.hear()); code != "invalid_input" || !strings.Contains(message, "tools/list") || !strings.Contains(hint, "first") {
		t.Errorf("before initialize: %s, %q, %q", code, message, hint)
	}
	newest := func(version string) string {
		return `{"_meta":{"io.modelcontextprotocol/protocolVersion":` + version + `,"io.modelcontextprotocol/clientCapabilities":{}}}`
	}
	for version, want := range map[string]string{`"1999-01-01"`: "", `"2027-01-01"`: "unsupported", `5`: "invalid_input"} {
		early.say(asked("tools/list", newest(version)))
		if code, message, _ := told(t, version, early.hear()); want != "" && code != want {
			t.Errorf("revision %s: %s, %q; want %s", version, code, message, want)
		}
	}
}

func TestEveryMistakeOverHTTPIsToldInOurWords(t *testing.T) {
	w := newWeb(t, 0, echo)
	session := w.session("one")
	for _, m := range mistaken {
		status, header, text := w.ask("POST", "one", session, asked(m.method, m.params))
		if kind := header.Get("Content-Type"); strings.HasPrefix(kind, "text/plain") {
			if found := foreign.FindString(text); found != "" || status < 400 || len(strings.TrimSpace(text)) < 20 {
				t.Errorf("%s: status %d, %q says %q", m.name, status, text, found)
			}
			continue
		}
		if _, event, found := strings.Cut(text, "data: "); found {
			text = event
		}
		if code, message, _ := told(t, m.name, strings.TrimSpace(text)); code != m.code {
			t.Errorf("%s: %s, %q; want %s", m.name, code, message, m.code)
		}
	}
	for _, c := range []struct{ name, method, session, body string }{
		{"what is not JSON", "POST", session, `{"jsonrpc":`},
		{"nothing", "POST", session, ``},
		{"no message", "POST", session, `{"hello":1}`},
		{"a method of HTTP", "PUT", session, `{}`},
		{"a session of nobody's", "POST", "nobody's", asked("ping", "")},
		{"the end of a session of nobody's", "DELETE", "nobody's", ``},
		{"a call before there is a session", "POST", "", asked("tools/list", "{}")},
	} {
		status, _, text := w.ask(c.method, "one", c.session, c.body)
		if found := foreign.FindString(text); found != "" || status == http.StatusOK && !strings.Contains(text, "gatehouse/code") {
			t.Errorf("%s: status %d, %q says %q", c.name, status, text, found)
		}
	}
}

// silent is an agent that has not said hello.
func (g *gate) silent() *wire {
	conn := g.dial(bridge.Introduction{Token: "one", Session: session()})
	return g.listen(conn)
}

// The SDK's own texts never come through, whatever they are about: what is not marked as ours is told anew.
func TestAnErrorOfTheSDKsIsToldAnew(t *testing.T) {
	for _, code := range []int{0, -32700, -32600, -32601, -32602, -32603, -32002, -32020, -32021, -32022, -32042, 12} {
		line := fmt.Sprintf(`{"jsonrpc":"2.0","id":"a","error":{"code":%d,"message":"unmarshaling into a *mcp.CallToolParamsRaw","data":{"supported":["2025-11-25"]}}}`, code)
		said := string(bridge.Reworded([]byte(line), "tools/call"))
		gateCode, message, _ := told(t, fmt.Sprint(code), said)
		if gateCode == "" || message == "" || !strings.Contains(said, `"supported":["2025-11-25"]`) || !strings.Contains(said, `"id":"a"`) {
			t.Errorf("%d: %s", code, said)
		}
		if again := string(bridge.Reworded([]byte(said), "")); again != said {
			t.Errorf("%d: what is ours is told anew: %s", code, again)
		}
	}
}
