package permissions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gatehouse/permissions"
)

// sends is a subject without a workspace whose manifest has these lines.
func (h *house) sends(grants ...string) *permissions.Guard {
	s := subject()
	s.Workspace = ""
	return h.broker.Begin(s, permissions.Capabilities{Optional: lines(h.t, grants...)}, permissions.CallInfo{ID: "call-1", Tool: "get", Arguments: `{}`})
}

// request is the need of a request as a power makes it.
func request(t *testing.T, method, url string, change ...func(*permissions.Outgoing)) permissions.Need {
	t.Helper()
	target, err := permissions.ParseTarget(method, url)
	if err != nil {
		t.Fatal(err)
	}
	r := &permissions.Outgoing{Method: method, URL: target.String()}
	for _, c := range change {
		c(r)
	}
	return permissions.Need{Grant: target.Grant(), Object: permissions.Object{Identity: "request:" + url + r.Text, Request: r}}
}

func lastingChoices(p permissions.Prompt) (lasting []string) {
	for _, r := range p.Rungs {
		for _, c := range r.Lifetimes {
			if c.Lifetime == permissions.Always || c.Lifetime == permissions.UntilDate {
				lasting = append(lasting, r.Grant+" "+string(c.Lifetime))
			}
		}
	}
	return lasting
}

func TestARequestIsAllowedOnceByOnce(t *testing.T) {
	h := furnish(t)
	h.person.answer = quick
	g := h.sends("net:GET:https://a.example:443/**")
	for range 2 {
		wantCode(t, g.Check(context.Background(), request(t, "GET", "https://a.example/x")), "")
	}
	if n := len(h.person.prompts()); n != 2 {
		t.Errorf("%d questions for two requests; want each asked", n)
	}
}

func TestWhatIsNotWrittenYetIsNeverAllowedForGood(t *testing.T) {
	for _, unfinished := range []bool{false, true} {
		h := furnish(t)
		h.person.answer = quick
		need := request(t, "POST", "https://a.example/x", func(r *permissions.Outgoing) { r.Unfinished, r.Size, r.Most = unfinished, 65536, 1<<20 })
		wantCode(t, h.sends("net:POST:https://a.example:443/**").Check(context.Background(), need), "")
		p := h.person.prompts()[0]
		if lasting := lastingChoices(p); len(lasting) == 0 != unfinished {
			t.Errorf("unfinished %v: for good can be chosen %q", unfinished, lasting)
		}
		if warned := slices.ContainsFunc(p.Warnings, func(w string) bool { return strings.Contains(w, "not written all of it") }); warned != unfinished {
			t.Errorf("unfinished %v: the warnings are %q", unfinished, p.Warnings)
		}
	}
}

func TestOwnCredentialsNeedALineThatSaysSo(t *testing.T) {
	signed := request(t, "GET", "https://a.example/x")
	target, _ := permissions.ParseTarget("GET", "https://a.example/x")
	target.OwnCredentials = true
	signed.Grant = target.Grant()
	h := furnish(t)
	h.person.answer = quick
	wantCode(t, h.sends("net:GET:https://a.example:443/**").Check(context.Background(), signed), permissions.CodeUndeclared)
	wantCode(t, h.sends("net:any:GET").Check(context.Background(), signed), permissions.CodeUndeclared)
	wantCode(t, h.sends("net:GET:https://a.example:443/**#own-credentials").Check(context.Background(), signed), "")
	if p := h.person.prompts()[0]; !slices.Contains(p.Warnings, "It signs in with its own account: data can go to someone else.") {
		t.Errorf("the warnings are %q", p.Warnings)
	}
}

