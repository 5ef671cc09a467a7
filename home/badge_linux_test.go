package home_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"gatehouse/home"
)

func TestTheBadgeIsTheNumberOfNow(t *testing.T) {
	address := "unix:path=" + filepath.Join(sessionBus(t), "bus")
	dock, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	defer dock.Close()
	signals := make(chan *dbus.Signal, 10)
	dock.Signal(signals)
	if err := dock.AddMatchSignal(dbus.WithMatchInterface("com.canonical.Unity.LauncherEntry")); err != nil {
		t.Fatal(err)
	}
	var count atomic.Int32
	badge := &home.Badge{Desktop: func() []string { return []string{"DBUS_SESSION_BUS_ADDRESS=" + address} }, Count: func() int { return int(count.Load()) }}
	for _, n := range []int32{2, 2, 1, 0, 3} {
		if count.Swap(n) == n { // the same again is not said again
			badge.Recount()
			continue
		}
		badge.Recount()
		select {
		case s := <-signals:
			if strings.HasSuffix(s.Name, ".NameAcquired") { // its own
				s = <-signals
			}
			want := fmt.Sprintf(`[application://gatehouse.desktop map[count:@x %d count-visible:%t]]`, n, n > 0)
			if got := fmt.Sprint(s.Body); s.Name != "com.canonical.Unity.LauncherEntry.Update" || got != want {
				t.Errorf("the dock hears %s %s, want %s", s.Name, got, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("the dock hears nothing of %d", n)
		}
	}
	nowhere := &home.Badge{Desktop: func() []string { return nil }, Count: func() int { return 1 }}
	nowhere.Recount()
}
