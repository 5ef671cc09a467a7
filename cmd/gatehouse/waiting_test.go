package main_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/audit"
)

// impatient returns a desk whose host thinks that every client gives up after a second.
func impatient(t *testing.T) *desk {
	t.Helper()
	return impatientAfter(t, time.Second)
}

// impatientAfter is for a test that does more than one thing while a call waits.
func impatientAfter(t *testing.T, patience time.Duration) *desk {
	t.Helper()
	t.Setenv("GATEHOUSE_TEST_PATIENCE", patience.String())
	return newDesk(t)
}

// welcome has the person let an agent into the workspace.
func (d *desk) welcome(a *agent) {
	d.t.Helper()
	o := d.allow(a.call("files_list", map[string]any{}))
	for o.meta("gatehouse/code") == "approval_pending" { // the worker's first start takes its time
		o = d.allow(a.call("gatehouse_resume", ticketOf(o)))
	}
	if o.err != nil || o.IsError {
		d.t.Fatalf("listing: %v %s", o.err, o.text())
	}
}

// ran returns how many calls of the tool the record has, and how they ended.
func (d *desk) ran(tool string) (begun int, outcomes []string) {
	d.t.Helper()
	for _, r := range d.recordOf(audit.KindCall) {
		if r.Tool == tool {
			begun++
		}
	}
	for _, r := range d.recordOf(audit.KindResult) {
		if r.Tool == tool {
			outcomes = append(outcomes, r.Outcome)
		}
	}
	return begun, outcomes
}

// onlyOne says that the file was read by one run that ended well.
func (d *desk) onlyOne() {
	d.t.Helper()
	if begun, outcomes := d.ran("read"); begun != 1 || len(outcomes) != 1 || outcomes[0] != "" {
		d.t.Errorf("the record has %d calls, which ended %q; want one that ended well", begun, outcomes)
	}
}

func TestClientOfRoundsComesBackWithItsState(t *testing.T) {
	d := impatient(t)
	var shown atomic.Int64
	asked := make(chan struct{}, 10)
	a := d.agent(agentOptions{revision: "2026-07-28", elicit: func(_ context.Context, r *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
		shown.Add(1)
		asked <- struct{}{}
		if !strings.Contains(r.Params.Message, "Answer in the Gatehouse window") {
			t.Errorf("the elicitation says %q", r.Params.Message)
		}
		return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"allow": "everything"}}, nil
	}})
	d.welcome(a)
	for len(asked) > 0 {
		<-asked
	}
	call := a.call("files_read", path("letter.txt"))
	<-asked // it accepts, and that allows nothing
	<-asked // so it comes back and waits again
	d.must("letter.txt", "quick")
	if o := await(t, call); o.err != nil || o.IsError || !strings.Contains(o.text(), letter) {
		t.Fatalf("the call: %v %s", o.err, o.text())
	}
	d.onlyOne()
}

func TestDecliningAtTheClientEndsTheCall(t *testing.T) {
	d := impatient(t)
	a := d.agent(agentOptions{revision: "2026-07-28", elicit: func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
		time.Sleep(2100 * time.Millisecond) // a person reads before they decline, and so is told from a program
		return &mcp.ElicitResult{Action: "decline"}, nil
	}})
	o := await(t, a.call("files_list", map[string]any{}))
	if o.err != nil || o.meta("gatehouse/code") != "cancelled" {
		t.Errorf("the call: %v %s", o.err, o.text())
	}
	if err := d.nothing(t.Context()); err != nil {
		t.Errorf("its question is still there: %v", err)
	}
}

// Clients that run without a person decline for them, and at once: GitHub's does. That is nobody's no.
func TestAProgramThatDeclinesByItselfLosesNothing(t *testing.T) {
	for _, action := range []string{"decline", "cancel"} {
		t.Run(action, func(t *testing.T) {
			d := impatient(t)
			var shown atomic.Int64
			a := d.agent(agentOptions{revision: "2026-07-28", elicit: func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
				shown.Add(1)
				return &mcp.ElicitResult{Action: action}, nil
			}})
			d.welcome(a)
			o := await(t, a.call("files_read", path("letter.txt")))
			if o.err != nil || o.meta("gatehouse/code") != "approval_pending" {
				t.Fatalf("the call: %v %s", o.err, o.text())
			}
			d.must("letter.txt", "quick")
			if o = await(t, a.call("gatehouse_resume", ticketOf(o))); o.err != nil || !strings.Contains(o.text(), letter) {
				t.Fatalf("resuming: %v %s", o.err, o.text())
			}
			if shown.Load() != 1 {
				t.Errorf("it was shown something %d times, want once: nobody sits there", shown.Load())
			}
			d.onlyOne()
		})
	}
}

