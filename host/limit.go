package host

import (
	"fmt"

	"gatehouse/skill"
	"gatehouse/worker"
)

// limits says what each limit bounds, and what it is called in a manifest.
var limits = map[string]struct{ words, field string }{
	worker.CodeMemory:  {"the call wanted more memory than it has", "memory"},
	worker.CodeTime:    {"the call used up its running time", "time"},
	worker.CodeFuel:    {"the call did more than it may", "fuel"},
	worker.CodeStack:   {"the skill's functions called each other too deep", "stack"},
	worker.CodeOutput:  {"the skill answered more than it may", "output"},
	worker.CodeFiles:   {"the skill had too many files open at once", "files"},
	"limit_requests":   {"the call asked more of the network than it may", "requests"},
	"limit_payload":    {"a request or its answer was larger than it may be", "payload"},
	worker.CodeTooMany: {"too many calls at once", "concurrency"},
}

// explainLimit names the limit, its value, what the call came to, and how a person raises it.
func explainLimit(e *worker.LimitError, cause error) *Error {
	out := &Error{Code: Code(e.Code), Detail: e.Said, cause: cause}
	about, known := limits[e.Code]
	if !known {
		out.Message = e.Error()
		return out
	}
	out.Message = fmt.Sprintf("%s: the limit is %s, and it came to %s", about.words, e.Limit, e.Used)
	most := ""
	for _, l := range skill.Ceiling().List() {
		if l.Name == about.field {
			most = l.Value
		}
	}
	out.Hint = fmt.Sprintf(`whoever makes the skill can ask for more with "limits": {"%s": ...} in its skill.json, up to %s; you confirm it when the skill starts`, about.field, most)
	return out
}
