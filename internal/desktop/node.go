//go:build linux

package desktop

import (
	"context"
	"fmt"
	"strings"

	"github.com/godbus/dbus/v5"
)

// State is one thing that a node can be, by AT-SPI's number.
type State uint

// The states that tests ask for.
const (
	Checked   State = 4
	Enabled   State = 8
	Expanded  State = 10
	Focusable State = 11
	Focused   State = 12
	Selected  State = 23
	Showing   State = 25
)

// Node is one thing on the screen as a screen reader knows it: a window, a
// button, a paragraph. It stays good until what it names is gone.
type Node struct {
	session *Session
	ref     reference
	role    string
}

// roles are AT-SPI's names of the roles that a page and its window have.
var roles = map[uint32]string{
	2: "alert", 7: "check box", 11: "combo box", 16: "dialog", 20: filler, 23: "frame", 27: "image",
	29: "label", 31: "list", 32: "list item", 33: "menu", 35: "menu item", 37: "page tab",
	38: "page tab list", 39: "panel", 40: "password text", 42: "progress bar", 43: "button",
	44: "radio button", 49: "scroll pane", 50: "separator", 51: "slider", 52: "spin button",
	54: "status bar", 55: "table", 56: "table cell", 57: "column header", 58: "row header",
	61: "text", 62: "toggle button", 63: "tool bar", 64: "tool tip", 73: "paragraph",
	75: "application", 79: "entry", 81: "caption", 83: "heading", 85: "section", 87: "form",
	88: "link", 90: "table row", 95: "document", 98: "list box", 99: "group", 101: "notification",
	105: "block quote", 109: "article", 110: "landmark", 111: "log", 116: "static",
	121: "description list", 122: "term", 123: "value",
}

// reference is AT-SPI's name of a node: a program on the bus and a path in it.
// A window's web page lives in another program than the window.
type reference struct {
	Program string
	Path    dbus.ObjectPath
}

const (
	accessibleFace = "org.a11y.atspi.Accessible"
	textFace       = "org.a11y.atspi.Text"
	registry       = "org.a11y.atspi.Registry"
	rootPath       = "/org/a11y/atspi/accessible/root"
	nothing        = "/org/a11y/atspi/null"
	filler         = "filler" // a box that holds others and says nothing itself
)

// accessibilityBus asks the session's bus for the bus of assistive programs,
// says that one is there, and joins it.
func accessibilityBus(ctx context.Context, session string) (*dbus.Conn, error) {
	conn, err := dbus.Connect(session, dbus.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("joining the session's bus: %w", err)
	}
	defer conn.Close()
	bus := conn.Object("org.a11y.Bus", "/org/a11y/bus")
	var address string
	if err := bus.CallWithContext(ctx, "org.a11y.Bus.GetAddress", 0).Store(&address); err != nil {
		return nil, fmt.Errorf("asking for the accessibility bus: %w", err)
	}
	if err := bus.SetProperty("org.a11y.Status.IsEnabled", dbus.MakeVariant(true)); err != nil {
		return nil, fmt.Errorf("turning accessibility on: %w", err)
	}
	return dbus.Connect(address)
}

// Role is what kind of thing the node is: one of roles.
func (n *Node) Role() string { return n.role }

// Name is what a screen reader calls the node.
func (n *Node) Name(ctx context.Context) (string, error) {
	name, err := n.property(ctx, accessibleFace+".Name")
	text, _ := name.Value().(string)
	return strings.TrimSpace(text), err
}

// Is reports whether the node is in a state now.
func (n *Node) Is(ctx context.Context, state State) (bool, error) {
	var words []uint32
	err := n.call(ctx, accessibleFace+".GetState", &words)
	word := int(state / 32)
	return err == nil && word < len(words) && words[word]>>(state%32)&1 == 1, err
}

// Press does what the node is for: it presses a button, follows a link, ticks a
// box. It needs no focus and moves none by itself.
func (n *Node) Press(ctx context.Context) error {
	var done bool
	if err := n.call(ctx, "org.a11y.atspi.Action.DoAction", &done, int32(0)); err != nil {
		return fmt.Errorf("pressing a %s: %w", n.role, err)
	}
	if !done {
		return fmt.Errorf("pressing a %s: it does nothing", n.role)
	}
	return nil
}

// Focus gives the node the keyboard, if its window has it.
func (n *Node) Focus(ctx context.Context) error {
	var done bool
	if err := n.call(ctx, "org.a11y.atspi.Component.GrabFocus", &done); err != nil {
		return fmt.Errorf("focusing a %s: %w", n.role, err)
	}
	return nil
}

// Text is all the text in the node, in reading order, with a line for each
// thing that stands by itself.
func (n *Node) Text(ctx context.Context) (string, error) {
	children, err := n.children(ctx)
	if err != nil {
		return "", err
	}
	var own string
	switch {
	case n.role == filler || n.role == "frame": // GTK complains when it is asked for their text
		own = strings.Repeat(embedded, len(children))
	case n.call(ctx, textFace+".GetText", &own, int32(0), int32(-1)) == nil:
	case len(children) == 0:
		return n.Name(ctx)
	default:
		own = strings.Repeat(embedded, len(children))
	}
	// Each child stands in its parent's text as one character.
	for _, child := range children {
		text, err := child.Text(ctx)
		if err != nil {
			return "", err
		}
		own = strings.Replace(own, embedded, text+"\n", 1)
	}
	return strings.TrimSpace(own), nil
}

// embedded is the character that stands for a child in its parent's text.
const embedded = "\uFFFC"

func (n *Node) children(ctx context.Context) ([]*Node, error) {
	var refs []reference
	if err := n.call(ctx, accessibleFace+".GetChildren", &refs); err != nil {
		return nil, err
	}
	if len(refs) == 0 && n.role == filler {
		// A web view's page is in another program. GTK 3 lists it nowhere, but hands it out.
		page := make([]reference, 1)
		if n.call(ctx, accessibleFace+".GetChildAtIndex", &page[0], int32(0)) == nil && page[0].Path != nothing {
			refs = page
		}
	}
	nodes := make([]*Node, len(refs))
	for i, ref := range refs {
		nodes[i] = &Node{session: n.session, ref: ref}
		// By number, because WebKit has no names for its roles.
		var number uint32
		if err := nodes[i].call(ctx, accessibleFace+".GetRole", &number); err != nil {
			return nil, err
		}
		if nodes[i].role = roles[number]; nodes[i].role == "" {
			nodes[i].role = fmt.Sprintf("role %d", number)
		}
	}
	return nodes, nil
}

func (n *Node) call(ctx context.Context, method string, into any, args ...any) error {
	object := n.session.screen.Object(n.ref.Program, n.ref.Path)
	return object.CallWithContext(ctx, method, 0, args...).Store(into)
}

func (n *Node) property(ctx context.Context, name string) (dbus.Variant, error) {
	var value dbus.Variant
	face, property := name[:strings.LastIndexByte(name, '.')], name[strings.LastIndexByte(name, '.')+1:]
	err := n.call(ctx, "org.freedesktop.DBus.Properties.Get", &value, face, property)
	return value, err
}
