package bridge_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/audit"
	"gatehouse/bridge"
	"gatehouse/host"
	"gatehouse/permissions"
	"gatehouse/skill"
)

// twelve are the names of Wassette's tools, as its documentation lists them.
var twelve = []string{
	"get-policy", "grant-environment-variable-permission", "grant-network-permission", "grant-storage-permission",
	"list-components", "load-component", "reset-permission", "revoke-environment-variable-permission",
	"revoke-network-permission", "revoke-storage-permission", "search-components", "unload-component",
}

// town is a bridge over a real host and broker, with a person who answers all questions alike.
type town struct {
	*gate
	on     atomic.Bool
	folder string
	store  *permissions.Map

	mu     sync.Mutex
	answer func(permissions.Prompt) permissions.Answer
	asked  []permissions.Prompt
	added  []string
	record []permissions.Event
}

func (v *town) Ask(_ context.Context, p permissions.Prompt, _ func() int) (permissions.Answer, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.asked = append(v.asked, p)
	a := v.answer(p)
	a.Nonce, a.Shown = p.Nonce, p.Hash()
	return a, nil
}

func (v *town) Record(_ context.Context, e permissions.Event) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.record = append(v.record, e)
	return nil
}

func yes(p permissions.Prompt) permissions.Answer {
	return permissions.Answer{Verdict: permissions.Allow, Rung: p.Quick.Rung, Lifetime: p.Quick.Lifetime}
}

func no(permissions.Prompt) permissions.Answer {
	return permissions.Answer{Verdict: permissions.Deny, Lifetime: permissions.Once}
}

// questions returns what was asked since it was called last.
func (v *town) questions() []permissions.Prompt {
	v.mu.Lock()
	defer v.mu.Unlock()
	asked := v.asked
	v.asked = nil
	return asked
}

func (v *town) says(answer func(permissions.Prompt) permissions.Answer) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.answer = answer
}

// Load and Names make the shelf a host's library.
func (s *shelf) Load(name string) (*skill.Package, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.skills, func(p *skill.Package) bool { return p.Manifest.Name == name })
	if i < 0 {
		return nil, skill.ErrNotFound
	}
	return s.skills[i], nil
}

func (s *shelf) Names() (names []string, err error) { return nil, nil }

func (s *shelf) Shown(string) (bool, *skill.Words, error) { return false, nil, nil }
func (s *shelf) TurnOn(seen *skill.Package) error         { s.put(seen); return nil }
func (s *shelf) TurnOff(string) error                     { return nil }

// wishing is a skill that may ask for something of each kind.
func wishing(t *testing.T, name string) *skill.Package {
	pkg := named(name, "work")
	pkg.Digest, pkg.Manifest.Version = "sha256:aa", "1.2.0"
	for _, text := range []string{"fs:read:${workspace}/**", "fs:write:${workspace}/out/**", "fs:read:/home/u/.ssh/**", "net:GET:https://*.example.com:443/**", "env:LANG"} {
		g, err := permissions.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		pkg.Manifest.Optional = append(pkg.Manifest.Optional, skill.Wish{Grant: g, Why: "it must"})
	}
	return pkg
}

func newTown(t *testing.T) *town {
	t.Helper()
	v := &town{gate: &gate{t: t, shelf: &shelf{}, changes: host.NewChanges(), clients: twoClients()}, answer: yes, store: permissions.NewMap()}
	v.on.Store(true)
	v.shelf.put(wishing(t, "files"), wishing(t, "weather"))
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	v.folder = folder
	for token, name := range map[string]string{"one": "One", "two": "Two"} {
		v.clients.Store(token, bridge.Client{Name: name, Workspace: folder})
	}
	v.clients.Store("bare", bridge.Client{Name: "Bare", Workspace: folder, Profile: "bare"})
	broker := permissions.NewBroker(permissions.Options{
		Store: v.store, Prompter: v, Recorder: v, Never: permissions.Never{Home: "/home/u", Own: []string{"/opt/gatehouse"}}, Kept: v.kept,
	})
	h := host.New(host.Options{Library: v.shelf, Broker: broker, Audit: &audit.Log{}, Changes: v.changes, Home: "/home/u"})
	parking := host.NewParking(h.Call)
	v.Server = bridge.NewServer(bridge.Options{
		Parking: parking, Library: v.shelf, Changes: v.changes, Clients: v.clients, Results: bridge.NewResults(t.TempDir()), Version: "test",
		Wassette: v.on.Load,
		Shelf:    &host.Shelf{Skills: v.shelf, Broker: broker, Audit: &audit.Log{}, Changes: v.changes, Add: v.add},
	})
	t.Cleanup(func() {
		v.Close()
		parking.Wait()
		broker.Close()
	})
	return v
}

