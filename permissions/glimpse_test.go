package permissions_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/permissions"
)

// flash has a client ask and take it back after so long, and says whether the question was on the screen.
func (h *house) flash(client string, after time.Duration, cause error) (shown bool) {
	before := len(h.person.prompts())
	ctx, cancel := context.WithCancelCause(context.Background())
	done := h.checkAsync(ctx, h.asking("files", client), payroll)
	synctest.Wait()
	time.Sleep(after)
	cancel(cause)
	if err := <-done; err == nil {
		h.t.Error("allowed by nobody")
	}
	synctest.Wait()
	return len(h.person.prompts()) > before
}

// An agent asks and cancels, again and again, to have a question flicker under the person's hands or to tire them.
func TestWhoFlickersStandsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := furnish(t)
		times, began := 0, time.Now()
		for time.Since(began) < time.Hour {
			if h.flash("flickering", time.Second, nil) {
				times++
			}
		}
		if times < 10 || times > 30 {
			t.Errorf("%d questions flickered in an hour; want one every few minutes", times)
		}
	})
}

func TestWhoDoesNotStandBack(t *testing.T) {
	for _, c := range []struct {
		name   string
		times  int
		after  time.Duration
		cause  error
		client string
		rest   time.Duration
		shown  bool
	}{
		{"two questions are taken back at once", 2, time.Second, nil, "one", 0, true},
		{"three are", 3, time.Second, nil, "one", 0, false},
		{"three are, and another client asks", 3, time.Second, nil, "two", 0, true},
		{"three are, ten seconds ago", 3, time.Second, nil, "one", 10 * time.Second, true},
		{"a client gives up after a minute, again and again", 30, time.Minute, nil, "one", 0, true},
		{"a client gives up after ten seconds, again and again", 30, 10 * time.Second, nil, "one", 0, true},
		{"the person ended the calls", 10, time.Second, permissions.ErrEnded, "one", 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := furnish(t)
				for range c.times {
					h.flash("one", c.after, c.cause)
				}
				time.Sleep(c.rest)
				if shown := h.flash(c.client, time.Second, nil); shown != c.shown {
					t.Errorf("the next question is shown: %v, want %v", shown, c.shown)
				}
			})
		})
	}
}

// What stands back waits and is asked later, not refused; meanwhile it takes nothing from others, and the person may open
// what rests in the inbox.
func TestWhatStandsBackIsAskedLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := furnish(t, func(o *permissions.Options) { o.Now = time.Now })
		h.clock = time.Now()
		for range 3 {
			h.flash("one", time.Second, nil)
		}
		h.person.answer = func(p permissions.Prompt) permissions.Answer {
			time.Sleep(5 * time.Second)
			return quick(p)
		}
		began := time.Now()
		var waiting []<-chan error
		for i := range 3 {
			waiting = append(waiting, h.checkAsync(context.Background(), h.asking("files", "one"), fmt.Sprintf("fs:read:${workspace}/%d", i)))
			synctest.Wait()
		}
		if n := len(h.broker.Waiting()); n != 3 {
			t.Errorf("%d questions wait, want 3", n)
		}
		wantCode(t, <-h.checkAsync(context.Background(), h.asking("files", "two"), payroll), "")
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("the other client waited %v", took)
		}
		for _, done := range waiting {
			wantCode(t, <-done, "")
		}
		if took := time.Since(began); took < 20*time.Second || took > 40*time.Second {
			t.Errorf("what stood back was asked and answered after %v, want ten seconds and the time of the answers", took)
		}
	})
}

func TestWhatThePersonOpensDoesNotStandBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := furnish(t, func(o *permissions.Options) { o.Now, o.Wait = time.Now, time.Minute })
		h.clock = time.Now()
		defer h.broker.Close()
		wantCode(t, <-h.checkAsync(context.Background(), h.asking("files", "one"), "fs:read:${workspace}/parked"), permissions.CodeTimeout)
		for range 3 {
			h.flash("one", time.Second, nil)
		}
		before := len(h.person.prompts())
		for _, p := range h.broker.Parked() {
			if p.State == permissions.StateParked {
				if err := h.broker.Open(p.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		synctest.Wait()
		if n := len(h.person.prompts()) - before; n != 1 {
			t.Errorf("%d questions are shown, want the one that was opened", n)
		}
	})
}
