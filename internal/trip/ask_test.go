//go:build trip

package trip_test

import (
	"strings"
	"testing"

	"gatehouse/internal/trip"
)

// TestAQuestionTakesNoFocus has a question come while the person types elsewhere: the window that had the keyboard keeps
// it, the system is told in our words, and only a click on that brings ask to the front.
func TestAQuestionTakesNoFocus(t *testing.T) {
	m, ctx := machine(t)
	area, err := m.Desk.Notices(ctx)
	must(t, err)
	t.Cleanup(area.Close)
	must(t, m.Open(ctx))
	open(t, ctx, m, "Inbox")
	must(t, m.Desk.Activate(ctx, trip.Window))

	call := read(t, ctx, m)
	must(t, m.Asked(ctx, "Let skills work in letters?"))
	notice, err := area.Next(ctx)
	must(t, err)
	if want := "Let skills work in “letters”?\nThe skill “files” asks, for “terminal”."; notice.Title != "Gatehouse asks" || notice.Body != want {
		t.Errorf("the system was told %+v, want %q", notice, want)
	}
	if active := m.Desk.Active(ctx); active != trip.Window {
		t.Errorf("%q has the keyboard, want the window that had it", active)
	}
	// Keys that were meant for the other window answer nothing.
	must(t, m.Desk.Keys(ctx, "Escape", "Return", "space"))
	must(t, m.Asked(ctx, "Let skills work in letters?"))
	picture(t, ctx, m, "no-focus", "")

	// A question that is gone takes its notification with it.
	click(t, ctx, m, "button", "Deny*")
	ends(t, call, 3)
	if id, err := area.Closed(ctx); err != nil || id != notice.ID {
		t.Errorf("taken back was notification %d, %v; want %d", id, err, notice.ID)
	}

	call = read(t, ctx, m)
	notice, err = area.Next(ctx)
	must(t, err)
	must(t, m.Asked(ctx, "Let skills work in letters?"))
	must(t, area.Click(notice))
	for !strings.HasSuffix(m.Desk.Active(ctx), "Gatehouse asks") {
		if ctx.Err() != nil {
			t.Fatalf("after a click on the notification %q has the keyboard", m.Desk.Active(ctx))
		}
	}
	press(t, ctx, m, "button", "Allow")
	must(t, m.Asked(ctx, "Read letter.txt?"))
	press(t, ctx, m, "button", "Deny*")
	ends(t, call, 3)
}

// TestAnotherFileIsPicked answers a question with a file from the system's dialog: the skill reads that one under the
// name that it opened, and the next call is asked again.
func TestAnotherFileIsPicked(t *testing.T) {
	m, ctx := machine(t)
	must(t, m.Write("letter.txt", "not this one\n"))
	must(t, m.Write("elsewhere/other.txt", secret+"\n"))
	must(t, m.Open(ctx))
	call := read(t, ctx, m)
	must(t, m.Asked(ctx, "Let skills work in letters?"))
	press(t, ctx, m, "button", "Allow")
	must(t, m.Asked(ctx, "Read letter.txt?"))
	press(t, ctx, m, "button", "Details")
	press(t, ctx, m, "button", "Pick another file*")

	const dialog = "Gatehouse: pick the file that this one call may read"
	for m.Desk.Activate(ctx, dialog) != nil {
		must(t, ctx.Err())
	}
	picture(t, ctx, m, "pick", "")
	must(t, m.Desk.Type(ctx, m.Folder+"/elsewhere/other.txt"))
	must(t, m.Desk.Keys(ctx, "Return"))
	ends(t, call, 0)

	call = read(t, ctx, m)
	must(t, m.Asked(ctx, "Read letter.txt?"))
	press(t, ctx, m, "button", "Deny*")
	ends(t, call, 3)
}