// kept returns every decision for both clients and both skills.
func (v *town) kept() (all []permissions.Decision, err error) {
	for _, client := range []string{"One", "Two"} {
		for _, name := range []string{"files", "weather"} {
			pkg, err := v.shelf.Load(name)
			if err != nil {
				continue
			}
			s := permissions.Subject{Skill: name, Signer: pkg.Signer(), Digest: string(pkg.Digest), Capabilities: string(pkg.Manifest.CapabilitiesHash()), Client: client, Workspace: v.folder}
			found, err := v.store.Find(s.Key())
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
	}
	return all, nil
}

func (v *town) add(path string) (*skill.Package, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.added = append(v.added, path)
	switch filepath.Base(path) {
	case "fresh":
		fresh := named("fresh", "work")
		v.shelf.put(fresh)
		return fresh, nil
	case "component.wasm":
		return nil, skill.ErrUnsupported
	}
	_, err := os.Stat(path)
	return nil, fmt.Errorf("no skill: %w", errors.Join(err, errors.ErrUnsupported))
}

// visit calls one of the tools, and returns its answer, the code of an error and its text.
func (v *town) visit(s *mcp.ClientSession, tool, arguments string) (answer map[string]any, code, text string) {
	v.t.Helper()
	r, err := s.CallTool(v.t.Context(), &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(arguments)})
	if err != nil {
		v.t.Fatalf("%s %s: %v", tool, arguments, err)
	}
	text = textOf(r)
	if r.IsError {
		code, _ = r.Meta["gatehouse/code"].(string)
		return nil, code, text
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		v.t.Fatalf("%s says %s", tool, text)
	}
	return answer, "", text
}

func TestWassettesToolsAreOffUntilTheyAreOn(t *testing.T) {
	v := newTown(t)
	v.on.Store(false)
	told := make(chan struct{}, 10)
	s := v.client("one", "2025-11-25", &mcp.ClientOptions{ToolListChangedHandler: func(context.Context, *mcp.ToolListChangedRequest) { told <- struct{}{} }})
	before := toolNames(t, s)
	for _, name := range twelve {
		if strings.Contains(before, name) {
			t.Errorf("%s is offered", name)
		}
		if _, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: name, Arguments: map[string]any{}}); err == nil {
			t.Errorf("%s can be called", name)
		}
	}
	v.on.Store(true)
	v.Refresh()
	<-told
	list, err := s.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tool := range list.Tools {
		if strings.Contains(tool.Name, "_") { // every other tool has one, and none of the twelve: they cannot meet
			continue
		}
		names = append(names, tool.Name)
		if schema := tool.InputSchema.(map[string]any); schema["type"] != "object" || tool.OutputSchema != nil {
			t.Errorf("%s has the schemas %v and %v", tool.Name, schema, tool.OutputSchema)
		}
	}
	if !slices.Equal(names, twelve) {
		t.Errorf("now there are %q; want %q", names, twelve)
	}
	v.on.Store(false)
	v.Refresh()
	<-told
	if after := toolNames(t, s); after != before {
		t.Errorf("in the end there are %s; want %s", after, before)
	}
	if gone := v.client("nobody's", "2025-11-25", nil); strings.Contains(toolNames(t, gone), "-component") {
		t.Error("they are offered to a token that is nobody's")
	}
}

