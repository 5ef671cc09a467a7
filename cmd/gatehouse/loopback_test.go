package main_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"gatehouse/store"
)

// listens has the host of a desk that is empty yet listen for agents on a port.
func (d *desk) listens() (port int) {
	d.t.Helper()
	port = freePort(d.t)
	db, err := store.Open(filepath.Join(d.home, "gatehouse.db"))
	if err != nil {
		d.t.Fatal(err)
	}
	if err := errors.Join(db.Settings().Set(store.AgentsHTTP, fmt.Sprint(port)), db.Close()); err != nil {
		d.t.Fatal(err)
	}
	return port
}

// Nobody would start a host again for a client that comes over HTTP.
func TestHostStaysWhileItListensForAgents(t *testing.T) {
	t.Setenv("GATEHOUSE_TEST_IDLE", "300ms")
	d := emptyDesk(t)
	port := d.listens()
	d.sit()
	time.Sleep(time.Second) // three times as long as one with nothing to do lives
	if got := knock(t, port, ""); got != http.StatusUnauthorized {
		t.Errorf("after a while: status %d; want 401", got)
	}
	if off := d.run("mcp", "http", "off"); off.wait() != 0 {
		t.Fatal(off)
	}
	if d.ended(); !d.host.ProcessState.Success() {
		t.Errorf("without a port it does not end by itself: %s", d.host.ProcessState)
	}
}

// A program that takes every connection at the port takes none from the host itself.
func TestConnectionsOfAgentsAreBounded(t *testing.T) {
	t.Parallel()
	d := emptyDesk(t)
	port := d.listens()
	d.sit()
	var held []net.Conn
	defer func() {
		for _, conn := range held {
			conn.Close()
		}
	}()
	for range 500 {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, conn)
	}
	if got := knock(t, port, ""); got != 0 {
		t.Errorf("with 500 connections there is room for another: status %d", got)
	}
	if p := d.run("skill", "list"); p.wait() != 0 {
		t.Errorf("meanwhile: %s", p)
	}
	held[0].Close()
	held[1].Close()
	until(t, "room for another", func() bool { return knock(t, port, "") == http.StatusUnauthorized })
}
