//go:build unix

package main_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// round is a tools/call of 2026-07-28, with a state where there is one.
func round(id int, tool, arguments, state string) string {
	params := map[string]any{
		"name": tool, "arguments": json.RawMessage(arguments),
		"_meta": map[string]any{
			"io.modelcontextprotocol/protocolVersion":    "2026-07-28",
			"io.modelcontextprotocol/clientInfo":         map[string]any{"name": "wire", "version": "1"},
			"io.modelcontextprotocol/clientCapabilities": map[string]any{},
		},
	}
	if state != "" {
		params["requestState"] = state
	}
	text, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func TestStateThatIsForgedReplayedOrTaken(t *testing.T) {
	d := impatientAfter(t, 5*time.Second)
	w, other := d.wire(), d.wire()
	w.welcomeWith(d, func(tool, arguments string) string { return round(0, tool, arguments, "") })
	const arguments = `{"path":"letter.txt"}`
	w.say(round(1, "files_read", arguments, ""))
	first := w.hear()
	state, _ := first.Result["requestState"].(string)
	if first.Result["resultType"] != "input_required" || state == "" || strings.Contains(first.line, letter) {
		t.Fatalf("the call: %s", first.line)
	}
	refused := func(what string, w *wire, line string) {
		t.Helper()
		w.say(line)
		if r := w.hear(); r.Error.Code != -32602 || !strings.Contains(r.Error.Message, "requestState") {
			t.Errorf("%s: %s", what, r.line)
		}
	}
	refused("another client's", other, round(2, "files_read", arguments, state))
	refused("for another tool", w, round(3, "files_list", `{}`, state))
	refused("for other arguments", w, round(4, "files_read", `{"path":"other.txt"}`, state))
	refused("forged", w, round(5, "files_read", arguments, state[:len(state)-4]+"AAAA"))

	w.say(round(6, "files_read", arguments, state))
	d.look() // it is the one call that waits
	refused("replayed while it waits", w, round(7, "files_read", arguments, state))
	d.must("letter.txt", "quick")
	if r := w.hear(); string(r.ID) != "6" || !strings.Contains(r.line, letter) {
		t.Errorf("coming back: %s", r.line)
	}
	refused("replayed when it is over", w, round(8, "files_read", arguments, state))
	d.onlyOne()
}