func TestGrantsAreQuestions(t *testing.T) {
	for _, c := range []struct {
		name, tool, arguments, kind, lines string
	}{
		{"a folder", "grant-storage-permission", `{"component_id":"files","details":{"uri":"fs://FOLDER/docs","access":["read"]}}`, "storage", "fs:read:${workspace}/docs/**"},
		{"a folder to write to", "grant-storage-permission", `{"component_id":"files","details":{"uri":"fs://out","access":["read","write"]}}`, "storage", "fs:read:${workspace}/out/** fs:write:${workspace}/out/**"},
		{"a pattern", "grant-storage-permission", `{"component_id":"files","details":{"uri":"file://FOLDER/docs/**","access":["read"]}}`, "storage", "fs:read:${workspace}/docs/**"},
		{"a host", "grant-network-permission", `{"component_id":"files","details":{"host":"api.example.com"}}`, "network", "net:GET:https://api.example.com:443/**"},
		{"a variable", "grant-environment-variable-permission", `{"component_id":"files","details":{"key":"LANG"}}`, "environment variable", "env:LANG"},
	} {
		for _, revision := range []string{"2024-11-05", "2026-07-28"} {
			v := newTown(t)
			s := v.client("one", revision, nil)
			arguments := strings.ReplaceAll(c.arguments, "FOLDER", v.folder)
			v.says(func(p permissions.Prompt) permissions.Answer {
				if p.NewWorkspace {
					return yes(p)
				}
				return no(p)
			})
			if _, code, text := v.visit(s, c.tool, arguments); code != "denied" || !strings.HasSuffix(text, "was not permitted. The person can decide in Gatehouse.") {
				t.Errorf("%s, after a no: %s %s", c.name, code, text)
			}
			if asked := v.questions(); len(asked) != 2 || !asked[0].NewWorkspace {
				t.Errorf("%s: %d questions; want the workspace, and the grant", c.name, len(asked))
			}
			v.says(yes)
			answer, code, text := v.visit(s, c.tool, arguments)
			var details map[string]any
			var sent struct{ Details map[string]any }
			if err := json.Unmarshal([]byte(arguments), &sent); err != nil {
				t.Fatal(err)
			}
			details, _ = answer["details"].(map[string]any)
			was, _ := json.Marshal(sent.Details)
			is, _ := json.Marshal(details)
			if code != "" || answer["status"] != "permission granted successfully" || answer["component_id"] != "files" ||
				answer["permission_type"] != c.kind || string(was) != string(is) || len(answer) != 4 {
				t.Errorf("%s, after a yes: %s %s", c.name, code, text)
			}
			asked := v.questions()
			var lines []string
			for _, l := range asked[0].Lines {
				lines = append(lines, l.Grant)
			}
			if len(asked) != 1 || strings.Join(lines, " ") != c.lines || asked[0].Subject.Client != "One" || asked[0].Tool != "wassette:"+c.tool {
				t.Errorf("%s: it asks for %q for %s by %s; want %q", c.name, lines, asked[0].Subject.Client, asked[0].Tool, c.lines)
			}
			if _, code, _ := v.visit(s, c.tool, arguments); code != "" || len(v.questions()) != 0 {
				t.Errorf("%s, again: %s, and it was asked again", c.name, code)
			}
			// The other client was given nothing, and its person is asked.
			v.says(no)
			if _, code, _ := v.visit(v.client("two", revision, nil), c.tool, arguments); code != "denied" || len(v.questions()) == 0 {
				t.Errorf("%s, for another client: %s", c.name, code)
			}
		}
	}
}

