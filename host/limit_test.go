package host_test

import (
	"strings"
	"testing"

	"gatehouse/host"
	"gatehouse/skill"
	"gatehouse/worker"
)

// Every limit names itself, its value, what the call came to, and the line of the manifest that raises it.
func TestEveryLimitSaysHowItIsRaised(t *testing.T) {
	for code, field := range map[string]string{
		worker.CodeMemory: "memory", worker.CodeTime: "time", worker.CodeFuel: "fuel", worker.CodeStack: "stack",
		worker.CodeOutput: "output", worker.CodeFiles: "files", worker.CodeTooMany: "concurrency",
		"limit_requests": "requests", "limit_payload": "payload",
	} {
		e := host.Explain(&worker.LimitError{Code: code, Limit: "THE-LIMIT", Used: "THE-USE", Said: "its words"})
		if string(e.Code) != code || e.Code.Exit() != 4 || e.Detail != "its words" {
			t.Errorf("%s: %+v; want its code, exit 4 and the guest's words", code, e)
		}
		if !strings.Contains(e.Message, "THE-LIMIT") || !strings.Contains(e.Message, "THE-USE") {
			t.Errorf("%s: %q; want limit and use", code, e.Message)
		}
		var most string
		for _, l := range skill.Ceiling().List() {
			if l.Name == field {
				most = l.Value
			}
		}
		if !strings.Contains(e.Hint, `"`+field+`"`) || !strings.Contains(e.Hint, "up to "+most) || most == "" {
			t.Errorf("%s: hint %q; want the field %q and its ceiling %s", code, e.Hint, field, most)
		}
	}
}
