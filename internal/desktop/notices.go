//go:build linux

package desktop

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/godbus/dbus/v5"
)

const (
	noticesName = "org.freedesktop.Notifications"
	noticesPath = "/org/freedesktop/Notifications"
)

// Notice is one notification as a program of the desktop asked for it.
type Notice struct {
	ID    uint32
	Title string
	Body  string
}

// Notices is the desktop's notification area. It shows nothing: the test sees what would be shown, and clicks on it.
type Notices struct {
	conn   *dbus.Conn
	last   atomic.Uint32
	shown  chan Notice
	closed chan uint32
}

// Notices puts a notification area on the desktop, which has none until then and one at most. The caller closes it.
func (s *Session) Notices(ctx context.Context) (*Notices, error) {
	conn, err := dbus.Connect(s.bus, dbus.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("joining the session's bus: %w", err)
	}
	n := &Notices{conn: conn, shown: make(chan Notice, 100), closed: make(chan uint32, 100)}
	if err := conn.Export(area{n}, noticesPath, noticesName); err != nil {
		conn.Close()
		return nil, err
	}
	if reply, err := conn.RequestName(noticesName, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		conn.Close()
		return nil, fmt.Errorf("taking %s: reply %d, %w", noticesName, reply, err)
	}
	return n, nil
}

// Close takes the area away.
func (n *Notices) Close() { n.conn.Close() }

// Next waits for the next notification.
func (n *Notices) Next(ctx context.Context) (Notice, error) {
	select {
	case notice := <-n.shown:
		return notice, nil
	case <-ctx.Done():
		return Notice{}, fmt.Errorf("waiting for a notification: %w", context.Cause(ctx))
	}
}

// Closed waits until a program takes a notification back and returns its ID.
func (n *Notices) Closed(ctx context.Context) (uint32, error) {
	select {
	case id := <-n.closed:
		return id, nil
	case <-ctx.Done():
		return 0, fmt.Errorf("waiting for a notification to be taken back: %w", context.Cause(ctx))
	}
}

// Click clicks on a notification.
func (n *Notices) Click(notice Notice) error {
	return n.conn.Emit(noticesPath, noticesName+".ActionInvoked", notice.ID, "default")
}

// area is what programs of the desktop call.
type area struct{ *Notices }

// Notify is called to show a notification.
func (a area) Notify(_ string, _ uint32, _, title, body string, _ []string, _ map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	id := a.last.Add(1)
	a.shown <- Notice{ID: id, Title: title, Body: body}
	return id, nil
}

// CloseNotification is called to take one back.
func (a area) CloseNotification(id uint32) *dbus.Error {
	a.closed <- id
	return nil
}

// GetCapabilities says that a body may hold markup, as most areas draw it.
func (area) GetCapabilities() ([]string, *dbus.Error) {
	return []string{"actions", "body", "body-markup"}, nil
}

// GetServerInformation names the area.
func (area) GetServerInformation() (name, vendor, version, spec string, _ *dbus.Error) {
	return "test", "test", "1", "1.2", nil
}