// TestWhatIsWrongIsSaidAndAsksNobody is bad input, and attacks that end before a question.
func TestWhatIsWrongIsSaidAndAsksNobody(t *testing.T) {
	v := newTown(t)
	one, bare := v.client("one", "2025-11-25", nil), v.client("bare", "2025-11-25", nil)
	const storage, network, variable = "grant-storage-permission", "grant-network-permission", "grant-environment-variable-permission"
	for _, c := range []struct {
		name            string
		s               *mcp.ClientSession
		tool, arguments string
		code            string
	}{
		{"no arguments", one, storage, `{}`, "invalid_input"},
		{"null", one, storage, `null`, "invalid_input"},
		{"no details", one, storage, `{"component_id":"files"}`, "invalid_input"},
		{"details that are no object", one, storage, `{"component_id":"files","details":[]}`, "invalid_input"},
		{"another member", one, storage, `{"component_id":"files","details":{"uri":"fs://a","access":["read"],"lifetime":"always"}}`, "invalid_input"},
		{"a member in capitals", one, network, `{"component_id":"files","details":{"HOST":"a.example.com"}}`, "invalid_input"},
		{"no access", one, storage, `{"component_id":"files","details":{"uri":"fs://a","access":[]}}`, "invalid_input"},
		{"another right", one, storage, `{"component_id":"files","details":{"uri":"fs://a","access":["pick"]}}`, "invalid_input"},
		{"a right twice", one, storage, `{"component_id":"files","details":{"uri":"fs://a","access":["read","read"]}}`, "invalid_input"},
		{"another scheme", one, storage, `{"component_id":"files","details":{"uri":"https://a","access":["read"]}}`, "invalid_input"},
		{"no place", one, storage, `{"component_id":"files","details":{"uri":"fs://","access":["read"]}}`, "invalid_input"},
		{"a way up", one, storage, `{"component_id":"files","details":{"uri":"fs://../other","access":["read"]}}`, "invalid_input"},
		{"invisible characters", one, storage, `{"component_id":"files","details":{"uri":"fs://do\u200bcs","access":["read"]}}`, "invalid_input"},
		{"text that turns around", one, storage, `{"component_id":"files","details":{"uri":"fs://a\u202etxt.exe","access":["read"]}}`, "invalid_input"},
		{"a huge place", one, storage, `{"component_id":"files","details":{"uri":"fs://` + strings.Repeat("x", 5000) + `","access":["read"]}}`, "invalid_input"},
		{"a pattern of hosts", one, network, `{"component_id":"files","details":{"host":"*.example.com"}}`, "invalid_input"},
		{"no host", one, network, `{"component_id":"files","details":{"host":""}}`, "invalid_input"},
		{"a number for a host", one, network, `{"component_id":"files","details":{"host":7}}`, "invalid_input"},
		{"a page before the first", one, "search-components", `{"offset":-1}`, "invalid_input"},
		{"a page of a million", one, "search-components", `{"limit":1000000}`, "invalid_input"},
		{"a page and a half", one, "search-components", `{"limit":1.5}`, "invalid_input"},
		{"no skill", one, "get-policy", `{}`, "invalid_input"},

		{"a path outside the manifest", one, storage, `{"component_id":"files","details":{"uri":"fs:///etc","access":["read"]}}`, "undeclared"},
		{"more than the manifest has", one, storage, `{"component_id":"files","details":{"uri":"fs://docs","access":["read","write"]}}`, "undeclared"},
		{"credentials", one, storage, `{"component_id":"files","details":{"uri":"fs:///home/u/.ssh","access":["read"]}}`, "denied"},
		{"Gatehouse's own files", one, storage, `{"component_id":"files","details":{"uri":"fs:///opt/gatehouse","access":["write"]}}`, "denied"},
		{"the home folder", one, storage, `{"component_id":"files","details":{"uri":"fs:///home/u","access":["read"]}}`, "denied"},
		{"another host", one, network, `{"component_id":"files","details":{"host":"example.org"}}`, "undeclared"},
		{"one that only looks alike", one, network, `{"component_id":"files","details":{"host":"api.examp\u04cfe.com"}}`, "undeclared"},
		{"a cloud's metadata", one, network, `{"component_id":"files","details":{"host":"169.254.169.254"}}`, "denied"},
		{"another variable", one, variable, `{"component_id":"files","details":{"key":"API_KEY"}}`, "undeclared"},

		{"a skill that is not there", one, variable, `{"component_id":"nothing","details":{"key":"LANG"}}`, "not_found"},
		{"a name that looks like one", one, variable, `{"component_id":"fi\u04cfes","details":{"key":"LANG"}}`, "not_found"},
		{"a name in capitals", one, variable, `{"component_id":"FILES","details":{"key":"LANG"}}`, "not_found"},
		{"a name with something unseen", one, variable, `{"component_id":"files\u200b","details":{"key":"LANG"}}`, "not_found"},
		{"a skill that its profile leaves out", bare, variable, `{"component_id":"files","details":{"key":"LANG"}}`, "not_found"},
		{"its policy", bare, "get-policy", `{"component_id":"files"}`, "not_found"},
		{"taking it back", bare, "reset-permission", `{"component_id":"files"}`, "not_found"},

		{"a component of a registry", one, "load-component", `{"path":"oci://ghcr.io/microsoft/time-server-js:latest"}`, "unsupported"},
		{"a component of a page", one, "load-component", `{"path":"https://example.com/a.wasm"}`, "unsupported"},
		{"a package", one, "load-component", `{"package":"ghcr.io/microsoft/time-server-js","version":"1"}`, "unsupported"},
		{"both", one, "load-component", `{"path":"/a","package":"b"}`, "invalid_input"},
		{"neither", one, "load-component", `{}`, "invalid_input"},
		{"no full path", one, "load-component", `{"path":"a.wasm"}`, "invalid_input"},
		{"a way up from there", one, "load-component", `{"path":"/tmp/../etc/shadow"}`, "invalid_input"},
		{"a path with something unseen", one, "load-component", `{"path":"/tmp/a\u200b"}`, "invalid_input"},
		{"a key", one, "load-component", `{"path":"/home/u/.ssh/id_ed25519"}`, "denied"},
		{"what only root may read", one, "load-component", `{"path":"file:///etc/shadow"}`, "denied"},
		{"the system's own", one, "load-component", `{"path":"/proc/self/mem"}`, "denied"},
		{"hiding a skill", one, "unload-component", `{"id":"files"}`, "unsupported"},
		{"hiding nothing", one, "unload-component", `{"id":"nothing"}`, "not_found"},
	} {
		_, code, text := v.visit(c.s, c.tool, c.arguments)
		if code != c.code || len(text) > 2000 || strings.ContainsFunc(text, permissions.Hidden) {
			t.Errorf("%s: %s, %q; want %s", c.name, code, text, c.code)
		}
		if asked := v.questions(); len(asked) != 0 {
			t.Errorf("%s: it asks %s %s?", c.name, asked[0].Verb, asked[0].Name)
		}
	}
	if len(v.added) != 0 {
		t.Errorf("it looked at %q", v.added)
	}
}

