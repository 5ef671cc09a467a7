package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// View is how the host wants this program's window to be.
type View struct {
	N       uint64 `json:"n"`       // counts the host's changes, from 1
	Visible bool   `json:"visible"` // shown or hidden
	Raise   bool   `json:"raise"`   // to the front with the focus: the person asked for it
	Title   string `json:"title"`   // empty leaves it
	// Notice is what the system shows of a question; nil for nothing.
	Notice *Notice `json:"notice"`
}

// pause is how long Follow waits after an answer that is none, so that a host
// in trouble is not asked without end.
const pause = time.Second

// Follow asks the host how the window is to be, and calls show for each change,
// in order and one at a time. It blocks until ctx is done or the connection has
// ended. The host keeps each question open for up to 25 s.
func (h *Host) Follow(ctx context.Context, show func(View)) {
	var last uint64
	for ctx.Err() == nil && h.conn.Err() == nil {
		view, err := h.view(ctx, last)
		if err != nil {
			select {
			case <-ctx.Done():
			case <-h.ended:
			case <-time.After(pause):
			}
			continue
		}
		if view.N != last {
			last = view.N
			show(view)
		}
	}
}

func (h *Host) view(ctx context.Context, after uint64) (View, error) {
	var view View
	url := fmt.Sprintf("http://%s/api/show?after=%d", address, after)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return view, err
	}
	reply, err := h.RoundTrip(r)
	if err != nil {
		return view, err
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		return view, fmt.Errorf("asking how to be shown: %s", reply.Status)
	}
	return view, json.NewDecoder(reply.Body).Decode(&view)
}

// Closed tells the host that the person has closed the window. It blocks until
// the host has taken note: an open question is denied then.
func (h *Host) Closed(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/api/close", strings.NewReader("{}"))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	reply, err := h.RoundTrip(r)
	if err != nil {
		return fmt.Errorf("telling the host that the window was closed: %w", err)
	}
	reply.Body.Close()
	if reply.StatusCode >= 300 {
		return fmt.Errorf("telling the host that the window was closed: %s", reply.Status)
	}
	return nil
}