func TestNamesUnderAPatternAreBounded(t *testing.T) {
	h := furnish(t)
	h.person.answer = choose("net:GET:https://*.a.example:443/**", permissions.ThisCall)
	g := h.sends("net:GET:https://*.a.example:443/**")
	check := func(name string) error {
		return g.Check(context.Background(), request(t, "GET", "https://"+name+".a.example/"))
	}
	for i := range 8 {
		wantCode(t, check(fmt.Sprint("n", i)), "")
	}
	wantCode(t, check("n3"), "") // it was named before
	if n := len(h.person.prompts()); n != 1 {
		t.Fatalf("%d questions for 8 names; want one", n)
	}
	h.person.answer = deny
	wantCode(t, check("n8"), permissions.CodeDenied)
	p := h.person.prompts()[1]
	if !slices.ContainsFunc(p.Warnings, func(w string) bool { return strings.Contains(w, "already named 8 hosts") }) {
		t.Errorf("the warnings are %q", p.Warnings)
	}
	h.person.answer = quick
	wantCode(t, check("n9"), "")
	wantCode(t, check("n9"), "") // once is for one request
	if n := len(h.person.prompts()); n != 4 {
		t.Errorf("%d questions; want each further request asked", n)
	}
}

func TestANameThatIsAllowedWholeIsNotCounted(t *testing.T) {
	h := furnish(t)
	g := h.sends("net:any:GET")
	for i := range 12 {
		name := fmt.Sprintf("n%d.a.example", i)
		h.person.answer = choose("net:GET:https://"+name+":443/**", permissions.ThisCall)
		wantCode(t, g.Check(context.Background(), request(t, "GET", "https://"+name+"/x")), "")
		wantCode(t, g.Check(context.Background(), request(t, "GET", "https://"+name+"/y")), "")
	}
	if n := len(h.person.prompts()); n != 12 {
		t.Errorf("%d questions; want one for each host", n)
	}
}

func TestARedirectSaysThatItIsOne(t *testing.T) {
	h := furnish(t)
	h.person.answer = quick
	need := request(t, "GET", "https://b.example/", func(r *permissions.Outgoing) { r.From = "https://a.example/" })
	wantCode(t, h.sends("net:any:GET").Check(context.Background(), need), "")
	if p := h.person.prompts()[0]; !slices.ContainsFunc(p.Warnings, func(w string) bool { return strings.Contains(w, "leads here") }) {
		t.Errorf("the warnings are %q", p.Warnings)
	}
}

func TestWhatWasReadStandsBesideARequest(t *testing.T) {
	h := furnish(t)
	h.person.answer = quick
	c := permissions.Capabilities{Optional: lines(t, "fs:read:${workspace}/**", "net:any:POST")}
	g := h.beginAs(subject(), c)
	wantCode(t, g.Check(context.Background(), h.need(payroll)), "")
	wantCode(t, g.Check(context.Background(), request(t, "POST", "https://a.example/")), "")
	prompts := h.person.prompts()
	if p := prompts[len(prompts)-1]; !slices.Contains(p.Warnings, "This skill, working for claude-code in “acme”, has read 1 private file in the last 24 hours.") {
		t.Errorf("the warnings are %q", p.Warnings)
	}
}

func TestAParkedRequestKeepsNoContents(t *testing.T) {
	kept := permissions.Inbox{}
	h := furnish(t, func(o *permissions.Options) {
		o.KeepInbox = func(in permissions.Inbox) error {
			text, err := json.Marshal(in) // as a host keeps it
			if err != nil {
				return err
			}
			kept = permissions.Inbox{}
			return json.Unmarshal(text, &kept)
		}
		o.Prompter = nil
	})
	need := request(t, "POST", "https://a.example/x?q=hunter2", func(r *permissions.Outgoing) { r.Text = "hunter2" })
	need.Object.Identity = "request:digest"
	wantCode(t, h.sends("net:any:POST").Check(context.Background(), need), permissions.CodeUnavailable)
	if len(kept.Parked) != 1 || strings.Contains(fmt.Sprintf("%+v", kept.Parked[0].Prompt), "hunter2") || kept.Parked[0].Object.Request != nil {
		t.Errorf("what is kept is %+v", kept.Parked)
	}
	again := furnish(t, func(o *permissions.Options) { o.Inbox = kept })
	again.person.answer = deny
	again.person.shown = make(chan permissions.Prompt, 1)
	if err := again.broker.Open(kept.Parked[0].ID); err != nil {
		t.Fatal(err)
	}
	p := <-again.person.shown
	again.broker.Close()
	if !slices.ContainsFunc(p.Warnings, func(w string) bool { return strings.Contains(w, "What it would send is no longer known here") }) {
		t.Errorf("the warnings are %q", p.Warnings)
	}
}