// TestLoadingLooksAtNothingBeforeAYes proposes what is there, what is not, and what must not be read: before a yes all are
// the same, and after it nobody learns more than whether it is a skill.
func TestLoadingLooksAtNothingBeforeAYes(t *testing.T) {
	v := newTown(t)
	s := v.client("one", "2025-11-25", nil)
	v.says(no)
	paths := []string{"/etc/passwd", filepath.Join(v.folder, "nothing"), filepath.Join(v.folder, "fresh")}
	texts := map[string]bool{}
	for _, path := range paths {
		_, code, text := v.visit(s, "load-component", `{"path":"`+path+`"}`)
		if texts[text] = true; code != "denied" {
			t.Errorf("%s: %s %s", path, code, text)
		}
		if asked := v.questions(); len(asked) != 1 || asked[0].Verb != "Install a skill from" || asked[0].Name != path || !strings.Contains(asked[0].Warnings[0], "An agent proposes this") {
			t.Errorf("%s: it asks %+v", path, asked)
		}
	}
	if len(texts) != 1 || len(v.added) != 0 {
		t.Errorf("a no tells them apart: %v, or it looked at %q", texts, v.added)
	}
	// Three were dismissed, so nobody is asked any more.
	v.says(yes)
	if _, code, _ := v.visit(s, "load-component", `{"path":"/fresh"}`); code != "denied" || len(v.questions()) != 0 {
		t.Errorf("after three dismissals: %s", code)
	}

	s = v.client("two", "2025-11-25", nil)
	texts = map[string]bool{}
	for _, path := range []string{"/etc/passwd", "/etc", filepath.Join(v.folder, "nothing"), "/nowhere/at/all"} {
		_, code, text := v.visit(s, "load-component", `{"path":"`+path+`"}`)
		if texts[text] = true; code != "invalid_skill" {
			t.Errorf("%s, after a yes: %s %s", path, code, text)
		}
	}
	if len(texts) != 1 {
		t.Errorf("after a yes it tells files from others: %v", texts)
	}
	if _, code, text := v.visit(s, "load-component", `{"path":"file:///a/component.wasm"}`); code != "unsupported" || !strings.Contains(text, "gatehouse skill add") {
		t.Errorf("a component: %s %s", code, text)
	}
	v.questions()
	answer, code, text := v.visit(s, "load-component", `{"path":"/a/fresh"}`)
	if code != "" || answer["status"] != "component loaded successfully" || answer["id"] != "fresh" || text != `{"id":"fresh","status":"component loaded successfully","tools":["fresh_work"]}` {
		t.Errorf("a skill: %s %s", code, text)
	}
	if asked := v.questions(); len(asked) != 2 || asked[1].Verb != "Let agents use" {
		t.Errorf("it asks %+v; want to install, and then to let agents use it", asked)
	}
}