func TestClientOfRoundsThatShowsNothingGetsATicketInTheEnd(t *testing.T) {
	d := impatient(t)
	a := d.agent(agentOptions{revision: "2026-07-28"})
	d.welcome(a)
	o := await(t, a.call("files_read", path("letter.txt")))
	if o.err != nil || o.meta("gatehouse/code") != "approval_pending" {
		t.Fatalf("the call: %v %s", o.err, o.text())
	}
	d.must("letter.txt", "quick")
	if o = a.collect(a.call("gatehouse_resume", ticketOf(o))); o.err != nil || !strings.Contains(o.text(), letter) {
		t.Fatalf("resuming: %v %s", o.err, o.text())
	}
	d.onlyOne()
}

func ticketOf(o outcome) map[string]any { return map[string]any{"ticket": o.meta("gatehouse/ticket")} }

func TestClientThatGivesUpEarlyGetsATicket(t *testing.T) {
	d := impatient(t)
	a := d.agent(agentOptions{revision: "2025-06-18"})
	other := d.agent(agentOptions{revision: "2025-06-18"})
	d.welcome(a)
	pending := await(t, a.call("files_read", path("letter.txt")))
	if pending.err != nil || !pending.IsError || pending.meta("gatehouse/code") != "approval_pending" {
		t.Fatalf("the call: %v %s", pending.err, pending.text())
	}
	if text := pending.text(); !strings.Contains(text, "call gatehouse_resume with") || !strings.Contains(text, pending.meta("gatehouse/ticket")) {
		t.Errorf("it says %q; want how to get the result", text)
	}
	for name, ticket := range map[string]map[string]any{
		"another's": ticketOf(pending), "a forged one": {"ticket": pending.meta("gatehouse/ticket")[:20]}, "an empty one": {"ticket": ""},
	} {
		if o := await(t, other.call("gatehouse_resume", ticket)); o.meta("gatehouse/code") != "not_found" {
			t.Errorf("%s ticket: %v %s", name, o.err, o.text())
		}
	}
	// A second try is no second call.
	if again := await(t, a.call("files_read", path("letter.txt"))); again.meta("gatehouse/ticket") != pending.meta("gatehouse/ticket") {
		t.Errorf("the same call again: %v %s; want the same ticket", again.err, again.text())
	}
	d.must("letter.txt", "quick")
	for range 2 { // for ten minutes
		if o := a.collect(a.call("gatehouse_resume", ticketOf(pending))); o.err != nil || o.IsError || !strings.Contains(o.text(), letter) {
			t.Fatalf("resuming: %v %s", o.err, o.text())
		}
	}
	d.onlyOne()
	// What was collected is over: the same call is a new one.
	next := a.call("files_read", path("letter.txt"))
	d.must("letter.txt", "quick")
	if o := a.collect(next); o.err != nil || o.IsError {
		t.Errorf("the next call: %v %s", o.err, o.text())
	}
	if begun, _ := d.ran("read"); begun != 2 {
		t.Errorf("%d calls ran; want two", begun)
	}
}

func TestCancellingReachesTheQuestion(t *testing.T) {
	d := impatient(t)
	a := d.agent(agentOptions{revision: "2025-11-25"})
	d.welcome(a)
	ctx, cancel := context.WithCancel(t.Context())
	call := a.callIn(ctx, "files_read", path("letter.txt"))
	d.look()
	cancel()
	if o := await(t, call); o.err == nil {
		t.Errorf("the call ended: %s", o.text())
	}
	if err := d.nothing(t.Context()); err != nil {
		t.Errorf("its question is still there: %v", err)
	}
	eventually(t, func() bool {
		begun, outcomes := d.ran("read")
		return begun == 1 && len(outcomes) == 1 && outcomes[0] == "cancelled"
	})
}

// eventually waits until right holds.
func eventually(t *testing.T, right func() bool) {
	t.Helper()
	for late := time.Now().Add(patience); !right(); {
		if time.Now().After(late) {
			t.Fatal("it did not come to that")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestClientThatVanishedLeavesItsQuestion(t *testing.T) {
	d := impatient(t)
	a := d.agent(agentOptions{revision: "2025-11-25"})
	d.welcome(a)
	a.call("files_read", path("letter.txt"))
	d.look()
	if err := a.pipe.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	d.must("letter.txt", "quick")
	eventually(t, func() bool { _, outcomes := d.ran("read"); return len(outcomes) == 1 })
	d.onlyOne()
}
