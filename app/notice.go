package app

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/wailsapp/wails/v2/pkg/runtime"
)

// Notice is what the system should show of a question while the person is elsewhere. Its words are the host's.
type Notice struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Body  string `json:"body"`
}

// System shows notices outside the program's own window and takes them back.
type System interface {
	Show(n Notice) error
	TakeBack(id string) error
}

// Notices shows each notice of the host's views once and takes it back when its question is over. Where the system
// shows none, the window is in sight all the same.
type Notices struct {
	System System

	shown string
}

// Follow is called with each view, one at a time.
func (n *Notices) Follow(v View) {
	wanted := Notice{}
	if v.Notice != nil && v.Visible {
		wanted = *v.Notice
	}
	if wanted.ID == n.shown {
		return
	}
	if n.shown != "" {
		n.System.TakeBack(n.shown)
	}
	n.shown = wanted.ID
	if wanted.ID != "" {
		n.System.Show(wanted)
	}
}

// bus is the system's notifications by way of Wails, which are started with the first one.
type bus struct {
	ctx   context.Context
	start sync.Once
	err   error
	// visible is whether the window has something to show.
	visible atomic.Bool
}

func (b *bus) ready() error {
	b.start.Do(func() {
		if b.err = runtime.InitializeNotifications(b.ctx); b.err != nil {
			return
		}
		// All that a notification can do is what a click on the window does.
		runtime.OnNotificationResponse(b.ctx, func(runtime.NotificationResult) {
			if b.visible.Load() {
				raise(b.ctx)
			}
		})
	})
	return b.err
}

func (b *bus) Show(n Notice) error {
	if err := b.ready(); err != nil {
		return err
	}
	return runtime.SendNotification(b.ctx, runtime.NotificationOptions{ID: n.ID, Title: n.Title, Body: n.Body})
}

func (b *bus) TakeBack(id string) error {
	if b.err != nil {
		return b.err
	}
	return runtime.RemoveNotification(b.ctx, id)
}
