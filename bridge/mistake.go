package bridge

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/host"
)

// mistake is an error of the protocol in our words: an agent reads it, or who writes its client. Its data says the code that
// Gatehouse's errors have everywhere, and what to do.
func mistake(code int64, word host.Code, message, hint string) *jsonrpc.Error {
	data, _ := json.Marshal(mistakeData{word, hint}) // two texts
	return &jsonrpc.Error{Code: code, Message: message, Data: data}
}

// mistakeData stands in the data of every error of ours, beside what the protocol wants there.
type mistakeData struct {
	Code host.Code `json:"gatehouse/code"`
	Hint string    `json:"gatehouse/hint,omitempty"`
}

// takes is what methods take, for those who got it wrong.
var takes = map[string]string{
	"initialize":               "protocolVersion, capabilities and clientInfo",
	"tools/call":               "name, a text, and arguments, an object",
	"tools/list":               "nothing, or the cursor of an earlier reply",
	"resources/list":           "nothing, or the cursor of an earlier reply",
	"resources/templates/list": "nothing, or the cursor of an earlier reply",
	"resources/read":           "uri, a text",
	"completion/complete":      "ref, an object, and argument, an object of the texts name and value",
	"logging/setLevel":         "level, a text",
}

// inOurWords is an error of the SDK's for a method, empty where that is not known: its texts are for who writes a server in
// Go. What the protocol wants in its data stays.
func inOurWords(e jsonrpc.Error, method string) *jsonrpc.Error {
	word, message, hint := host.CodeInput, "", ""
	switch e.Code {
	case 0: // the SDK's for what comes too early
		e.Code, message, hint = jsonrpc.CodeInvalidRequest, "this is no time for "+cmp.Or(method, "this method"), "initialize comes first, and once"
	case jsonrpc.CodeParseError:
		message = "the message is not JSON"
	case jsonrpc.CodeInvalidRequest:
		message, hint = "the message is not a request as "+cmp.Or(method, "this method")+" wants it", "a request has an id, a notification has none, and most have params"
	case jsonrpc.CodeMethodNotFound:
		word, message = host.CodeUnsupported, cmp.Or(method, "this method")+" is not offered"
	case jsonrpc.CodeInvalidParams:
		message = "the parameters do not fit " + cmp.Or(method, "the method")
		if takes[method] != "" {
			hint = "it takes " + takes[method]
		}
	case mcp.CodeUnsupportedProtocolVersion:
		word, message, hint = host.CodeUnsupported, "this revision of MCP is not spoken here", "the error's data names those that are"
	case mcp.CodeHeaderMismatch:
		message, hint = "the headers say something else than the message", "Mcp-Method, Mcp-Name and MCP-Protocol-Version repeat what the message says"
	case mcp.CodeMissingRequiredClientCapabilities:
		word, message, hint = host.CodeUnsupported, "this needs a capability that the client does not have", "the error's data names it"
	default:
		word, message = host.CodeInternal, "Gatehouse could not do it"
	}
	ours := mistake(e.Code, word, message, hint)
	ours.Data = merged(e.Data, ours.Data)
	return ours
}

// isOurs says whether an error is one that mistake made.
func isOurs(e *jsonrpc.Error) bool {
	var data mistakeData
	return json.Unmarshal(e.Data, &data) == nil && data.Code != ""
}

// merged is an object with the members of both; the second's win.
func merged(a, b json.RawMessage) json.RawMessage {
	all := map[string]json.RawMessage{}
	if json.Unmarshal(a, &all) != nil || all == nil {
		return b
	}
	if json.Unmarshal(b, &all) != nil {
		return b
	}
	text, _ := json.Marshal(all) // they were JSON already
	return text
}

// explained is an error that a method came to, in our words.
func explained(err error, method string, params mcp.Params) error {
	var wire *jsonrpc.Error
	switch {
	case errors.As(err, &wire) && isOurs(wire):
		return wire
	case wire != nil:
	case errors.Is(err, context.Canceled):
		return mistake(jsonrpc.CodeInternalError, host.CodeCancelled, "the request was ended before it was done", "")
	case method == "initialize": // a second one
		wire = &jsonrpc.Error{}
	default:
		wire = &jsonrpc.Error{Code: jsonrpc.CodeInternalError}
	}
	switch p := params.(type) {
	case *mcp.CallToolParamsRaw:
		if wire.Code == jsonrpc.CodeInvalidParams { // the one thing that it finds wrong
			return unknownTool(p.Name)
		}
	case *mcp.ReadResourceParams:
		if wire.Code == jsonrpc.CodeInvalidParams || wire.Code == codeNoResource {
			e := mistake(wire.Code, host.CodeNotFound, "there is no such resource, or it is gone", "resources/list names those that there are; results are gone after a day")
			e.Data = merged(wire.Data, e.Data)
			return e
		}
	}
	return inOurWords(*wire, method)
}

// codeNoResource is the protocol's code for a resource that is not there, in revisions before 2026-07-28.
const codeNoResource = -32002

// reworded is one message of the SDK's as it goes out: an error of its own is told in our words, all else stays. method is
// what the request asked for, empty where that is not known.
func reworded(message []byte, method string) []byte {
	var reply struct {
		Version string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Error   *jsonrpc.Error  `json:"error"`
	}
	if json.Unmarshal(message, &reply) != nil || reply.Error == nil || isOurs(reply.Error) {
		return message
	}
	reply.Error = inOurWords(*reply.Error, method)
	if reply.ID == nil {
		reply.ID = json.RawMessage("null")
	}
	text, err := json.Marshal(reply)
	if err != nil {
		return message
	}
	return text
}

// wording is a ResponseWriter of an HTTP door: what the SDK writes there in its own words goes out in ours. The SDK writes
// each event, each message and each error whole.
type wording struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status.
func (w *wording) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController, which flushes.
func (w *wording) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Write writes all of p, in other words where it has to.
func (w *wording) Write(p []byte) (int, error) {
	out := p
	switch kind, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";"); {
	case kind == "text/event-stream":
		if head, event, found := strings.Cut(string(p), "data: "); found && !strings.Contains(head, "data:") {
			event = strings.TrimSuffix(event, "\n\n")
			if said := outer([]byte(event)); string(said) != event {
				out = []byte(head + "data: " + string(said) + "\n\n")
			}
		}
	case kind == "application/json":
		out = outer(p)
	case kind == "text/plain" && w.status >= http.StatusBadRequest:
		out = []byte(refusedOverHTTP(w.status) + "\n")
	}
	if _, err := w.ResponseWriter.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// outer is a message as it goes out over HTTP.
func outer(message []byte) []byte {
	if _, failed := repliesTo(message); !failed {
		return message
	}
	return reworded(message, "")
}

// refusedOverHTTP says why a request was answered with a status and no message.
func refusedOverHTTP(status int) string {
	switch status {
	case http.StatusNotFound:
		return "there is no such session any more; initialize again"
	case http.StatusMethodNotAllowed:
		return "this door takes POST, and GET and DELETE in a session"
	case http.StatusUnsupportedMediaType:
		return "the content type is application/json"
	case http.StatusRequestEntityTooLarge:
		return "the message is larger than 16 MiB"
	case http.StatusForbidden:
		return "this is for programs on this computer"
	case http.StatusBadRequest:
		return "the request is not one of MCP over HTTP: a POST has one message of JSON-RPC 2.0 as application/json, and accepts " +
			"application/json and text/event-stream; a revision that is spoken here stands in MCP-Protocol-Version"
	case http.StatusConflict:
		return "another request reads this stream"
	}
	return "Gatehouse could not do it"
}