// TestTakingBackNarrowsOneClient revokes and resets: other clients keep what they have, and a no stays.
func TestTakingBackNarrowsOneClient(t *testing.T) {
	v := newTown(t)
	one, two := v.client("one", "2025-11-25", nil), v.client("two", "2026-07-28", nil)
	grants := func(s *mcp.ClientSession) {
		for _, call := range [][2]string{
			{"grant-storage-permission", `{"component_id":"files","details":{"uri":"fs://docs","access":["read"]}}`},
			{"grant-network-permission", `{"component_id":"files","details":{"host":"api.example.com"}}`},
			{"grant-environment-variable-permission", `{"component_id":"files","details":{"key":"LANG"}}`},
		} {
			if _, code, text := v.visit(s, call[0], call[1]); code != "" {
				t.Fatal(call, text)
			}
		}
	}
	held := func() string {
		all, err := v.kept()
		if err != nil {
			t.Fatal(err)
		}
		var held []string
		for _, d := range all {
			held = append(held, d.Key.Client+" "+string(d.Verdict)+" "+d.Grants[0].String())
		}
		slices.Sort(held)
		return strings.Join(held, "\n")
	}
	grants(two)
	others := held()
	grants(one)
	v.says(func(permissions.Prompt) permissions.Answer {
		return permissions.Answer{Verdict: permissions.Deny, Lifetime: permissions.Always}
	})
	if _, code, _ := v.visit(one, "grant-storage-permission", `{"component_id":"files","details":{"uri":"fs://secret","access":["read"]}}`); code != "denied" {
		t.Fatal(code)
	}
	denied := "One deny fs:read:${workspace}/secret/**\n" + others
	v.questions()
	for _, c := range []struct{ tool, arguments, want string }{
		{"revoke-storage-permission", `{"component_id":"files","details":{"uri":"fs://docs"}}`,
			`{"status":"permission revoked successfully","component_id":"files","uri":"fs://docs","message":"Nothing that was allowed there is left."}`},
		{"revoke-storage-permission", `{"component_id":"files","details":{"uri":"fs://secret"}}`,
			`{"status":"permission revoked successfully","component_id":"files","uri":"fs://secret","message":"Nothing that was allowed there is left."}`},
		{"revoke-network-permission", `{"component_id":"files","details":{"host":"api.example.com"}}`,
			`{"status":"permission revoked","component_id":"files","permission_type":"network","details":{"host":"api.example.com"}}`},
		{"revoke-environment-variable-permission", `{"component_id":"files","details":{"key":"LANG"}}`,
			`{"status":"permission revoked","component_id":"files","permission_type":"environment variable","details":{"key":"LANG"}}`},
	} {
		if _, code, text := v.visit(one, c.tool, c.arguments); code != "" || text != c.want {
			t.Errorf("%s: %s %s; want %s", c.tool, code, text, c.want)
		}
	}
	if got := held(); got != denied {
		t.Errorf("what is left:\n%s\nwant\n%s", got, denied)
	}
	v.says(yes)
	grants(one)
	if _, code, text := v.visit(one, "reset-permission", `{"component_id":"files"}`); code != "" || text != `{"component_id":"files","status":"permissions reset successfully"}` {
		t.Errorf("resetting: %s %s", code, text)
	}
	if got := held(); got != denied {
		t.Errorf("after a reset:\n%s\nwant\n%s", got, denied)
	}
}

