//go:build trip

package trip_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/trip"
)

// The four tasks of docs/start.md, as a new user does them. The first is in TestTheGate.

// TestTaskTwoForGoodAndBack allows a folder for good, takes that back in the window without a question, and gives it
// back through one.
func TestTaskTwoForGoodAndBack(t *testing.T) {
	m, ctx := machine(t)
	must(t, m.Open(ctx))
	call := read(t, ctx, m)
	must(t, m.Asked(ctx, "Let skills work in letters?"))
	press(t, ctx, m, "button", "Allow")
	must(t, m.Asked(ctx, "Read letter.txt?"))
	press(t, ctx, m, "button", "Allow more*")
	press(t, ctx, m, "radio button", "Everything in this folder*")
	press(t, ctx, m, "radio button", "Always*")
	press(t, ctx, m, "button", "Allow this")
	ends(t, call, 0)
	ends(t, read(t, ctx, m), 0)

	open(t, ctx, m, "Decisions")
	must(t, m.Desk.Await(ctx, trip.Window, "read"))
	picture(t, ctx, m, "task-2-decision", trip.Window)
	click(t, ctx, m, "button", "Revoke: read*")
	must(t, m.Desk.Await(ctx, trip.Window, "Undo"))
	picture(t, ctx, m, "task-2-revoked", trip.Window)
	call = read(t, ctx, m)
	must(t, m.Asked(ctx, "Read letter.txt?"))
	press(t, ctx, m, "button", "Deny*")
	ends(t, call, 3)

	// What widens is asked, and a no leaves it as it was.
	click(t, ctx, m, "button", "Undo*")
	must(t, m.Asked(ctx, "Give a permission back to files?"))
	picture(t, ctx, m, "task-2-give-back", trip.Ask)
	press(t, ctx, m, "button", "Allow")
	must(t, m.Desk.Gone(ctx, trip.Ask, "button", "Allow"))
	ends(t, read(t, ctx, m), 0)
}

// TestTaskThreeChangeAndUndo lets a skill change a file, sees the lines, and has the window put it back.
func TestTaskThreeChangeAndUndo(t *testing.T) {
	m, ctx := machine(t)
	const before = "Dear Ada,\n\nthe engine is finished.\n\nYours, Charles\n"
	after := strings.Replace(before, "finished", "nearly finished", 1)
	must(t, m.Write("note.txt", before))
	must(t, m.Open(ctx))
	edit := func() *trip.Call {
		call, err := m.Start(ctx, "run", "files", "edit", "--input", `{"path":"note.txt","old":"is finished","new":"is nearly finished"}`)
		must(t, err)
		return call
	}
	call := edit()
	must(t, m.Asked(ctx, "Let skills work in letters?"))
	press(t, ctx, m, "button", "Allow")
	must(t, m.Asked(ctx, "Read note.txt?"))
	press(t, ctx, m, "button", "Allow once")
	must(t, m.Asked(ctx, "Change note.txt?"))
	must(t, m.Asked(ctx, "the engine is nearly finished."))
	picture(t, ctx, m, "task-3-difference", trip.Ask)
	holds(t, m, "note.txt", before) // until the answer
	press(t, ctx, m, "button", "Allow once")
	o, err := call.Wait()
	must(t, err)
	if o.Exit != 0 || !strings.Contains(o.Err, "gatehouse undo u-") {
		t.Fatalf("the call ended with %d and said %s%s; want 0, and how to undo it", o.Exit, o.Out, o.Err)
	}
	holds(t, m, "note.txt", after)

	open(t, ctx, m, "Activity")
	toUndo(t, ctx, m, "task-3-undo")
	holds(t, m, "note.txt", before)
}

// TestTaskFourAPage fetches an address: the question shows it before anything arrives, and Activity says what went.
func TestTaskFourAPage(t *testing.T) {
	arrived := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived <- r.RequestURI
		fmt.Fprintln(w, "what stands on the page")
	}))
	t.Cleanup(server.Close)
	m, ctx := machine(t)
	must(t, m.Open(ctx))
	fetch := func() *trip.Call {
		call, err := m.Start(ctx, "run", "fetch", "get", "--input", `{"url":"`+server.URL+`/engine?part=mill"}`)
		must(t, err)
		return call
	}
	call := fetch()
	must(t, m.Asked(ctx, "Let skills work in letters?"))
	press(t, ctx, m, "button", "Allow")
	must(t, m.Asked(ctx, "Fetch from 127.0.0.1?"))
	must(t, m.Asked(ctx, ":"+server.URL[strings.LastIndexByte(server.URL, ':')+1:]+"/engine?part=mill"))
	must(t, m.Asked(ctx, "This address is on this computer."))
	picture(t, ctx, m, "task-4-question", trip.Ask)
	if len(arrived) != 0 {
		t.Errorf("%s arrived before the answer", <-arrived)
	}
	press(t, ctx, m, "button", "Deny*")
	ends(t, call, 3)
	if len(arrived) != 0 {
		t.Errorf("%s arrived after a no", <-arrived)
	}
	call = fetch()
	must(t, m.Asked(ctx, "Fetch from 127.0.0.1?"))
	press(t, ctx, m, "button", "Allow once")
	if o, err := call.Wait(); err != nil || o.Exit != 0 || !strings.Contains(o.Out, "what stands on the page") {
		t.Fatalf("the call ended with %d and said %s%s, %v; want the page", o.Exit, o.Out, o.Err, err)
	}
	if got := <-arrived; got != "/engine?part=mill" {
		t.Errorf("%s arrived", got)
	}

	open(t, ctx, m, "Activity")
	click(t, ctx, m, "", "*get*")
	must(t, m.Desk.Await(ctx, trip.Window, "sent in 1 request"))
	picture(t, ctx, m, "task-4-activity", trip.Window)
}

// toUndo opens the newest call in Activity and presses Undo beside its change.
func toUndo(t *testing.T, ctx context.Context, m *trip.Trip, name string) {
	t.Helper()
	click(t, ctx, m, "", "*edit*")
	must(t, m.Desk.Await(ctx, trip.Window, "can be taken back until"))
	picture(t, ctx, m, name, trip.Window)
	click(t, ctx, m, "button", "Undo: *")
	must(t, m.Desk.Gone(ctx, trip.Window, "button", "Undo: *"))
}

func holds(t *testing.T, m *trip.Trip, name, want string) {
	t.Helper()
	if got, err := os.ReadFile(filepath.Join(m.Folder, name)); err != nil || string(got) != want {
		t.Errorf("%s holds %q, %v; want %q", name, got, err, want)
	}
}