func TestWhatThereIsToSee(t *testing.T) {
	v := newTown(t)
	s, bare := v.client("one", "2025-11-25", nil), v.client("bare", "2025-11-25", nil)
	if _, code, text := v.visit(s, "grant-environment-variable-permission", `{"component_id":"files","details":{"key":"LANG"}}`); code != "" {
		t.Fatal(text)
	}
	v.questions()
	answer, _, _ := v.visit(s, "list-components", `{}`)
	components := answer["components"].([]any)
	first := components[0].(map[string]any)
	if answer["total"] != 2.0 || first["id"] != "files" || first["tools_count"] != 1.0 ||
		first["schema"].(map[string]any)["tools"].([]any)[0].(map[string]any)["name"] != "files_work" {
		t.Errorf("it lists %v", answer)
	}
	if answer, _, _ := v.visit(bare, "list-components", `{}`); answer["total"] != 0.0 {
		t.Errorf("a profile leaves %v in", answer)
	}
	for _, c := range []struct{ arguments, want string }{
		{`{"query":"weather"}`, `"components":[{"package_id":"weather","description":"The skill weather says: does things","advertised_kind":"skill","wit_identity":null,"tags":["1.2.0"]}],"count":1,"discovery_only":true,"limit":20,"may_have_more":false,"next_offset":null,"offset":0,"source":"gatehouse","status":"success","upstream_count":1`},
		{`{"limit":1}`, `"count":1,"discovery_only":true,"limit":1,"may_have_more":true,"next_offset":1,`},
		{`{"limit":1,"offset":1}`, `"package_id":"weather"`},
		{`{"offset":2000000000}`, `"components":[],"count":0`},
		{`{"query":"nothing such"}`, `"components":[],"count":0`},
	} {
		if _, code, text := v.visit(s, "search-components", c.arguments); code != "" || !strings.Contains(text, c.want) {
			t.Errorf("searching %s: %s %s", c.arguments, code, text)
		}
	}
	// The policy is the manifest's, whatever was decided, and says nothing of this computer.
	_, _, mine := v.visit(s, "get-policy", `{"component_id":"files"}`)
	_, _, theirs := v.visit(v.client("two", "2025-11-25", nil), "get-policy", `{"component_id":"files"}`)
	if mine != theirs || !strings.Contains(mine, `"may_ask_for":["fs:read:${workspace}/**"`) || strings.Contains(mine, v.folder) || !strings.Contains(mine, `"status":"policy found"`) {
		t.Errorf("the policy is %s, and for another client %s", mine, theirs)
	}
	if asked := v.questions(); len(asked) != 0 {
		t.Errorf("looking asks %+v", asked)
	}

	many := make([]*skill.Package, 0, 300)
	for i := range 300 {
		many = append(many, named("skill-"+strings.Repeat("x", i%50)+string(rune('a'+i/50)), "a", "b"))
		many[i].Manifest.Tools[0].Description = strings.Repeat("words ", 200)
	}
	v.shelf.put(many...)
	v.Relist()
	_, _, text := v.visit(s, "list-components", `{}`)
	if !strings.Contains(text, `"total":300`) || !strings.Contains(text, `"schema":null`) {
		t.Errorf("what is long is listed as %.200s", text)
	}
}

// TestASkillsToolIsNotTakenForOneOfThese has a skill call its tool as one of the twelve is called: a call of the one is not
// a second try of the other.
func TestASkillsToolIsNotTakenForOneOfThese(t *testing.T) {
	block := make(chan struct{})
	parking := host.NewParking(func(context.Context, host.Call) (host.Result, error) { <-block; return host.Result{}, nil })
	defer parking.Wait()
	defer close(block)
	own := host.Call{Skill: "files", Tool: "t", Own: func(context.Context, *host.Desk) (json.RawMessage, error) { return nil, nil }}
	parked, err := parking.Begin("one", "c", own)
	if err != nil {
		t.Fatal(err)
	}
	parked.HandOut()
	its := own
	its.Own = nil
	if _, same := parking.Again("one", "c", its); same {
		t.Error("the skill's call is taken for ours")
	}
	if _, same := parking.Again("one", "c", own); !same {
		t.Error("ours is not found again")
	}
}
